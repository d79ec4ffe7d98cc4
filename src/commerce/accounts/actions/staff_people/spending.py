"""What a person gave away on a day, for the limit of their role (backoffice.md 1)."""

from datetime import date

from commerce.accounts.models import Staff
from commerce.db.locks import lock_name


def hold_spending_of_staff(*, staff: Staff, day: date) -> int:
    """What they gave away on a day so far, in minor units of the default currency. It stays true within a transaction
    that asks: whoever else acts as them waits.
    """
    lock_name(f"spending of staff {staff.pk}")
    row = Staff.objects.only("spent", "spent_on").get(pk=staff.pk)
    return row.spent if row.spent_on == day else 0


def record_spending_of_staff(*, staff: Staff, amount: int, day: date) -> None:
    """Keep what they gave away on a day by now."""
    Staff.objects.filter(pk=staff.pk).update(spent=amount, spent_on=day)
