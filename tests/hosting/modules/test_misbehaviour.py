"""Panels that refuse, are silent or slow, or tell our secrets back (services-and-provisioning.md 7)."""

import json
import logging
import time
from dataclasses import replace
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote_plus

import pytest

from commerce.hosting.account_creation import create_once
from commerce.hosting.modules import connection
from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import (
    AccountState,
    HostingModule,
    ModuleOutcome,
    ask,
)
from commerce.kit.remote.http import NoAnswerError
from commerce.kit.remote.time_limits import calls_end_at, seconds_left
from tests.hosting.modules.sides import OTHER_PASSWORD, PASSWORD, PanelSide
from tests.hosting.modules.test_contract import ACTIONS, actions_of, ordered
from tools.servers import free_port

HOSTILE = (
    b"",
    b"null",
    b"[]",
    b"7",
    b"true",
    b'"ok"',
    b"{}",
    b'{"metadata": {"result": "x"}, "data": null}',
    b'{"metadata": {"result": 1}, "data": {"acct": [7]}}',
    b'{"id": [], "status": 7, "external_id": null}',
    b"[" * 100_000,
    b"error=0",
    b"error=&text=%ff%fe",
    b"<html><body>Welcome</body></html>",
    b"<packet/>",
    b"<packet><webspace><get><result><status>ok</status><id>x</id></result></get></webspace></packet>",
    b"<packet><system><status>error</status></system></packet>",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><packet>&b;</packet>",
    b"\xff\xfe\x00",
    "{}".encode("utf-16"),
)
NOT_KNOWN = (ModuleOutcome.SILENT, ModuleOutcome.RETRY, ModuleOutcome.MOVED)
OUTCOMES = {
    401: ModuleOutcome.UNAUTHORIZED,
    403: ModuleOutcome.UNAUTHORIZED,
    400: ModuleOutcome.REFUSED,
    302: ModuleOutcome.MOVED,
    404: ModuleOutcome.MOVED,
    429: ModuleOutcome.RETRY,
    500: ModuleOutcome.RETRY,
    503: ModuleOutcome.RETRY,
    504: ModuleOutcome.SILENT,
}
"""Of each status that a panel answers with: creating meets all of them, the other actions two each, by turns."""
MUTATING = ("suspend", "resume", "terminate", "change_package", "set_password")


def test_each_status_has_its_outcome(side: PanelSide, module: HostingModule) -> None:
    for status, outcome in OUTCOMES.items():
        side.says("create", status)
        result = create_once(module, side.asked_for(), PASSWORD)
        assert result.outcome is outcome, (status, result)
        assert str(status) in result.message
        assert side.number() == 0
    there = replace(ordered(side, module), package=side.other_package)
    statuses = cycle(OUTCOMES.items())
    for name in actions_of(module):
        if name == "resume":
            assert module.suspend(there).ok
        for status, outcome in islice(statuses, 2):
            side.says(name, status)
            result = ask(ACTIONS[name], module, there)
            assert result.outcome is outcome, (name, status, result)
            assert result.message
        if name == "resume":
            assert side.state_of(there) is AccountState.OFF
    assert side.number() == 1


def test_a_404_of_something_else_does_not_say_that_there_is_no_account(
    side: PanelSide, module: HostingModule
) -> None:
    """A wrong address or a proxy before the panel: nothing may be taken for removed, or be made anew."""
    there = ordered(side, module)
    for name in ("info", "suspend", "terminate"):
        side.says("info", 404)
        assert ask(ACTIONS[name], module, there).outcome is ModuleOutcome.MOVED, name
    side.says("info", 404)
    assert create_once(module, there, PASSWORD).outcome is ModuleOutcome.MOVED
    assert side.number() == 1
    assert side.state_of(there) is AccountState.ON


def test_a_key_that_is_not_accepted_is_told_by_each_action(
    side: PanelSide, module: HostingModule
) -> None:
    there = ordered(side, module)
    stranger = side.module(wrong_key=True)
    refused = ModuleOutcome.UNAUTHORIZED  # be it by a status or in words
    assert create_once(stranger, side.asked_for(), PASSWORD).outcome is refused
    for name in actions_of(stranger):
        assert ask(ACTIONS[name], stranger, there).outcome is refused, name
    assert side.state_of(there) is AccountState.ON


def test_a_closed_connection_is_silence(side: PanelSide, module: HostingModule) -> None:
    there = replace(ordered(side, module), package=side.other_package)
    for name in actions_of(module):
        if name == "resume":
            assert module.suspend(there).ok
        side.fails(name, "dead")
        assert ask(ACTIONS[name], module, there).outcome is ModuleOutcome.SILENT, name
    assert side.number() == 1


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_an_act_whose_reply_was_lost_is_found_done(
    side: PanelSide, module: HostingModule, kind: str
) -> None:
    there = replace(ordered(side, module), package=side.other_package)
    for name in ("suspend", "resume", "change_package", "set_password", "terminate"):
        if name not in actions_of(module):
            continue
        side.fails(name, kind)
        lost = ask(ACTIONS[name], module, there)
        # What came in place of an answer may be looked behind at once.
        assert lost.outcome in NOT_KNOWN or (kind == "garbage" and lost.ok), (name, lost)
        assert ask(ACTIONS[name], module, there).ok, name
        if name == "suspend":
            assert side.state_of(there) is AccountState.OFF
        if name == "resume":
            assert side.state_of(there) is AccountState.ON
    assert side.number() == 0


def test_a_slow_panel_is_not_waited_for(side: PanelSide, module: HostingModule) -> None:
    there = replace(ordered(side, module), package=side.other_package)
    for name in actions_of(module):
        if name == "resume":
            assert module.suspend(there).ok
        side.fails(name, "hangs")
        began = time.monotonic()
        with calls_end_at(began + 0.4):
            assert ask(ACTIONS[name], module, there).outcome is ModuleOutcome.SILENT, name
        assert time.monotonic() - began < 10, name
        side.forgets_faults()
        if name == "resume":
            assert module.resume(there).ok


def test_what_changes_an_account_has_more_time_than_a_look(
    side: PanelSide, module: HostingModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making an account takes a panel a minute and more."""
    left: list[float] = []

    def send(*_asked: object, **_more: object) -> None:
        left.append(seconds_left())
        raise NoAnswerError("no answer")

    there = ordered(side, module)
    monkeypatch.setattr(connection, "send_request", send)
    for name in ("create", "suspend", "terminate", "info", "test"):
        if name == "create":
            assert ask(module.create, there, PASSWORD).outcome is ModuleOutcome.SILENT
        else:
            assert ask(ACTIONS[name], module, there).outcome is ModuleOutcome.SILENT
        is_look = name in ("info", "test")
        assert (20 < left[-1] <= 30) if is_look else (110 < left[-1] <= 120), name


def test_an_act_without_an_answer_says_whether_the_panel_may_be_at_it(
    side: PanelSide, module: HostingModule
) -> None:
    there = ordered(side, module)
    side.fails("suspend", "lost")
    assert ask(module.suspend, there).may_still_run
    server: Any = module.connection.server  # type: ignore[attr-defined]
    nowhere = type(module)(PanelConnection(replace(server, port=free_port())))
    answer = ask(nowhere.suspend, there)
    assert (answer.outcome, answer.may_still_run) == (ModuleOutcome.SILENT, False)


def test_a_slow_create_ends_with_one_account(side: PanelSide, module: HostingModule) -> None:
    wanted = side.asked_for()
    side.fails("create", "hangs")
    with calls_end_at(time.monotonic() + 1):
        assert ask(module.create, wanted, PASSWORD).outcome is ModuleOutcome.SILENT
    side.forgets_faults()
    assert create_once(module, wanted, PASSWORD).ok
    assert side.number() == 1


def test_no_answer_of_another_form_raises_anything_or_is_a_success(
    side: PanelSide, module: HostingModule
) -> None:
    there = ordered(side, module)
    """Creating meets all of them, the other actions half of them, by turns."""
    not_done = (ModuleOutcome.RETRY, ModuleOutcome.REFUSED, ModuleOutcome.MOVED)
    actions = actions_of(module)
    for n, body in enumerate(HOSTILE):
        side.says_always(body)
        for name in actions[n % 2 :: 2]:
            result = ask(ACTIONS[name], module, there)
            assert name not in MUTATING or result.outcome in not_done, (name, body[:60], result)
        result = create_once(module, side.asked_for(), PASSWORD)
        assert not result.ok, (body[:60], result)
        side.forgets_faults()
    assert side.state_of(there) is AccountState.ON


def test_no_secret_stands_in_a_message_a_log_or_a_repr(
    side: PanelSide, module: HostingModule, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    there = replace(ordered(side, module), package=side.other_package)
    told = [repr(module), str(module), repr(there)]
    links = []
    for name in actions_of(module)[:-1]:
        result = ask(ACTIONS[name], module, there)
        told.append(repr(result))
        links += [result.url.rpartition("=")[2]] if result.url else []
    side.echoes()
    for name in actions_of(module):
        result = ask(ACTIONS[name], module, there)
        assert not result.ok, name
        told.append(repr(result))
    told.append(repr(create_once(module, side.asked_for(), PASSWORD)))
    told.append(repr(ask(module.create, side.asked_for(), PASSWORD)))
    told += [repr(call) for call in side.calls]
    told += [record.getMessage() for record in caplog.records]
    told += [str(record.exc_text or "") for record in caplog.records]
    everything = "\n".join(told)
    hidden = [*side.secrets, PASSWORD, OTHER_PASSWORD, *links]
    forms = [form for each in hidden for form in (each, quote_plus(each), json.dumps(each)[1:-1])]
    assert [form for form in forms if form in everything] == []
    assert side.calls
    assert there.username in everything


def test_each_call_is_noted_with_what_was_asked_and_answered(
    side: PanelSide, module: HostingModule
) -> None:
    ordered(side, module)
    assert all(call.status for call in side.calls)
    assert all(call.path.startswith("/") for call in side.calls)
    assert all(PASSWORD not in call.path for call in side.calls)
    assert any("[hidden]" in call.request for call in side.calls)
    side.fails("test", "dead")
    assert ask(ACTIONS["test"], module, side.asked_for()).outcome is ModuleOutcome.SILENT
    assert (side.calls[-1].status, side.calls[-1].answer[:10]) == (0, "no answer ")
