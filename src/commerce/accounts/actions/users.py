"""People who sign in."""

from datetime import datetime

from django.db import IntegrityError, transaction

from commerce.accounts.models import User
from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


@transaction.atomic
def create_user(
    *,
    email: str,
    password: str | None,
    first_name: str,
    last_name: str,
    at: datetime,
    actor: Actor,
    verified: bool = False,
    locale: str = "en",
    time_zone: str = "UTC",
) -> User:
    """A new user; without a password he must reset it before he can sign in. Raises ``Refused`` for a known e-mail."""
    user = User(
        email=email.strip(),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        time_zone=time_zone,
        created_at=at,
        email_verified_at=at if verified else None,
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("This e-mail address is taken.", field="email") from error
    record(at=at, actor=actor, action="user.created", record=("user", user.pk), name=user.email)
    return user
