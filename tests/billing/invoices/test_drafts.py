"""billing.md 2: what a draft holds, how it is changed and thrown away, and what its issue takes from it."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.invoices.actions.drafts import (
    change_draft,
    delete_draft,
    draft_invoice,
)
from commerce.billing.invoices.actions.issuing import (
    due_date_by_settings,
    issue_invoice,
    mark_invoice_sent,
)
from commerce.billing.invoices.actions.states import record_invoice_export
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine
from commerce.billing.models import BilledPeriod, Invoice, TaxGroup
from commerce.billing.tax.rules import VatAsked
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
LATER = Context(AT + timedelta(hours=1), SYSTEM)
START, END = date(2026, 5, 8), date(2026, 6, 8)


def renewal(service: Any, **over: Any) -> DraftLine:
    values: dict[str, Any] = {"kind": "renewal", "subject": ("service", service.pk)}
    return DraftLine("Hosting", 1000, make.VAT, **values | over)


def drafted(client: Any, *lines: DraftLine, **over: Any) -> Invoice:
    values: dict[str, Any] = {"kind": "renewal", "currency_code": "EUR", "ctx": CTX}
    return draft_invoice(client=client, lines=lines, **values | over)


def test_a_billed_period_has_the_net_and_tax_of_its_own_lines() -> None:
    client = make.make_client()
    one, two = make.make_service(client), make.make_service(client)
    discount = renewal(one, kind="discount")
    invoice = drafted(
        client,
        renewal(one),
        DraftLine("less", -300, make.VAT, kind="discount", subject=discount.subject),
        renewal(two),
        DraftLine("Work", 50, make.VAT),
        periods={("service", one.pk): (START, END), ("service", two.pk): (START, END)},
    )
    rows = BilledPeriod.objects.order_by("pk")
    assert list(rows.values_list("service", "net", "tax", "period_start", "period_end")) == [
        (one.pk, 700, 140, START, END),
        (two.pk, 1000, 200, START, END),
    ]
    assert list(invoice.lines.order_by("position").values_list("billed_period__service")) == [
        (one.pk,),
        (one.pk,),
        (two.pk,),
        (None,),
    ]
    assert [row.service_id for row in invoice.subjects.order_by("pk")] == [one.pk, two.pk]
    assert {row.created_at for row in rows} == {AT}


@pytest.mark.parametrize("kinds", [[], ["renewal", "renewal"], ["discount"]])
def test_a_billed_period_has_one_line_that_renews(kinds: list[str]) -> None:
    service = make.make_service()
    lines = [renewal(service, kind=kind) for kind in kinds] or [DraftLine("Work", 50, make.VAT)]
    with pytest.raises(ValueError, match="renewal line"):
        drafted(service.client, *lines, periods={("service", service.pk): (START, END)})


def test_a_period_that_is_billed_already_is_refused_as_a_whole() -> None:
    service = make.make_service()
    say: dict[str, Any] = {"periods": {("service", service.pk): (START, END)}}
    drafted(service.client, renewal(service), **say)
    with pytest.raises(StateConflict):
        drafted(service.client, renewal(service), **say)
    assert Invoice.objects.count() == 1


def test_a_draft_keeps_what_it_was_given() -> None:
    client = make.make_client()
    service, domain = make.make_service(client), make.make_domain(client)
    long = DraftLine("x" * 501, 100, make.VAT)
    invoice = drafted(
        client,
        long,
        kind="order",
        notes="Thank you",
        due_date=date(2026, 6, 1),
        tax_evidence={"country": "DE"},
        billed_services=[service.pk, service.pk],
        billed_domains=[domain.pk, domain.pk],
    )
    assert (invoice.notes, invoice.due_date, invoice.tax_evidence) == (
        "Thank you",
        date(2026, 6, 1),
        {"country": "DE"},
    )
    assert (invoice.kind, invoice.created_at, invoice.changed_at) == ("order", AT, AT)
    assert invoice.lines.get().description == "x" * 500
    assert list(invoice.subjects.order_by("pk").values_list("service", "domain")) == [
        (service.pk, None),
        (None, domain.pk),
    ]


def test_a_price_with_tax_is_kept_as_it_was_stated_beside_its_net_unit() -> None:
    invoice = drafted(
        make.make_client(),
        DraftLine("Work", 120, make.VAT, 3000),
        DraftLine("Free of tax", 500, OUTSIDE_SCOPE),
        prices_include_tax=True,
    )
    lines = invoice.lines.order_by("position")
    assert list(lines.values_list("amount", "unit_amount", "typed_unit_amount")) == [
        (300, 100, 120),
        (500, 500, None),
    ]


def test_other_lines_leave_what_is_not_said() -> None:
    invoice = drafted(
        make.make_client(),
        DraftLine("a", 100, make.VAT),
        notes="Thank you",
        due_date=date(2026, 6, 1),
        tax_evidence={"country": "DE"},
    )
    two = [DraftLine("b", 300, make.VAT), DraftLine("c", 100, make.NEW_YORK)]
    change_draft(invoice=invoice, lines=two, ctx=LATER)
    assert (invoice.subtotal, invoice.tax_amount, invoice.total, invoice.amount_due) == (
        400,
        69,
        469,
        469,
    )
    assert (invoice.notes, invoice.due_date, invoice.tax_evidence) == (
        "Thank you",
        date(2026, 6, 1),
        {"country": "DE"},
    )
    assert (invoice.lines.count(), invoice.tax_groups.count()) == (2, 2)
    assert (invoice.created_at, invoice.changed_at) == (AT, LATER.at)
    change_draft(
        invoice=invoice,
        lines=two[:1],
        notes="",
        due_date=date(2026, 7, 1),
        tax_evidence={},
        ctx=LATER,
    )
    assert (invoice.notes, invoice.due_date, invoice.tax_evidence, invoice.total) == (
        "",
        date(2026, 7, 1),
        {},
        360,
    )


def test_what_was_thrown_away_or_issued_is_no_draft_any_more() -> None:
    draft, gone = make.make_draft(), make.make_draft()
    delete_draft(invoice=gone, ctx=CTX)
    assert list(Invoice.objects.all()) == [draft]
    issue_invoice(invoice=draft, vat=VatAsked(draft.client_id), ctx=CTX)
    for invoice in (draft, gone):
        for act in (
            lambda one: delete_draft(invoice=one, ctx=CTX),
            lambda one: change_draft(invoice=one, lines=[DraftLine("a", 1, make.VAT)], ctx=CTX),
        ):
            with pytest.raises(StateConflict):
                act(invoice)


def test_groups_that_do_not_sum_to_the_draft_are_not_issued() -> None:
    draft = make.make_draft()
    TaxGroup.objects.filter(invoice=draft).update(net=999)
    with pytest.raises(BusinessError):
        issue_invoice(invoice=draft, vat=VatAsked(draft.client_id), ctx=CTX)


def test_the_due_date_is_not_before_a_later_day_of_issue() -> None:
    """Another invoice of the next day had its number already."""
    make.make_invoice(at=AT + timedelta(days=1))
    draft = make.make_draft()
    issue_invoice(invoice=draft, vat=VatAsked(draft.client_id), due_date=AT.date(), ctx=CTX)
    assert draft.issue_date == draft.due_date == date(2026, 4, 9)
    other = make.make_draft()
    issue_invoice(invoice=other, vat=VatAsked(other.client_id), due_date=date(2026, 6, 1), ctx=CTX)
    assert (other.issue_date, other.due_date) == (date(2026, 4, 9), date(2026, 6, 1))


def test_a_typed_due_date_wins_over_that_of_the_draft() -> None:
    draft = make.make_draft(due_date=date(2026, 6, 1))
    issue_invoice(invoice=draft, vat=VatAsked(draft.client_id), due_date=date(2026, 5, 1), ctx=CTX)
    assert draft.due_date == date(2026, 5, 1)


def test_the_due_date_by_the_settings_is_that_of_period_expiry_or_choice() -> None:
    today = AT.date()
    assert due_date_by_settings(today) == date(2026, 4, 22)
    assert due_date_by_settings(today, period_start=START) == date(2026, 5, 22)
    assert due_date_by_settings(today, expiry=date(2026, 4, 15)) == date(2026, 4, 14)
    assert due_date_by_settings(today, chosen_date=today) == today


def test_the_first_mail_says_when_an_invoice_was_sent() -> None:
    invoice, other = make.make_invoice(), make.make_invoice()
    mark_invoice_sent(invoice.pk, AT)
    mark_invoice_sent(invoice.pk, LATER.at)
    invoice.refresh_from_db()
    other.refresh_from_db()
    assert (invoice.sent_at, other.sent_at) == (AT, None)


@pytest.mark.parametrize(
    ("span", "shown"),
    [((START, None), ("2026-05-08", "")), ((None, END), ("", "2026-06-08"))],
)
def test_an_export_is_in_the_audit_log_with_its_days(
    span: tuple[date | None, date | None], shown: tuple[str, str]
) -> None:
    client = make.make_client()
    record_invoice_export(client=client, file="statement", date_range=span, ctx=CTX)
    entry = AuditEntry.objects.get(action="client.exported")
    assert entry.after == {"file": "statement", "first": shown[0], "last": shown[1]}
    assert (entry.record_kind, entry.record_id, entry.record_name, entry.client_id) == (
        "client",
        client.pk,
        client.name,
        client.pk,
    )
