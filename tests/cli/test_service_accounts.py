"""`commerce server` and `commerce service` about panels: credentials, tests, drift, and what a worker is to ask."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.hosting.models import Server, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.panel_servers import call_log, read_secrets
from commerce.jobs.models import Job
from commerce.kit.remote.calls import CallNote
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.jobs import run_all_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel() -> Iterator[FakePanel]:
    known, made = dict(registry._MODULES), FakePanel()
    made.install()
    yield made
    registry._MODULES.clear()
    registry._MODULES.update(known)


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(commerce, words, input=typed)


def printed(*words: str) -> Any:
    return json.loads(run(*words, "--json").stdout)


def test_credentials_are_set_and_never_shown(panel: FakePanel) -> None:
    server = Server.objects.get(module="fake")
    refused = run("server", "set", server.name, "api_token", "s3cret")
    assert refused.exit_code == 2
    assert run("server", "set", server.name, "username", "root").exit_code == 0
    assert run("server", "set", server.name, "api_token", typed="s3cret\n").exit_code == 0
    server.refresh_from_db()
    assert (server.settings, read_secrets(server)) == (
        {"username": "root"},
        {"api_token": "s3cret"},
    )
    shown = run("server", "show", server.name, "--json").stdout
    assert "s3cret" not in shown
    assert json.loads(shown)["settings"] == {"username": "root", "api_token": "set"}
    assert "isn't a setting" in run("server", "set", server.name, "color", "red").stderr


def test_a_server_is_tested_compared_and_deleted(panel: FakePanel) -> None:
    server = Server.objects.get(module="fake")
    panel.says(ModuleOutcome.OK, "Version 1")
    tested = printed("server", "test", server.name)
    assert (tested["answer"], tested["milliseconds"] >= 0) == ("Version 1", True)
    panel.says(ModuleOutcome.REFUSED, "The key is wrong.")
    failed = run("server", "test", server.name)
    assert (failed.exit_code, "The key is wrong." in failed.stderr) == (1, True)
    panel.says(ModuleOutcome.OK)
    lost = make.make_service()
    put_on_panel(lost)
    panel.drop(lost)
    assert printed("server", "drift") == []
    assert "Comparing 1 server." in run("server", "drift", "--now").stderr
    run_all_jobs()
    [found] = printed("server", "drift", server.name)
    assert (found["service"], found["kind"], found["remote"]) == (lost.pk, "missing", None)
    assert "Only a server without services" in run("server", "delete", server.name).stderr
    empty = make.make_server()
    assert run("server", "delete", empty.name, "--yes").exit_code == 0
    assert not Server.objects.filter(pk=empty.pk).exists()


def test_a_certificate_that_nobody_shows(panel: FakePanel) -> None:
    server = make.make_server(module="fake", port=1)
    Server.objects.filter(pk=server.pk).update(hostname="127.0.0.1")
    assert "shows no certificate" in run("server", "fingerprint", server.name).stderr


def test_the_worker_is_asked_to_act_on_a_service(panel: FakePanel) -> None:
    service = make.make_service()
    put_on_panel(service)
    for act in ("refresh", "set-password", "apply-package"):
        assert run("service", act, str(service.pk)).exit_code == 0
    run_all_jobs()
    assert panel.calls == ["set_password", "change_package"]
    assert "already has an account" in run("service", "create-account", str(service.pk)).stderr
    Service.objects.filter(pk=service.pk).update(remote_id="")
    assert run("service", "create-account", str(service.pk)).exit_code == 0
    assert Job.objects.filter(action="service.create").exists()


def test_calls_and_usage_are_listed(panel: FakePanel) -> None:
    service = make.make_service()
    put_on_panel(service)
    call_log(service.server, service_id=service.pk)(
        CallNote(make.AT, "POST", "/api", "{}", 0, "no answer", 5000)
    )
    [call] = printed("service", "calls", str(service.pk))
    assert (call["call"], call["status"], call["answer"]) == ("POST /api", None, "no answer")
    assert printed("service", "usage", str(service.pk)) == []
