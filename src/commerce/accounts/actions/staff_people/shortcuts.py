"""Whether single keys do something in the staff area: a person's own choice (WCAG 2.1.4)."""

from django.db import transaction

from commerce.accounts.models import Staff
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context


@transaction.atomic
def set_keyboard_shortcuts(*, staff: Staff, is_on: bool, ctx: Context) -> None:
    """Have single keys do something on this person's pages, or not. What stays the same is not written."""
    changed = Staff.objects.filter(pk=staff.pk).exclude(keyboard_shortcuts=is_on)
    if changed.update(keyboard_shortcuts=is_on):
        write_audit_entry(
            ctx=ctx,
            action="staff.shortcuts_chosen",
            record=("staff", staff.pk),
            name=str(staff),
            before={"keyboard_shortcuts": not is_on},
            after={"keyboard_shortcuts": is_on},
            staff_only=True,
        )
