"""What the migration to shares of lines writes for documents of before, and what it ends (billing.md 8)."""

from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice, InvoiceSubject, LineShare, PlanChange
from commerce.db.triggers import allow_retention
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.plan_changes import bought, plan, wish
from tests.make.proof import proof_violations
from tests.make.renewals import renew_services_of

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
SCHEMA = SimpleNamespace(connection=connection)
VOID = import_module("commerce.billing.migrations.0006_void_waiting_plan_changes")
SHARE = import_module("commerce.billing.migrations.0007_share_out_lines")
NOUNS = import_module("commerce.audit.migrations.0004_nouns_of_two_words")


def void_waiting_plan_changes() -> None:
    """As an upgrade does, which then spells the nouns of the log apart."""
    VOID.void_waiting_plan_changes(apps, SCHEMA)
    with allow_retention():
        NOUNS.spell_apart(apps, SCHEMA)


def shares() -> list[tuple[Any, ...]]:
    columns = ("line", "service", "credit_line", "net", "tax", "billing_cycle")
    rows = LineShare.objects.order_by("line", "service", "credit_line")
    return list(rows.values_list(*columns, "period_start", "period_end"))


def share_anew() -> None:
    with allow_retention():
        LineShare.objects.all().delete()
        SHARE.share_out_lines(apps, SCHEMA)


def as_before() -> None:
    """The former release kept, for each service of an order, the lines of its first period and what they hold of it."""
    for subject in InvoiceSubject.objects.filter(invoice__kind="order", service__isnull=False):
        own = LineShare.objects.filter(line__invoice=subject.invoice, service=subject.service)
        rows = own.exclude(billing_cycle="").filter(credit_line=None).order_by("line__position")
        subject.shares = [[share.line.position, share.net] for share in rows]
        subject.save(update_fields=["shares"])


def netted(service: Service, **over: Any) -> PlanChange:
    """A change of before, as the former release kept it."""
    values = {
        "status": "applied",
        "credit": 1000,
        "charge": 2000,
        "total": 1000,
        "ended_at": AT + timedelta(days=5),
        "coverage": {"periods": [{"start": "2026-04-13", "end": "2026-05-08"}], "invoices": []},
    } | over
    return PlanChange.objects.create(
        client=service.client,
        service=service,
        product=service.product,
        billing_cycle="monthly",
        amount=2000,
        created_at=AT,
        **values,
    )


def test_documents_of_before_get_what_is_written_with_those_of_today() -> None:
    """Orders of several units with options and setup fees, renewals, notes by amount and by line."""
    group = make.make_group()
    small, large = plan(group, 1001, setup=500), plan(group, 2000, annually=20_000)
    first, *_others = bought(wish(small, qty=3), wish(large, cycle="annually"))
    order = Invoice.objects.get()
    credit_invoice(invoice=order, lines={1: 1000}, reason="Sorry", ctx=CTX)
    renew_services_of(first.client, AT + timedelta(days=23))
    make.make_invoice(first.client)
    as_before()
    before = shares()
    share_anew()
    assert shares() == before
    share_anew()
    assert shares() == before


def test_a_note_over_an_amount_of_a_tax_group_is_spread_over_its_lines() -> None:
    small = plan(make.make_group(), 1000)
    first, second = bought(wish(small, qty=2))
    order = Invoice.objects.get()
    note = credit_invoice(invoice=order, amount=500, reason="Sorry", ctx=CTX)
    with allow_retention():
        note.lines.update(line=None)
    share_anew()
    taken = LineShare.objects.exclude(credit_line=None).order_by("service")
    assert list(taken.values_list("service", "net", "tax")) == [
        (first.pk, -250, 0),
        (second.pk, -250, 0),
    ]


def test_a_service_of_a_netted_document_waits_and_its_former_documents_bill_no_days() -> None:
    [service] = bought(wish(plan(make.make_group(), 1000)))
    change = netted(service)
    share_anew()
    change.refresh_from_db()
    assert change.netted_until == date(2026, 5, 8)
    [share] = LineShare.objects.filter(service=service)
    assert (share.billing_cycle, share.period_start, share.net) == ("", None, 1000)


def test_a_change_that_gave_nothing_back_bills_the_days_that_it_charged() -> None:
    service = make.make_service(amount=0)
    invoice = make.make_invoice(
        service.client, "paid", kind="plan_change", billed_services=[service.pk]
    )
    change = netted(service, credit=0, invoice=invoice)
    share_anew()
    change.refresh_from_db()
    assert change.netted_until is None
    [share] = LineShare.objects.filter(service=service)
    assert (share.period_start, share.period_end) == (date(2026, 4, 13), date(2026, 5, 8))


@pytest.mark.parametrize("paid", [0, 100])
def test_a_change_that_waits_for_its_invoice_ends_and_what_was_paid_is_credit(paid: int) -> None:
    service = make.make_service()
    invoice = make.make_invoice(service.client, kind="plan_change", billed_services=[service.pk])
    if paid:
        make.make_payment(invoice, amount=paid)
    add_credit(client=service.client, currency_code="EUR", amount=7, ctx=CTX)
    change = netted(service, status="awaiting_payment", ended_at=None, invoice=invoice)
    void_waiting_plan_changes()
    share_anew()
    change.refresh_from_db()
    invoice.refresh_from_db()
    assert (change.status, invoice.status, invoice.amount_due) == ("lapsed", "cancelled", 0)
    assert credit_balance(service.client_id, "EUR") == paid + 7
    note = invoice.credit_notes.get()
    assert (note.total, note.lines.count()) == (invoice.total, invoice.lines.count())
    assert proof_violations(AT) == {}
    void_waiting_plan_changes()
    assert invoice.credit_notes.count() == 1


def test_of_a_change_that_was_credited_in_part_the_rest_is_taken_back() -> None:
    service = make.make_service()
    invoice = make.make_invoice(service.client, kind="plan_change", billed_services=[service.pk])
    credit_invoice(invoice=invoice, amount=100, reason="Sorry", ctx=CTX)
    netted(service, status="awaiting_payment", ended_at=None, invoice=invoice)
    void_waiting_plan_changes()
    share_anew()
    assert sum(invoice.credit_notes.values_list("total", flat=True)) == invoice.total
    assert proof_violations(AT) == {}
