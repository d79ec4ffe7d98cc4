"""T2: two clients who have everything; each id in the address of each route, by every verb, is none of the other's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from commerce.accounts.models import Client, User
from commerce.kit import clock
from commerce.orders.actions.carts import get_or_create_cart
from commerce.orders.models import CartItem
from commerce.payments.models import Attempt, Payment
from tests.house.test_strangers import FOR_GUESTS, routes
from tests.make.browser import HttpsTestClient
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, PASSWORD
from tests.make.records import make_product
from tests.make.table_digests import table_digests
from tests.portal.base.test_tenancy import FORMS, MISSING, ids_of, kind_of, said
from tests.portal.conftest import PortalCast, make_cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

PARAMETER = re.compile(r"<int:(\w+)>")
WITH_ID = sorted(route for route in routes() if PARAMETER.search(route))
PLACES = [(route, name) for route in WITH_ID for name in PARAMETER.findall(route)]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
BEYOND = 2**63
"""A number that no column holds."""
OTHER_PARTS = {"<slug:gateway>": "bank_transfer"}
VISITS = {"sessions.Session", "usersessions.UserSession"}
"""Where a visit leaves its mark, whatever it asked for."""

type Ids = dict[str, int]


@dataclass(frozen=True, slots=True)
class TwoClients:
    """The ids of one record of each kind, Alice's and Charlie's."""

    cast: PortalCast
    own: Ids
    foreign: Ids
    digests: dict[str, str]
    """Of all tables; each test takes back what it changed."""


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[TwoClients]:
    """Made once; each test takes back what it changed."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.freeze_time(AT), commit_and_deliver():
            cast = make_cast()
            own, foreign = (
                everything(client, owner)
                for client, owner in ((cast.client, cast.alice), (cast.foreign, cast.charlie))
            )
        yield TwoClients(cast, own, foreign, table_digests(without=VISITS))
        transaction.set_rollback(True)


def everything(client: Client, owner: User) -> Ids:
    """A record of each kind that an address can name, by the part of the address before it or the parameter."""
    ids = ids_of(client, owner)
    attempt = Attempt.objects.create(
        client=client,
        invoice_id=ids["invoices"],
        gateway="bank_transfer",
        amount=100,
        currency_id="EUR",
        idempotency_key=f"attempt of {client.pk}",
        created_at=AT,
    )
    item = CartItem.objects.create(
        cart=get_or_create_cart(client=client, at=AT),
        position=1,
        product=make_product(),
        billing_cycle="monthly",
    )
    received = added_funds(client)
    return ids | {
        "attempt": attempt.pk,
        "items": item.pk,
        "payments": received.attempt_id,
        "receipts": received.pk,
    }


def added_funds(client: Client) -> Payment:
    """A payment that became credit, of an attempt that has no invoice."""
    money = {"client": client, "gateway": "bank_transfer", "amount": 100, "currency_id": "EUR"}
    attempt = Attempt.objects.create(
        purpose="top_up",
        status="succeeded",
        idempotency_key=f"funds of {client.pk}",
        created_at=AT,
        ended_at=AT,
        **money,
    )
    return Payment.objects.create(
        attempt=attempt,
        transaction_id=f"funds of {client.pk}",
        status="completed",
        received_on=AT.date(),
        booked_at=AT,
        created_at=AT,
        **money,
    )


def kind_at(route: str, name: str) -> str:
    """Whose id a parameter is; an attempt has pages of its own where it is for no single invoice."""
    if route.endswith("/receipt"):
        return "receipts"
    if name == "pk":
        return kind_of(route)
    return "payments" if route.startswith("client/payments/") else name


def address(route: str, ids: Ids, **instead: int) -> str:
    """The address of a route with these ids, or with others in some places."""
    for part, value in OTHER_PARTS.items():
        route = route.replace(part, value)

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        return str(instead.get(name, ids[kind_at(route, name)]))

    return "/" + PARAMETER.sub(value_of, route)


def asked(web: HttpsTestClient, route: str, method: str, path: str) -> tuple[int, str, str]:
    form = [FORMS.get(route, {}) | {"password": PASSWORD, "remove": "1"}]
    return said(getattr(web, method)(path, *(form if method == "post" else [])))


@pytest.mark.parametrize(("route", "name"), PLACES)
def test_t2_a_foreign_id_answers_like_a_missing_one(
    world: TwoClients, route: str, name: str
) -> None:
    web, foreign = world.cast.browse(world.cast.alice), world.foreign[kind_at(route, name)]
    for method in METHODS:
        others = (MISSING, BEYOND) if method in ("get", "post") else (MISSING,)
        theirs, *none = (
            asked(web, route, method, address(route, world.own, **{name: pk}))
            for pk in (foreign, *others)
        )
        assert all(theirs == one for one in none), method
        if route in FOR_GUESTS:  # a cart is the visitor's own: what is not in it leads back to it
            assert theirs[:2] in {(303, "/cart"), (405, "")}
        else:
            assert theirs[0] in {404, 405}
    assert table_digests(without=VISITS) == world.digests


def test_the_same_addresses_answer_for_ones_own(world: TwoClients) -> None:
    """Otherwise the 404 above would say nothing. 503: the document is not made yet."""
    web = world.cast.browse(world.cast.alice)
    silent = []
    for route in WITH_ID:
        path = address(route, world.own)
        answers = {asked(web, route, method, path)[0] for method in ("get", "post")}
        if not answers & {200, 204, 303, 422, 503}:
            silent.append((route, answers))
    assert silent == []


@pytest.mark.parametrize("route", [route for route in WITH_ID if route not in FOR_GUESTS])
def test_signed_out_a_real_id_leads_to_the_sign_in_page(world: TwoClients, route: str) -> None:
    web = HttpsTestClient(headers={"host": "localhost"})
    for method in ("get", "post"):
        for ids in (world.own, world.foreign):
            status, place, _page = asked(web, route, method, address(route, ids))
            assert status in {302, 303, 405}
            assert status == 405 or place.startswith("/client/login?next=")
    assert table_digests(without=VISITS) == world.digests


def test_a_guest_changes_no_cart_of_a_client(world: TwoClients) -> None:
    web = HttpsTestClient(headers={"host": "localhost"})
    for route in set(WITH_ID) & FOR_GUESTS:
        assert asked(web, route, "post", address(route, world.own))[:2] == (303, "/cart")
    assert table_digests(without=VISITS) == world.digests
