"""What each endpoint asks of the database, with a full page: one statement, however many rows, lines or payments."""

from collections.abc import Callable

import pytest
from django.db import connection

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import DraftLine
from commerce.kit import tokens
from tests.make import (
    VAT,
    make_client,
    make_domain,
    make_domain_item,
    make_invoice,
    make_item,
    make_order,
    make_payment,
    make_product,
    make_server,
    make_service,
    make_token,
)
from tests.make.api import call_api
from tests.make.service_lists import make_many_services
from tests.make.sql_statements import statements

pytestmark = pytest.mark.django_db

LITE = connection.vendor == "sqlite"
FULL = 15
LISTS = ("/services", "/invoices", "/orders", "/domains")


def services(client: Client) -> None:
    product = make_product()
    options = [{"name": "Backups", "value": "Daily", "amount": 1}] * 3
    for _ in range(FULL):
        make_service(client, product=product, options=options, server=make_server())


def invoices(client: Client) -> None:
    for _ in range(FULL):
        invoice = make_invoice(client, lines=[DraftLine("Things", 100, VAT)] * 5)
        for _ in range(3):
            make_payment(invoice, amount=100)


def orders(client: Client) -> None:
    product = make_product()
    for _ in range(FULL):
        make_order(client, items=[make_item(product=product, qty=2), make_domain_item()])


def domains(client: Client) -> None:
    for _ in range(FULL):
        make_domain(client)


FILL: dict[str, Callable[[Client], None]] = {
    "/services": services,
    "/invoices": invoices,
    "/orders": orders,
    "/domains": domains,
}


def asked(target: str, token: str, status: int = 200, **headers: str) -> list[str]:
    """The statements that a request takes."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with statements() as seen:
        answer = call_api(target, token, headers=sent)
    assert answer.status == status
    return seen


@pytest.mark.parametrize("path", LISTS)
def test_a_full_page_and_a_row(path: str) -> None:
    client = make_client()
    _, token = make_token(client)
    FILL[path](client)
    answer = call_api(path, token)
    assert len(answer.ids) == FULL
    assert len(asked(path, token)) == 1
    assert len(asked(f"{path}?status=cancelled", token)) == 1
    assert len(asked(f"{path}?updated_since=2020-01-01T00:00:00Z", token)) == 1
    assert len(asked(f"{path}?page=9", token)) == 1
    assert len(asked(f"{path}/{answer.ids[0]}", token)) == 1
    assert len(asked(f"{path}/999999999", token, 404)) == 1


def test_me() -> None:
    _, token = make_token()
    assert len(asked("/me", token)) == 1


@pytest.mark.parametrize("path", ["/me", *LISTS])
def test_a_304_looks_at_the_token_alone(path: str) -> None:
    client = make_client()
    _, token = make_token(client)
    if path in FILL:
        FILL[path](client)
    etag = call_api(path, token).headers["etag"]
    seen = asked(path, token, 304, If_None_Match=etag)
    assert len(seen) == 1
    assert seen == asked(path, token, 304, If_None_Match=etag)
    for table in ("hosting_service", "billing_invoice", "orders_order", "domains_domain"):
        assert table not in seen[0]
    # Another copy: the token again, and then as without a copy.
    stale = asked(path, token, If_None_Match='"other"')
    assert len(stale) == 1 + len(asked(path, token))


def test_what_is_refused_looks_at_the_token_alone_or_at_nothing() -> None:
    _, token = make_token(scopes=["services:read"])
    assert len(asked("/services?page=x", token, 400)) == 1
    assert len(asked("/services?page=0", token, 422)) == 1
    assert asked("/services", token[:-1], 401) == []
    assert asked("/services/", token, 404) == []
    assert len(asked("/services", tokens.generate_token(), 401)) == 1


def test_deep_pages_count_first_and_once() -> None:
    client = make_client()
    _, token = make_token(client)
    make_many_services(client, 1300)
    deep = "/services?per_page=100&page=12"
    assert len(asked(deep, token)) == 2  # token and count; token and rows
    assert len(asked(deep, token)) == 1  # the count is known: token and rows
    assert len(asked("/services", token)) == 1
    make_many_services(client, 1)
    assert len(asked(deep, token)) == 3  # known for an older revision: all anew
    assert len(asked(deep, token)) == 1


LISTED_BY = [
    ("/services?", "service_list"),
    ("/services?status=active&", "service_by_status"),
    ("/invoices?", "invoice_list"),
    ("/invoices?status=paid&", "invoice_by_status"),
    ("/orders?", "order_list"),
    ("/orders?status=active&", "order_by_status"),
    ("/domains?", "domain_list"),
    ("/domains?status=active&", "domain_by_status"),
]


def plan_of(target: str) -> list[tuple[int, int, str]]:
    """SQLite's plan of the statement that a page takes: (parent, number, step)."""
    _, token = make_token()
    *_, page = asked(target, token)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {page}".replace("%", "%%"), [])
        return [(parent, number, step) for number, parent, _, step in cursor.fetchall()]


@pytest.mark.skipif(not LITE, reason="reads SQLite's plans; `make bench` measures PostgreSQL")
@pytest.mark.parametrize(("target", "index"), LISTED_BY)
def test_a_page_takes_its_ids_from_an_index_and_its_rows_by_id(target: str, index: str) -> None:
    plan = plan_of(f"{target}page=4")
    # The ids from the index that has the order, then each row by its id: never all rows of the client.
    (found,) = [(parent, at) for parent, at, step in plan if "LIST SUBQUERY" in step]
    outside, within = found
    rows = [step for parent, _, step in plan if parent == outside]
    ids = [step for parent, _, step in plan if parent == within]
    kind = "INDEX" if target.startswith("/domains") else "COVERING INDEX"  # rows tell who is hidden
    assert [f"USING {kind} {index} (client_id=?" in step for step in ids] == [True], plan
    assert rows[0].endswith("USING INTEGER PRIMARY KEY (rowid=?)"), plan


@pytest.mark.skipif(not LITE, reason="reads SQLite's plans; `make bench` measures PostgreSQL")
@pytest.mark.parametrize("page", [1, 3])
@pytest.mark.parametrize(("target", "index"), LISTED_BY)
def test_a_page_near_the_start_takes_its_rows_in_the_order_of_an_index(
    target: str, index: str, page: int
) -> None:
    plan = plan_of(f"{target}page={page}")
    (at,) = [at for _, at, step in plan if step in ("CO-ROUTINE picked", "MATERIALIZE picked")]
    (rows,) = [step for parent, _, step in plan if parent == at]
    assert f"USING INDEX {index} (client_id=?" in rows, plan
