"""Issuing: numbers, snapshots, totals, and what a draft is before (billing.md 2 and 4)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    delete_custom_field,
    set_custom_value,
)
from commerce.billing.documents.queries import content_of
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice, InvoiceLine, NumberSequence
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import rename_product
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db


def setting(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(make.AT, SYSTEM))


def test_a_draft_is_not_a_claim() -> None:
    draft = make.make_draft()
    assert (draft.number, draft.issue_date, draft.due_date) == (None, None, None)
    assert not Invoice.objects.for_client(draft.client).exists()


def test_an_issued_invoice_has_number_dates_and_reference() -> None:
    invoice = make.make_invoice()
    assert invoice.status == "unpaid"
    assert invoice.number == "INV-0001"
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 4, 8), date(2026, 4, 22))
    assert (invoice.subtotal, invoice.tax_amount, invoice.total) == (1000, 200, 1200)
    assert (invoice.amount_due, invoice.credit_applied, invoice.paid_at) == (1200, 0, None)
    assert invoice.issued_at == make.AT
    assert invoice.payment_reference is not None
    assert invoice.payment_reference.endswith(f"{invoice.pk:012d}")


def test_lines_and_groups_are_kept_as_computed() -> None:
    invoice = make.make_invoice(
        lines=[
            DraftLine("Work, hours", 9500, make.NEW_YORK, 2500),
            DraftLine("Cables", 4215, make.NEW_YORK),
            DraftLine("Design", 32000, make.REVERSE_CHARGE),
        ]
    )
    lines = invoice.lines.order_by("position").values_list(
        "position", "quantity_milli", "amount", "tax_rate_milli", "tax_amount"
    )
    assert list(lines) == [
        (1, 2500, 23750, 8875, 2108),
        (2, 1000, 4215, 8875, 374),
        (3, 1000, 32000, 0, 0),
    ]
    groups = invoice.tax_groups.order_by("pk").values_list("category", "net", "tax", "note")
    assert list(groups) == [("S", 27965, 2482, ""), ("AE", 32000, 0, "Reverse charge")]
    assert invoice.total == 62447


@pytest.mark.parametrize(("code", "exponent"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_the_exponent_is_fixed_at_issue(code: str, exponent: int) -> None:
    make.make_currency(code)
    invoice = make.make_invoice(currency_code=code)
    assert (invoice.currency_id, invoice.exponent) == (code, exponent)


def test_seller_and_buyer_are_snapshots() -> None:
    """M17: what changes later changes no issued document."""
    setting("company.name", "Harbour Hosting")
    client = make.make_client(company="Acme", city="Bristol")
    invoice = make.make_invoice(client)
    setting("company.name", "Another name")
    change_client(client=client, ctx=Context(make.AT, SYSTEM), company="Acme and Sons")
    invoice.refresh_from_db()
    assert invoice.seller["name"] == "Harbour Hosting"
    assert (invoice.buyer["company"], invoice.buyer["city"]) == ("Acme", "Bristol")
    assert invoice.buyer["name"] == "Jane Smith"


def test_a_product_and_a_tax_that_change_later_change_no_issued_document() -> None:
    """M17: another name, another price, another rate, another seller."""
    ctx = Context(make.AT, SYSTEM)
    product = make.make_product()
    order = make.make_order(items=[make.make_item(product=product)])
    assert order.invoice
    before = content_of(order.invoice)
    rename_product(product=product, name="Something else", ctx=ctx)
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=900, ctx=ctx)
    rule: dict[str, Any] = {
        "country": "DE",
        "category": "S",
        "name": "Tax",
        "valid_from": date(2026, 1, 1),
    }
    add_tax_rule(rate=7_000, **rule, ctx=ctx)
    setting("company.name", "Another name")
    again = content_of(Invoice.objects.get(pk=order.invoice.pk))
    assert (again, again.sha256()) == (before, before.sha256())


def test_custom_fields_marked_for_invoices_are_part_of_the_snapshot() -> None:
    """M17; a box and an admin-only field (T9) too: neither value nor label of an issued invoice changes."""
    client = make.make_client()
    shown = {"show_on_invoice": True}
    order = make.make_custom_field("Order number", **shown)
    agreed = make.make_custom_field("Frame contract", type="checkbox", position=0, **shown)
    make.make_custom_field("Left empty", **shown)
    elsewhere, secret = make.make_custom_field(), make.make_custom_field(admin_only=True)
    for field, value in ((order, "PO 1"), (agreed, "yes"), (elsewhere, "x"), (secret, "late")):
        set_custom_value(client=client, field=field, value=value, ctx=Context(make.AT, SYSTEM))
    invoice = make.make_invoice(client)
    said = [
        {"label": "Frame contract", "value": "Yes"},
        {"label": "Order number", "value": "PO 1"},
    ]
    assert invoice.buyer["custom_fields"] == said
    facts = content_of(invoice)
    assert facts.buyer.more == (("Frame contract", "Yes"), ("Order number", "PO 1"))
    set_custom_value(client=client, field=order, value="PO 2", ctx=Context(make.AT, SYSTEM))
    change_custom_field(field=agreed, name="Contract", ctx=Context(make.AT, SYSTEM))
    delete_custom_field(field=order, ctx=Context(make.AT, SYSTEM))
    again = Invoice.objects.get(pk=invoice.pk)
    assert (again.buyer["custom_fields"], content_of(again).sha256()) == (said, facts.sha256())
    later = make.make_invoice(client)
    assert later.buyer["custom_fields"] == [{"label": "Contract", "value": "Yes"}]


def test_numbers_follow_one_another() -> None:
    """M14; a draft takes none."""
    numbers = [make.make_invoice().number for _ in range(2)]
    make.make_draft()
    assert [*numbers, make.make_invoice().number] == ["INV-0001", "INV-0002", "INV-0003"]


def test_the_first_number_can_be_raised_but_never_falls() -> None:
    setting("billing.invoice_start_number", "305")
    assert make.make_invoice().number == "INV-0305"
    for used in ("1", "304"):
        with pytest.raises(BusinessError, match=r"up to 305 are taken\. Use 306"):
            setting("billing.invoice_start_number", used)
    setting("billing.invoice_start_number", "305")  # as it is
    assert make.make_invoice().number == "INV-0306"


def test_the_prefix_may_hold_year_and_month() -> None:
    setting("billing.invoice_prefix", "{YYYY}/{MM}/")
    assert make.make_invoice().number == "2026/04/0001"


def test_the_day_of_issue_is_that_of_the_business() -> None:
    setting("billing.time_zone", "Pacific/Kiritimati")
    assert make.make_invoice().issue_date == date(2026, 4, 9)


def test_a_number_that_was_not_used_is_used_next() -> None:
    """A rollback leaves no gap."""
    draft = make.make_draft()
    with pytest.raises(BusinessError):
        issue_invoice(
            vat_refresh=None, invoice=draft, ctx=Context(make.AT, SYSTEM), due_date=date(2020, 1, 1)
        )
    assert make.make_invoice().number == "INV-0001"
    assert NumberSequence.objects.get().next_number == 2


def test_nothing_due_is_paid_at_once() -> None:
    invoice = make.make_invoice(lines=[DraftLine("Free plan", 0, make.VAT)])
    assert (invoice.status, invoice.total, invoice.paid_at) == ("paid", 0, make.AT)
    assert invoice.number == "INV-0001"


def test_it_is_issued_once() -> None:
    invoice = make.make_invoice()
    with pytest.raises(StateConflict):
        issue_invoice(vat_refresh=None, invoice=invoice, ctx=Context(make.AT, SYSTEM))
    assert Invoice.objects.get().number == "INV-0001"


def test_the_due_date_of_a_renewal_counts_from_its_period() -> None:
    draft = make.make_draft(kind="renewal")
    start = make.AT.date() + timedelta(days=7)
    issue_invoice(vat_refresh=None, invoice=draft, ctx=Context(make.AT, SYSTEM), period_start=start)
    assert draft.due_date == start + timedelta(days=14)


def test_what_is_refused_leaves_nothing() -> None:
    client = make.make_client()
    with pytest.raises(BusinessError, match="at least one line"):
        draft_invoice(
            client=client,
            kind="manual",
            currency_code="EUR",
            lines=[],
            ctx=Context(make.AT, SYSTEM),
        )
    with pytest.raises(
        BusinessError, match="The discounts are larger than the amounts they apply to"
    ):
        make.make_draft(client, [DraftLine("Discount", -1, make.VAT)])
    assert not Invoice.objects.exists()


def test_a_draft_that_was_tampered_with_is_not_issued() -> None:
    draft = make.make_draft()
    InvoiceLine.objects.filter(invoice=draft).update(amount=999_999, unit_amount=999_999)
    with pytest.raises(BusinessError, match="The line items of this draft don't add up"):
        issue_invoice(vat_refresh=None, invoice=draft, ctx=Context(make.AT, SYSTEM))
