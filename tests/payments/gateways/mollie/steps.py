"""What the tests of Mollie do: begin to pay, hear its notices, look at the books."""

from datetime import timedelta

from commerce.billing.models import Invoice
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments import start_payment
from commerce.payments.models import Attempt
from tests import make
from tests.doubles.mollie.world import MollieWorld
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver, let_seconds_pass

CTX = Context(make.AT, SYSTEM)
HOUR = timedelta(hours=1)


def begin(invoice: Invoice, *, save_card: bool = False) -> Attempt:
    invoice.refresh_from_db()
    return start_payment.start_payment(
        invoice=invoice,
        gateway="mollie",
        created_by=None,
        return_url="https://shop.example/{}".format,
        save_card=save_card,
        ctx=CTX,
    )[0]


def hear(world: MollieWorld, reference: str) -> None:
    """Mollie's notice comes, some seconds after the one before, and the worker does what follows."""
    let_seconds_pass("mollie", reference)
    assert deliver(world.notice(reference), "mollie").status == 200
    run_jobs_but_documents(at=clock.now())


def paid(world: MollieWorld, invoice: Invoice, method: str = "ideal") -> str:
    """An invoice that was paid by Mollie, and its reference there."""
    reference = begin(invoice).reference or ""
    world.pay(reference, method)
    hear(world, reference)
    return reference


def stands(invoice: Invoice) -> tuple[str, int]:
    """What became of an invoice, and what is due."""
    invoice.refresh_from_db()
    return invoice.status, invoice.amount_due
