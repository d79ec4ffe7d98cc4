"""What version 2 serves fits what it describes: every resource in every state, refusals, and the description itself."""

from collections.abc import Mapping
from typing import Any

import pytest

from commerce.accounts.models import SCOPES, Client
from commerce.api.v2.reading import serve
from commerce.webhook_endpoints.models import WebhookEndpoint
from tests.api.described import refusals
from tests.api.v2.rows_in_every_state import make_rows_in_every_state
from tests.api.v2.test_description import (
    API,
    LISTS,
    SINGLE,
    TARGET,
    described,
    misfits,
    parameters,
    resolved,
    unlimited,
)
from tests.make import make_service, make_token
from tests.make.api import call_api


def whole_schema(path: str) -> Any:
    """What a row of a path is without ``fields``."""
    content = described()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    data = resolved(content["schema"]["anyOf"][0])["properties"]["data"]
    return data.get("items", data)


def misfit_rows(path: str, rows: list[Mapping[str, Any]], *, included: bool) -> list[str]:
    """How rows differ from the whole schema, in which each key is there in its order."""
    schema = resolved(whole_schema(path))
    keys = list(schema["properties"]) if included else schema["required"]
    found = [f"{list(row)} is not {keys}" for row in rows if list(row) != keys]
    return found + [fault for row in rows for fault in API.wrong(row, schema)]


@unlimited
@pytest.mark.django_db
def test_every_resource_in_every_state_fits() -> None:
    row, token = make_token(make_rows_in_every_state(), scopes=list(SCOPES))
    WebhookEndpoint.objects.update(token=row)  # or they are not its own

    for resource in SINGLE:
        base, below, _ = resource.path.partition("{id}")
        row = call_api(base[:-1], token).ids[0] if below else ""
        answer = call_api(resource.path.replace("{id}", str(row)), token)
        assert misfits(resource.path, "GET", answer) == []
        assert misfit_rows(resource.path, [answer.json["data"]], included=False) == []
    for resource in LISTS:
        status = next((p for p in parameters(resource.path) if p["name"] == "status"), None)
        everything_included = f"include={','.join(resource.includes)}" * bool(resource.includes)
        for query in (
            "limit=100",
            f"limit=100&{everything_included}",
            "limit=2&fields=id",
        ):
            listed = call_api(f"{resource.path}?{query}", token)
            assert misfits(resource.path, "GET", listed) == []
            if "fields" not in query:
                rows, included = listed.json["data"], "include" in query
                assert misfit_rows(resource.path, rows, included=included) == []
                if status is not None:
                    assert {row["status"] for row in rows} == set(status["schema"]["items"]["enum"])
        path = f"{resource.path}/{{id}}"
        for row_id in call_api(f"{resource.path}?limit=100", token).ids:
            for query in ("", everything_included):
                one = call_api(f"{resource.path}/{row_id}?{query}", token)
                assert misfits(path, "GET", one) == []
                assert misfit_rows(path, [one.json["data"]], included=bool(query)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("target", "path", "status"),
    [
        ("/services", "/services", 200),
        ("/services?limit=x&sort=y", "/services", 400),
        ("/services?cursor=mine", "/services", 400),
        ("/services/1?fields=nmae", "/services/{id}", 400),
        ("/services/1", "/services/{id}", 404),
        ("/services/007", "/services/{id}", 404),
        ("/account", "/account", 200),
        ("/account?page=1", "/account", 400),
    ],
)
def test_answers_to_a_token_fit(target: str, path: str, status: int, method: str) -> None:
    answer = call_api(f"/api/v2{target}", make_token()[1], method=method)
    assert answer.status == status
    assert misfits(f"/api/v2{path}", method, answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/account", "/services", "/domains/{id}"])
def test_refusals_fit(path: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, at = f"/api/v2{path.replace('{id}', '1')}", f"/api/v2{path}"
    for status, answer in refusals(target, method, serve, monkeypatch):
        assert answer.status == status
        assert misfits(at, "GET" if status == 405 else method, answer) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_304_fits(alice: Client, token: str, method: str) -> None:
    row = make_service(alice).pk
    for target, path in (("/services", "/services"), (f"/services/{row}", "/services/{id}")):
        etag = call_api(f"/api/v2{target}", token).headers["etag"]
        answer = call_api(f"/api/v2{target}", token, method=method, headers={"If-None-Match": etag})
        assert answer.status == 304
        assert misfits(f"/api/v2{path}", method, answer) == []


def test_the_description_itself_fits() -> None:
    for method in ("GET", "HEAD"):
        for answer in (
            call_api(TARGET, method=method),
            call_api(TARGET, method=method, headers={"If-None-Match": "*"}),
            call_api(TARGET, method=method, secure=False),
        ):
            assert misfits(TARGET, method, answer) == []
    assert misfits(TARGET, "GET", call_api(TARGET, method="POST")) == []
