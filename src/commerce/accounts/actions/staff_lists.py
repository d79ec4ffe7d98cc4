"""How a staff person sees the lists of the staff area (backoffice.md 3)."""

from collections.abc import Sequence

from django.db import transaction

from commerce.accounts.models import Staff
from commerce.kit.context import Context

MAX_COLUMNS = 40


@transaction.atomic
def choose_columns(*, staff: Staff, list_name: str, columns: Sequence[str], ctx: Context) -> None:
    """The list shows this person these columns, in this order; without any its own. Nobody else sees a difference, so
    that it leaves no entry in the audit log.
    """
    row = Staff.objects.select_for_update(no_key=True).get(pk=staff.pk)
    kept = {name: one for name, one in row.list_columns.items() if name != list_name}
    if columns:
        kept[list_name] = list(columns)[:MAX_COLUMNS]
    row.list_columns = kept
    row.save(update_fields=["list_columns"])
