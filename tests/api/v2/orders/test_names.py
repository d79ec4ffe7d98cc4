"""Domains by POST /orders: registrars are asked before anything is made, and told whom the account's address names."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Client
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.availability import forget_answers
from commerce.domains.models import Domain
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.auth_codes import reencrypt_auth_codes
from commerce.orders.models import Order, OrderItem, PriceQuote
from commerce.orders.quote import decrypt_auth_code
from tests import make
from tests.api.v2.orders.ordering import items, money, order, orderer, places, quote
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.nameservers import give_nameservers
from tests.make.registrants import REGISTRANT
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
NAMES = [
    {"action": "register", "domain": "Acme.com"},
    {"action": "transfer", "domain": "old.com", "auth_code": "s3cret"},
]


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    forget_answers()
    with remote_registrar() as registry:
        give_nameservers()
        tld = set_tld(tld="com", registrar="remote", min_years=2, ctx=CTX)
        set_tld_price(
            tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, ctx=CTX
        )
        registry.taken.add("old.com")
        yield registry


@pytest.fixture
def token(alice: Client) -> str:
    change_client(client=alice, phone="+49 30 1234", ctx=CTX)
    return orderer(alice)


def named(*names: dict[str, Any], total: int = 2000 + 900) -> dict[str, Any]:
    return {"items": [*names], "expected_total": money(total)}


@pytest.mark.usefixtures("remote")
def test_names_are_ordered_for_the_holder_of_the_account(token: str) -> None:
    answer = order(token, named(*NAMES))
    assert answer.status == 201, answer.body
    domain = Domain.objects.get(domain_name="acme.com")
    assert (domain.term_years, domain.ns1) == (2, "ns1.example.net")
    holder = domain.contacts["registrant"]
    assert (holder["first_name"], holder["phone"]) == ("Jane", "+49.301234")
    item = OrderItem.objects.get(domain="old.com")
    assert decrypt_auth_code(item.auth_code) == "s3cret"


def test_a_registrar_is_asked_before_anything_is_made(token: str, remote: RemoteRegistry) -> None:
    logged = {"accounts.ApiTokenWrite", "orders.PriceQuote"}
    before = table_digests(without=logged)
    tried = order(token, named(*NAMES), key=None, query="?dry_run=true")
    assert (tried.status, tried.json["not_checked"]) == (201, ["registrar"])
    assert order(token, named(*NAMES, total=1)).status == 409
    assert remote.questions == []
    remote.taken.add("acme.com")
    answer = order(token, named(*NAMES))
    assert (answer.status, places(answer)) == (422, {"/items/0/domain": "domain.taken"})
    assert table_digests(without=logged) == before


def test_what_a_name_lacks_is_named(token: str, remote: RemoteRegistry) -> None:
    remote.taken.add("two.com")
    register, transfer = NAMES
    for wrong, place, code in (
        (register | {"years": 1}, "years", "tld.years_not_offered"),
        (register | {"nameservers": ["ns1.a.test"]}, "nameservers", "domain.nameservers_not_valid"),
        ({**transfer, "auth_code": None}, "auth_code", "cart.code_not_valid"),
        (
            register | {"registrant": {**REGISTRANT, "phone": "301234"}},
            "registrant",
            "domain.no_registrant",
        ),
    ):
        answer = order(token, named(transfer | {"domain": "two.com"}, wrong))
        assert (answer.status, places(answer)) == (422, {f"/items/1/{place}": code}), answer.body
        asked = quote(token, {"items": [wrong]})
        assert places(asked) == {f"/items/0/{place}": code}
    twice = order(token, named(register, register))
    assert places(twice) == {"/items/1/domain": "domain.already_managed"}
    assert not Order.objects.exists()


def test_names_of_a_quote_are_asked_for_when_it_is_ordered(
    token: str, remote: RemoteRegistry
) -> None:
    made = quote(token, {"items": [*NAMES, *items(make.make_product())]}).json["data"]
    assert made["due_today"] == money(2000 + 900 + 500)
    assert [(one["name"], one["total"]) for one in made["recurring"][:2]] == [
        ("acme.com", 2400),
        ("old.com", 2400),
    ]
    assert "s3cret" not in str(PriceQuote.objects.values_list())
    remote.taken.add("acme.com")
    answer = order(token, {"quote_id": made["id"]})
    assert (answer.status, answer.json["code"]) == (409, "domain.taken")


@pytest.mark.usefixtures("remote")
def test_quotes_end_when_codes_are_sealed_anew(token: str) -> None:
    made = quote(token, {"items": NAMES}).json["data"]
    reencrypt_auth_codes(CTX)
    assert order(token, {"quote_id": made["id"]}).status == 404
