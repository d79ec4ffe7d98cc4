"""The address that a user wants to change to, until it is proven or given up (accounts.md 5).

It ends with whatever tells that somebody else may have asked for it: a new password, ended sessions, the link in the
mail to the present address.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction

from commerce.accounts.models import User
from commerce.audit.actions import record
from commerce.kit.actor import Actor

STOP_SALT = "commerce.stop-email-change"
STOP_SECONDS = 7 * 86400
"""How long the link to the present address stops a change, or ends the sessions of who asked for it."""


def wanted_email(user: User) -> str:
    """The address that a user wants to change to and has not proven yet; empty if there is none."""
    wish = EmailAddress.objects.filter(user=user, primary=False).order_by("pk").last()
    return wish.email if wish is not None else ""


@transaction.atomic
def drop_email_change(*, user: User, at: datetime, actor: Actor) -> None:
    """Forget the address that a user wanted to change to: its link leads nowhere from now on."""
    if EmailAddress.objects.filter(user=user, primary=False).delete()[0]:
        record(
            at=at,
            actor=actor,
            action="user.email_change_dropped",
            record=("user", user.pk),
            name=user.email,
        )


def stop_token(address: EmailAddress) -> str:
    """What the link to the present address holds, by which this change is stopped."""
    return signing.dumps({"emailaddress": address.pk}, salt=STOP_SALT)


def change_of_stop_link(token: str) -> EmailAddress | None:
    """The change that a link stops, with its user; None for one that was made, has ended or never was ours."""
    try:
        pk = signing.loads(token, salt=STOP_SALT, max_age=STOP_SECONDS)["emailaddress"]
    except signing.BadSignature:
        return None
    wishes = EmailAddress.objects.filter(primary=False, user__is_active=True)
    return wishes.select_related("user").filter(pk=pk).first()
