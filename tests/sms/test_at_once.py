"""Two copies of one text at the same moment, as a gateway that hears nothing sends them."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import apprise
import pytest
from django.db import connections
from django.test import Client

from backend.notices.channels import AppriseChannel, Message, NotTaken
from backend.regimens.models import DoseEventRow
from backend.sms.models import Inbound
from tests.people import make_cast
from tests.sms.people import NUMBER, Gateway, due, new_sid, said, texter


def test_they_are_one_answer(transactional_db: None, gateway: Gateway) -> None:
    cast = make_cast()
    who = texter(cast)
    gateway.text("yes")
    due(cast, who)
    gateway.pump()
    sid, together = new_sid(), Barrier(4)

    def send(_: int) -> str:
        try:
            together.wait()
            mine = Gateway(gateway.receiver, Client())
            return said(mine.post({"From": NUMBER, "Body": "1", "MessageSid": sid}).content)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))
    assert len(answers) == 1
    assert answers.pop().startswith("Thank you. 1 dose")
    assert DoseEventRow.objects.count() == 1
    assert Inbound.objects.filter(sid=sid).count() == 1


def test_no_number_stands_in_the_log_when_a_vendor_refuses(
    cast: Any, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"twilio://AC{'a' * 32}:{'b' * 32}@12025550123/{{number}}"
    channel = AppriseChannel(url, "sms")
    assert (channel.needs_number, channel.names_recipient) == (True, True)
    sender = apprise.Apprise.instantiate(url.replace("{number}", "%2B254712345678"))
    assert [target for _, target in sender.targets] == [NUMBER]
    with pytest.raises(NotTaken):
        channel.send(Message("k", cast.amina.id, "Hello", number="not a number"))
    assert logging.getLogger("apprise").getEffectiveLevel() == logging.CRITICAL
    assert "not a number" not in caplog.text
