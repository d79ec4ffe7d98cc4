"""POST below a record: an act that a registrar carries on, and how its operation stands."""

from typing import Any

import pytest

from commerce.accounts.models import ApiOperation, Client
from commerce.api.v2.resources.carriers import CARRIERS, DOMAIN_CHANGE
from commerce.api.v2.writing.posts import ACT_POSTS
from commerce.domains.actions.changes import fail_change, finish_change
from commerce.domains.models import Domain, DomainChange
from commerce.domains.rules import ChangeProblem, ChangeStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit.acts.act import act_of
from tests.make import make_client, make_domain, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.table_digests import table_digests

SCOPES = ["domains:read", "domains:write", "domains:transfer"]


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=SCOPES)[1]


@pytest.fixture
def domain(alice: Client) -> Domain:
    return make_domain(alice)


def post(target: str, token: str, body: Any = None, key: str | None = "k-1") -> ApiAnswer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return call_api(f"/api/v2{target}", token, method="POST", body=body, headers=headers)


def test_a_domain_is_unlocked_by_an_operation(domain: Domain, writer: str) -> None:
    answer = post(f"/domains/{domain.pk}/unlock", writer)
    assert answer.status == 202, answer.body
    shown = answer.json["data"]
    assert answer.headers["location"].endswith(f"/api/v2/operations/{shown['id']}")
    assert answer.headers["retry-after"] == "2"
    assert (shown["act"], shown["status"], shown["error"]) == ("domain.unlock", "pending", None)
    assert shown["resource"]["id"] == domain.pk
    change = DomainChange.objects.get()
    assert change.wanted == {"locked": False}
    assert call_api(shown["resource"]["url"].partition("8443")[2], writer).status == 200
    assert call_api(f"/api/v2/operations/{shown['id']}", writer).json["data"] == shown
    finish_change(change=change, ctx=CTX)
    done = call_api("/api/v2/operations", writer).json["data"]
    assert [(one["id"], one["status"]) for one in done] == [(shown["id"], "succeeded")]
    assert done[0]["finished_at"] is not None
    domain.refresh_from_db()
    assert not domain.is_locked


def test_what_is_so_already_has_succeeded(domain: Domain, writer: str) -> None:
    assert domain.is_locked
    for key in ("k-1", "k-2"):
        answer = post(f"/domains/{domain.pk}/lock", writer, key=key)
        assert (answer.status, answer.json["data"]["status"]) == (202, "succeeded"), answer.body
        assert answer.json["data"]["finished_at"] == answer.json["data"]["created_at"]
    assert not DomainChange.objects.exists()


def test_a_retry_is_answered_with_the_first_operation(domain: Domain, writer: str) -> None:
    first = post(f"/domains/{domain.pk}/unlock", writer)
    again = post(f"/domains/{domain.pk}/unlock", writer)
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["location"] == first.headers["location"]
    assert ApiOperation.objects.count() == DomainChange.objects.count() == 1
    second = post(f"/domains/{domain.pk}/unlock", writer, key="k-2")
    assert (second.status, second.json["code"]) == (409, "domain.change_under_way")


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (ChangeProblem.REFUSED, "domain_change.refused"),
        (ChangeProblem.DROPPED, "domain_change.dropped"),
        (ChangeProblem.ENDED, "domain_change.ended"),
    ],
)
def test_a_failed_operation_says_why(
    domain: Domain, writer: str, problem: ChangeProblem, code: str
) -> None:
    made = post(f"/domains/{domain.pk}/unlock", writer).json["data"]
    fail_change(change=DomainChange.objects.get(), problem=problem, ctx=CTX)
    shown = call_api(f"/api/v2/operations/{made['id']}", writer).json["data"]
    assert (shown["status"], shown["error"]["code"]) == ("failed", code)
    assert shown["error"]["type"].endswith(f"/api/docs/errors/{code}")


@pytest.mark.parametrize("job", [None, *JobStatus])
def test_nothing_but_the_end_of_the_change_ends_its_operation(job: JobStatus | None) -> None:
    """A program that reads "failed" does it again elsewhere."""

    def state(status: ChangeStatus) -> str:
        return CARRIERS[DOMAIN_CHANGE].state(status, "", None, job).status

    assert state(ChangeStatus.REQUESTED) in ("pending", "running", "waiting")
    assert state(ChangeStatus.DONE) == "succeeded"
    assert state(ChangeStatus.FAILED) == "failed"


def test_what_staff_have_waits(domain: Domain, writer: str) -> None:
    made = post(f"/domains/{domain.pk}/unlock", writer).json["data"]
    for status, shown in [("parked", "waiting"), ("queued", "pending")]:
        Job.objects.update(status=status)
        got = call_api(f"/api/v2/operations/{made['id']}", writer)
        assert got.json["data"]["status"] == shown
    listed = call_api("/api/v2/operations", writer)
    again = call_api(
        f"/api/v2/operations/{made['id']}", writer, headers={"If-None-Match": got.headers["etag"]}
    )
    assert again.status == 304
    Job.objects.update(status="parked")
    changed = call_api(
        f"/api/v2/operations/{made['id']}", writer, headers={"If-None-Match": got.headers["etag"]}
    )
    assert changed.status == 200
    tag = {"If-None-Match": listed.headers["etag"]}
    assert call_api("/api/v2/operations", writer, headers=tag).status == 200
    Job.objects.update(status="queued")
    assert call_api("/api/v2/operations", writer, headers=tag).status == 304


def test_a_post_needs_a_key_and_its_members(domain: Domain, writer: str) -> None:
    path = f"/domains/{domain.pk}/privacy"
    missing = post(path, writer, {"enabled": True}, key=None)
    assert (missing.status, missing.json["code"]) == (400, "idempotency.key_missing")
    for body, places in [
        ({}, {"/enabled": "missing"}),
        ({"enabled": "on"}, {"/enabled": "input.not_a_flag"}),
        ({"enabled": True, "x": 1}, {"/x": "unknown"}),
    ]:
        answer = post(path, writer, body)
        assert answer.status == 422
        assert {one["pointer"]: one["code"] for one in answer.json["errors"]} == places
    assert post(path, writer).status == 415
    assert not DomainChange.objects.exists()


def test_a_tried_post_leaves_nothing(domain: Domain, writer: str) -> None:
    before = table_digests()
    tried = post(f"/domains/{domain.pk}/unlock?dry_run=true", writer, key=None)
    assert (tried.status, tried.headers["dry-run"]) == (202, "true")
    assert not {"location", "retry-after"} & tried.headers.keys()
    assert tried.json["data"]["id"] is None
    assert table_digests() == before


def test_to_unlock_takes_a_scope_of_its_own(alice: Client, domain: Domain) -> None:
    token = make_token(alice, scopes=["domains:read", "domains:write"])[1]
    answer = post(f"/domains/{domain.pk}/unlock", token)
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")
    assert "domains:transfer" in answer.json["detail"]


def test_others_domains_and_operations_are_as_none(writer: str) -> None:
    charlie = make_client(owner="charlie@example.com")
    foreign = make_domain(charlie)
    theirs = make_token(charlie, scopes=SCOPES)[1]
    assert post(f"/domains/{foreign.pk}/unlock", writer).status == 404
    made = post(f"/domains/{foreign.pk}/unlock", theirs).json["data"]
    assert call_api(f"/api/v2/operations/{made['id']}", writer).status == 404
    assert call_api(f"/api/v2/operations?ids={made['id']}", writer).ids == []
    assert call_api(f"/api/v2/operations?ids={made['id']}", theirs).ids == [made["id"]]


def test_what_is_no_route(domain: Domain, writer: str) -> None:
    for path in (
        f"/domains/{domain.pk}/explode",
        "/domains/abc/unlock",
        "/domains/abc",
        "/services/1/lock",
        "/domains/1/lock/now",
    ):
        assert post(path, writer).status == 404, path
    for method in ("GET", "PATCH", "DELETE"):
        answer = call_api(f"/api/v2/domains/{domain.pk}/unlock", writer, method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_scope_of_a_route_stands_for_the_right_that_its_act_takes() -> None:
    from commerce.accounts.models import SCOPES as RIGHTS

    for route in ACT_POSTS:
        act = act_of(route.action)
        assert RIGHTS[route.scope] == act.member, act.key
        required = {name for name, one in act.parameters.items() if one.is_required}
        assert required <= {*route.given, *route.members}
