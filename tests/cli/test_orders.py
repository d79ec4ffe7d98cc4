"""The commands about orders."""

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.orders.models import Order
from tests import make

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
    assert "2 × Starter, monthly: 5.00 EUR each" in run("order", "show", number).stdout
    assert "pending" in run("order", "list", "--client", client.pk).stdout
    run("order", "hold", number, "--reason", "odd")
    assert "on hold: odd" in run("order", "show", order.pk).stdout
    refused = run("order", "approve", number)
    assert (refused.exit_code, "not paid" in refused.output) == (1, True)
    run("order", "approve", number, "--activate-unpaid", "pays by cheque")
    order.refresh_from_db()
    assert order.status == "active"


def test_staff_stop_release_and_end() -> None:
    order = make.make_order()
    for verb, state in (
        ("fraud", "fraud"),
        ("release", "pending"),
        ("cancel", "cancelled"),
    ):
        assert run("order", verb, order.number, "--reason", "asked").exit_code == 0
        order.refresh_from_db()
        assert order.status == state
    other = make.make_order()
    run("order", "reject", other.pk, "--reason", "odd")
    other.refresh_from_db()
    assert other.status == "cancelled"


def test_what_is_not_there_is_said() -> None:
    assert "There is no order ORD-9" in run("order", "show", "ORD-9").output
    client = make.make_client()
    place = ("order", "place", client.pk, "--key", "k1", "--product")
    assert "no product nothing" in run(*place, "nothing:monthly").output
    product = make.make_product()
    assert "not offered" in run(*place, f"{product.slug}:annually").output
    assert "not a quantity" in run(*place, f"{product.slug}:monthly:x").output
