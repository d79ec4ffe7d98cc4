"""What became of each record of a bulk action, kept in the transaction in which it happened."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model

from commerce.accounts.bulk_actions.rules import BulkOutcome
from commerce.accounts.models import BulkItem
from commerce.db.locks import lock
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail


def note_check(item: BulkItem, name: str, error: BusinessError | None) -> None:
    """Whether it can be done to a record; kept by ``store_checks``."""
    item.name, item.outcome = name[:200], BulkOutcome.READY
    if error is not None:
        _explain(item, BulkOutcome.LEFT_OUT, error)


def store_checks(items: Sequence[BulkItem]) -> None:
    """Keep what was found out about these records."""
    BulkItem.objects.bulk_update(items, ("outcome", "code", "text", "name"))


def store_done(item: BulkItem, made: Any, mails: Sequence[OutgoingMail]) -> None:
    """It was done to this record, which is locked: what it ``made`` is for undo, the ``mails`` wait."""
    item.outcome, item.mails = BulkOutcome.DONE, [mail.pk for mail in mails]
    item.made = made.pk if isinstance(made, Model) else made
    item.save(update_fields=["outcome", "mails", "made"])


def store_undone(item: BulkItem) -> None:
    """It was taken back; the record is locked."""
    item.outcome = BulkOutcome.UNDONE
    item.save(update_fields=["outcome"])


@transaction.atomic
def store_refusal(item: BulkItem, error: BusinessError | None) -> None:
    """It could not be done, or not be undone; without an error something went wrong that nobody expected."""
    row = lock(item)
    if row.outcome == BulkOutcome.READY:
        outcome = BulkOutcome.LEFT_OUT if error else BulkOutcome.FAILED
    elif row.outcome == BulkOutcome.DONE:
        outcome = BulkOutcome.NOT_UNDONE
    else:
        return
    _explain(row, outcome, error or StateConflict("bulk_action.failed"))
    row.save(update_fields=["outcome", "code", "text"])


def _explain(item: BulkItem, outcome: BulkOutcome, error: BusinessError) -> None:
    item.outcome, item.code, item.text = outcome, error.code[:60], error.staff_text[:500]
