"""POST below a record: an act that a registrar carries on, and how its operation stands."""

from typing import Any

import pytest

from commerce.accounts.models import ApiOperation, Client, IdempotentReply
from commerce.api.v2.resources.carriers import CARRIERS, DOMAIN_CHANGE
from commerce.api.v2.writing.posts import ACT_POSTS
from commerce.domains.actions.changes import fail_change, finish_change
from commerce.domains.actions.tlds import set_tld
from commerce.domains.actions.transfers import hold_transfer
from commerce.domains.models import Domain, DomainChange
from commerce.domains.rules import ChangeProblem, ChangeStatus, TransferHold
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.orders.actions.lifecycle import activate_paid_order
from tests.doubles.registrar import remote_registrar
from tests.make import make_client, make_domain, make_order, make_payment, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.jobs import run_all_jobs
from tests.make.records import make_domain_item
from tests.make.registrants import REGISTRANT
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


def test_a_transfer_that_waits_for_its_code_goes_on_or_is_called_off(
    alice: Client, writer: str
) -> None:
    domain = make_domain(alice, "pending_transfer")
    path = f"/domains/{domain.pk}"
    early = post(f"{path}/transfers", writer, {"authorization_code": "x"})
    assert (early.status, early.json["code"]) == (409, "domain.no_code_needed")
    hold_transfer(domain=domain, hold=TransferHold.CODE_WRONG, ctx=CTX)
    assert call_api(f"/api/v2{path}", writer).json["data"]["transfer_hold"] == "code_wrong"
    answer = post(f"{path}/transfers", writer, {"authorization_code": "Right-1"}, key="k-2")
    assert (answer.status, answer.json["code"]) == (422, "domain.not_ordered_here")
    ended = call_api(f"/api/v2{path}/transfers", writer, method="DELETE")
    assert (ended.status, ended.json["data"]["transfer_hold"]) == (200, "being_canceled")


def test_an_ordered_transfer_goes_on_with_the_code_of_a_program(alice: Client, writer: str) -> None:
    code, name = "Kq7-mW2-s3cret", "acme.example"
    with remote_registrar() as remote:
        remote.codes[name] = code
        set_tld(tld="example", is_active=False, registrar="remote", ctx=CTX)
        item = make_domain_item(
            action="transfer", domain=name, nameservers=(), registrant=REGISTRANT, auth_code=""
        )
        order = make_order(client=alice, items=[item])
        make_payment(order.invoice)
        activate_paid_order(invoice_id=order.invoice_id, ctx=CTX)
        run_all_jobs(CTX.at, failing=True)
        path = f"/domains/{Domain.objects.get().pk}"
        assert call_api(f"/api/v2{path}", writer).json["data"]["transfer_hold"] == "code_missing"
        answer = post(f"{path}/transfers", writer, {"authorization_code": f" {code} "})
        assert (answer.status, answer.json["data"]["transfer_hold"]) == (200, None), answer.body
        again = post(f"{path}/transfers", writer, {"authorization_code": f" {code} "})
        assert (again.status, again.body) == (200, answer.body)
        run_all_jobs(clock.now())
        assert [given[0] for _, _, given in remote.orders] == [code]
    assert code not in str([*IdempotentReply.objects.values()])


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
