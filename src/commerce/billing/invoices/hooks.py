"""What follows at once from the end of an invoice: the room of its kind says how, in ``wiring.py``."""

from typing import Protocol

from commerce.billing.models import Invoice
from commerce.kit.context import Context


class InvoiceHook(Protocol):
    """Called in the transaction that ends an open invoice, paid or taken back."""

    def __call__(self, *, invoice: Invoice, ctx: Context) -> None: ...


_paid: dict[str, InvoiceHook] = {}
_voided: dict[str, InvoiceHook] = {}


def when_invoice_ends(kind: str, *, paid: InvoiceHook, voided: InvoiceHook) -> None:
    """Say what follows when an invoice of this kind is ``paid``, and when it is ``voided`` or credited as a whole."""
    _paid[kind], _voided[kind] = paid, voided


def run_paid_hook(invoice: Invoice, ctx: Context) -> None:
    """What follows at once from this invoice being paid; nothing for most kinds."""
    if hook := _paid.get(invoice.kind):
        hook(invoice=invoice, ctx=ctx)


def run_voided_hook(invoice: Invoice, ctx: Context) -> None:
    """What follows at once from this invoice being taken back."""
    if hook := _voided.get(invoice.kind):
        hook(invoice=invoice, ctx=ctx)
