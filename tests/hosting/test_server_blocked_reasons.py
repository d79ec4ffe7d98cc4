"""What can be done with a server as it stands: what the doors read is what the action raises."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from commerce.hosting import server_tests
from commerce.hosting.actions import server_trials, servers
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.server_groups import (
    create_server_group,
    delete_server_group,
    delete_server_group_blocked_reason,
)
from commerce.hosting.actions.server_settings import credentials_blocked_reason
from commerce.hosting.job_names import SUSPEND_ACCOUNT, remote_name_of_server
from commerce.hosting.models import Server
from commerce.hosting.modules import registry
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.remotes import note_silence
from commerce.jobs.rules import JobStatus, RestCause
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from tests import make
from tests.doubles.panel import FakePanel
from tests.make.blocked_reasons import Acts, blocked_codes

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def _trouble(cause: RestCause) -> Callable[[Server], object]:
    return lambda server: note_silence(
        remote=remote_name_of_server(server.name), at=make.AT, cause=cause, is_certain=True
    )


def _park(server: Server) -> None:
    enqueue(("service", 1), SUSPEND_ACCOUNT, "1", make.AT)
    Job.objects.update(status=JobStatus.PARKED, remote=remote_name_of_server(server.name))


STATES: dict[str, Callable[[Server], object]] = {
    "works": lambda _server: None,
    "off": lambda server: Server.objects.filter(pk=server.pk).update(is_active=False),
    "silent": _trouble(RestCause.SILENCE),
    "moved": _trouble(RestCause.MOVED),
    "used": lambda server: make.make_service(server=server),
    "with_parked_jobs": _park,
    "by_hand": lambda server: Server.objects.filter(pk=server.pk).update(module="manual"),
}

ACTS: dict[
    str,
    tuple[Callable[[Server, Context], StateConflict | None], Callable[[Server], object]],
] = {
    "stop": (
        servers.stop_new_accounts_blocked_reason,
        lambda one: servers.stop_new_accounts(server=one, ctx=CTX),
    ),
    "resume": (
        servers.resume_new_accounts_blocked_reason,
        lambda one: servers.resume_new_accounts(server=one, ctx=CTX),
    ),
    "accept": (
        servers.accept_missing_blocked_reason,
        lambda one: servers.accept_missing_accounts(server=one, reason="gone", ctx=CTX),
    ),
    "delete": (
        servers.delete_server_blocked_reason,
        lambda one: servers.delete_server(server=one, ctx=CTX),
    ),
    "credentials": (
        credentials_blocked_reason,
        lambda one: servers.change_server(server=one, settings={"username": "root"}, ctx=CTX),
    ),
    "compare": (
        server_tests.try_server_blocked_reason,
        lambda one: request_comparison(server=one, ctx=CTX),
    ),
    "test": (
        server_tests.try_server_blocked_reason,
        lambda one: server_trials.request_server_test(server=one, ctx=CTX),
    ),
    "ask_now": (
        server_tests.ask_server_blocked_reason,
        lambda one: server_trials.try_server_now(server=one, ctx=CTX),
    ),
    "retry": (
        server_tests.retry_server_jobs_blocked_reason,
        lambda one: server_tests.retry_server_jobs(server=one, ctx=CTX),
    ),
}


@pytest.fixture
def server() -> Iterator[Server]:
    known = dict(registry._MODULES)
    yield FakePanel().install()
    registry._MODULES.clear()
    registry._MODULES.update(known)


def refusal(act: Callable[[Server], object], server: Server) -> str:
    """The code of what the action raises; nothing of it stays."""
    code = ""
    with transaction.atomic():
        try:
            act(server)
        except StateConflict as conflict:
            code = conflict.code
        transaction.set_rollback(True)
    return code


@pytest.mark.parametrize("state", STATES)
def test_what_blocks_an_action_is_what_it_raises(server: Server, state: str) -> None:
    STATES[state](server)
    said, raised = {}, {}
    for name, (blocked, act) in ACTS.items():
        row = Server.objects.get(pk=server.pk)
        reason = blocked(row, CTX)
        said[name] = reason.code if reason else ""
        raised[name] = refusal(act, row)
    assert said == raised


def test_what_is_said_of_a_server_group_is_what_is_raised(server: Server) -> None:
    group = create_server_group(name="eu", ctx=CTX)
    acts: Acts = {
        "delete": (
            delete_server_group_blocked_reason,
            lambda one: delete_server_group(group=one, ctx=CTX),
        )
    }
    assert blocked_codes(acts, group, CTX) == {}
    Server.objects.filter(pk=server.pk).update(group="eu")
    assert blocked_codes(acts, group, CTX) == {"delete": "server_group.in_use"}
    Server.objects.update(group="")
    make.make_product(server_group="eu")
    assert blocked_codes(acts, group, CTX) == {"delete": "server_group.in_use"}
