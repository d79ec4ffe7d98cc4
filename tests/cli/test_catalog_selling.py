"""From an empty installation to a sale, by commands alone: options, prices of a group, a promo code."""

import json
import re

import pytest

from commerce.accounts.models import Client, User
from commerce.catalog.models import Option, OptionPrice, OptionValue
from commerce.hosting.models import Service
from commerce.orders.models import Order
from tests import make
from tests.cli.conftest import Run
from tests.make.browser import make_browser
from tests.make.html_forms import form_values

pytestmark = pytest.mark.django_db


FOUR_AND_EIGHT = ("--values", "4 GB", "--values", "8 GB")


def ok(run: Run, *words: object) -> str:
    """What a command printed, which must have worked."""
    done = run(*words)
    assert done.exit_code == 0, f"{words}: {done.output}"
    return done.stdout.strip()


def value_ids(run: Run, slug: str, *names: str) -> list[str]:
    """The ids of values of a product's options."""
    [group] = json.loads(ok(run, "option", "list", "--product", slug, "--json"))
    ids = {value["name"]: value["id"] for row in group["options"] for value in row["values"]}
    return [str(ids[name]) for name in names]


def test_what_commands_made_is_shown_and_sold(run: Run) -> None:
    ok(run, "currency", "default", "EUR", "--yes")
    group = ok(run, "catalog", "add-group", "--name", "Web hosting")
    slug = ok(run, "catalog", "add", "--name", "Starter", "--group", group)
    ok(run, "catalog", "price", slug, "EUR", "monthly", "10.00", "--setup", "3")
    extras = ok(run, "option", "add-group", "--name", "Extras", "--products", slug)
    memory = ok(run, "option", "add", extras, "--name", "Memory", *FOUR_AND_EIGHT)
    more = ["--kind", "quantity", "--values", "IPv4 address", "--required", "off", "--maximum", "8"]
    addresses = ok(run, "option", "add", "Extras", "--name", "Addresses", *more)
    value, each = value_ids(run, slug, "8 GB", "IPv4 address")
    ok(run, "option", "price", value, "EUR", "monthly", "4.00", "--setup", "1.00")
    ok(run, "option", "price", each, "EUR", "monthly", "2.00")
    assert re.search(r"8 GB +monthly +4.00 EUR +1.00 EUR", ok(run, "option", "list"))
    ok(run, "client-group", "new", "--name", "Partners", "--discount", "50")
    ok(run, "client-group", "price", "Partners", slug, "EUR", "monthly", "8.00", "--setup", "2.00")
    assert re.search(r"Partners +monthly +8.00 EUR +2.00 EUR", ok(run, "catalog", "show", slug))
    ok(run, "promo", "add", "--code", "SPRING", "--percent", "10", "--products", slug)
    who = ["--owner", "alice@example.com", "--first-name", "Alice", "--last-name", "Smith"]
    who += ["--address1", "1 Main Street", "--city", "Berlin", "--postcode", "10115"]
    number = ok(run, "client", "create", *who, "--country", "DE", "--currency", "EUR")
    ok(run, "client", "group", number, "--group", "Partners")
    [listed] = json.loads(ok(run, "client-group", "list", "--json"))
    assert (listed["name"], listed["discount_percent"], listed["clients"]) == ("Partners", "50", 1)
    page = make_browser().get(f"/store/{slug}").content.decode()
    assert "8 GB" in page
    assert "IPv4 address" in page or "Addresses" in page

    client, alice = Client.objects.get(pk=number), User.objects.get(email="alice@example.com")
    web = make_browser(alice, acting=client)
    chosen = {f"option-{memory}": value, f"option-{addresses}": "2"}
    fields = {"billing_cycle": "monthly", "qty": "1"} | chosen
    assert web.post(f"/store/{slug}", fields).status_code == 303
    assert web.post("/cart/promo", {"promo_code": "spring"}).status_code == 303
    page = web.get("/checkout").content.decode()
    assert web.post("/checkout", form_values(page, "checkout")).status_code == 303
    order = Order.objects.get(client=client)
    # 8.00 + 4.00 + 2 × 2.00, set up for 2.00 + 1.00; 10 % off what recurs, and nothing for the group.
    assert (order.subtotal, order.discount, order.total) == (1900, 160, 1740)
    assert Service.objects.get(client=client).amount == 1600
    assert json.loads(ok(run, "promo", "list", "--json"))[0]["uses"] == 1
    assert run("promo", "delete", "SPRING", "--yes").exit_code == 1
    assert run("catalog", "delete", slug).exit_code == 1


def test_options_are_changed_linked_and_taken_away(run: Run) -> None:
    for name in ("Starter", "Pro"):
        make.make_product(name=name)
    group = ok(run, "option", "add-group", "--name", "Extras", "--products", "starter")
    memory = ok(run, "option", "add", group, "--name", "Memory", *FOUR_AND_EIGHT)
    ok(run, "option", "link", "Extras", "pro", "starter")
    ok(run, "option", "unlink", group, "starter")
    more = ok(run, "option", "add-value", memory, "--name", "16 GB")
    ok(run, "option", "change-value", more, "--name", "32 GB", "--position", "0")
    ok(run, "option", "change", memory, "--name", "RAM", "--required", "off")
    ok(run, "option", "change-group", group, "--name", "More", "--position", "2")
    ok(run, "option", "price", more, "EUR", "monthly", "--", "-1.50")
    assert OptionPrice.objects.get().price == -150
    first = OptionValue.objects.get(name="4 GB").pk
    rows = ok(run, "option", "list").splitlines()[1:3]
    assert [re.split(r"\s{2,}", row.strip()) for row in rows] == [
        [f"{group} More", "pro", f"{memory} RAM", "dropdown, optional", f"{first} 4 GB", *"---"],
        [f"{more} 32 GB", "monthly", "-1.50 EUR", "0.00 EUR"],
    ]
    assert run("option", "delete-group", group, "--yes").exit_code == 1
    ok(run, "option", "delete-value", more, "--yes")
    ok(run, "option", "delete", memory, "--yes")
    ok(run, "option", "change-group", "More", "--products", "none")
    ok(run, "option", "delete-group", "More", "--yes")
    assert not Option.objects.exists()


def test_wrong_words_about_options_and_groups_change_nothing(run: Run) -> None:
    product = make.make_product(name="Starter")
    group = ok(run, "option", "add-group", "--name", "Extras")
    made = ok(run, "option", "add", group, "--name", "Memory", "--values", "4 GB")
    value = OptionValue.objects.get().pk
    ok(run, "client-group", "new", "--name", "Partners")
    for wrong in (
        ["option", "add-group", "--name", "Extras"],
        ["option", "add-group", "--name", "More", "--products", "none"],
        ["option", "add", group, "--name", "Memory", "--values", "4 GB"],
        [*("option", "add", group, "--name", "Tick", "--kind", "checkbox"), *FOUR_AND_EIGHT],
        ["option", "add", group, "--name", "Long", "--values", "x" * 101],
        ["option", "add", group, "--name", "Range", "--values", "a", "--minimum", "101"],
        ["option", "add", "999", "--name", "Disk", "--values", "1"],
        ["option", "change", made],
        ["option", "change", "999", "--name", "Disk"],
        ["option", "add-value", made, "--name", "4 GB"],
        ["option", "delete-value", value, "--yes"],
        ["option", "price", value, "EUR", "monthly", "1.005"],
        ["option", "price", value, "EUR", "monthly", "1", "--setup", "-1"],
        ["option", "price", value, "XXZ", "monthly", "1"],
        ["option", "price", value, "EUR", "weekly", "1"],
        ["option", "price", value, "EUR", "monthly", "1e30"],
        ["client-group", "new", "--name", "Partners"],
        ["client-group", "new", "--name", "More", "--discount", "101"],
        ["client-group", "edit", "Partners", "--color", "red"],
        ["client-group", "price", "Partners", "starter", "EUR", "monthly", "1", "--setup", "-1"],
        ["client-group", "price", "Partners", "starter", "EUR", "monthly", "none"],
        ["client", "group", make.make_client().pk, "--group", "999"],
    ):
        done = run(*wrong)
        assert (done.exit_code, "Error: " in done.output) == (1, True), wrong
    assert (Option.objects.count(), OptionPrice.objects.count()) == (1, 0)
    assert not product.group_prices.exists()
