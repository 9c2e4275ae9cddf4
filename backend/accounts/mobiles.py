"""Mobile numbers: which ones are good, whose they are, and whether they may be texted."""

from datetime import datetime

import phonenumbers
from django.db import IntegrityError, transaction
from django.db.models import F
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from backend.accounts.models import Mobile, User
from backend.core.problems import Conflict, invalid_field
from backend.wire.problems import Code

CAN_BE_TEXTED = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
}


def checked_number(text: str) -> str:
    """The number as E.164; raises Invalid with what is wrong with it."""
    try:
        number = phonenumbers.parse(text)
    except NumberParseException:
        words = "Write the number with + and the country code, such as +254 712 345678."
        raise invalid_field("number", Code.INVALID, words) from None
    if not phonenumbers.is_valid_number(number):
        raise invalid_field("number", Code.INVALID, "There is no such number in this country.")
    if phonenumbers.number_type(number) not in CAN_BE_TEXTED:
        raise invalid_field("number", Code.INVALID, "This number is not a mobile phone's.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def shown_number(number: str) -> str:
    """The number as people read it."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def set_mobile(user: User, number: str, *, now: datetime) -> Mobile:
    """She agreed to texts at this number, and has still to answer from it.

    Raises Invalid, or Conflict where another person is texted at it.
    """
    fresh = {
        "number": checked_number(number),
        "agreed_at": now,
        "answered_at": None,
        "stopped_at": None,
    }
    try:
        with transaction.atomic():
            mobile, _ = Mobile.objects.update_or_create(user=user, defaults=fresh)
    except IntegrityError:
        raise Conflict(
            "Another person here has this number. Answers by text must come from one person:"
            " each needs a number of her own."
        ) from None
    return mobile


def drop_mobile(user: User) -> bool:
    """The number is forgotten; False if there was none."""
    return Mobile.objects.filter(user=user).delete()[0] > 0


def mobile_at(number: str) -> Mobile | None:
    """Whose number this is; of several who had it the one who is texted, else who stopped last."""
    found = Mobile.objects.filter(number=number).select_related("user")
    return found.order_by(F("stopped_at").desc(nulls_first=True)).first()


def answer_from(mobile: Mobile, *, now: datetime) -> None:
    """She answered that she agrees, or wants texts again after STOP."""
    mobile.answered_at, mobile.stopped_at = mobile.answered_at or now, None
    mobile.save(update_fields=["answered_at", "stopped_at"])


def stop_texts(mobile: Mobile, *, now: datetime) -> None:
    """No more texts to this number, of any kind."""
    mobile.stopped_at = mobile.stopped_at or now
    mobile.save(update_fields=["stopped_at"])
