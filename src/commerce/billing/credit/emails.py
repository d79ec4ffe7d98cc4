"""Mails about credit (notifications.md 3, group "billing"): reactions to what happened."""

from collections.abc import Callable

from commerce.accounts.recipients import send_client_email
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import CreditAdded
from commerce.billing.invoices.emails import credit_url
from commerce.billing.labels import credit_label
from commerce.billing.models import CreditEntry
from commerce.events.publish import at_event_time
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.site_settings.current import get_setting

TOLD_CREDIT_REASONS = frozenset(
    {
        CreditReason.OVERPAYMENT,
        CreditReason.LATE_PAYMENT,
        CreditReason.TOP_UP,
        CreditReason.DOWNGRADE,
        CreditReason.STAFF_ADD,
    }
)
"""Why credit was added of which this mail tells; of money that comes back their own mails tell."""

_credit_told_elsewhere: list[Callable[[CreditEntry], bool]] = []


def set_credit_told_elsewhere(function: Callable[[CreditEntry], bool]) -> None:
    """``function(entry)`` says whether another mail tells of this credit."""
    _credit_told_elsewhere[:] = [function]


@at_event_time
def send_credit_added_email(event: CreditAdded, ctx: Context) -> None:
    """Credit was added of which no other mail tells."""
    entry = CreditEntry.objects.select_related("account__client").get(pk=event.entry_id)
    is_told = any(told(entry) for told in _credit_told_elsewhere)
    if is_told or entry.reason not in TOLD_CREDIT_REASONS:
        return
    code = entry.account.currency_id
    send_client_email(
        client=entry.account.client,
        event="credit_added",
        idempotency_key=f"{entry.pk}",
        values={
            "amount": Money(entry.amount, code),
            "balance": Money(entry.balance, code),
            "auto_apply": get_setting("billing.auto_apply_credit"),
            "reason": credit_label(entry.reason, entry.source),
            "credit_url": credit_url(),
        },
        at=ctx.at,
        about=("credit_entry", entry.pk),
    )
