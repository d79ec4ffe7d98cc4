"""Renewals: one invoice for what is due, each period claimed once, free ones let pass (billing.md 1, 3 and 8)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.actions.settlement import receive_payment
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.periods import release_period, waive_period
from commerce.billing.periods.actions.renewals import (
    renew_services,
    renew_services_of_several,
)
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.products import rename_product
from commerce.hosting.actions.editing import rename_service, schedule_service_end
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal, renew_services_of

pytestmark = pytest.mark.django_db
NEXT = date(2026, 5, 8)


def setting(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(make.AT, SYSTEM))


def paid(invoice: Invoice) -> None:
    receive_payment(
        invoice=invoice,
        source="payment:1",
        amount=invoice.amount_due,
        ctx=Context(RENEWED_AT, SYSTEM),
    )


def test_a_renewal_claims_its_period() -> None:
    client = make.make_client()
    service = make.make_service(client)
    invoice = make_renewal(client, services=0)
    assert (invoice.kind, invoice.status, invoice.total) == ("renewal", "unpaid", 500)
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 5, 1), date(2026, 5, 22))
    billed_period = BilledPeriod.objects.get()
    assert (billed_period.service, billed_period.status) == (service, "open")
    assert (billed_period.period_start, billed_period.period_end) == (NEXT, date(2026, 6, 8))
    assert (billed_period.net, billed_period.tax) == (500, 0)
    [line] = invoice.lines.all()
    assert (line.kind, line.billed_period, line.tax_kind) == ("renewal", billed_period, "hosting")
    assert line.description.endswith("May 8 – Jun 7, 2026")
    assert [row.service for row in invoice.subjects.all()] == [service]


def test_it_is_billed_once() -> None:
    """U5: the next period waits until this one is paid or waived."""
    client = make.make_client()
    make_renewal(client)
    assert renew_services_of(client).invoices == []
    assert renew_services_of(client, RENEWED_AT + timedelta(days=90)).invoices == []


def test_what_is_not_due_yet_waits() -> None:
    client = make.make_client()
    make.make_service(client)
    assert renew_services_of(client, RENEWED_AT - timedelta(days=1)).invoices == []


@pytest.mark.parametrize("status", ["pending", "cancelled", "terminated"])
def test_what_does_not_run_is_not_renewed(status: str) -> None:
    """S7."""
    client = make.make_client()
    make.make_service(client, status)
    assert renew_services_of(client, RENEWED_AT + timedelta(days=300)).invoices == []


def test_suspended_services_are_renewed() -> None:
    make_renewal(status="suspended")


def test_nothing_is_billed_from_the_day_of_cancellation_on() -> None:
    client = make.make_client()
    service = make.make_service(client)
    schedule_service_end(service=service, ends_on=NEXT, ctx=Context(make.AT, SYSTEM))
    assert renew_services_of(client).invoices == []


def test_one_invoice_for_all_that_is_due_by_the_earliest_due_date() -> None:
    client = make.make_client()
    make.make_service(client, at=make.AT - timedelta(days=2))
    invoice = make_renewal(client, services=2)
    assert (invoice.total, invoice.due_date) == (1500, date(2026, 5, 20))
    assert invoice.billed_periods.count() == 3


def test_one_for_each_service_when_they_are_not_consolidated() -> None:
    setting("billing.consolidate", "off")
    client = make.make_client()
    make.make_service(client)
    make.make_service(client)
    assert len(renew_services_of(client).invoices) == 2


def test_currencies_do_not_mix() -> None:
    client = make.make_client()
    make.make_service(client)
    make.make_service(client, currency_code="USD")
    invoices = Invoice.objects.filter(pk__in=renew_services_of(client).invoices)
    assert {one.currency_id for one in invoices} == {"EUR", "USD"}


def test_free_periods_pass_without_an_invoice() -> None:
    client = make.make_client()
    service = make.make_service(client, amount=0)
    done = renew_services_of(client, RENEWED_AT + timedelta(days=45))  # 15 June
    assert (done.invoices, done.waived) == ([], 2)
    service.refresh_from_db()
    assert service.next_due_date == date(2026, 7, 8)
    assert set(BilledPeriod.objects.values_list("status", flat=True)) == {"waived"}
    assert renew_services_of(client, RENEWED_AT + timedelta(days=45)).waived == 0


def test_a_product_with_a_tax_kind_of_its_own_is_renewed_with_the_tax_of_its_order() -> None:
    """Renewals were taxed by the type of the product, whatever its tax kind said."""
    setting("company.country", "US")
    for kind, rate in (("hosting", 20_000), ("other", 5_000)):
        add_tax_rule(
            country="US",
            product_kind=kind,
            rate=rate,
            category="S",
            valid_from=date(2020, 1, 1),
            ctx=Context(make.AT, SYSTEM),
        )
    client = make.make_client(country="US")
    product = make.make_product(tax_kind="other", activation="immediate")
    order = place_cart_lines(
        vat_refresh=None,
        cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly")],
        client=client,
        placed_by=None,
        shown_total=None,
        idempotency_key="form-1",
        ctx=Context(make.AT, SYSTEM),
    )
    assert order.invoice is not None
    make.make_payment(order.invoice)
    activate_service(service=Service.objects.get(), ctx=Context(make.AT, SYSTEM))
    renewal = make_renewal(client, services=0)
    taxed = [
        one.lines.values_list("tax_kind", "tax_rate_milli", "tax_amount").get()
        for one in (order.invoice, renewal)
    ]
    assert taxed == [("other", 5_000, 25)] * 2


def test_options_and_discounts_are_lines_of_the_same_claim() -> None:
    client = make.make_client()
    options = [{"name": "IPs", "value": "2", "amount": 200}]
    service = make.make_service(client, amount=650, options=options)
    parts = {"base": 500, "group_discount": 30, "promo_discount": 20, "promo_code": "SPRING"}
    Service.objects.filter(pk=service.pk).update(price_parts=parts)
    invoice = make_renewal(client, services=0)
    lines = invoice.lines.order_by("position").values_list("kind", "amount")
    assert list(lines) == [("renewal", 500), ("option", 200), ("discount", -30), ("discount", -20)]
    assert set(invoice.lines.values_list("billed_period", flat=True)) == {
        BilledPeriod.objects.get().pk
    }
    assert BilledPeriod.objects.get().net == invoice.subtotal == 650


def test_paid_moves_the_next_due_date_by_one_cycle() -> None:
    """S10; the day of payment does not matter."""
    invoice = make_renewal()
    paid(invoice)
    billed_period = BilledPeriod.objects.select_related("service").get()
    assert (billed_period.status, billed_period.ended_at) == ("paid", RENEWED_AT)
    assert billed_period.service is not None
    assert billed_period.service.next_due_date == date(2026, 6, 8)


def test_credit_pays_at_issue_and_the_next_period_is_billed_at_once_when_it_is_due() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=700, ctx=Context(make.AT, SYSTEM))
    make.make_service(client)
    done = renew_services_of(client, RENEWED_AT + timedelta(days=31))
    first, second = Invoice.objects.filter(pk__in=done.invoices).order_by("pk")
    assert (first.status, first.credit_applied) == ("paid", 500)
    assert (second.status, second.credit_applied, second.amount_due) == ("unpaid", 200, 300)


def test_several_clients_share_a_transaction_that_gives_numbers_at_its_end() -> None:
    """Each draft had kept the sequence for as long as all that came after it took."""
    one, rich, other = [make.make_client() for _ in range(3)]
    for client in (one, rich, other):
        make.make_service(client)
    add_credit(client=rich, currency_code="EUR", amount=700, ctx=Context(make.AT, SYSTEM))
    with CaptureQueriesContext(connection) as asked:
        done = renew_services_of_several(
            client_ids=[one.pk, rich.pk, other.pk],
            day=RENEWED_AT.date(),
            ctx=Context(RENEWED_AT, SYSTEM),
        )
    assert {pk: len(each.invoices) for pk, each in done.items()} == {one.pk: 1, other.pk: 1}
    invoices = Invoice.objects.order_by("pk")
    assert list(invoices.values_list("client", "number", "status")) == [
        (one.pk, "INV-0001", "unpaid"),
        (other.pk, "INV-0002", "unpaid"),
    ]
    said = [query["sql"] for query in asked]
    drafts, numbers = (
        [place for place, sql in enumerate(said) if sql.startswith(start)]
        for start in ('INSERT INTO "billing_invoice"', 'UPDATE "billing_numbersequence"')
    )
    assert len(drafts) == 2
    assert max(drafts) < min(numbers)
    alone = renew_services_of(rich)
    assert Invoice.objects.get(pk=alone.invoices[0]).number == "INV-0003"


def test_a_closed_client_is_not_billed() -> None:
    from commerce.accounts.actions.clients import close_client

    client = make.make_client()
    make.make_service(client)
    close_client(client=client, reason="left", ctx=Context(make.AT, SYSTEM))
    done = renew_services(client_id=client.pk, day=NEXT, ctx=Context(RENEWED_AT, SYSTEM))
    assert done.invoices == []


def test_waived_and_released_claims() -> None:
    client = make.make_client()
    make_renewal(client)
    billed_period = BilledPeriod.objects.get()
    release_period(period=billed_period, ctx=Context(RENEWED_AT, SYSTEM))
    assert len(renew_services_of(client).invoices) == 1
    again = BilledPeriod.objects.get(status="open")
    waive_period(period=again, ctx=Context(RENEWED_AT, SYSTEM), reason="a friend")
    assert Service.objects.get().next_due_date == date(2026, 6, 8)
    with pytest.raises(StateConflict):
        release_period(period=again, ctx=Context(RENEWED_AT, SYSTEM))


@pytest.mark.parametrize(
    ("choice", "billed_period", "due", "status"),
    [
        ("bill_again", "released", NEXT, "active"),
        ("waive", "waived", date(2026, 6, 8), "active"),
        ("end", "released", None, "cancelled"),
    ],
)
def test_staff_decide_on_each_period_of_a_voided_renewal(
    choice: str, billed_period: str, due: date | None, status: str
) -> None:
    invoice = make_renewal()
    service = Service.objects.get()
    ctx = Context(RENEWED_AT, SYSTEM)
    with pytest.raises(BusinessError, match="bill again"):
        void_invoice(invoice=invoice, reason="mistake", ctx=ctx)
    decisions = {("service", service.pk): choice}
    void_invoice(invoice=invoice, reason="mistake", decisions=decisions, ctx=ctx)
    service.refresh_from_db()
    assert BilledPeriod.objects.get().status == billed_period
    assert (service.next_due_date, service.status) == (due, status)
    assert invoice.status == "cancelled"


def test_an_automatic_void_releases() -> None:
    invoice = make_renewal()
    void_invoice(
        invoice=invoice, reason="ended", release_periods=True, ctx=Context(RENEWED_AT, SYSTEM)
    )
    assert BilledPeriod.objects.get().status == "released"


def test_paying_resumes_what_was_suspended_for_it_and_nothing_else() -> None:
    client = make.make_client()
    make.make_service(client, "suspended", cause="overdue")
    make.make_service(client, "suspended", cause="abuse")
    invoice = make_renewal(client, services=0)
    paid(invoice)
    found = Service.objects.order_by("pk").values_list("status", "suspension_reason")
    assert list(found) == [("active", ""), ("suspended", "abuse")]


def test_a_service_is_invoiced_with_the_name_that_its_client_gave_it() -> None:
    client = make.make_client()
    service = make.make_service(client)
    rename_service(service=service, label="Bakery website", ctx=Context(make.AT, SYSTEM))
    [line] = make_renewal(client, services=0).lines.all()
    assert line.description.endswith("May 8 – Jun 7, 2026 (Bakery website)")


def test_a_renamed_product_leaves_no_former_name_on_invoices() -> None:
    client = make.make_client()
    service = make.make_service(client)
    former = service.product.name
    rename_product(product=service.product, name="Launch", ctx=Context(make.AT, SYSTEM))
    [line] = make_renewal(client, services=0).lines.all()
    assert line.description.startswith("Launch")
    assert former not in line.description
