"""The gateway's door: who may call it, what it takes, and once."""

from typing import Any
from urllib.parse import urlencode

import pytest

from backend.notices.models import Occurrence
from backend.regimens.models import DoseEventRow
from backend.sms.api import MOST_BYTES, twiml
from backend.sms.models import Inbound
from backend.sms.signing import is_signed, signature
from tests.people import Cast
from tests.sms.people import NUMBER, SECRET, WEBHOOK, Gateway, due, new_sid, said, texter


def fields(**more: str) -> dict[str, str]:
    return {"From": NUMBER, "Body": "HELP", "MessageSid": new_sid(), **more}


def test_the_signature_is_twilio_s() -> None:
    # The worked example that Twilio publishes, and the answer to it.
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    known = {
        "CallSid": ["CA1234567890ABCDE"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
        "Caller": ["+14158675309"],
    }
    published = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert signature("12345", url, known) == published
    assert is_signed(published, ["other", "12345"], url, known)
    assert not is_signed(published, [], url, known)
    assert not is_signed("ü", ["12345"], url, known)
    twice = signature("12345", url, {"x": ["2", "1", "1"]})
    assert twice == signature("12345", url, {"x": ["1", "2"]})


@pytest.mark.parametrize(
    ("secret", "status"), [(SECRET, 200), ("an-older-secret", 200), ("a-guess", 403)]
)
def test_only_who_has_a_secret_comes_in(
    cast: Cast, gateway: Gateway, secret: str, status: int
) -> None:
    texter(cast)
    assert gateway.post(fields(), secret=secret).status_code == status
    assert Inbound.objects.count() == (status == 200)


def test_another_address_another_word_or_no_secret_is_not_signed(
    cast: Cast, gateway: Gateway, settings: Any
) -> None:
    texter(cast)
    known = fields()
    signed = signature(SECRET, WEBHOOK, {name: [word] for name, word in known.items()})
    for words, url in ((known | {"Body": "STOP"}, WEBHOOK), (known, WEBHOOK + "?a=1")):
        settings.EVENKEEL_SMS_WEBHOOK = url
        answer = gateway.client.post(
            "/sms/twilio",
            urlencode(words),
            content_type="application/x-www-form-urlencoded",
            HTTP_X_TWILIO_SIGNATURE=signed,
        )
        assert answer.status_code == 403
    settings.EVENKEEL_SMS_WEBHOOK, settings.EVENKEEL_SMS_TOKENS = WEBHOOK, []
    assert gateway.post(known).status_code == 403
    assert gateway.client.get("/sms/twilio").status_code == 405
    assert not Inbound.objects.exists()


def test_without_a_set_address_the_called_one_is_signed(
    cast: Cast, gateway: Gateway, settings: Any
) -> None:
    texter(cast)
    settings.EVENKEEL_SMS_WEBHOOK = ""
    known = fields()
    signed = signature(
        SECRET, "http://testserver/sms/twilio", {name: [word] for name, word in known.items()}
    )
    answer = gateway.client.post(
        "/sms/twilio",
        urlencode(known),
        content_type="application/x-www-form-urlencoded",
        HTTP_X_TWILIO_SIGNATURE=signed,
        HTTP_ACCEPT="text/xml",
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        ("{}", "application/json", 415),
        ("", "text/plain", 415),
        ("Body=" + "x" * MOST_BYTES, "application/x-www-form-urlencoded", 413),
        ("Body=%ff", "application/x-www-form-urlencoded", 400),
        (b"Body=\xff", "application/x-www-form-urlencoded", 400),
        ("&".join(f"a{n}=1" for n in range(101)), "application/x-www-form-urlencoded", 400),
        ("Body=1", "application/x-www-form-urlencoded", 403),
        ("", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_call_is_refused_clearly(
    gateway: Gateway, body: Any, type_: str, status: int
) -> None:
    answer = gateway.client.post("/sms/twilio", body, content_type=type_)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"MessageSid": None}, "MessageSid"),
        ({"MessageSid": ""}, "MessageSid"),
        ({"MessageSid": "x" * 65}, "MessageSid"),
        ({"MessageSid": "a\0b"}, "MessageSid"),
        ({"From": None}, "From"),
        ({"From": "+1\x002"}, "From"),
        ({"Body": None}, "Body"),
    ],
)
def test_a_missing_field_is_named(
    cast: Cast, gateway: Gateway, changed: dict[str, str | None], field: str
) -> None:
    words = {name: word for name, word in (fields() | changed).items() if word is not None}
    answer = gateway.post(words)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "body", ["\0", "1\0", "😀" * 50, "x" * 1600, "\ud83d".encode(errors="replace").decode()]
)
def test_any_words_are_answered(cast: Cast, gateway: Gateway, body: str) -> None:
    texter(cast)
    assert gateway.post(fields(Body=body)).status_code == 200


def test_a_repeat_has_the_same_answer_and_no_second_effect(cast: Cast, gateway: Gateway) -> None:
    who = texter(cast)
    gateway.text("yes")
    due(cast, who)
    gateway.pump()
    sid = new_sid()
    first = gateway.text("3", sid=sid)
    assert "We text you again at" in first
    before = (DoseEventRow.objects.count(), Occurrence.objects.count(), Inbound.objects.count())
    assert gateway.text("3", sid=sid) == first
    assert gateway.text("STOP", sid=sid) == first  # whatever else it says: that text was taken
    after = (DoseEventRow.objects.count(), Occurrence.objects.count(), Inbound.objects.count())
    assert after == before


def test_a_number_that_nobody_has_learns_nothing_then_or_later(
    cast: Cast, gateway: Gateway
) -> None:
    sid = new_sid()
    for body in ("1", "STOP", "HELP", "YES"):
        assert gateway.text(body) == ""
    assert gateway.text("YES", sid=sid) == ""
    texter(cast)
    assert gateway.text("YES", sid=sid) == ""  # an old call played again agrees to nothing
    gateway.pump()
    assert len(gateway.pump()) == 0
    assert set(Inbound.objects.values_list("user", flat=True)) == {None}


def test_a_sid_of_one_person_tells_another_nothing(cast: Cast, gateway: Gateway) -> None:
    texter(cast)
    texter(cast, number="+254712345679")
    sid = new_sid()
    assert gateway.text("HELP", sid=sid)
    assert gateway.text("HELP", sid=sid, number="+254712345679") == ""


def test_words_are_kept_nowhere(
    cast: Cast, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    texter(cast)
    with caplog.at_level("DEBUG"):
        gateway.text("my secret canary")
    row = Inbound.objects.get()
    assert row.understood == "unknown"
    assert "canary" not in f"{row.__dict__} {caplog.text}"
    assert NUMBER not in caplog.text


def test_twiml_escapes() -> None:
    assert twiml("") == '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    assert said(twiml('a < b & "c" ]]> </Message>').encode()) == 'a < b & "c" ]]> </Message>'
