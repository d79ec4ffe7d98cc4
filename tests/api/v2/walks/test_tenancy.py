"""A walk over all of version 2 with tokens that are not for a record: none reads it, writes to it, or learns that it is
there, and nothing has changed (client-api-v2.md 2, invariants.md T1, T2).
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.models import SCOPES, ApiToken, Client
from commerce.api.v2.docs.description import describe_api
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.api.v2.writing.all_writes import WRITES
from commerce.api.v2.writing.routes import WriteRoute
from commerce.billing.models import PlanChange
from commerce.dns.models import Zone
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.webhook_endpoints.models import WebhookEndpoint
from tests.api.described import DescribedApi
from tests.api.v2.rows_in_every_state import make_rows_in_every_state
from tests.make import make_client, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.draws import draws
from tests.make.proof import proof_violations
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.django_db

NOBODYS = 987_654_321
BINDABLE = [one for one in SCOPES if one.startswith(("services:", "domains:", "dns:"))]
_keys = count()


@pytest.fixture(autouse=True)
def _much(settings: Any) -> None:
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)


def spender(client: Client, **values: Any) -> tuple[ApiToken, str]:
    row, plain = make_token(client, **values)
    set_spending_limit(token=row, per_purchase=10**6, per_30_days=10**6, ctx=CTX)
    return row, plain


def each_write() -> Iterator[tuple[WriteRoute, Mapping[str, Any]]]:
    """The writes below a record, with a body that each takes."""
    described = DescribedApi(describe_api).whole()
    for path, methods in WRITES.items():
        for method, route in methods.items():
            if "{id}" in path:
                content = described["paths"][path][method.lower()].get("requestBody", {})
                yield (
                    route,
                    content.get("content", {}).get("application/json", {}).get("example", {}),
                )


def write(route: WriteRoute, row_id: object, body: Any, token: str) -> ApiAnswer:
    headers = {"Idempotency-Key": f"key {next(_keys)}", "If-Match": '"1-0"'}
    path = route.path.replace("{id}", str(row_id))
    return call_api(path, token, method=route.method, body=body, headers=headers)


def said(answer: ApiAnswer) -> tuple[int, Any]:
    """What is told, but for the request's own id."""
    return answer.status, {**answer.json, "instance": ""}


def left() -> dict[str, str]:
    """All rows, but for the log of what a token tried."""
    return table_digests(without={"accounts.ApiTokenWrite"})


def rows_of(token: str) -> dict[str, list[Any]]:
    """Some of what a token sees, by the path of its list."""
    lists = [one.path for one in RESOURCES if one.list_struct is not None]
    found = {path: call_api(f"{path}?limit={draws(3)}", token) for path in lists}
    return {path: one.ids for path, one in found.items() if one.status == 200}


def test_what_is_anothers_is_as_little_there_as_what_is_nobodys() -> None:
    alice, charlie = make_rows_in_every_state(), make_client(owner="charlie@example.com")
    row, hers = spender(alice, scopes=[*SCOPES])
    WebhookEndpoint.objects.update(token=row)  # or not even she sees them
    token = spender(charlie, scopes=[*SCOPES])[1]
    theirs, before, faults = rows_of(hers), left(), proof_violations()
    own = rows_of(token)
    for path, ids in theirs.items():
        shared = own[path]  # products and TLDs are for all
        for row_id in {*ids} - {*shared}:
            assert said(call_api(f"{path}/{row_id}", token)) == said(
                call_api(f"{path}/{NOBODYS}", token)
            ), path
    tried = 0
    for route, body in each_write():
        nothing = said(write(route, NOBODYS, body, token))
        assert nothing[0] == 404, (route.path, nothing)
        for row_id in theirs[route.path.partition("/{id}")[0]]:
            assert said(write(route, row_id, body, token)) == nothing, (route.method, route.path)
            tried += 1
    assert tried > 60
    assert left() == before
    assert proof_violations() == faults


def test_a_bound_token_writes_to_nothing_else() -> None:
    alice = make_rows_in_every_state()
    unchanged = Service.objects.exclude(pk__in=PlanChange.objects.values("service"))
    its = {
        "/api/v2/services": unchanged.filter(status="active")[0].pk,
        "/api/v2/domains": Domain.objects.filter(status="active")[0].pk,
        "/api/v2/zones": Zone.objects.all()[0].pk,
    }
    kinds = {"/api/v2/services": "service", "/api/v2/domains": "domain", "/api/v2/zones": "zone"}
    bound_to = [(kinds[path], row_id) for path, row_id in its.items()]
    whole = spender(alice, scopes=[*SCOPES])[1]
    token = spender(alice, scopes=BINDABLE, bound_to=bound_to)[1]
    theirs, before, faults = rows_of(whole), left(), proof_violations()
    seen = rows_of(token)
    assert {path: seen[path] for path in its} == {path: [row_id] for path, row_id in its.items()}
    assert [ids for path, ids in seen.items() if path not in its and ids] == []
    tried = 0
    for route, body in each_write():
        base = route.path.partition("/{id}")[0]
        for row_id in theirs.get(base, []):
            if its.get(base) == row_id:
                continue
            answer = write(route, row_id, body, token)
            refused = (404, "request.not_found")
            if not {*route.scopes} <= {*BINDABLE}:
                refused = (403, "token.scope_missing")
            if route.bound is None:
                refused = (403, "token.bound")
            assert (answer.status, answer.json["code"]) == refused, (route.method, route.path)
            tried += 1
    assert tried > 60
    assert left() == before
    assert proof_violations() == faults
