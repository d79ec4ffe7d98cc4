"""The modules "Sandbox" of a demo: accounts that are made, changed and removed as at a real panel."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from commerce.hosting.modules.connection import PanelConnection, PanelServer
from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    ModuleOutcome,
    ModuleResult,
    PowerAction,
    ask,
)
from commerce.hosting.modules.sandbox.module import MACHINE_TAKES, SandboxMachines, SandboxModule
from commerce.hosting.sandbox.panel import LINK_LASTS, open_panel
from commerce.kit import clock
from commerce.kit.remote.calls import CallNote
from tests.make.people import AT

WANTED = Account(
    key="k" * 32,
    service_id=7,
    label="Starter hosting",
    domain="acme.example",
    username="acme",
    package="starter",
    email="alice@example.com",
    client_name="Acme",
    product="Starter hosting",
    first_tried_at=AT,
)


@pytest.fixture(autouse=True)
def demo(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.COMMERCE_DEMO, settings.COMMERCE_DATA_DIR = True, tmp_path
    with clock.freeze_time(AT):
        yield


def connection(
    *, server: int = 1, outage: str = "", log: list[CallNote] | None = None
) -> PanelConnection:
    named = PanelServer(
        id=server,
        name=f"web{server}",
        hostname=f"web{server}.example",
        port=443,
        settings={"outage": outage},
    )
    return PanelConnection(named, note=(log if log is not None else []).append)


def made(module: SandboxModule, wanted: Account = WANTED) -> Account:
    answer = module.create(wanted, "first-password")
    assert answer.account is not None, answer
    return replace(wanted, remote_id=answer.account.remote_id)


def test_an_account_is_made_once_for_its_key() -> None:
    module = SandboxModule(connection())
    first, second = (module.create(WANTED, "first-password") for _ in range(2))
    assert (first.outcome, second.outcome) == (ModuleOutcome.OK, ModuleOutcome.ALREADY)
    assert first.account == second.account == module.find(WANTED).account
    listed = module.list_accounts().accounts
    assert [(one.username, one.package, one.is_ours) for one in listed] == [
        ("acme", "starter", True)
    ]


def test_a_username_of_somebody_else_is_taken_at_this_server_only() -> None:
    made(SandboxModule(connection()))
    other = replace(WANTED, key="o" * 32)
    assert SandboxModule(connection()).create(other, "x").outcome == ModuleOutcome.TAKEN
    found = SandboxModule(connection()).find(other).account
    assert found is not None
    assert found.is_ours is False
    assert SandboxModule(connection(server=2)).create(other, "x").outcome == ModuleOutcome.OK


def test_a_package_that_the_panel_lacks_is_refused_with_those_that_it_has() -> None:
    answer = SandboxModule(connection()).create(replace(WANTED, package="bronze"), "x")
    assert answer.outcome == ModuleOutcome.REFUSED
    assert "starter" in answer.message


def test_an_account_goes_off_and_on_changes_its_package_and_ends() -> None:
    module = SandboxModule(connection())
    account = made(module)

    def state() -> tuple[AccountState, str]:
        found = module.info(account).account
        assert found is not None
        return found.state, found.package

    assert module.suspend(account).outcome == ModuleOutcome.OK
    assert module.suspend(account).outcome == ModuleOutcome.ALREADY
    assert state() == (AccountState.OFF, "starter")
    assert module.resume(account).outcome == ModuleOutcome.OK
    assert module.change_package(replace(account, package="business")).ok
    assert state() == (AccountState.ON, "business")
    assert module.terminate(account).outcome == ModuleOutcome.OK
    assert module.terminate(account).outcome == ModuleOutcome.ALREADY
    for act in (module.info, module.suspend, module.login_url, module.usage, module.find):
        assert act(account).outcome == ModuleOutcome.NOT_FOUND


def test_a_password_signs_in_until_another_one_is_set() -> None:
    module = SandboxModule(connection())
    account = made(module)
    with open_panel() as panel:
        assert panel.signed_in("acme", "first-password")
    assert module.set_password(account, "second-password").ok
    with open_panel() as panel:
        assert panel.signed_in("acme", "first-password") is None
        assert panel.signed_in("acme", "second-password")


def test_a_link_signs_in_once_and_not_for_long() -> None:
    module = SandboxModule(connection())
    account = made(module)
    used, late = (module.login_url(account).url.rpartition("/")[2] for _ in range(2))
    with open_panel() as panel:
        found = panel.use_link(used)
        assert found is not None
        assert found.username == "acme"
        assert panel.use_link(used) is None
    with clock.freeze_time(AT + LINK_LASTS + timedelta(seconds=1)), open_panel() as panel:
        assert panel.use_link(late) is None


def test_a_machine_takes_a_moment_and_has_power() -> None:
    module = SandboxMachines(connection())
    wanted = replace(WANTED, package="vps-s")
    assert module.create(wanted, "x").outcome == ModuleOutcome.UNDER_WAY
    assert module.find(wanted).outcome == ModuleOutcome.UNDER_WAY
    with clock.freeze_time(AT + MACHINE_TAKES):
        account = made(module, wanted)

        def power() -> str:
            found = module.info(account).account
            assert found is not None
            return found.details["power"]

        assert power() == "running"
        assert module.power(account, PowerAction.STOP).ok
        assert power() == "stopped"
        assert module.power(account, PowerAction.START).ok
        assert module.power(account, PowerAction.REBOOT).ok
        again = module.reinstall(account, "y")
        assert again.outcome == ModuleOutcome.UNDER_WAY
    with clock.freeze_time(AT + 2 * MACHINE_TAKES):
        on_its_way = replace(account, progress=dict(again.data))
        assert module.reinstall(on_its_way, "y").outcome == ModuleOutcome.OK


def test_usage_grows_and_stays_within_its_limits() -> None:
    module = SandboxModule(connection())
    account = made(module)
    before: dict[str, int] = {}
    for day in (0, 10, 100, 800):
        with clock.freeze_time(AT + timedelta(days=day)):
            figures = module.usage(account).usage
        assert {figure.kind.value for figure in figures} == {"disk", "traffic", "mailboxes"}
        for figure in figures:
            assert 0 <= figure.used <= (figure.limit or figure.used)
        disk = {"disk": figures[0].used}
        assert disk["disk"] > before.get("disk", -1)
        before = disk


def test_calls_are_noted_without_passwords_and_links() -> None:
    log: list[CallNote] = []
    module = SandboxModule(connection(log=log))
    account = made(module)
    token = module.login_url(account).url.rpartition("/")[2]
    module.set_password(account, "second-password")
    assert [call.path for call in log] == ["/create", "/session", "/set-password"]
    text = "".join(f"{call.path}{call.request}{call.answer}" for call in log)
    assert "acme.example" in text
    for secret in ("first-password", "second-password", token):
        assert secret not in text


@pytest.mark.parametrize("is_demo", [True, False])
def test_an_outage_leaves_calls_unanswered_and_so_does_an_installation_that_is_no_demo(
    settings: Settings, *, is_demo: bool
) -> None:
    settings.COMMERCE_DEMO = is_demo
    module = SandboxModule(connection(outage="on" if is_demo else ""))
    answers: list[ModuleResult] = [ask(module.test), ask(module.create, WANTED, "x")]
    assert [answer.outcome for answer in answers] == [ModuleOutcome.SILENT] * 2
