"""The address that a user wants to change to, until it is proven or given up (accounts.md 5).

It ends with whatever tells that somebody else may have asked for it: a new password, ended sessions, the link in the
mail to the present address.
"""

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction

from commerce.accounts.models import User
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context

STOP_SALT = "commerce.stop-email-change"
STOP_SECONDS = 7 * 86400
"""How long the link to the present address stops a change, or ends the sessions of who asked for it."""


def pending_email(user: User) -> str:
    """The address that a user wants to change to and has not proven yet; empty if there is none."""
    address = EmailAddress.objects.filter(user=user, primary=False).order_by("pk").last()
    return address.email if address is not None else ""


@transaction.atomic
def cancel_email_change(*, user: User, ctx: Context) -> None:
    """Forget the address that a user wanted to change to: its link leads nowhere from now on."""
    if EmailAddress.objects.filter(user=user, primary=False).delete()[0]:
        write_audit_entry(
            ctx=ctx,
            action="user.email_change_dropped",
            record=("user", user.pk),
            name=user.email,
        )


def stop_token(address: EmailAddress) -> str:
    """What the link to the present address holds, by which this change is stopped."""
    return signing.dumps({"emailaddress": address.pk}, salt=STOP_SALT)


def email_change_of_stop_link(token: str) -> EmailAddress | None:
    """The change that a link stops, with its user; None for one that was made, has ended or never was ours."""
    try:
        pk = signing.loads(token, salt=STOP_SALT, max_age=STOP_SECONDS)["emailaddress"]
    except signing.BadSignature:
        return None
    pending = EmailAddress.objects.filter(primary=False, user__is_active=True)
    return pending.select_related("user").filter(pk=pk).first()
