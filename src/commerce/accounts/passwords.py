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

from commerce.accounts.models import User
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting

MAX_PASSWORD_LENGTH = 1000
"""Characters; more would only keep the hash function busy."""


@cache
def _common() -> CommonPasswordValidator:
    """Reading its list takes longer than looking a password up in it."""
    return CommonPasswordValidator()


def min_password_length(*, is_staff: bool) -> int:
    """Characters that a new password has at least."""
    members: int = get_setting("security.password_min_length")
    staff: int = get_setting("security.staff_password_min_length")
    return max(members, staff) if is_staff else members


def check_new_password(
    password: str,
    *,
    email: str,
    first_name: str = "",
    last_name: str = "",
    is_staff: bool = False,
) -> None:
    """Raise ``BusinessError`` with everything that is wrong with a new password of this person."""
    if len(password) > MAX_PASSWORD_LENGTH:
        raise BusinessError("password.too_long", maximum=MAX_PASSWORD_LENGTH, field="password")
    person = User(email=email, first_name=first_name, last_name=last_name)
    rules: list[Any] = [
        MinimumLengthValidator(min_password_length(is_staff=is_staff)),
        _common(),
        UserAttributeSimilarityValidator(("first_name", "last_name", "email")),
    ]
    try:
        validate_password(password, person, rules)
    except ValidationError as wrong:
        problems = " ".join(wrong.messages)
        raise BusinessError("password.too_weak", problems=problems, field="password") from wrong
