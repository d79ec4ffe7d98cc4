"""Forms of the staff area that are sent twice: the second time nothing happens."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from commerce.accounts.models import StaffFormKey
from commerce.kit.context import Context

FORM_KEY_LASTS = timedelta(days=2)


def claim_form_key(*, key: str, ctx: Context) -> bool:
    """Whether this form was not sent before; call it in the transaction of what the form does.

    A second sending waits here until the first has ended, and goes through when that one failed. Old keys are dropped.
    """
    StaffFormKey.objects.filter(at__lt=ctx.at - FORM_KEY_LASTS).delete()
    try:
        with transaction.atomic():
            StaffFormKey.objects.create(key=key, at=ctx.at)
    except IntegrityError:
        return False
    return True


def is_form_key_claimed(*, key: str) -> bool:
    """Whether this form was sent, and what it asked for has happened."""
    return StaffFormKey.objects.filter(key=key).exists()


def release_form_key(*, key: str) -> None:
    """What the form asked for did not happen: it may be sent again."""
    StaffFormKey.objects.filter(key=key).delete()
