"""`/client/services/{id}/upgrade`: what a plan change costs, and what becomes of the request (billing.md 8)."""

import re
from datetime import date

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.changes.plan_changes.plan_figures import PlanFigures
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice, PlanChange
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.portal.billing.open_plan_changes import plan_change_pay_url, plan_change_url
from commerce.site_settings.actions import set_setting
from tests.doubles import vies
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.plan_changes import bought, rate_from, wish
from tests.make.records import (
    make_group,
    make_product,
    make_required_option,
    make_server,
    make_service,
)
from tests.make.vat_clients import SWEDISH, sell_from_ireland
from tests.portal.conftest import PortalCast

CTX = Context(AT, SYSTEM)


@pytest.fixture
def service(cast: PortalCast) -> Service:
    """Small at 30.00, made today and paid by nobody, with Large at 60.00 beside it."""
    group = make_group()
    small = make_product(name="Small", group=group, prices=[("EUR", "monthly", 3000)])
    make_product(name="Large", group=group, prices=[("EUR", "monthly", 6000)])
    return make_service(cast.client, product=small, amount=3000, at=clock.now())


@pytest.fixture
def paid(cast: PortalCast) -> Service:
    """Middle at 30.00 with 20 % tax, paid today, between Small at 10.00 and Large at 60.00."""
    rate_from(date(2020, 1, 1), 20_000)
    group = make_group()
    prices = {"Small": 1000, "Middle": 3000, "Large": 6000}
    made = {
        name: make_product(name=name, group=group, prices=[("EUR", "monthly", price)])
        for name, price in prices.items()
    }
    address = {"address1": "Main Street 1", "postcode": "10115", "city": "Berlin"}
    change_client(client=cast.client, ctx=CTX, **address)
    [service] = bought(wish(made["Middle"]), client=cast.client)
    return service


def hidden(page: str) -> dict[str, str]:
    """The plan and figures of the page that asks to confirm."""
    return dict(re.findall(r'name="(plan|credit|charge|total)" value="([^"]*)"', page))


def chosen(web: HttpsTestClient, service: Service, plan: str = "Large") -> str:
    product = Product.objects.get(name=plan)
    url = f"/client/services/{service.pk}/upgrade?plan={product.pk}-monthly"
    return str(web.get(url).content.decode())


def sums(page: str) -> list[tuple[str, str]]:
    """Label and amount of each row of the table, without the smaller words."""
    rows = re.findall(r"<li(?: class=\"total\")?><div>(.*?)</div><div>(.*?)</div></li>", page)
    plain = [(re.sub(r'<span class="sub">.*?</span>', "", label), amount) for label, amount in rows]
    return [(re.sub("<.*?>", "", label), re.sub("<.*?>", "", amount)) for label, amount in plain]


def confirm(
    web: HttpsTestClient, service: Service, plan: str = "Large", **more: str
) -> tuple[str, str]:
    """Where a confirmed change leads, and what the next page says."""
    figures = hidden(chosen(web, service, plan))
    answer = web.post(f"/client/services/{service.pk}/upgrade", figures | more)
    assert answer.status_code == 303, answer.content.decode()
    page = web.get(f"/client/services/{service.pk}").content.decode()
    return answer["Location"], page


def show_prices(mode: str) -> None:
    set_setting(key="portal.show_prices", value=mode, ctx=CTX)


def test_a_plan_is_chosen_confirmed_and_withdrawn(cast: PortalCast, service: Service) -> None:
    web = cast.browse(cast.alice)
    url = f"/client/services/{service.pk}/upgrade"
    page = chosen(web, service)
    assert "30.00" in page
    figures = hidden(page)
    for name in ("charge", "total"):
        wrong = web.post(url, figures | {name: "1"})
        assert (wrong.status_code, PlanChange.objects.count()) == (422, 0)
        assert "Prices have changed" in wrong.content.decode()
    answer = web.post(url, figures)
    change = PlanChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, plan_change_pay_url(change))
    assert (change.status, change.requested_by) == ("awaiting_payment", cast.alice)
    page = web.get(url).content.decode()
    for words in ("Pending plan change", "Large", "€30.00", "Pay by", "Pay now", "Cancel plan"):
        assert words in page
    again = web.post(url, figures)
    assert (again.status_code, PlanChange.objects.count()) == (422, 1)
    for _ in range(2):
        assert web.post(f"/client/plan-changes/{change.pk}/withdraw").status_code == 303
    change.refresh_from_db()
    assert change.status == "withdrawn"


def test_who_is_shown_prices_with_tax_reads_what_each_row_holds(
    cast: PortalCast, paid: Service
) -> None:
    show_prices("gross")
    page = chosen(cast.browse(cast.alice), paid)
    assert sums(page) == [
        ("New plan: Large", "€72.00"),
        ("Unused time on invoice INV-0001", "−€36.00"),
        ("Due today", "€36.00"),
    ]
    for words in (
        "Apr 8 – May 7, 2026 (30 days)",
        "€60.00 + €12.00 tax (20%)",
        "−€30.00 + −€6.00 tax (20%)",
        "incl. €6.00 tax",
        "incl. 20% VAT",
        '<dd><span class="money nowrap">€72.00</span> · Monthly</dd>',
        "You pay €36.00 in the next step.",
        "The offer ends after Apr 22, 2026.",
        ">Change plan and pay</button>",
    ):
        assert words in page, words
    assert 'Current plan: Middle · <span class="money nowrap">€36.00</span>' in page


def test_who_is_shown_prices_without_tax_reads_it_in_rows_of_its_own(
    cast: PortalCast, paid: Service
) -> None:
    show_prices("net")
    page = chosen(cast.browse(cast.alice), paid)
    assert sums(page) == [
        ("New plan: Large", "€60.00"),
        ("Unused time on invoice INV-0001", "−€30.00"),
        ("Subtotal", "€30.00"),
        ("VAT 20%", "€6.00"),
        ("Due today", "€36.00"),
    ]
    assert "plus 20% VAT" in page
    assert '<dd><span class="money nowrap">€60.00</span> · Monthly</dd>' in page


def test_the_rows_add_up_after_the_rate_has_changed(cast: PortalCast, paid: Service) -> None:
    rate_from(date(2026, 4, 10), 25_000)
    [small, large] = sorted(plan_offers(paid, date(2026, 4, 18)), key=lambda one: one.amount)
    for offer in (small, large):
        for with_tax in (True, False):
            rows = PlanFigures(offer, "EUR", with_tax).rows(credit=0)
            parts = [row for row in rows if row.label not in ("Subtotal", "Total")]
            signs = [-row.amount if "Added to" in row.label else row.amount for row in parts]
            assert sum(signs[:-1]) == signs[-1] == offer.difference


def test_a_cheaper_plan_takes_effect_at_once_and_the_rest_is_credit(
    cast: PortalCast, paid: Service
) -> None:
    show_prices("gross")
    web = cast.browse(cast.alice)
    page = chosen(web, paid, "Small")
    assert sums(page)[-2:] == [("Total", "−€24.00"), ("Added to your credit balance", "€24.00")]
    assert "Your plan changes right away, and we add €24.00" in page
    assert ">Change plan</button>" in page
    to, page = confirm(web, paid, "Small")
    assert to == f"/client/services/{paid.pk}"
    assert "We added €24.00 to your credit balance (new plan €12.00, unused time −€36.00)" in page


def test_credit_is_used_where_it_is_ticked(cast: PortalCast, paid: Service) -> None:
    show_prices("gross")
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    add_credit(client=cast.client, currency_code="EUR", amount=5000, ctx=CTX)
    web = cast.browse(cast.alice)
    page = chosen(web, paid)
    assert 'Use <span class="money nowrap">€36.00</span> of my credit balance' in page
    assert "You then have nothing else to pay." in page
    assert sums(page)[-1] == ("Due today", "€36.00")
    confirm(web, paid)
    change = PlanChange.objects.get()
    assert change.status == "awaiting_payment"
    web.post(f"/client/plan-changes/{change.pk}/withdraw")
    _to, page = confirm(web, paid, use_credit="1")
    assert "€36.00 was paid from your credit balance" in page


def test_credit_that_is_used_anyway_is_stated(cast: PortalCast, paid: Service) -> None:
    show_prices("gross")
    add_credit(client=cast.client, currency_code="EUR", amount=1000, ctx=CTX)
    web = cast.browse(cast.alice)
    page = chosen(web, paid)
    assert sums(page)[-3:] == [
        ("Total", "€36.00"),
        ("Credit balance", "−€10.00"),
        ("Due today", "€26.00"),
    ]
    assert "use_credit" not in page
    confirm(web, paid)
    assert PlanChange.objects.get().uses_credit


def test_who_may_not_pay_uses_no_credit_and_is_told_the_sum(
    cast: PortalCast, paid: Service
) -> None:
    add_credit(client=cast.client, currency_code="EUR", amount=1000, ctx=CTX)
    web = cast.browse(cast.tess)
    assert sums(chosen(web, paid))[-1] == ("Due today", "€36.00")
    to, page = confirm(web, paid)
    change = PlanChange.objects.get()
    assert (to, change.uses_credit) == (f"/client/services/{paid.pk}", False)
    assert "when €36.00 is paid, by Apr 22, 2026" in page
    assert "Pay now" not in page
    assert f'href="{plan_change_url(change)}"' in page


def test_where_staff_decide_nothing_is_promised(cast: PortalCast, paid: Service) -> None:
    set_setting(key="plan_changes.require_approval", value="on", ctx=CTX)
    web = cast.browse(cast.alice)
    page = chosen(web, paid)
    assert "We&#x27;ll review your request first. Once we approve it, you have until" in page
    assert ">Request plan change and pay</button>" in page
    assert ">Request plan change</button>" in chosen(web, paid, "Small")
    _to, page = confirm(web, paid)
    assert "requested (new plan €72.00, unused time −€36.00)" in page
    page = web.get(f"/client/services/{paid.pk}/upgrade").content.decode()
    assert "In review" in page
    assert "Pay now" not in page


def test_a_request_to_pay_is_on_each_page_that_says_what_is_due(
    cast: PortalCast, paid: Service
) -> None:
    confirm(cast.browse(cast.alice), paid)
    change = PlanChange.objects.get()
    pay = f'href="{plan_change_pay_url(change)}"'
    for path in ("/client/dashboard", "/client/invoices", f"/client/services/{paid.pk}"):
        page = cast.browse(cast.alice).get(path).content.decode()
        for words in (pay, "€36.00", "Apr 22, 2026"):
            assert words in page, (path, words)
    for path in ("/client/dashboard", "/client/invoices"):
        assert pay in cast.browse(cast.bob).get(path).content.decode()
        assert "€36.00" not in cast.browse(cast.charlie).get(path).content.decode()
    tess = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    assert "View plan change" in tess


def test_days_that_nobody_bills_are_lost_with_another_cycle(
    cast: PortalCast, service: Service
) -> None:
    large = Product.objects.get(name="Large")
    make_product(name="Yearly", group=large.group, prices=[("EUR", "annually", 30000)])
    web, url = cast.browse(cast.alice), f"/client/services/{service.pk}/upgrade"
    yearly = Product.objects.get(name="Yearly")
    page = web.get(f"{url}?plan={yearly.pk}-annually").content.decode()
    assert "<li>30 days free of charge</li>" in page
    figures = hidden(page)
    assert web.post(url, figures).status_code == 422
    assert web.post(url, figures | {"losses": "1"}).status_code == 303


def test_a_machine_that_must_be_stopped_says_so(cast: PortalCast, service: Service) -> None:
    server = make_server(module="proxmox", settings={"template": "9000"})
    Service.objects.update(server=server)
    Product.objects.update(module="proxmox", package="cores=2, memory=2048, disk=20")
    Product.objects.filter(name="Large").update(package="cores=4, memory=2048, disk=20")
    web = cast.browse(cast.alice)
    assert "restart your server after the change" in chosen(web, service)
    url = f"/client/services/{service.pk}/upgrade"
    assert "Needs a restart" in web.get(url).content.decode()


def test_the_number_is_asked_about_before_a_change_is_requested(
    cast: PortalCast, service: Service, stand: vies.FakeVies
) -> None:
    """Only the checkout did."""
    sell_from_ireland()
    changes = {"country": "SE", "tax_id": SWEDISH, "company": "Lindqvist"}
    change_client(client=cast.client, ctx=Context(clock.now(), SYSTEM), **changes)
    web = cast.browse(cast.alice)
    figures = hidden(chosen(web, service))
    assert stand.asked == []
    # The answer took the tax away that was shown: the new total is looked at first.
    again = web.post(f"/client/services/{service.pk}/upgrade", figures)
    assert (again.status_code, len(stand.asked)) == (422, 1)
    figures = hidden(again.content.decode())
    assert web.post(f"/client/services/{service.pk}/upgrade", figures).status_code == 303
    assert len(stand.asked) == 1
    assert PlanChange.objects.get().taxed_as["category"] == "AE"
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"plan": "x-monthly", "credit": "1", "charge": "1", "total": "0"},
        {"plan": "999999-monthly", "credit": "0", "charge": "0", "total": "0"},
        {"plan": "1-never", "credit": "9" * 40, "charge": "-1", "total": "0"},
    ],
)
def test_what_is_not_offered_is_refused(
    cast: PortalCast, service: Service, *, posted: dict[str, str]
) -> None:
    url = f"/client/services/{service.pk}/upgrade"
    assert cast.browse(cast.alice).post(url, posted).status_code == 422
    assert not PlanChange.objects.exists()


def test_the_page_of_other_plans_broke_on_a_box_that_must_be_ticked(
    cast: PortalCast, service: Service
) -> None:
    make_required_option(Product.objects.get(name="Large"), "checkbox", 100)
    web, url = cast.browse(cast.alice), f"/client/services/{service.pk}/upgrade"
    page = web.get(url)
    assert (page.status_code, "There are no other plans" in page.content.decode()) == (200, True)
    large = Product.objects.get(name="Large").pk
    posted = {"plan": f"{large}-monthly", "credit": "3000", "charge": "6000"}
    assert web.post(url, posted).status_code == 422


def test_each_plan_tells_its_figures_and_what_is_lost(cast: PortalCast, paid: Service) -> None:
    options = [{"name": "Backup", "value": "Daily", "amount": 100}]
    Service.objects.filter(pk=paid.pk).update(options=options)
    show_prices("gross")
    page = cast.browse(cast.alice).get(f"/client/services/{paid.pk}/upgrade").content.decode()
    assert page.index("Large") < page.index(">Small")
    for words in ("Price", "Due today", "Renews"):
        assert f'data-label="{words}"' in page
    for words in ("€72.00", '€36.00</span><span class="sub">incl. tax', "€24.00</span> credit"):
        assert words in page, words
    assert page.count("Without Backup: Daily") == 2
    assert page.count("incl. 20% VAT") == 2  # of the current plan, and of all others


def test_while_a_request_is_open_the_plan_does_not_change_again(
    cast: PortalCast, paid: Service
) -> None:
    web = cast.browse(cast.alice)
    page = web.get(f"/client/services/{paid.pk}").content.decode()
    assert 'href="/client/invoices/' in page
    assert "Change plan" in page
    _to, page = confirm(web, paid)
    assert "Change plan<" not in page
    assert "Cancel service" in page
