"""`commerce registrar` of names that are missing there, and of jobs that stopped."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.domains.actions.sync_requests import request_syncs
from commerce.domains.models import Domain
from commerce.domains.registration import request_renewal
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.current import get_setting
from tests import make
from tests.cli.conftest import Run
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import make_domain_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry, clock.freeze_time(make.AT):
        client = make.make_client()
        for n in range(6):
            make_domain_at(registry, client, domain_name=f"name-{n}.com")
        yield registry


def ask_all(days: int) -> None:
    at = make.AT + timedelta(days=days)
    request_syncs(domains=Domain.objects.all(), ctx=Context(at, SYSTEM))
    run_all_jobs(at)


def missing(run: Run, *words: str) -> list[str]:
    done = run("registrar", "missing", "remote", *words, "--json")
    return [one["domain"] for one in json.loads(done.stdout)]


def test_missing_names_are_listed_asked_about_ended_and_brought_back(
    remote: RemoteRegistry, run: Run
) -> None:
    there = dict(remote.names)
    remote.names.clear()
    ask_all(0)
    assert len(missing(run)) == 6
    assert "none of them ends" in run("registrar", "missing", "remote").output
    assert "about: 6" in run("registrar", "ask-again", "remote").output
    reason = ("--reason", "They left.")
    assert run("registrar", "end-missing", "remote", *reason).exit_code == 2
    ended = run("registrar", "end-missing", "remote", "name-1.com", "name-2.com", *reason)
    assert "Ended domains: 2." in ended.output
    assert missing(run, "--ended") == ["name-2.com", "name-1.com"]
    assert "Ended domains: 4." in run("registrar", "end-missing", "remote", "--all", *reason).output
    remote.names |= there
    back = run("registrar", "bring-back", "remote", "--all", "--reason", "They did not.")
    assert "brought back: 6." in back.output
    run_all_jobs(make.AT)
    assert set(Domain.objects.values_list("status", flat=True)) == {"active"}
    assert run("registrar", "missing", "none").exit_code == 1


def test_another_account_is_kept_only_with_a_word(remote: RemoteRegistry, run: Run) -> None:
    refused = run("registrar", "set", "remote", "account", "other")
    assert (refused.exit_code, get_setting("registrar.remote.account")) == (1, "")
    assert "has 0 of 6 domains" in refused.output
    assert run("setting", "set", "registrar.remote.account", "other").exit_code == 1
    done = run("registrar", "set", "remote", "account", "other", "--confirm")
    assert (done.exit_code, get_setting("registrar.remote.account")) == (0, "other")


def test_all_that_failed_since_a_day_is_retried(remote: RemoteRegistry, run: Run) -> None:
    remote.refuses = True
    for number, domain in enumerate(Domain.objects.order_by("pk")):
        at = make.AT + timedelta(days=number)
        request_renewal(domain=domain, idempotency_key="1", ctx=Context(at, SYSTEM))
        run_all_jobs(at, failing=True)
    remote.refuses = False
    since = f"{make.AT + timedelta(days=4):%Y-%m-%d}"
    assert "Queued jobs: 2." in run("registrar", "retry", "remote", "--since", since).output
    assert "Queued jobs: 4." in run("registrar", "retry", "remote").output
