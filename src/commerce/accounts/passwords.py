"""What a password must be: long enough, not common, not like the person's name or address (accounts.md 4)."""

from functools import cache
from typing import Any

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from commerce.accounts.models import User
from commerce.kit.errors import Refused
from commerce.preferences.current import get

LONGEST = 1000
"""Characters; more would only keep the hash function busy."""


@cache
def _common() -> CommonPasswordValidator:
    """Reading its list takes longer than looking a password up in it."""
    return CommonPasswordValidator()


def check_new(password: str, *, email: str, first_name: str = "", last_name: str = "") -> None:
    """Raise ``Refused`` with everything that is wrong with a new password of this person."""
    if len(password) > LONGEST:
        text = _("Use at most %(number)d characters.") % {"number": LONGEST}
        raise Refused(text, field="password")
    person = User(email=email, first_name=first_name, last_name=last_name)
    rules: list[Any] = [
        MinimumLengthValidator(get("security.password_min_length")),
        _common(),
        UserAttributeSimilarityValidator(("first_name", "last_name", "email")),
    ]
    try:
        validate_password(password, person, rules)
    except ValidationError as wrong:
        raise Refused(" ".join(wrong.messages), field="password") from wrong
