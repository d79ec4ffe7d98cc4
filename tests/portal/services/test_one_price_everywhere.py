"""One price for one thing on every page and in every mail: for a consumer, a company with reverse charge, and a client
outside the EU (portal.md 1). What they were shown in the store is what the pages after it say, and what is charged.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.tax.actions import add_tax_rule, mark_vat_number_valid
from commerce.catalog.actions.prices import set_price
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.cart_lines import ProductCartLine
from commerce.site_settings.actions import set_setting
from tests.make.browser import make_browser
from tests.make.people import AT, make_client, make_user
from tests.make.records import make_domain, make_group, make_product
from tests.make.repricing import make_tld, reprice
from tests.make.simulation import Simulation
from tests.portal.domains.acts import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]
CTX = Context(AT, SYSTEM)
SOON = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, and what they are shown of prices of 12.00 a month, 30.00 a month, and 14.99 a year for a name."""

    over: dict[str, str]
    hosting: str
    larger: str
    name: str
    note: str
    not_shown: tuple[str, ...]
    """What is true of the same things for somebody else."""


BUYERS = {
    "consumer": Buyer(
        {"country": "IE"}, "€14.76", "€36.90", "€18.44", "incl. 23% VAT",
        ("€12.00", "€30.00", "€14.99"),
    ),
    "company with reverse charge": Buyer(
        {"country": "FR", "company": "Lumière SARL", "tax_id": "FR40303265045"},
        "€12.00", "€30.00", "€14.99", "", ("€14.40", "€36.00", "€17.99", "€14.76"),
    ),
    "client outside the EU": Buyer(
        {"country": "US", "state": "OR"}, "€12.00", "€30.00", "€14.99", "",
        ("€14.76", "€14.28", "€36.90", "€18.44"),
    ),
    "company at home": Buyer(
        {"country": "DE", "company": "Weber GmbH"}, "€12.00", "€30.00", "€14.99", "plus 19% VAT",
        ("€35.70", "€17.84"),
    ),
}  # fmt: skip


@pytest.fixture
def _taxes() -> None:
    for key, value in (("company.country", "DE"), ("tax.vies_enabled", "off")):
        set_setting(key=key, value=value, ctx=CTX)
    for country, rate in (("DE", 19_000), ("FR", 20_000), ("IE", 23_000)):
        add_tax_rule(
            country=country, rate=rate, category="S", name="VAT",
            valid_from=date(2020, 1, 1), ctx=CTX,
        )  # fmt: skip


def amounts(text: str) -> set[str]:
    return set(re.findall(r"€[\d.,]+\d", text))


def shown_on(client: Client, paths: list[str]) -> dict[str, str]:
    web = make_browser(client.memberships.get().user, acting=client, begun=True)
    return {path: read(web, path) for path in paths}


@pytest.mark.usefixtures("_taxes")
@pytest.mark.parametrize("who", BUYERS)
def test_what_was_shown_before_buying_is_what_everything_says_after(who: str) -> None:
    buyer = BUYERS[who]
    owner = make_user("buyer@example.com")
    client = make_client(owner=owner, **buyer.over)
    if "tax_id" in buyer.over:
        mark_vat_number_valid(client=client, evidence="seen", ctx=CTX)
    group = make_group()
    small, _large = (
        make_product(
            name=name,
            kind="other",
            group=group,
            slug=name.lower(),
            prices=[("EUR", "monthly", net)],
        )
        for name, net in (("Harbor", 1200), ("Ocean", 3000))
    )
    make_tld("example", 1499)
    before = shown_on(client, [f"/store/{small.slug}"])
    assert buyer.hosting in before[f"/store/{small.slug}"]

    town = Simulation(AT.date())
    order = town.order(client, ProductCartLine(product_id=small.pk, billing_cycle="monthly"))
    town.work()
    placed = OutgoingMail.objects.get(event="order_placed", recipient=client.email)
    town.pay(order.invoice)
    service = Service.objects.get()
    town.done("service.create", ("service", service.pk))
    service.refresh_from_db()
    assert service.status == "active"
    domain = make_domain(client, domain_name="harbor.example", recurring_amount=1499)
    Domain.objects.filter(pk=domain.pk).update(
        expiry_date=AT.date() + SOON, next_due_date=AT.date() + SOON
    )

    pages = shown_on(
        client,
        [
            "/client/services",
            f"/client/services/{service.pk}",
            f"/client/services/{service.pk}/upgrade",
            "/client/dashboard",
            f"/client/domains/{domain.pk}",
            f"/client/domains/{domain.pk}/renew",
        ],
    )
    for path, text in pages.items():
        wanted = buyer.name if "/domains/" in path else buyer.hosting
        assert wanted in text, path
        assert not amounts(text) & set(buyer.not_shown), path
        assert (buyer.note in text) if buyer.note else ("VAT" not in text), path
    assert buyer.larger in pages[f"/client/services/{service.pk}/upgrade"]

    set_price(product=small, currency_code="EUR", billing_cycle="monthly", price=3000, ctx=CTX)
    reprice(service)
    announced = OutgoingMail.objects.get(event="price_changed", recipient=client.email)
    told = {name: tuple(announced.values[name]["money"]) for name in ("old_amount", "new_amount")}
    assert told == {"old_amount": units(buyer.hosting), "new_amount": units(buyer.larger)}
    assert announced.values["tax_note"] == buyer.note

    first = Invoice.objects.get(pk=order.invoice_id)
    renewed = renewal(town, service)
    created = OutgoingMail.objects.get(
        event="invoice_created", recipient=client.email, about_id=renewed.pk
    )
    assert shown_sum(first, buyer) == units(buyer.hosting)
    assert shown_sum(renewed, buyer) == units(buyer.larger)  # as it was announced
    for mail, invoice in ((placed, first), (created, renewed)):
        assert adds_up(mail, invoice)


def units(text: str) -> tuple[int, str]:
    return int(text.strip("€").replace(".", "")), "EUR"


def shown_sum(invoice: Invoice, buyer: Buyer) -> tuple[int, str]:
    """What an invoice charges, as this buyer is shown amounts."""
    return (invoice.total if buyer.note.startswith("incl.") else invoice.subtotal), "EUR"


def renewal(town: Simulation, service: Service) -> Invoice:
    """The invoice of the service's next period."""
    assert service.next_due_date is not None
    billed_on = service.next_due_date - timedelta(days=7)
    while town.today < billed_on:
        town.sleep(billed_on)
    return Invoice.objects.get(kind="renewal")


def adds_up(mail: OutgoingMail, invoice: Invoice) -> bool:
    """Items and taxes of a mail sum to its total, which is that of the invoice."""
    items = sum(row["amount"]["money"][0] for row in mail.values["items"])
    sums = {row["description"]: row["amount"]["money"][0] for row in mail.values["sums"]}
    total = sums.pop("Total")
    sums.pop("Already paid", 0)
    assert sums.pop("Subtotal", items) == items
    assert items + sum(sums.values()) == total == invoice.total
    assert bool(sums) is bool(invoice.tax_amount)
    return True
