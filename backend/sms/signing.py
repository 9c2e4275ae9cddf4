"""Twilio's signature of a webhook call (X-Twilio-Signature), which other gateways speak as well.

Base64 of HMAC-SHA1 over the public URL and every parameter's name and value, in the order of names:
https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

Parameters = Mapping[str, Sequence[str]]


def signature(secret: str, url: str, parameters: Parameters) -> str:
    """What the gateway sends with this call."""
    text = url
    for name in sorted(parameters):
        for value in sorted(set(parameters[name])):
            text += name + value
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(given: str, secrets: Iterable[str], url: str, parameters: Parameters) -> bool:
    """Whether one of the secrets made it; every one is compared, in constant time."""
    matches = [
        hmac.compare_digest(signature(secret, url, parameters).encode(), given.encode())
        for secret in secrets
    ]
    return any(matches)
