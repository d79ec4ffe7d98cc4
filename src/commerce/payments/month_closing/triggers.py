"""What the database refuses in a closed month of money that came or went (invariants.md M20)."""

from commerce.billing.books.triggers import CLOSED_DAY, CLOSED_INSTANT, booking_guard
from commerce.db.triggers import TriggerGuard, columns_differ
from commerce.payments.models import Dispute, Payment, Refund
from commerce.payments.rules import PaymentStatus

_NOT_BOOKED = f"('{PaymentStatus.PENDING}', '{PaymentStatus.FAILED}')"


def _is_closed(row: str) -> str:
    return f"coalesce({row}.booked_on, {row}.received_on) <= {CLOSED_DAY}"


def _moved_to_closed(table: str, column: str) -> list[TriggerGuard]:
    """An instant by which money counts."""
    is_closed = f"NEW.{column} < {CLOSED_INSTANT}"
    return [
        booking_guard(table, "INSERT", is_closed),
        booking_guard(table, "UPDATE", f"({columns_differ([column])}) AND {is_closed}"),
    ]


def closing_triggers() -> list[TriggerGuard]:
    """Payments by the day on which they are booked, refunds and disputes by the instant at which the money was gone."""
    payment = Payment._meta.db_table
    changed = columns_differ(["received_on", "booked_on", "amount", "currency_code"])
    is_booked_now = f"OLD.status IN {_NOT_BOOKED} AND NEW.status NOT IN {_NOT_BOOKED}"
    return [
        booking_guard(payment, "INSERT", _is_closed("NEW")),
        booking_guard(
            payment,
            "UPDATE",
            f"({changed}) AND ({_is_closed('OLD')} OR {_is_closed('NEW')})"
            f" OR {is_booked_now} AND {_is_closed('NEW')}",
        ),
        *_moved_to_closed(Refund._meta.db_table, "accepted_at"),
        *_moved_to_closed(Dispute._meta.db_table, "closed_at"),
    ]
