"""Names in an order: who holds them, what their registry asks for, and the code of a transfer (domains.md 3 and 4)."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from click.testing import CliRunner
from django.apps import apps

from commerce.audit.models import Entry
from commerce.cli.root import commerce
from commerce.domains import registrars
from commerce.domains.actions import set_tld, set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.domains.ordered import Ordered
from commerce.domains.registrars.contract import Result
from commerce.domains.registrars.manual import Manual
from commerce.jobs.models import Job
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.orders.actions import activate_order, carts, place_cart
from commerce.orders.actions.codes import renew_codes
from commerce.orders.models import Cart, CartItem, Order, OrderItem
from commerce.orders.quoting import unseal
from commerce.orders.wishes import mark_of
from commerce.preferences.models import Setting
from tests import make
from tests.make.holders import HOLDER
from tests.make.jobs import run_all
from tests.make.names import give_nameservers

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
CODE = "Kq7-mW2-s3cret"


class Remote(Manual):
    """A registrar at the network's edge that takes everything, and remembers what it was told."""

    id = "remote"

    def __init__(self) -> None:
        self.told: list[Ordered] = []

    def transfer(self, domain: Domain, *, ordered: Ordered, key: str) -> Result:
        self.told.append(ordered)
        return Result(ok=True, remote_id="r1")


@pytest.fixture
def remote() -> Iterator[Remote]:
    known, made = dict(registrars._REGISTRARS), Remote()
    registrars.register(made)
    yield made
    registrars._REGISTRARS.clear()
    registrars._REGISTRARS.update(known)


def sold(**over: Any) -> Tld:
    give_nameservers()
    tld = set_tld(tld="com", **over, **SAY)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, **SAY)
    return tld


def transfer(**over: Any) -> Cart:
    cart = carts.open_cart(at=make.AT, client=make.make_client())
    wish = {"action": "transfer", "domain": "acme.com", "auth_code": CODE} | over
    carts.add_domain(cart=cart, at=make.AT, **wish)
    return cart


def ordered(cart: Cart) -> Order:
    total = carts.quote_cart(cart, at=make.AT).sums.total
    shown = {"shown_total": total, "shown_items": mark_of(carts.wishes_of(cart))}
    return place_cart(cart=cart, placed_by=None, key=f"form-{cart.pk}", **shown, **SAY)


def started() -> Order:
    cart = transfer()
    carts.set_registrant(cart=cart, registrant=HOLDER, at=make.AT)
    order = ordered(cart)
    activate_order(order=order, unpaid_because="a friend", **SAY)
    return order


@pytest.mark.parametrize(
    "wrong",
    [{"last_name": " "}, {"phone": "030 1234"}, {"postcode": "1" * 21}, {"country": ""}],
    ids=str,
)
def test_a_name_needs_a_holder_whom_its_registry_takes(wrong: dict[str, str]) -> None:
    sold()
    cart = transfer()
    with pytest.raises(Refused, match="hold the domain name"):
        ordered(cart)
    carts.set_registrant(cart=cart, registrant=HOLDER | wrong, at=make.AT)
    with pytest.raises(Refused, match="hold the domain name"):
        ordered(cart)
    carts.set_registrant(cart=cart, registrant=HOLDER, at=make.AT)
    assert ordered(cart).items.get().registrant == HOLDER


def test_what_a_registry_asks_for_is_given() -> None:
    sold(extra_fields=[{"name": "form", "label": "Legal form", "type": "text", "required": True}])
    cart = transfer()
    carts.set_registrant(cart=cart, registrant=HOLDER, at=make.AT)
    with pytest.raises(Refused, match="Legal form is needed"):
        ordered(cart)
    given = {cart.items.get().pk: {"form": "GmbH"}}
    carts.set_registrant(cart=cart, registrant=HOLDER, extra_fields=given, at=make.AT)
    assert ordered(cart).items.get().extra_fields == {"form": "GmbH"}


def test_without_nameservers_nothing_is_registered() -> None:
    """A table of before that rule, or one that was taken over."""
    sold()
    Setting.objects.filter(pk__startswith="domains.ns").delete()
    with pytest.raises(Refused, match="at present"):
        transfer(action="register", auth_code="")
    transfer(action="register", auth_code="", nameservers=["ns1.example.net", "ns2.example.net"])
    give_nameservers()
    transfer(action="register", auth_code="", domain="acme2.com")


@pytest.mark.parametrize("typed", [[], ["ns1.mine.example", "ns2.mine.example"]])
def test_an_order_knows_whether_the_client_chose_nameservers(typed: list[str]) -> None:
    """Those that nobody chose are replaced by those of the server that the hosting comes to."""
    sold()
    cart = transfer(action="register", auth_code="", nameservers=typed)
    carts.set_registrant(cart=cart, registrant=HOLDER, at=make.AT)
    item = ordered(cart).items.get()
    assert item.chose_nameservers is bool(typed)
    assert Domain.objects.get().nameservers == (typed or ["ns1.example.net", "ns2.example.net"])


def test_the_registrar_gets_holder_and_code_and_then_the_code_is_gone(remote: Remote) -> None:
    sold(registrar="remote")
    started()
    run_all(make.AT)
    (told,) = remote.told
    assert (told.holder, told.code) == (HOLDER, CODE)
    assert CODE not in repr(told)
    assert Domain.objects.get().status == "pending_transfer"
    assert OrderItem.objects.get().auth_code == ""


def test_the_code_stayed_in_the_cart_that_was_ordered() -> None:
    sold()
    started()
    assert CartItem.objects.get().auth_code == ""
    assert unseal(OrderItem.objects.get().auth_code) == CODE


def test_codes_and_leftovers_of_closed_carts_are_forgotten_by_the_migration() -> None:
    sold()
    cart, other = transfer(), transfer(domain="other.com")
    code = cart.items.get().auth_code
    started_cart = transfer(domain="third.com")
    Cart.objects.filter(pk=cart.pk).update(status="ordered")
    Cart.objects.filter(pk=other.pk).update(status="merged")
    module = import_module("commerce.orders.migrations.0006_forget_codes_of_closed_carts")
    module.forget(apps, None)
    assert code
    assert list(CartItem.objects.order_by("pk").values_list("cart_id", "domain")) == [
        (cart.pk, "acme.com"),
        (started_cart.pk, "third.com"),
    ]
    assert cart.items.get().auth_code == ""
    assert unseal(started_cart.items.get().auth_code) == CODE


def test_staff_see_holder_and_code_only_where_they_ask_for_it() -> None:
    sold()
    started()
    run_all(make.AT, failing=True)
    job = Job.objects.get(subject_kind="domain")
    kept = f"{job.args} {job.error} {list(Entry.objects.values())}"
    assert CODE not in kept
    assert "Main Street" not in kept
    shown = CliRunner().invoke(commerce, ["job", "show", str(job.pk)]).stdout
    assert "Main Street 1" in shown
    assert CODE not in shown
    revealed = CliRunner().invoke(commerce, ["job", "show", str(job.pk), "--reveal"]).stdout
    assert CODE in revealed
    assert Entry.objects.filter(action="domain.code_revealed").count() == 1
    done = ["job", "done", str(job.pk), "--reason", "moved"]
    assert "two nameservers" in CliRunner().invoke(commerce, done).output
    done += ["--nameservers", "ns1.example.net ns2.example.net"]
    assert CliRunner().invoke(commerce, done).exit_code == 0
    assert OrderItem.objects.get().auth_code == ""
    again = CliRunner().invoke(commerce, ["job", "show", str(job.pk), "--reveal"])
    assert (again.exit_code, "No authorisation code" in again.output) == (1, True)


def test_codes_follow_the_newest_key() -> None:
    sold()
    started()
    cart = transfer(domain="other.com")
    before = OrderItem.objects.get().auth_code
    assert renew_codes() == 2  # the order, and the cart that is open
    item = OrderItem.objects.get()
    assert item.auth_code != before
    assert unseal(item.auth_code) == unseal(cart.items.get().auth_code) == CODE
