"""``GET /services`` and ``GET /services/{id}`` (client-api.md 8)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.catalog.actions.products import rename_product
from commerce.hosting.actions.editing import rename_service, schedule_service_end
from commerce.hosting.actions.servers import change_server
from commerce.hosting.actions.states import cancel_service, resume_service, terminate_service
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.kit.context import SYSTEM, Context
from commerce.kit.text import clean_line
from tests.api.v1.exact_replies import assert_list, assert_row, statuses
from tests.make import (
    AT,
    make_currency,
    make_product,
    make_server,
    make_service,
)
from tests.make.api import call_api

pytestmark = pytest.mark.django_db

WHEN = AT.replace(microsecond=654_321)
LATER = AT + timedelta(hours=1)
DETAIL = {
    "registration_date": None,
    "suspended_at": None,
    "cancelled_at": None,
    "cancel_at": None,
    "username": None,
    "server_hostname": None,
    "options": [],
}


def listed(service: Service, **over: Any) -> dict[str, Any]:
    return {
        "id": service.pk,
        "name": service.label,
        "domain": None,
        "status": "active",
        "product_name": service.product.name,
        "billing_cycle": "monthly",
        "amount": 500,
        "currency_code": "EUR",
        "next_due_date": "2026-05-08",
        "created_at": "2026-04-08T14:33:10Z",
    } | over


def test_everything_of_a_service(alice: Client, token: str) -> None:
    server = make_server(hostname="web1.example.net")
    service = make_service(
        alice,
        product=make_product(name="Business"),
        label="Company site",
        domain="acme.example",
        billing_cycle="annually",
        amount=14_400,
        options=[
            {"name": "Backups", "value": "Daily", "amount": 2400},
            {"name": "Support", "value": "E-mail", "amount": 0},
        ],
        server=server,
        username="acme",
        at=WHEN,
    )
    schedule_service_end(service=service, ends_on=date(2027, 4, 8), ctx=Context(WHEN, SYSTEM))
    row = listed(
        service,
        name="Company site",
        domain="acme.example",
        product_name="Business",
        billing_cycle="annually",
        amount=14_400,
        next_due_date="2027-04-08",
    )
    assert_list(call_api("/services", token), row)
    assert_row(
        call_api(f"/services/{service.pk}", token),
        row
        | {
            "registration_date": "2026-04-08",
            "suspended_at": None,
            "cancelled_at": None,
            "cancel_at": "2027-04-08",
            "username": "acme",
            "server_hostname": "web1.example.net",
            "options": [
                {"name": "Backups", "value": "Daily", "amount": 2400},
                {"name": "Support", "value": "E-mail", "amount": 0},
            ],
        },
    )


def test_what_is_not_known_is_null_and_stays_a_key(alice: Client, token: str) -> None:
    service = make_service(alice, "pending")
    row = listed(service, status="pending", next_due_date="2026-04-08")
    assert_list(call_api("/services", token), row)
    assert_row(call_api(f"/services/{service.pk}", token), row | DETAIL)


@pytest.mark.parametrize(
    ("inside", "row", "detail"),
    [
        ("active", {}, {}),
        ("suspended", {"status": "suspended"}, {"suspended_at": "2026-04-08T14:33:10Z"}),
        (
            "cancelled",
            {"status": "cancelled", "next_due_date": None},
            {"cancelled_at": "2026-04-08T14:33:10Z", "registration_date": None},
        ),
        (
            "terminated",
            {"status": "cancelled", "next_due_date": None},
            {"cancelled_at": "2026-04-08T14:33:10Z"},
        ),
    ],
)
def test_each_state(
    alice: Client, token: str, inside: str, row: dict[str, Any], detail: dict[str, Any]
) -> None:
    service = make_service(alice, inside, at=WHEN)
    expected = listed(service, **row)
    assert_list(call_api("/services", token), expected)
    known = DETAIL | {"registration_date": "2026-04-08"} | detail
    assert_row(call_api(f"/services/{service.pk}", token), expected | known)


def test_states_outside(alice: Client, token: str) -> None:
    values = {
        "active": ["active"],
        "suspended": ["suspended"],
        "pending": ["pending"],
        "cancelled": ["cancelled", "terminated"],
    }
    made = {
        make_service(alice, inside).pk: outside
        for outside, many in values.items()
        for inside in many
    }
    assert {inside for many in values.values() for inside in many} == set(ServiceStatus)
    assert statuses("/services", token, values) == made
    assert call_api("/services?status=terminated", token).status == 422


@pytest.mark.parametrize(
    ("cycle", "due"),
    [
        ("monthly", "2026-05-08"),
        ("quarterly", "2026-07-08"),
        ("semi_annually", "2026-10-08"),
        ("annually", "2027-04-08"),
        ("biennially", "2028-04-08"),
        ("triennially", "2029-04-08"),
        ("one_time", None),
    ],
)
def test_each_cycle(alice: Client, token: str, cycle: str, due: str | None) -> None:
    service = make_service(alice, billing_cycle=cycle)
    row = listed(service, billing_cycle=cycle, next_due_date=due)
    assert_list(call_api("/services", token), row)


@pytest.mark.parametrize(
    ("code", "amount"), [("JPY", 500), ("KWD", 1_234_567), ("EUR", 0), ("USD", 2**53 + 1)]
)
def test_amounts_are_minor_units_of_any_currency(
    alice: Client, token: str, code: str, amount: int
) -> None:
    service = make_service(alice, currency_code=make_currency(code).code, amount=amount)
    assert_list(call_api("/services", token), listed(service, amount=amount, currency_code=code))
    assert f'"amount":{amount},"currency_code":"{code}"'.encode() in (
        call_api(f"/services/{service.pk}", token).body
    )


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (resume_service, "active"),
        (cancel_service, "cancelled"),
        (terminate_service, "cancelled"),
    ],
)
def test_what_is_no_longer_suspended_does_not_say_since_when(
    alice: Client, token: str, end: Callable[..., None], status: str
) -> None:
    service = make_service(alice, "suspended")
    end(service=service, ctx=Context(LATER, SYSTEM))
    data = call_api(f"/services/{service.pk}", token).json["data"]
    assert (data["status"], data["suspended_at"]) == (status, None)
    assert data["cancelled_at"] == (None if status == "active" else "2026-04-08T15:33:10Z")


def test_any_text_comes_back_as_it_was_stored(alice: Client, token: str) -> None:
    text = "</script>\"'\\ 東京 😀 \u202e \u2028 %s %% {0}"
    service = make_service(alice, options=[{"name": text, "value": text, "amount": 1}])
    rename_product(product=service.product, name=text, ctx=Context(LATER, SYSTEM))
    rename_service(service=service, label=text, ctx=Context(LATER, SYSTEM))
    data = call_api(f"/services/{service.pk}", token).json["data"]
    assert data["product_name"] == text
    assert data["name"] == clean_line(text)
    assert data["options"] == [{"name": text, "value": text, "amount": 1}]


def test_newest_first_also_within_a_second_and_an_instant(alice: Client, token: str) -> None:
    moments = [AT, AT.replace(microsecond=1), AT.replace(microsecond=999_999), LATER]
    in_order = [make_service(alice, at=at).pk for at in (AT, *moments, LATER)]
    early = [in_order[0], in_order[1]]  # made at the same instant: the later id is newer
    assert call_api("/services", token).ids == list(reversed([*early, *in_order[2:]]))


def test_the_time_of_change_is_that_of_all_that_is_shown(alice: Client, token: str) -> None:
    server = make_server()
    service = make_service(alice, server=server)
    path = f"/services/{service.pk}"

    def at(minutes: int) -> dict[str, Any]:
        return {"ctx": Context(AT + timedelta(minutes=minutes), SYSTEM)}

    def changed() -> str:
        return call_api(path, token).headers["last-modified"]

    assert changed() == "Wed, 08 Apr 2026 14:33:10 GMT"
    rename_product(product=service.product, name="Business 2", **at(1))
    assert changed() == "Wed, 08 Apr 2026 14:34:10 GMT"
    change_server(server=server, hostname="web9.example.net", **at(2))
    assert changed() == "Wed, 08 Apr 2026 14:35:10 GMT"
    rename_service(service=service, label="Shop", **at(3))
    assert changed() == "Wed, 08 Apr 2026 14:36:10 GMT"
    for minutes, found in ((3, [service.pk]), (4, [])):
        since = (AT + timedelta(minutes=minutes)).isoformat().replace("+", "%2B")
        assert call_api(f"/services?updated_since={since}", token).ids == found
