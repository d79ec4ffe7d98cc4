"""The modules "Sandbox": panels in this process, for the demo alone. Nothing that they do is real.

One sells web hosting, the other virtual machines. Each does all that a panel of its kind can do, remembers it in
``hosting/sandbox/``, and shows it on pages of the demo, so that each thing that can happen to an account can be tried.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import (
    Account,
    AccountSize,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PlanReach,
    PowerAction,
)
from commerce.hosting.sandbox.panel import (
    SandboxAccount,
    SandboxPanel,
    as_panel_account,
    new_account_id,
    open_panel,
)
from commerce.hosting.sandbox.usage import PACKAGES, usage_of
from commerce.kit import clock
from commerce.kit.remote.calls import CallNote
from commerce.kit.remote.http import NoAnswerError
from commerce.site_settings.adapter_fields import AdapterField

MACHINE_TAKES = timedelta(seconds=8)
"""How long a machine is being made or installed."""

_WORDS = {"ok": 200, "already": 200, "under_way": 202, "not_found": 404, "taken": 409}

_OFF = ("", "off", "no", "false", "0")

type _Answer = Callable[[SandboxPanel], ModuleResult]


class SandboxModule:
    """Web hosting: accounts that exist at once."""

    id: ClassVar[str] = "sandbox"
    label: ClassVar[str | Promise] = _("Sandbox")
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "outage",
            _("Outage"),
            kind="switch",
            help=_("Leave every call unanswered, as if the server were down."),
            is_of_account=False,
        ),
    )
    capabilities: ClassVar[frozenset[ModuleCapability]] = frozenset(
        {
            ModuleCapability.FIND,
            ModuleCapability.LIST,
            ModuleCapability.CHANGE_PACKAGE,
            ModuleCapability.SET_PASSWORD,
            ModuleCapability.LOGIN_URL,
            ModuleCapability.USAGE,
        }
    )
    is_manual: ClassVar[bool] = False
    default_port: ClassVar[int] = 443
    is_machine: ClassVar[bool] = False

    def __init__(self, connection: PanelConnection) -> None:
        self.connection, self.server = connection, connection.server

    @classmethod
    def plan_reach(
        cls, now: AccountSize, wanted: AccountSize, settings: Mapping[str, str]
    ) -> PlanReach:
        """Every package of its list."""
        del now, wanted, settings
        return PlanReach.REACHED

    def create(self, account: Account, password: str) -> ModuleResult:
        def create(panel: SandboxPanel) -> ModuleResult:
            if found := self._ours(panel, account):
                return self._arrived(found, ModuleOutcome.ALREADY)
            if self._of_username(panel, account):
                return _said(ModuleOutcome.TAKEN, f"The username {account.username} is taken.")
            if refusal := _package_refusal(account.package):
                return refusal
            made = SandboxAccount(
                id=new_account_id(),
                server=self.server.id,
                server_name=self.server.name,
                key=account.key,
                username=account.username,
                domain=account.domain,
                package=account.package,
                email=account.email,
                created_at=clock.now(),
                is_machine=self.is_machine,
                installed_at=clock.now() if self.is_machine else None,
            )
            made.set_password(password)
            panel.save(made)
            return self._arrived(made, ModuleOutcome.OK)

        return self._call("create", account, create)

    def find(self, account: Account) -> ModuleResult:
        def find(panel: SandboxPanel) -> ModuleResult:
            if ours := self._ours(panel, account):
                return self._arrived(ours)
            other = self._of_username(panel, account)
            if other is None:
                return _said(ModuleOutcome.NOT_FOUND, "No such account.")
            known = as_panel_account(other, account.key)
            return ModuleResult(outcome=ModuleOutcome.OK, account=known)

        return self._call("find", account, find)

    def info(self, account: Account) -> ModuleResult:
        return self._of_account("info", account, self._arrived)

    def suspend(self, account: Account) -> ModuleResult:
        return self._of_account("suspend", account, partial(_changed, is_suspended=True))

    def resume(self, account: Account) -> ModuleResult:
        return self._of_account("unsuspend", account, partial(_changed, is_suspended=False))

    def terminate(self, account: Account) -> ModuleResult:
        def terminate(panel: SandboxPanel) -> ModuleResult:
            found = panel.account(account.remote_id)
            if found is None:
                return _said(ModuleOutcome.ALREADY, "The account is gone.")
            panel.delete(found)
            return _said(ModuleOutcome.OK, "The account was removed.")

        return self._call("terminate", account, terminate)

    def change_package(self, account: Account) -> ModuleResult:
        if refusal := _package_refusal(account.package):
            return refusal
        change = partial(_changed, package=account.package)
        return self._of_account("change-package", account, change)

    def set_password(self, account: Account, password: str) -> ModuleResult:
        def change(found: SandboxAccount) -> ModuleResult:
            found.set_password(password)
            return _said(ModuleOutcome.OK, "The password was set.")

        return self._of_account("set-password", account, change)

    def login_url(self, account: Account) -> ModuleResult:
        def sign_in(panel: SandboxPanel) -> ModuleResult:
            found = panel.account(account.remote_id)
            if found is None:
                return _said(ModuleOutcome.NOT_FOUND, "No such account.")
            url = f"{django_settings.COMMERCE_URL}/sandbox/session/{panel.new_link(found)}"
            return ModuleResult(outcome=ModuleOutcome.OK, url=url)

        return self._call("session", account, sign_in)

    def console_url(self, account: Account) -> ModuleResult:
        return self.login_url(account)

    def usage(self, account: Account) -> ModuleResult:
        def figures(found: SandboxAccount) -> ModuleResult:
            return ModuleResult(outcome=ModuleOutcome.OK, usage=usage_of(found, clock.now()))

        return self._of_account("usage", account, figures)

    def list_accounts(self) -> ModuleResult:
        def listed(panel: SandboxPanel) -> ModuleResult:
            found = panel.of_server(self.server.id)
            return ModuleResult(
                outcome=ModuleOutcome.OK,
                accounts=[as_panel_account(one, one.key) for one in found],
            )

        return self._call("accounts", None, listed)

    def power(self, account: Account, action: PowerAction) -> ModuleResult:
        def switch(found: SandboxAccount) -> ModuleResult:
            if action == PowerAction.REBOOT:
                return _said(ModuleOutcome.OK, "Restarted.")
            return _changed(found, is_running=action == PowerAction.START)

        return self._of_account(action.value, account, switch)

    def reinstall(self, account: Account, password: str) -> ModuleResult:
        def reinstall(found: SandboxAccount) -> ModuleResult:
            if not account.progress:
                found.installed_at, found.is_running = clock.now(), True
                found.set_password(password)
            return self._arrived(found)

        return self._of_account("reinstall", account, reinstall)

    def test(self) -> ModuleResult:
        count = "{} accounts on {}."
        return self._call(
            "test",
            None,
            lambda panel: _said(
                ModuleOutcome.OK,
                count.format(len(panel.of_server(self.server.id)), self.server.name),
            ),
        )

    def _ours(self, panel: SandboxPanel, account: Account) -> SandboxAccount | None:
        """The account of our key on this server."""
        found = [one for one in panel.of_server(self.server.id) if one.key == account.key]
        return found[0] if found else None

    def _of_username(self, panel: SandboxPanel, account: Account) -> SandboxAccount | None:
        """Who has the username on this server."""
        found = [one for one in panel.of_username(account.username) if one.server == self.server.id]
        return found[0] if found else None

    def _arrived(
        self, found: SandboxAccount, outcome: ModuleOutcome = ModuleOutcome.OK
    ) -> ModuleResult:
        """The account, once it is there: a machine takes a moment."""
        since = found.installed_at
        if since is not None and clock.now() < since + MACHINE_TAKES:
            return ModuleResult(
                outcome=ModuleOutcome.UNDER_WAY,
                message="The machine is being installed.",
                data={"task": found.id},
            )
        return ModuleResult(outcome=outcome, account=as_panel_account(found, found.key))

    def _of_account(
        self, act: str, account: Account, answer: Callable[[SandboxAccount], ModuleResult]
    ) -> ModuleResult:
        """What is done with an account that has to be there."""

        def found_first(panel: SandboxPanel) -> ModuleResult:
            found = panel.account(account.remote_id)
            if found is None:
                return _said(ModuleOutcome.NOT_FOUND, "No such account.")
            result = answer(found)
            panel.save(found)
            return result

        return self._call(act, account, found_first)

    def _call(self, act: str, account: Account | None, answer: _Answer) -> ModuleResult:
        """One call, noted as those of real panels are; none is answered during an outage, or outside of a demo."""
        at = clock.now()
        result: ModuleResult | None = None
        try:
            if not django_settings.COMMERCE_DEMO:
                raise NoAnswerError("the sandbox is only available in a demo")
            if self.server.settings.get("outage", "").lower() not in _OFF:
                raise NoAnswerError("the sandbox doesn't answer")
            with open_panel() as panel:
                result = answer(panel)
            return result
        except sqlite3.Error as error:
            raise NoAnswerError(f"no answer: {error}") from error
        finally:
            status = _WORDS.get(result.outcome, 422) if result else 0
            told = _told(result) if result else ""
            took = int((clock.now() - at).total_seconds() * 1000)
            asked = _asked(account) if account else ""
            self.connection.note(CallNote(at, "POST", f"/{act}", asked, status, told, took))


class SandboxMachines(SandboxModule):
    """Virtual machines: they take a moment, and can be started, stopped, looked at and installed anew."""

    id: ClassVar[str] = "sandbox_vm"
    label: ClassVar[str | Promise] = _("Sandbox, virtual machines")
    capabilities: ClassVar[frozenset[ModuleCapability]] = (
        SandboxModule.capabilities - {ModuleCapability.LOGIN_URL}
    ) | {ModuleCapability.POWER, ModuleCapability.CONSOLE, ModuleCapability.REINSTALL}
    is_machine: ClassVar[bool] = True


def _changed(found: SandboxAccount, **wanted: Any) -> ModuleResult:
    """Let the account be so; a state already reached is a success."""
    before = {name: getattr(found, name) for name in wanted}
    for name, value in wanted.items():
        setattr(found, name, value)
    if before == wanted:
        return _said(ModuleOutcome.ALREADY, "It was so before.")
    return _said(ModuleOutcome.OK, "Done.")


def _package_refusal(package: str) -> ModuleResult | None:
    if package in PACKAGES:
        return None
    known = ", ".join(PACKAGES)
    text = f"There is no package {package!r}. The sandbox has: {known}."
    return _said(ModuleOutcome.REFUSED, text)


def _said(outcome: ModuleOutcome, message: str) -> ModuleResult:
    return ModuleResult(outcome=outcome, message=message)


def _asked(account: Account) -> str:
    shown = {
        "id": account.remote_id,
        "external_id": account.key,
        "username": account.username,
        "domain": account.domain,
        "package": account.package,
    }
    return json.dumps({name: value for name, value in shown.items() if value})


def _told(result: ModuleResult) -> str:
    found: Mapping[str, Any] = {
        "outcome": result.outcome,
        "message": result.message,
        "id": result.account.remote_id if result.account else "",
        "usage": {figure.kind.value: figure.used for figure in result.usage},
    }
    return json.dumps({name: value for name, value in found.items() if value})
