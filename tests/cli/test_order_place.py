"""`commerce order place`: what staff can say of an order, and what each mistake answers."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.models import Product
from commerce.cli.root import commerce
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order, OrderItem
from commerce.orders.quote import decrypt_auth_code
from tests import make
from tests.make.browser import make_browser
from tests.make.nameservers import give_nameservers

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def rocket() -> Product:
    """A product with an option of each kind, 5.00 a month, and a TLD."""
    product = make.make_product(name="Rocket")
    group = create_option_group(name="Extras", products=[product], ctx=CTX)
    for name, kind, values in (
        ("Memory", "dropdown", ["4 GB", "8 GB"]),
        ("Site = shop", "radio", ["Mine", "Yours"]),
        ("Addresses", "quantity", ["IPv4"]),
        ("Backup", "checkbox", ["Each night"]),
    ):
        more = {"maximum": 8} if kind == "quantity" else {}
        option = create_option(
            group=group, name=name, kind=kind, values=values, required=False, **more, ctx=CTX
        )
        set_option_price(
            value=option.values.order_by("pk").last(),
            currency_code="EUR",
            billing_cycle="monthly",
            price=100,
            ctx=CTX,
        )
    give_nameservers()
    fields = [{"name": "tax_id", "label": "Tax ID"}]
    tld = set_tld(tld="com", privacy_available=True, extra_fields=fields, ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, ctx=CTX)
    return product


def place(*words: object, client: object = None, typed: str = "") -> Result:
    owner = client or make.make_client(owner="alice@example.com", phone="+49.301234")
    form = ["order", "place", getattr(owner, "pk", owner), "--key", "k", *words]
    return CliRunner().invoke(commerce, [str(word) for word in form], input=typed)


def shown(order: Order) -> dict[str, Any]:
    done = CliRunner().invoke(commerce, ["order", "show", order.number, "--json"])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_options_are_chosen_by_their_names(rocket: Product) -> None:
    chosen = ("Memory=8 GB", "Site = shop=Yours", "Addresses=3", "Backup=yes")
    words = [word for one in chosen for word in ("--option", f"rocket:{one}")]
    placed = place("--product", "rocket:monthly:1:shop.example", *words)
    assert placed.exit_code == 0, placed.output
    order = Order.objects.get()
    assert (placed.stdout, order.total) == (f"{order.number}\n", 500 + 100 + 100 + 300 + 100)
    [item] = shown(order)["items"]
    assert item["options"] == {
        "Memory": "8 GB",
        "Site = shop": "Yours",
        "Addresses": "3 × IPv4",
        "Backup": "Each night",
    }
    assert Service.objects.get().domain == "shop.example"


def test_the_second_of_a_product_has_options_of_its_own(rocket: Product) -> None:
    two = ("--product", "rocket:monthly", "--product", "rocket:monthly")
    refused = place(*two, "--option", "rocket:Memory=8 GB")
    assert "more than once. Use rocket#1 or rocket#2" in refused.output
    assert not Order.objects.exists()
    client = make.make_client()
    more = ("--option", "rocket#1:Backup=no", "--option", "rocket#2:Memory=8 GB")
    assert place(*two, *more, client=client).exit_code == 0
    names = [[one["name"] for one in item.options] for item in OrderItem.objects.order_by("pk")]
    assert names == [[], ["Memory"]]


def test_a_transfer_asks_for_its_code_which_is_kept_sealed(rocket: Product) -> None:
    names = ("--transfer", "Acme.com", "--transfer", "acme2.com", "--register", "acme3.com:2")
    placed = place(*names, typed="first s3cret\nsecond\n")
    assert placed.exit_code == 0, placed.output
    assert "s3cret" not in placed.output
    items = OrderItem.objects.order_by("position").values_list("domain", "auth_code")
    codes = {name: decrypt_auth_code(code) for name, code in items}
    assert codes == {"acme3.com": "", "acme.com": "first s3cret", "acme2.com": "second"}
    assert not any("s3cret" in code for _, code in items)


def test_a_name_has_nameservers_privacy_a_holder_and_answers(rocket: Product) -> None:
    name = "acme.com"
    placed = place(
        *("--register", name, "--privacy", name, "--extra", f"{name}:tax_id=DE 1"),
        *("--nameserver", f"{name}:ns1.example.org", "--nameserver", f"{name}:ns2.example.org"),
        *("--holder", "first_name=Ann", "--holder", "company=A = B"),
    )
    assert placed.exit_code == 0, placed.output
    item = OrderItem.objects.get()
    domain = item.units.get().domain
    assert domain is not None
    assert (domain.ns1, domain.ns2, domain.ns3) == ("ns1.example.org", "ns2.example.org", "")
    assert (domain.whois_privacy, item.extra_fields) == (True, {"tax_id": "DE 1"})
    held = {key: item.registrant[key] for key in ("first_name", "company", "phone", "city")}
    own = Order.objects.get().client.city
    assert held == {
        "first_name": "Ann", "company": "A = B", "phone": "+49.301234", "city": own,
    }  # fmt: skip


def test_an_agreed_price_is_told_to_staff_with_its_reason_and_to_the_client_without(
    rocket: Product,
) -> None:
    words = ("--product", "rocket:monthly:2", "--price", "rocket", "4.5", "friend of the house")
    assert place(*words).exit_code == 0
    order = Order.objects.get()
    assert order.total == 900
    [item] = shown(order)["items"]
    said = [item[name] for name in ("unit_amount", "list_amount", "price_reason")]
    assert said == [450, 500, "friend of the house"]
    assert AuditEntry.objects.get(action="order.price_agreed").reason == "friend of the house"
    web = make_browser(User.objects.get(), acting=order.client)
    service = Service.objects.order_by("pk").first()
    assert service is not None
    pages = [
        web.get(url).content.decode()
        for url in (
            f"/client/orders/{order.pk}",
            f"/client/services/{service.pk}",
            "/client/profile",
        )
    ]
    assert "Custom price" in pages[0]
    assert "Custom price" in pages[1]
    assert not any("friend of the house" in page for page in pages)


def test_an_order_without_an_invoice_waits_for_a_word(rocket: Product) -> None:
    placed = place("--product", "rocket:monthly", "--no-invoice")
    order = Order.objects.get()
    assert (order.invoice, order.status) == (None, "pending")
    assert f"commerce order approve {order.number}" in placed.stderr
    assert shown(order)["invoice"] is None
    waiting = CliRunner().invoke(commerce, ["order", "list", "--waiting"]).stdout
    assert order.number in waiting
    page = make_browser(User.objects.get(), acting=order.client).get(f"/client/orders/{order.pk}")
    assert "no invoice for this order" in page.content.decode()
    CliRunner().invoke(commerce, ["order", "approve", order.number])
    order.refresh_from_db()
    assert order.status == "active"


PRODUCT = ("--product", "rocket:monthly")
NAME = ("--register", "acme.com")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--product", "rocket:monthly:1:a.com:x"), "too many parts"),
        ((*PRODUCT, "--option", "rocket:Memory"), "isn't a valid option"),
        (
            (*PRODUCT, "--option", "rocket:Disk=1"),
            "Available options: Memory, Site = shop, Addresses",
        ),
        ((*PRODUCT, "--option", "rocket:Memory=9 GB"), "Available values: 4 GB, 8 GB"),
        ((*PRODUCT, "--option", "rocket:Backup=maybe"), "Available values: yes, no"),
        ((*PRODUCT, "--option", "rocket:Addresses=many"), "many isn't a valid quantity"),
        ((*PRODUCT, "--option", "rocket:Addresses=9"), "whole number from 0 to 8"),
        (
            (*PRODUCT, "--option", "rocket:Memory=4 GB", "--option", "rocket:Memory=8 GB"),
            "Memory of rocket is specified more than once",
        ),
        (
            (*PRODUCT, "--option", "plane:Memory=4 GB"),
            "plane isn't in the order. Items: rocket",
        ),
        ((*NAME, "--option", "acme.com:Memory=4 GB"), "Domains don't have options"),
        ((*PRODUCT, "--price", "rocket", "-1", "why"), "Enter a price of 0 or more"),
        ((*PRODUCT, "--price", "rocket", "4.505", "why"), "up to 2 decimal places"),
        ((*PRODUCT, "--price", "rocket", "cheap", "why"), "an amount such as 12.50"),
        ((*PRODUCT, "--price", "rocket", "99999999999", "why"), "too large"),
        ((*PRODUCT, "--price", "rocket", "9" * 30, "why"), "too large"),
        ((*PRODUCT, "--price", "rocket", "4", " "), "Enter a reason"),
        ((*PRODUCT, "--price", "plane", "4", "why"), "isn't in the order"),
        (
            (*PRODUCT, "--price", "rocket", "4", "why", "--price", "rocket", "3", "why"),
            "The price of rocket is specified more than once",
        ),
        ((*NAME, "--register", "ACME.com"), "is already in the order"),
        (("--transfer", "acme.com:2"), "Transfers don't take a number of years"),
        ((*NAME, "--nameserver", "acme.com:ns1.example.org"), "2 to 4 different nameservers"),
        ((*PRODUCT, "--privacy", "rocket"), "This option is for domains only"),
        ((*NAME, "--extra", "acme.com:shoe=44"), "Accepted fields: tax_id"),
        ((*NAME, "--extra", "acme.com:tax_id"), "Use FIELD=VALUE"),
        (
            (*NAME, "--holder", "shoe=44"),
            "Unknown registrant field shoe. Available fields: first_name",
        ),
        ((*NAME, "--holder", "phone=49301234"), "Registrant fields missing or not valid:"),
        ((*NAME, "--holder", "phone"), "Use FIELD=VALUE"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    rocket: Product, words: tuple[str, ...], said: str
) -> None:
    refused = place(*words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert not Order.objects.exists()
