"""Schemathesis makes requests of the description, by tokens of one scope: each answer is one that the description has,
none fails, who lacks a scope is refused, and what was written is proven (client-api-v2.md 2).

It calls the server in this process: all operations by one scope take seconds so, over the network a minute.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.models import SCOPES, Client
from commerce.config.wsgi import application
from tests.api.made_up_requests import leave_out_what_is_not_told, storable_body
from tests.api.v2.rows_in_every_state import make_rows_in_every_state
from tests.make import make_token
from tests.make.api import call_api
from tests.make.cards import CTX
from tests.make.draws import draws
from tests.make.proof import proof_violations

pytestmark = pytest.mark.django_db

BASE = "https://localhost:8443"
OF_SOME_BODIES = ("services:destroy",)
"""What no operation takes whatever its body says."""


def each_operation() -> Iterator[Any]:
    """The operations as they are described, with what they take as ``x-scopes``."""
    described = call_api("/api/v2/openapi.json").json
    leave_out_what_is_not_told(described)
    del described["security"]  # else it asks without a token, too
    for item in described["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                taken = operation.pop("security", None) or [{"token": []}]
                operation["x-scopes"] = taken[0]["token"]
    schema = schemathesis.openapi.from_dict(described)
    schema.app = application
    for found in schema.get_all_operations():
        yield found.ok()


class Tokens:
    """Of a client, each with some scopes alone."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._made: dict[frozenset[str], str] = {}

    def of(self, scopes: frozenset[str]) -> str:
        if scopes not in self._made:
            row, plain = make_token(self._client, scopes=sorted(scopes))
            set_spending_limit(token=row, per_purchase=10**5, per_30_days=10**6, ctx=CTX)
            self._made[scopes] = plain
        return self._made[scopes]


def ids_of(tokens: Tokens) -> dict[str, list[Any]]:
    """The rows that there are, by the first part of their path."""
    everything = tokens.of(frozenset(SCOPES))
    paths = {one.path.split("/")[3] for one in each_operation() if "{id}" in one.path}
    found = {path: call_api(f"/api/v2/{path}?limit=20", everything) for path in paths}
    return {path: [one["id"] for one in answer.json["data"]] for path, answer in found.items()}


def answers(operation: Any, mode: GenerationMode, ids: list[Any], token: str) -> set[int]:
    """The statuses of what is asked, each held against the description."""
    found: list[int] = []
    rows = cycle(ids or [1])
    # Which texts are a host name, or a price, no schema says.
    apart = [checks.positive_data_acceptance] if operation.method != "get" else []
    sent = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    path = {"id": next(rows)} if "{id}" in operation.path else None

    @hypothesis.given(operation.as_strategy(generation_mode=mode, path_parameters=path))
    @hypothesis.settings(
        max_examples=draws(1),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    def ask(case: Any) -> None:
        if path:
            case.path_parameters = {"id": next(rows)}
        case.body = storable_body(case.body)
        key = {"Idempotency-Key": f"{mode} {operation.path} {len(found)}"}
        answer = case.call(headers=sent | key, base_url=BASE)
        found.append(answer.status_code)
        case.validate_response(answer, excluded_checks=apart)

    with suppress(Unsatisfiable):  # whatever it is sent fits
        ask()
    return {*found}


@pytest.mark.parametrize("scope", SCOPES)
def test_each_answer_is_one_that_is_described(scope: str, settings: Any) -> None:
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)
    tokens = Tokens(make_rows_in_every_state())
    ids, before = ids_of(tokens), proof_violations()
    refused = tried = 0
    for operation in each_operation():
        needed = frozenset[str](operation.definition.raw["x-scopes"])
        rows = ids.get(operation.path.split("/")[3], [])
        alone = answers(operation, GenerationMode.POSITIVE, rows, tokens.of(frozenset([scope])))
        assert needed <= {scope} or alone <= {403}, operation.path
        refused += alone == {403}
        if scope in needed:
            for mode in GenerationMode:
                tried += len(answers(operation, mode, rows, tokens.of(needed)))
    assert refused > 50
    assert (tried > 0) == (scope not in OF_SOME_BODIES)
    assert proof_violations() == before
