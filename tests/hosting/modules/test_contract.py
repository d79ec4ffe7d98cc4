"""The contract of modules: what each action does at its panel (services-and-provisioning.md 4 and 7). What a panel does
wrong is in ``test_misbehaviour``.
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from commerce.hosting.account_creation import create_once
from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    HostingModule,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    ask,
)
from commerce.hosting.modules.registry import module_class, module_names
from tests.hosting.modules.all_sides import SIDES
from tests.hosting.modules.sides import OTHER_PASSWORD, PASSWORD, PanelSide

type Action = Callable[[HostingModule, Account], ModuleResult]

ACTIONS: dict[str, Action] = {
    "suspend": lambda module, account: module.suspend(account),
    "resume": lambda module, account: module.resume(account),
    "info": lambda module, account: module.info(account),
    "find": lambda module, account: module.find(account),
    "change_package": lambda module, account: module.change_package(account),
    "set_password": lambda module, account: module.set_password(account, OTHER_PASSWORD),
    "login_url": lambda module, account: module.login_url(account),
    "usage": lambda module, account: module.usage(account),
    "list_accounts": lambda module, _: module.list_accounts(),
    "test": lambda module, _: module.test(),
    "terminate": lambda module, account: module.terminate(account),
}
"""All that is done with an account that exists; the last one ends it."""

CAPABILITY_OF = {"list_accounts": ModuleCapability.LIST} | {
    each.value: each for each in ModuleCapability
}


def can(module: HostingModule, action: str) -> bool:
    return action not in CAPABILITY_OF or CAPABILITY_OF[action] in module.capabilities


def actions_of(module: HostingModule) -> list[str]:
    return [name for name in ACTIONS if can(module, name)]


def ordered(side: PanelSide, module: HostingModule) -> Account:
    """An account that was made, as its service knows it from then on."""
    wanted = side.asked_for()
    made = create_once(module, wanted, PASSWORD)
    assert made.ok, made
    assert made.account is not None
    return replace(wanted, remote_id=made.account.remote_id, username=made.account.username)


def test_each_module_with_a_panel_is_tried_here() -> None:
    """But those that another test has registered."""
    found = {name: module_class(name) for name in module_names()}
    ours = {name for name, one in found.items() if one.__module__.startswith("commerce.")}
    assert {name for name in ours if not found[name].is_manual} == SIDES.keys()


def test_an_account_is_made_with_all_that_was_ordered(
    side: PanelSide, module: HostingModule
) -> None:
    wanted = side.asked_for()
    made = create_once(module, wanted, PASSWORD)
    assert made.outcome is ModuleOutcome.OK
    assert made.account is not None
    assert made.account.remote_id
    assert made.account.is_ours
    assert made.account.state is AccountState.ON
    assert (made.account.domain, made.account.package) == (wanted.domain, wanted.package)
    assert side.state_of(wanted) is AccountState.ON
    assert side.password_of(wanted) == PASSWORD
    assert side.package_of(wanted) == wanted.package


def test_to_create_twice_makes_one_account(side: PanelSide, module: HostingModule) -> None:
    wanted = side.asked_for()
    first = create_once(module, wanted, PASSWORD)
    again = create_once(module, wanted, PASSWORD)
    assert again.ok
    assert again.account is not None
    assert first.account is not None
    assert again.account.remote_id == first.account.remote_id
    assert side.number() == 1


def test_to_create_what_is_known_looks_only(side: PanelSide, module: HostingModule) -> None:
    there = ordered(side, module)
    assert create_once(module, there, PASSWORD).outcome is ModuleOutcome.ALREADY
    assert side.number() == 1


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_an_account_whose_reply_was_lost_is_adopted(
    side: PanelSide, module: HostingModule, kind: str
) -> None:
    wanted = side.asked_for()
    side.fails("create", kind)
    lost = create_once(module, wanted, PASSWORD)
    assert lost.outcome in (ModuleOutcome.SILENT, ModuleOutcome.RETRY, ModuleOutcome.MOVED)
    again = create_once(module, wanted, PASSWORD)
    assert again.ok, again
    assert again.account is not None
    assert again.account.is_ours
    assert side.number() == 1
    assert side.password_of(wanted) == PASSWORD


def test_an_account_that_was_never_made_is_made_by_the_next_try(
    side: PanelSide, module: HostingModule
) -> None:
    wanted = side.asked_for()
    side.fails("create", "dead")
    assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.SILENT
    assert create_once(module, wanted, PASSWORD).ok
    assert side.number() == 1


def test_somebody_elses_account_is_never_taken_for_ours(
    side: PanelSide, module: HostingModule
) -> None:
    if not side.names_are_unique:
        pytest.skip("this panel gives each account a number")
    wanted = side.asked_for()
    side.hold_strangers(wanted)
    before = side.password_of(wanted)
    for _twice in range(2):
        assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.TAKEN
    assert side.number() == 1
    assert side.password_of(wanted) == before


def test_each_action_succeeds_as_often_as_it_is_asked(
    side: PanelSide, module: HostingModule
) -> None:
    there = ordered(side, module)
    for name in actions_of(module):
        for _time in range(3):
            result = ask(ACTIONS[name], module, there)
            assert result.ok, (name, result)
    assert side.state_of(there) is None


def test_what_a_panel_cannot_do_is_not_asked(side: PanelSide, module: HostingModule) -> None:
    there = ordered(side, module)
    before = len(side.calls)
    for name in set(ACTIONS) - set(actions_of(module)):
        if name != "find":
            assert ask(ACTIONS[name], module, there).outcome is ModuleOutcome.REFUSED, name
    assert len(side.calls) == before


def test_an_account_is_switched_off_and_on_again(side: PanelSide, module: HostingModule) -> None:
    there = ordered(side, module)
    for _round in range(2):
        assert module.suspend(there).outcome is ModuleOutcome.OK
        assert side.state_of(there) is AccountState.OFF
        assert told_state(module, there) is AccountState.OFF
        assert module.suspend(there).outcome is ModuleOutcome.ALREADY
        assert side.state_of(there) is AccountState.OFF
        assert module.resume(there).outcome is ModuleOutcome.OK
        assert side.state_of(there) is AccountState.ON
        assert module.resume(there).outcome is ModuleOutcome.ALREADY
        assert told_state(module, there) is AccountState.ON


def told_state(module: HostingModule, account: Account) -> AccountState:
    told = module.info(account).account
    assert told is not None
    return told.state


def test_a_removed_account_is_gone_and_stays_so(side: PanelSide, module: HostingModule) -> None:
    there = ordered(side, module)
    assert module.terminate(there).outcome is ModuleOutcome.OK
    assert side.number() == 0
    assert module.terminate(there).outcome is ModuleOutcome.ALREADY
    assert module.info(there).outcome is ModuleOutcome.NOT_FOUND
    assert module.suspend(there).outcome is ModuleOutcome.NOT_FOUND
    assert module.resume(there).outcome is ModuleOutcome.NOT_FOUND


def test_to_remove_what_never_was_is_a_success(side: PanelSide, module: HostingModule) -> None:
    there = ordered(side, module)
    assert module.terminate(there).ok
    nothing = replace(there, username="neverwas", domain="never.example")
    assert module.terminate(nothing).outcome is ModuleOutcome.ALREADY


def test_an_account_that_was_made_anew_is_another_one(
    side: PanelSide, module: HostingModule
) -> None:
    """After its end, the same order of somebody else, with another key, has an account of its own."""
    there = ordered(side, module)
    assert module.terminate(there).ok
    fresh = replace(side.asked_for(), key="another-key-of-another-service")
    assert create_once(module, fresh, PASSWORD).outcome is ModuleOutcome.OK
    assert side.number() == 1


def test_the_package_is_changed(side: PanelSide, module: HostingModule) -> None:
    if not can(module, "change_package"):
        pytest.skip("this panel cannot")
    there = replace(ordered(side, module), package=side.other_package)
    assert module.change_package(there).outcome is ModuleOutcome.OK
    assert side.package_of(there) == side.other_package
    told = module.info(there).account
    assert told is not None
    assert told.package == side.other_package
    unknown = replace(there, package="Nonexistent")
    assert module.change_package(unknown).outcome is ModuleOutcome.REFUSED
    assert side.package_of(there) == side.other_package


def test_an_unknown_package_makes_no_account(side: PanelSide, module: HostingModule) -> None:
    wanted = replace(side.asked_for(), package="Nonexistent")
    result = create_once(module, wanted, PASSWORD)
    assert result.outcome is ModuleOutcome.REFUSED
    assert result.message
    assert side.number() == 0
    assert create_once(module, side.asked_for(), PASSWORD).ok


def test_the_password_is_replaced(side: PanelSide, module: HostingModule) -> None:
    if not can(module, "set_password"):
        pytest.skip("this panel cannot")
    there = ordered(side, module)
    assert module.set_password(there, OTHER_PASSWORD).ok
    assert side.password_of(there) == OTHER_PASSWORD


def test_a_link_signs_its_user_in_at_the_server(side: PanelSide, module: HostingModule) -> None:
    if not can(module, "login_url"):
        pytest.skip("this panel cannot")
    there = ordered(side, module)
    links = [module.login_url(there).url for _twice in range(2)]
    assert len(set(links)) == 2
    for url in links:
        parts = urlsplit(url)
        assert (parts.scheme, parts.hostname) == ("https", "127.0.0.1")
        assert side.signs_in(url) == there.username


def test_usage_is_told_with_its_limits(side: PanelSide, module: HostingModule) -> None:
    if not can(module, "usage"):
        pytest.skip("this panel cannot")
    there = ordered(side, module)
    figures = module.usage(there).usage
    assert figures
    assert len({each.kind for each in figures}) == len(figures)
    for each in figures:
        assert each.used >= 0
        assert each.limit is None or each.limit > 0


def test_all_accounts_are_listed(side: PanelSide, module: HostingModule) -> None:
    if not can(module, "list_accounts"):
        pytest.skip("this panel cannot")
    assert list(module.list_accounts().accounts) == []
    there = ordered(side, module)
    assert module.suspend(there).ok
    [found] = module.list_accounts().accounts
    assert (found.remote_id, found.username) == (there.remote_id, there.username)
    assert (found.domain, found.package) == (there.domain, there.package)
    assert found.state is AccountState.OFF


def test_the_test_says_who_answered(module: HostingModule) -> None:
    result = module.test()
    assert result.ok
    assert result.message
