"""Names in an order: who holds them, what their registry asks for, and the code of a transfer (domains.md 3 and 4)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from commerce.audit.models import AuditEntry
from commerce.cli.root import commerce
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.availability import forget_answers
from commerce.domains.models import Domain, Tld
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.actions.auth_codes import reencrypt_auth_codes
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.actions.placing import PriceChangedError, place_cart
from commerce.orders.cart_lines import cart_fingerprint
from commerce.orders.models import Cart, CartItem, Order, OrderItem
from commerce.orders.quote import decrypt_auth_code
from commerce.site_settings.models import SiteSetting
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.registrants import REGISTRANT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
CODE = "Kq7-mW2-s3cret"


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


def sold(**over: Any) -> Tld:
    give_nameservers()
    tld = set_tld(tld="com", **over, ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, ctx=CTX)
    return tld


def transfer(**over: Any) -> Cart:
    cart = carts.get_or_create_cart(at=make.AT, client=make.make_client())
    wish = {"action": "transfer", "domain": "acme.com", "auth_code": CODE} | over
    carts.add_domain_to_cart(cart=cart, at=make.AT, **wish)
    return cart


def ordered(cart: Cart) -> Order:
    quote = carts.quote_cart(cart, at=make.AT)
    return place_cart(
        vat_refresh=None,
        cart=cart,
        placed_by=None,
        quote=quote,
        shown_total=quote.sums.total,
        shown_fingerprint=cart_fingerprint(carts.cart_lines_of(cart)),
        idempotency_key=f"form-{cart.pk}",
        ctx=CTX,
    )


def started() -> Order:
    cart = transfer()
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
    order = ordered(cart)
    activate_order(order=order, unpaid_because="a friend", ctx=CTX)
    return order


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_name": " "},
        {"phone": "030 1234"},
        {"phone": "+٤٩.٣٠١٢٣٤"},
        {"postcode": "1" * 21},
        {"country": ""},
    ],
    ids=str,
)
def test_a_name_needs_a_holder_whom_its_registry_takes(wrong: dict[str, str]) -> None:
    sold()
    cart = transfer()
    with pytest.raises(BusinessError, match="Enter the domain's registrant"):
        ordered(cart)
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT | wrong, at=make.AT)
    with pytest.raises(BusinessError, match="Enter the domain's registrant"):
        ordered(cart)
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
    assert ordered(cart).items.get().registrant == REGISTRANT


def test_registrars_are_not_asked_about_a_cart_that_has_changed_or_its_price(
    remote: RemoteRegistry,
) -> None:
    forget_answers()
    sold(registrar="remote")
    cart = transfer()
    values: dict[str, Any] = {
        "quote": carts.quote_cart(cart, at=make.AT),
        "shown_total": 0,
        "shown_fingerprint": "another",
        "idempotency_key": "form",
    }
    with pytest.raises(BusinessError, match="cart has changed"):
        place_cart(vat_refresh=None, cart=cart, placed_by=None, **values, ctx=CTX)
    values["shown_fingerprint"] = cart_fingerprint(carts.cart_lines_of(cart))
    with pytest.raises(PriceChangedError):
        place_cart(vat_refresh=None, cart=cart, placed_by=None, **values, ctx=CTX)
    assert remote.questions == []
    remote.taken.add("acme.com")
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
    ordered(cart)
    assert remote.questions == [("acme", ("com",))]


def test_what_a_registry_asks_for_is_given() -> None:
    sold(extra_fields=[{"name": "form", "label": "Legal form", "type": "text", "required": True}])
    cart = transfer()
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
    with pytest.raises(BusinessError, match="Enter Legal form"):
        ordered(cart)
    given = {cart.items.get().pk: {"form": "GmbH"}}
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, extra_fields=given, at=make.AT)
    assert ordered(cart).items.get().extra_fields == {"form": "GmbH"}


def test_without_nameservers_nothing_is_registered() -> None:
    """A table of before that rule, or one that was taken over."""
    sold()
    SiteSetting.objects.filter(pk__startswith="domains.ns").delete()
    with pytest.raises(BusinessError, match="right now"):
        transfer(action="register", auth_code="")
    transfer(action="register", auth_code="", nameservers=["ns1.example.net", "ns2.example.net"])
    give_nameservers()
    transfer(action="register", auth_code="", domain="acme2.com")


@pytest.mark.parametrize("typed", [[], ["ns1.mine.example", "ns2.mine.example"]])
def test_an_order_knows_whether_the_client_chose_nameservers(typed: list[str]) -> None:
    """Those that nobody chose are replaced by those of the server that the hosting comes to."""
    sold()
    cart = transfer(action="register", auth_code="", nameservers=typed)
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
    item = ordered(cart).items.get()
    assert item.has_own_nameservers is bool(typed)
    assert Domain.objects.get().nameservers == (typed or ["ns1.example.net", "ns2.example.net"])


def test_the_registrar_gets_holder_and_code_and_then_the_code_is_gone(
    remote: RemoteRegistry,
) -> None:
    sold(registrar="remote")
    remote.taken.add("acme.com")
    started()
    run_all_jobs(make.AT)
    ((_, _, (code, contacts)),) = remote.orders
    known = {name: getattr(contacts.registrant, name) for name in REGISTRANT}
    assert (code, known) == (CODE, REGISTRANT)
    assert REGISTRANT["email"] not in repr(contacts)
    assert Domain.objects.get().status == "pending_transfer"
    assert OrderItem.objects.get().auth_code == ""


def test_the_code_stayed_in_the_cart_that_was_ordered() -> None:
    sold()
    started()
    assert CartItem.objects.get().auth_code == ""
    assert decrypt_auth_code(OrderItem.objects.get().auth_code) == CODE


def test_carts_forget_codes_and_leftovers_when_they_close() -> None:
    sold()
    cart, other = transfer(), transfer(domain="other.com")
    open_cart = transfer(domain="third.com")
    assert cart.items.get().auth_code
    carts.move_cart(cart=cart, to="ordered", ctx=CTX)
    carts.expire_cart(cart=other, ctx=Context(make.AT + timedelta(days=365), SYSTEM))
    assert list(CartItem.objects.order_by("pk").values_list("cart_id", "domain")) == [
        (cart.pk, "acme.com"),
        (open_cart.pk, "third.com"),
    ]
    assert cart.items.get().auth_code == ""
    assert decrypt_auth_code(open_cart.items.get().auth_code) == CODE


def test_staff_see_holder_and_code_only_where_they_ask_for_it() -> None:
    sold()
    started()
    run_all_jobs(make.AT, failing=True)
    job = Job.objects.get(subject_kind="domain")
    kept = f"{job.args} {job.error} {list(AuditEntry.objects.values())}"
    assert CODE not in kept
    assert "Main Street" not in kept
    shown = CliRunner().invoke(commerce, ["job", "show", str(job.pk)]).stdout
    assert "Main Street 1" in shown
    assert CODE not in shown
    revealed = CliRunner().invoke(commerce, ["job", "show", str(job.pk), "--reveal"]).stdout
    assert CODE in revealed
    assert AuditEntry.objects.filter(action="domain.code_revealed").count() == 1
    done = ["job", "done", str(job.pk), "--reason", "moved"]
    assert "two nameservers" in CliRunner().invoke(commerce, done).output
    done += ["--nameservers", "ns1.example.net ns2.example.net"]
    assert CliRunner().invoke(commerce, done).exit_code == 0
    assert OrderItem.objects.get().auth_code == ""
    again = CliRunner().invoke(commerce, ["job", "show", str(job.pk), "--reveal"])
    assert (again.exit_code, "No authorization code is stored for" in again.output) == (1, True)


def test_codes_follow_the_newest_key() -> None:
    sold()
    started()
    cart = transfer(domain="other.com")
    before = OrderItem.objects.get().auth_code
    assert reencrypt_auth_codes(CTX) == 2  # the order, and the cart that is open
    item = OrderItem.objects.get()
    assert item.auth_code != before
    assert (
        decrypt_auth_code(item.auth_code) == decrypt_auth_code(cart.items.get().auth_code) == CODE
    )
