"""The account of a service by program: a way into its panel, a new password, and the one answer that shows it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commerce.accounts.models import Client
from commerce.api.v2.resources.carriers import CARRIERS, JOB
from commerce.audit.models import AuditEntry
from commerce.hosting.models import AccountPassword, Service
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock
from tests.api.v2.posting import post
from tests.make import make_service, make_token
from tests.make.api import call_api
from tests.make.people import AT
from tests.make.sandbox import sandbox_panels
from tests.make.table_digests import table_digests
from tests.portal.services.panel_accounts import made_hosting, run_jobs

SCOPES = ["services:read", "services:access"]


@pytest.fixture(autouse=True)
def panels(db: None, tmp_path: Path) -> Iterator[None]:
    with sandbox_panels(tmp_path):
        yield


@pytest.fixture
def service(alice: Client) -> Service:
    return made_hosting(alice)


@pytest.fixture
def opener(alice: Client) -> str:
    return make_token(alice, scopes=SCOPES, name="opener")[1]


def test_a_way_into_the_panel_is_shown_once(service: Service, opener: str) -> None:
    path = f"/api/v2/services/{service.pk}/panel-session"
    tried = post(f"{path}?dry_run=true", opener)
    assert (tried.json["data"]["url"], tried.json["not_checked"]) == (None, ["panel"])
    assert not AuditEntry.objects.filter(action="service.panel_opened").exists()
    with clock.freeze_time(AT):
        shown = post(path, opener).json["data"]
    assert shown["url"].startswith("https://localhost:8443/sandbox/session/")
    assert shown["expires_at"] == f"{AT + timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}"
    assert AuditEntry.objects.get(action="service.panel_opened").actor_kind == "token"
    again = post(path, opener)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["data"]["url"] == "secret_expired"
    assert AuditEntry.objects.filter(action="service.panel_opened").count() == 1


def test_a_service_without_a_panel_has_no_way_in(alice: Client, opener: str) -> None:
    plain = make_service(alice)
    answer = post(f"/api/v2/services/{plain.pk}/panel-session", opener)
    assert (answer.status, answer.json["code"]) == (409, "service.panel_cannot")


def test_a_new_password_is_set_by_an_operation_and_shown_once(
    service: Service, opener: str
) -> None:
    path = f"/api/v2/services/{service.pk}"
    before = table_digests(without=USED)
    assert post(f"{path}/password?dry_run=true", opener).status == 202
    assert table_digests(without=USED) == before
    made = post(f"{path}/password", opener)
    operation = made.json["data"]
    assert (made.status, operation["act"]) == (202, "service.password"), made.body
    assert operation["status"] == "pending"
    early = post(f"{path}/show-password", opener, Idempotency_Key="early")
    assert (early.status, early.json["code"]) == (409, "service.password_being_set")
    run_jobs()
    done = call_api(f"/api/v2/operations/{operation['id']}", opener).json["data"]
    assert (done["status"], done["finished_at"] is None) == ("succeeded", False)
    before = table_digests(without=USED)
    assert post(f"{path}/show-password?dry_run=true", opener).json["data"] == {"password": None}
    assert table_digests(without=USED) == before
    shown = post(f"{path}/show-password", opener, Idempotency_Key="show").json["data"]
    assert len(shown["password"]) >= 12
    assert not AccountPassword.objects.exists()
    again = post(f"{path}/show-password", opener, Idempotency_Key="show")
    assert again.json["data"] == {"password": "secret_expired"}
    gone = post(f"{path}/show-password", opener, Idempotency_Key="other")
    assert (gone.status, gone.json["code"]) == (409, "service.no_password")


USED = {"accounts.ApiToken", "accounts.TokenDailyRequests", "accounts.TokenNetwork"}
"""What the use of a token leaves."""


@pytest.mark.parametrize("status", [None, *JobStatus])
def test_only_what_was_given_up_has_failed(status: JobStatus | None) -> None:
    """A job that is kept no longer ended long ago."""
    state = CARRIERS[JOB].state(status, None, AT)
    assert (state.status == "failed") == (status == JobStatus.DROPPED)
    assert (state.ended_at is not None) == (state.status == "succeeded")


def test_a_password_that_is_given_up_is_a_failed_operation(service: Service, opener: str) -> None:
    made = post(f"/api/v2/services/{service.pk}/password", opener).json["data"]
    Job.objects.filter(action="service.set_password").update(status="dropped", ended_at=AT)
    shown = call_api(f"/api/v2/operations/{made['id']}", opener).json["data"]
    assert (shown["status"], shown["error"]["code"]) == ("failed", "job.dropped")


@pytest.mark.parametrize("verb", ["panel-session", "password", "show-password"])
def test_it_takes_the_scope_of_access(service: Service, alice: Client, verb: str) -> None:
    writer = make_token(alice, scopes=["services:read", "services:write"], name="writer")[1]
    answer = post(f"/api/v2/services/{service.pk}/{verb}", writer)
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")
    assert "services:access" in answer.json["detail"]


def test_a_service_says_whether_a_card_pays_it(service: Service, opener: str) -> None:
    assert call_api(f"/api/v2/services/{service.pk}", opener).json["data"]["auto_pay"] is False
