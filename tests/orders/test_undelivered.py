"""Names that were ordered and never came: their price goes to credit, once (domains.md 4)."""

import pytest

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditNote, Invoice
from commerce.domains.models import Domain
from commerce.domains.registration import request_registration
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions.undelivered import credit_undelivered_domain
from tests import make
from tests.make.records import make_domain_item

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def two_names() -> tuple[Domain, Domain, Invoice]:
    """Of one order, for 10.00 and 20.00 before tax."""
    items = [make_domain_item(), make_domain_item(unit_amount=2000)]
    order = make.make_order(make.make_client(), items=items)
    first, second = Domain.objects.filter(order_unit__item__order=order).order_by("pk")
    assert order.invoice is not None
    return first, second, order.invoice


def credited() -> int:
    return sum(CreditNote.objects.values_list("total", flat=True))


def line(invoice: Invoice, position: int) -> int:
    row = invoice.lines.get(position=position)
    return row.amount + row.tax_amount


def test_after_a_note_by_amount_a_name_is_credited_whole_and_not_twice() -> None:
    _first, second, invoice = two_names()
    credit_invoice(invoice=invoice, amount=100, reason="sorry", ctx=CTX)
    for _ in range(2):
        credit_undelivered_domain(domain=second, ctx=CTX)
    [note, rest] = CreditNote.objects.order_by("pk")
    of_second = note.lines.get(line__position=2)
    assert of_second.amount + of_second.tax_amount + rest.total == line(invoice, 2)
    assert credited() == 100 + rest.total


def test_what_a_note_by_amount_took_of_the_last_name_is_not_taken_again() -> None:
    first, second, invoice = two_names()
    credit_invoice(invoice=invoice, amount=100, reason="sorry", ctx=CTX)
    for domain in (first, second, first, second):
        credit_undelivered_domain(domain=domain, ctx=CTX)
    assert credited() == invoice.total


def test_a_name_that_was_registered_is_not_credited_as_one_that_never_came() -> None:
    first, _second, _invoice = two_names()
    Domain.objects.filter(pk=first.pk).update(
        status="cancelled", registration_date=make.AT.date(), next_due_date=None
    )
    with pytest.raises(StateConflict, match="already registered"):
        credit_undelivered_domain(domain=first, ctx=CTX)
    assert credited() == 0


def test_a_name_that_is_just_being_registered_is_left_alone() -> None:
    first, _second, invoice = two_names()
    request_registration(domain=first, idempotency_key="order", ctx=CTX)
    with pytest.raises(StateConflict, match="still working on it"):
        credit_undelivered_domain(domain=first, ctx=CTX)
    Job.objects.filter(action="domain.register").update(status="parked")
    credit_undelivered_domain(domain=first, ctx=CTX)
    first.refresh_from_db()
    assert (first.status, credited()) == ("cancelled", line(invoice, 1))
    assert Job.objects.get(action="domain.register").status == "dropped"
