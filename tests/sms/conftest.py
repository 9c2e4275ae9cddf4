"""The clinic's gateway, set up as an operator would."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.notices.receiver import receiving
from tests.sms.people import SECRET, WEBHOOK, Gateway


@pytest.fixture
def gateway(db: None, settings: Any) -> Iterator[Gateway]:
    """Texts go out to a local fake, and come in signed."""
    with receiving() as receiver:
        settings.EVENKEEL_SMS_URLS = [
            f"json://127.0.0.1:{receiver.port}/texts?:to={{number}}&:key={{key}}"
        ]
        settings.EVENKEEL_APPRISE_URLS = []
        settings.EVENKEEL_SMS_TOKENS = ["an-older-secret", SECRET]
        settings.EVENKEEL_SMS_WEBHOOK = WEBHOOK
        settings.EVENKEEL_CARE_PHONE = "+254 20 1234567"
        yield Gateway(receiver)
