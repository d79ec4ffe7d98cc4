"""The commands about orders."""

import re

import pytest
from click.testing import CliRunner, Result

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.cli.root import commerce
from commerce.orders.models import Order
from tests import make
from tests.make.browser import make_browser

pytestmark = pytest.mark.django_db


def run(*words: object) -> Result:
    return CliRunner().invoke(commerce, [str(word) for word in words])


def test_staff_place_look_hold_and_approve() -> None:
    client = make.make_client()
    product = make.make_product(name="Starter")
    form = ("order", "place", client.pk, "--product", f"{product.slug}:monthly:2", "--key", "k1")
    number = run(*form).stdout.strip()
    order = Order.objects.get()
    assert (number, run(*form).stdout.strip(), order.total) == (order.number, number, 1000)
    assert re.search(r"2 +Starter +- +monthly +5.00 EUR", run("order", "show", number).stdout)
    assert "pending" in run("order", "list", "--client", client.pk).stdout
    run("order", "hold", number, "--reason", "odd")
    assert re.search(r"^Hold reason: +odd$", run("order", "show", order.pk).stdout, re.MULTILINE)
    refused = run("order", "approve", number)
    assert (refused.exit_code, "hasn't been paid" in refused.output) == (1, True)
    run("order", "approve", number, "--unpaid-because", "pays by cheque")
    order.refresh_from_db()
    assert order.status == "active"


def test_staff_write_notes_which_no_client_sees() -> None:
    """T9: neither the page of the order nor the history tells of them."""
    order = make.make_order(make.make_client(owner="alice@example.com"))
    for text in ("call-first", "call-first ", "asked-twice"):
        assert "saved" in run("order", "notes", order.number, "--notes", text).stderr
    shown = run("order", "show", order.number).stdout
    assert re.search(r"^Notes: +asked-twice$", shown, re.MULTILINE)
    told = AuditEntry.objects.filter(action="order.noted").order_by("pk")
    assert [(one.before["notes"], one.after["notes"], one.staff_only) for one in told] == [
        ("", "call-first", True),
        ("call-first", "asked-twice", True),
    ]
    web = make_browser(User.objects.get(), acting=order.client)
    said = [web.get(f"/client/orders/{order.pk}"), web.get("/client/profile")]
    pages = [one.content.decode() for one in said]
    assert [order.number in page for page in pages] == [True, True]
    assert not any("asked-twice" in page or "call-first" in page for page in pages)
    run("order", "notes", order.number, "--notes", "")
    order.refresh_from_db()
    assert order.notes == ""


def test_an_order_for_a_client_without_an_address_says_how_to_go_on() -> None:
    client = make.make_client(address1="", postcode="")
    product = make.make_product(name="Starter")
    form = ("order", "place", client.pk, "--product", f"{product.slug}:monthly", "--key", "k1")
    assert "Missing: Address, Postal code." in run(*form).output
    change = ("client", "change", client.pk)
    assert "Specify what to change" in run(*change).output
    assert "Use a code such as DE" in run(*change, "--country", "").output
    run(*change, "--address1", "1 Main Street", "--postcode", "10115")
    assert run(*form).exit_code == 0


def test_staff_stop_release_and_end() -> None:
    order = make.make_order()
    for state, *words in (
        ("fraud", "fraud", "--yes"),
        ("pending", "release"),
        ("cancelled", "cancel", "--yes"),
    ):
        assert run("order", *words, order.number, "--reason", "asked").exit_code == 0
        order.refresh_from_db()
        assert order.status == state
    other = make.make_order()
    run("order", "reject", other.pk, "--reason", "odd", "--yes")
    other.refresh_from_db()
    assert other.status == "cancelled"


def test_what_is_not_there_is_said() -> None:
    assert "Order ORD-9 not found" in run("order", "show", "ORD-9").output
    client = make.make_client()
    place = ("order", "place", client.pk, "--key", "k1", "--product")
    assert "Product nothing isn't for sale" in run(*place, "nothing:monthly").output
    product = make.make_product()
    assert "isn't available in this billing cycle" in run(*place, f"{product.slug}:annually").output
    assert "isn't a valid quantity" in run(*place, f"{product.slug}:monthly:x").output
