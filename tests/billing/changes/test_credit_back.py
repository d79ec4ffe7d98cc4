"""billing.md 8: the unused part of a plan is what its own unit paid, at the tax at which it was paid, and all of it."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import PlanOffer, plan_offers
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import BilledPeriod, CreditEntry, CreditNote, Invoice, PlanChange
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import create_product
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Product, ProductGroup
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.nameservers import give_nameservers
from tests.make.proof import proof_violations
from tests.make.renewals import renew_services_of

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
_number = count(1)


@pytest.fixture(autouse=True)
def rates() -> None:
    """A company in Germany, where hosting bears 19 %, and other things 7 %."""
    set_setting(key="company.country", value="DE", ctx=CTX)
    for kind, rate in (("all", 19_000), ("other", 7_000)):
        rate_from(date(2020, 1, 1), rate, kind)


@pytest.fixture
def group() -> ProductGroup:
    return make.make_group()


def rate_from(day: date, rate: int, kind: str = "all") -> None:
    add_tax_rule(
        country="DE",
        category="S",
        name="VAT",
        product_kind=kind,
        rate_milli=rate,
        valid_from=day,
        ctx=CTX,
    )


def plan(group: ProductGroup, monthly: int, setup: int = 0, **over: int) -> Product:
    """A product of the group at a price by the month, and by other cycles."""
    product = create_product(name=f"Plan {next(_number)}", group=group, ctx=CTX)
    for cycle, price in {"monthly": monthly, **over}.items():
        set_price(
            product=product,
            currency_code="EUR",
            billing_cycle=cycle,
            price=price,
            setup_fee=setup,
            ctx=CTX,
        )
    return product


def wish(product: Product, qty: int = 1, cycle: str = "monthly") -> ProductCartLine:
    return ProductCartLine(product_id=product.pk, billing_cycle=cycle, qty=qty)


def bought(*wishes: CartLine, client: Client | None = None, **over: Any) -> list[Service]:
    """The services of an order that was paid, active from today on."""
    order = place_cart_lines(
        cart_lines=wishes,
        client=client or make.make_client(),
        placed_by=None,
        shown_total=None,
        idempotency_key=f"form {next(_number)}",
        **over,
        ctx=CTX,
    )
    assert order.invoice is not None
    make.make_payment(order.invoice)
    activate_paid_order(invoice_id=order.invoice.pk, ctx=CTX)
    services = list(Service.objects.filter(order_unit__item__order=order).order_by("pk"))
    for service in services:
        activate_service(service=service, ctx=CTX)
    return services


def offered(service: Service, to: Product, at: datetime = AT, cycle: str = "") -> PlanOffer:
    service.refresh_from_db()
    cycle = cycle or service.billing_cycle
    [found] = [
        one
        for one in plan_offers(service, at.date())
        if (one.product, one.billing_cycle) == (to, cycle)
    ]
    return found


def change(service: Service, to: Product, at: datetime = AT, cycle: str = "") -> PlanOffer:
    """Confirmed as it was shown, and paid; what was shown is what the client then has or has paid."""
    offer = offered(service, to, at, cycle)
    before = balance(service)
    done = actions.request_plan_change(
        service=service,
        product_id=to.pk,
        billing_cycle=offer.billing_cycle,
        figures_shown=offer.figures_shown,
        losses_accepted=True,
        ctx=Context(at, SYSTEM),
    )
    if done.invoice is not None and done.status == "awaiting_payment":
        make.make_payment(done.invoice, at=at)
    assert PlanChange.objects.get(pk=done.pk).status == "applied"
    if offer.total:
        assert done.invoice is not None
        assert done.invoice.total == offer.total
    else:
        assert balance(service) - before == offer.left_over
    return offer


def balance(service: Service) -> int:
    return credit_balance(service.client_id, "EUR")


def invoices(service: Service) -> list[Invoice]:
    return list(Invoice.objects.filter(client=service.client_id).order_by("pk"))


def notes(service: Service) -> list[tuple[str, int]]:
    """Kind of the invoice, and total, of each credit note."""
    rows = CreditNote.objects.filter(client=service.client_id).order_by("pk")
    return list(rows.values_list("invoice__kind", "total"))


def renewed(service: Service, at: datetime) -> Invoice:
    [made] = renew_services_of(service.client, at).invoices
    invoice = Invoice.objects.get(pk=made)
    if invoice.amount_due:
        make.make_payment(invoice, at=at)
    return invoice


def test_a_downgrade_on_the_same_day_gives_back_all_that_was_promised(group: ProductGroup) -> None:
    starter, big = plan(group, 1000, setup=500), plan(group, 20_000)
    [service] = bought(wish(starter))
    for _again in range(2):
        upgrade = change(service, big)
        assert (upgrade.total, upgrade.tax) == (22_610, 3610)
        back = change(service, starter)
        assert (back.left_over, back.net, back.tax) == (22_610, -19_000, -3610)
    assert notes(service) == [("plan_change", 22_610)] * 2
    assert balance(service) == 22_610  # the first round's credit paid for the second
    order, *_changes = invoices(service)
    assert (order.kind, order.status, order.credit_notes.count()) == ("order", "paid", 0)


def test_a_downgrade_to_nothing_leaves_the_setup_fee_and_the_order_paid(
    group: ProductGroup,
) -> None:
    starter, big, free = plan(group, 1000, setup=500), plan(group, 20_000), plan(group, 0)
    [service] = bought(wish(starter))
    change(service, big)
    change(service, free)
    assert notes(service) == [("plan_change", 22_610), ("order", 1190)]  # the newest first
    order = invoices(service)[0]
    assert (order.status, order.total) == ("paid", 1785)


def test_each_unit_gets_back_what_it_paid_and_not_a_share_of_the_order(group: ProductGroup) -> None:
    small, big, free = plan(group, 1000), plan(group, 9000), plan(group, 0)
    first, second = bought(wish(small, qty=2))
    change(first, big)
    assert change(second, free).left_over == 1190
    assert change(first, free).left_over == 9 * 1190


def test_what_staff_credit_of_a_line_counts_on_the_units_that_had_it_left(
    group: ProductGroup,
) -> None:
    small, free = plan(group, 1000), plan(group, 0)
    first, second, third = bought(wish(small, qty=3))
    change(first, free)
    order = invoices(first)[0]
    credit_invoice(
        invoice=order, lines={1: 1000}, reason="Sorry", ctx=CTX
    )  # of the two that are left
    assert [offered(unit, free).net for unit in (second, third)] == [-500, -500]
    credit_invoice(invoice=order, amount=595, reason="Sorry", ctx=CTX)
    assert change(second, free).figures_shown == (250, 0, -298)
    assert change(third, free).left_over == 297
    order.refresh_from_db()
    assert order.status == "refunded"


@pytest.mark.parametrize("where", ["products", "cycles"])
def test_a_one_time_code_on_one_item_moves_no_credit_to_another(
    group: ProductGroup, where: str
) -> None:
    small, large = plan(group, 1000, annually=9000), plan(group, 1000, annually=9000)
    free = plan(group, 0, annually=0)
    named = {"products": [small]} if where == "products" else {"cycles": ["monthly"]}
    create_promo(code="HALF", percent=5000, **named, ctx=CTX)
    cycle = "monthly" if where == "products" else "annually"
    first, second = bought(wish(small), wish(large, cycle=cycle), promo_code="HALF")
    assert offered(first, free).net == -500
    assert offered(second, free).net == (-1000 if where == "products" else -9000)


def test_a_code_on_a_name_moves_no_credit_of_the_hosting_beside_it(group: ProductGroup) -> None:
    give_nameservers()
    tld = set_tld(tld="example", ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1000, ctx=CTX)
    create_promo(code="NAME", percent=5000, tlds=["example"], ctx=CTX)
    name = DomainCartLine(action="register", domain="one.example")
    small, free = plan(group, 1000), plan(group, 0)
    [service] = bought(wish(small), name, promo_code="NAME")
    assert change(service, free).left_over == 1190


def test_a_fixed_code_is_given_back_by_each_unit_as_it_was_spread(group: ProductGroup) -> None:
    small, free = plan(group, 1000), plan(group, 0)
    create_promo(code="ONE", amounts={"EUR": 100}, ctx=CTX)
    units = bought(wish(small, qty=3), promo_code="ONE")
    assert [offered(unit, free).net for unit in units] == [-966, -967, -967]
    for unit in units:
        change(unit, free)
    order = invoices(units[0])[0]
    assert (order.status, sum(total for _kind, total in notes(units[0]))) == (
        "refunded",
        order.total,
    )


def test_a_note_on_a_renewal_of_several_rates_is_on_the_lines_of_its_service(
    group: ProductGroup,
) -> None:
    small, free = plan(group, 8000), plan(group, 0)
    extra = create_product(name="Phone", group=make.make_group(), tax_kind="other", ctx=CTX)
    set_price(product=extra, currency_code="EUR", billing_cycle="monthly", price=3000, ctx=CTX)
    _phone, service = bought(wish(extra), wish(small))
    at = AT + timedelta(days=30)
    renewal = renewed(service, at)
    assert renewal.tax_groups.count() == 2
    assert change(service, free, at).left_over == 9520
    [note] = renewal.credit_notes.all()
    assert [(g.rate_milli, g.net, g.tax) for g in note.tax_groups.all()] == [(19_000, 8000, 1520)]
    assert {line.line.billed_period.service for line in note.lines.all()} == {service}


@pytest.mark.parametrize("status", ["export", "exempt"])
def test_a_buyer_at_rate_0_pays_and_gets_back_inclusive_prices_less_the_home_rate_once(
    group: ProductGroup, status: str
) -> None:
    set_setting(key="tax.prices_include_tax", value="on", ctx=CTX)
    rate_from(date(2021, 1, 1), 20_000)
    client = make.make_client()
    values: dict[str, Any] = {"country": "US"} if status == "export" else {"tax_exempt": True}
    Client.objects.filter(pk=client.pk).update(**values)
    client.refresh_from_db()
    small, big = plan(group, 1200), plan(group, 2400)
    [service] = bought(wish(small), client=client)
    assert change(service, big).figures_shown == (1000, 2000, 1000)
    assert change(service, small).figures_shown == (2000, 1000, -1000)


def test_after_a_change_of_cycle_that_left_something_over_credit_still_has_its_tax(
    group: ProductGroup,
) -> None:
    small, free = plan(group, 800, annually=9600), plan(group, 0)
    [service] = bought(wish(small, cycle="annually"))
    change(service, small, cycle="monthly")
    assert change(service, free).left_over == 952
    assert notes(service) == [("order", 10_472), ("order", 952)]
    assert not CreditEntry.objects.filter(reason="downgrade").exists()


def test_a_service_whose_cycle_became_shorter_is_billed_for_what_it_gave_back(
    group: ProductGroup,
) -> None:
    set_setting(key="billing.invoice_advance_days", value="30", ctx=CTX)
    small = plan(group, 1000, quarterly=3000)
    [service] = bought(wish(small, cycle="quarterly"))
    at = AT + timedelta(days=61)
    renewed(service, at)  # 8 July to 8 October, paid a month ahead
    change(service, small, at, cycle="monthly")
    service.refresh_from_db()
    assert service.next_due_date == date(2026, 7, 8)
    assert [billed_period.status for billed_period in BilledPeriod.objects.all()] == ["released"]
    assert not any(name.startswith("S10") for name in proof_violations(at))
    invoice = renewed(service, at + timedelta(days=1))
    assert invoice.total == 1190
    service.refresh_from_db()
    assert service.next_due_date == date(2026, 8, 8)
    assert not any(name.startswith("S10") for name in proof_violations(at))


@pytest.mark.parametrize("later", [21_000, 16_000])
def test_the_unused_part_has_the_rate_at_which_it_was_paid(group: ProductGroup, later: int) -> None:
    small, big, free = plan(group, 1000), plan(group, 3000), plan(group, 0)
    [service] = bought(wish(small))
    at = AT + timedelta(days=15)
    rate_from(at.date(), later)
    upgrade = change(service, big, at)
    assert upgrade.total == 1500 + 15 * later // 1000 - 500 - 95
    invoice = invoices(service)[-1]
    assert {(g.rate_milli, g.net) for g in invoice.tax_groups.all()} == {
        (later, 1500),
        (19_000, -500),
    }
    assert f"({invoices(service)[0].number})" in invoice.lines.get(amount=-500).description
    # What was moved over at the old rate goes back at the old rate, and the charge at its own.
    assert change(service, free, at).left_over == 1500 + 15 * later // 1000
    assert notes(service) == [("plan_change", upgrade.total), ("order", 595)]
    assert proof_violations(at) == {}


def test_the_unused_part_keeps_its_tax_when_the_buyer_becomes_exempt(group: ProductGroup) -> None:
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(big))
    Client.objects.filter(pk=service.client_id).update(tax_exempt=True)
    back = change(service, small)
    # 30.00 and 5.70 of tax are given back in full, and pay for 10.00 without tax.
    assert (back.left_over, notes(service)) == (3570 - 1000, [("order", 3570)])
    charge = invoices(service)[-1]
    assert (charge.kind, charge.status, charge.total, charge.tax_amount) == (
        "plan_change",
        "paid",
        1000,
        0,
    )
    assert change(service, big).total == 3000 - 1000


def test_the_charge_is_paid_by_what_was_given_back_also_where_credit_is_not_applied_by_itself(
    group: ProductGroup,
) -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    test_the_unused_part_keeps_its_tax_when_the_buyer_becomes_exempt(group)


def test_a_change_that_lapses_gives_nothing_back(group: ProductGroup) -> None:
    """Its invoice deducted the unused part of two rates; taken back, all is as before."""
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(small))
    at = AT + timedelta(days=15)
    rate_from(at.date(), 21_000)
    offer = offered(service, big, at)
    asked = actions.request_plan_change(
        service=service,
        product_id=big.pk,
        billing_cycle="monthly",
        figures_shown=offer.figures_shown,
        ctx=Context(at, SYSTEM),
    )
    actions.withdraw_plan_change(change=asked, ctx=Context(at, SYSTEM))
    assert (balance(service), invoices(service)[-1].status) == (0, "cancelled")
    assert offered(service, big, at).figures_shown == offer.figures_shown
    assert proof_violations(at) == {}


def test_a_second_change_in_a_period_gives_back_the_rest_of_what_the_first_charged(
    group: ProductGroup,
) -> None:
    small, big, free = plan(group, 3000), plan(group, 6000), plan(group, 0)
    [service] = bought(wish(small))
    assert change(service, big, AT + timedelta(days=10)).figures_shown[:2] == (2000, 4000)
    assert change(service, free, AT + timedelta(days=20)).figures_shown[:2] == (2000, 0)
    assert notes(service) == [("plan_change", 2380)]
