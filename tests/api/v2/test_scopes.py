"""Which scopes each route of version 2 takes: all of these, and no other (client-api-v2.md 2)."""

from collections.abc import Iterable

from django.test import override_settings

from commerce.accounts.models import SCOPES, Client
from commerce.api.v2.docs.description import describe_api
from tests.api.described import DescribedApi
from tests.make import make_token
from tests.make.api import call_api

TABLE = """
profile:read: GET account
profile:read profile:write: PATCH account
catalog:read: GET products, GET products/{id}, GET tlds, GET tlds/{id}, GET quotes, GET quotes/{id}, POST quotes
services:read: GET services, GET services/{id}, GET services/{id}/usage, GET plan-changes, GET plan-changes/{id}
services:read services:write: PATCH services/{id}, POST services/{id}/plan-changes, DELETE plan-changes/{id}
services:read services:write: POST services/{id}/cancellation, DELETE services/{id}/cancellation
services:read services:access: POST services/{id}/panel-session, POST services/{id}/password
services:read services:access: POST services/{id}/show-password
services:read payments:write: POST plan-changes/{id}/pay
invoices:read: GET invoices, GET invoices/{id}, GET invoices/{id}/pdf, GET invoices/{id}/ubl
invoices:read: GET credit-notes, GET credit-notes/{id}, GET credit-notes/{id}/pdf, GET credit-notes/{id}/ubl
invoices:read: GET statement, GET statement/pdf
invoices:read invoices:write: PATCH invoices/{id}
invoices:read payments:write: POST invoices/{id}/pay, POST payments
payments:read: GET payments, GET payments/{id}, GET payments/{id}/receipt
payments:read: GET credit, GET credit-entries, GET credit-entries/{id}
payments:write: POST top-ups
payment-methods:read: GET payment-methods, GET payment-methods/{id}
payment-methods:read payments:write: POST payment-methods, PATCH payment-methods/{id}, DELETE payment-methods/{id}
orders:read: GET orders, GET orders/{id}
orders:read orders:write: POST orders, PATCH orders/{id}, POST orders/{id}/cancel
domains:read: GET domains, GET domains/{id}, GET domains/{id}/history, POST domain-searches
domains:read domains:write: PATCH domains/{id}, PUT domains/{id}/nameservers, PUT domains/{id}/contacts
domains:read domains:write: POST domains/{id}/lock, POST domains/{id}/privacy
domains:read domains:write: POST domains/{id}/transfers, DELETE domains/{id}/transfers
domains:read domains:write invoices:read: POST domains/{id}/renewals, POST domains/{id}/restore
domains:read domains:transfer: POST domains/{id}/unlock, POST domains/{id}/authorization-code
dns:read: GET zones, GET zones/{id}, GET zones/{id}/zone-file
dns:read dns:write: POST zones, PUT zones/{id}/records, PATCH zones/{id}/records, POST zones/{id}/import
dns:read dns:write: POST zones/{id}/restore, POST zones/{id}/reset, POST zones/{id}/check
dns:read dns:write: POST zones/{id}/sign, POST zones/{id}/unsign
dns:read dns:destroy: DELETE zones/{id}
events:read: GET events
webhooks:write: GET webhook-endpoints, GET webhook-endpoints/{id}, POST webhook-endpoints
webhooks:write: PATCH webhook-endpoints/{id}, DELETE webhook-endpoints/{id}
webhooks:write: POST webhook-endpoints/{id}/test, POST webhook-endpoints/{id}/pause
webhooks:write: POST webhook-endpoints/{id}/resume, POST webhook-endpoints/{id}/rotate
webhooks:write: POST webhook-endpoints/{id}/repeat, POST webhook-deliveries/{id}/repeat
webhooks:write: GET webhook-deliveries, GET webhook-deliveries/{id}
: GET operations, GET operations/{id}, GET token, DELETE token, POST token/rotate, GET openapi.json
"""


def _taken() -> dict[tuple[str, str], frozenset[str]]:
    found = {}
    for line in TABLE.strip().splitlines():
        scopes, _, routes = line.rpartition(": ")
        for route in routes.split(", "):
            method, path = route.split(" ")
            found[method, f"/api/v2/{path}"] = frozenset(scopes.split())
    return found


TAKEN = _taken()


def test_the_description_says_so() -> None:
    said = {
        (method.upper(), path): frozenset(
            scope for one in operation["security"] for scope in one["token"]
        )
        for path, method, operation in DescribedApi(describe_api).operations()
        if method != "head"
    }
    assert said == TAKEN


@override_settings(COMMERCE_API_RATE=(10**6, 60), COMMERCE_API_WRITE_RATE=(10**6, 60))
def test_a_token_needs_all_of_them_and_no_other(alice: Client) -> None:
    tokens: dict[frozenset[str], str] = {}

    def code(method: str, path: str, wanted: Iterable[str]) -> str:
        scopes = frozenset(wanted)
        if scopes not in tokens:
            tokens[scopes] = make_token(alice, scopes=sorted(scopes))[1]
        target = path.replace("{id}", "1") + ("" if method == "GET" else "?dry_run=true")
        answer = call_api(
            target, tokens[scopes], method=method, body=None if method == "GET" else {}
        )
        return answer.json["code"] if answer.status == 403 else ""

    for (method, path), scopes in TAKEN.items():
        assert code(method, path, scopes or {"catalog:read"}) == "", (method, path)
        for one in scopes:
            lacking = frozenset(SCOPES) - {one}
            assert code(method, path, lacking) == "token.scope_missing", (method, path, one)
