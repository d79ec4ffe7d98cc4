"""What happens to money that comes in; ids only."""

from msgspec import Struct


class PaymentBooked(Struct, frozen=True):
    """Money was booked on an open invoice; ``amount_due`` is what it leaves to pay, in minor units."""

    payment_id: int
    amount_due: int


class PaymentShareBooked(Struct, frozen=True):
    """One of several open invoices has its share of a payment; ``amount_due`` is what that leaves to pay."""

    share_id: int
    amount_due: int


class LatePaymentBooked(Struct, frozen=True):
    """Money came for an invoice that was closed or paid, and is credit now: staff look."""

    payment_id: int


class PaymentRefunded(Struct, frozen=True):
    """A refund was made: to credit at once, through a gateway when it was accepted there."""

    refund_id: int


class DisputeOpened(Struct, frozen=True):
    """A payer's bank asks for the money of a payment back: staff answer it."""

    dispute_id: int


class PaymentUnallocated(Struct, frozen=True):
    """Money came that belongs to no invoice as it is: staff decide."""

    unallocated_payment_id: int


class TransferNoticeSubmitted(Struct, frozen=True):
    """A client says that a bank transfer was made."""

    notice_id: int


class TransferNoticeRejected(Struct, frozen=True):
    """Staff did not find a declared transfer; the client should hear why."""

    notice_id: int


class AutopayFailed(Struct, frozen=True):
    """A try on a saved card was declined; ``next_try_on`` is the ISO date of the next one, empty after the last."""

    attempt_id: int
    invoice_id: int
    number: int
    next_try_on: str


class AutopayActionRequired(Struct, frozen=True):
    """The bank of a saved card wants its owner to confirm the payment."""

    attempt_id: int
    invoice_id: int
    number: int
