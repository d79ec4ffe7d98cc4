"""The module without a panel: every action is a to-do for staff (services-and-provisioning.md 6)."""

from collections.abc import Mapping
from typing import ClassVar

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
from commerce.site_settings.adapter_fields import AdapterField


class ManualModule:
    """Staff do what a panel would, with the data in the to-do."""

    id: ClassVar[str] = "manual"
    label: ClassVar[str | Promise] = _("By hand")
    fields: ClassVar[tuple[AdapterField, ...]] = ()
    capabilities: ClassVar[frozenset[ModuleCapability]] = frozenset(
        {ModuleCapability.CHANGE_PACKAGE}
    )
    is_manual: ClassVar[bool] = True
    default_port: ClassVar[int] = 0

    def __init__(self, connection: PanelConnection) -> None:
        self._server = connection.server

    @classmethod
    def plan_reach(
        cls, now: AccountSize, wanted: AccountSize, settings: Mapping[str, str]
    ) -> PlanReach:
        """Staff do whatever it takes."""
        del now, wanted, settings
        return PlanReach.REACHED

    def create(self, account: Account, password: str) -> ModuleResult:
        """Make the account, then say its user name; the password is whatever they choose."""
        del password
        return self._to_do("Set up", account)

    def find(self, account: Account) -> ModuleResult:
        """Nobody to ask."""
        return self._to_do("Look for", account)

    def info(self, account: Account) -> ModuleResult:
        """Nobody to ask."""
        return self._to_do("Look at", account)

    def suspend(self, account: Account) -> ModuleResult:
        """Switch it off."""
        return self._to_do("Switch off", account)

    def resume(self, account: Account) -> ModuleResult:
        """Switch it on."""
        return self._to_do("Switch on", account)

    def terminate(self, account: Account) -> ModuleResult:
        """Remove it."""
        return self._to_do("Remove", account)

    def change_package(self, account: Account) -> ModuleResult:
        """Give it its new package."""
        return self._to_do("Change the package of", account)

    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Give it a new password."""
        del password
        return self._to_do("Set a new password for", account)

    def login_url(self, account: Account) -> ModuleResult:
        """There is no panel."""
        return self._to_do("Sign in to", account)

    def console_url(self, account: Account) -> ModuleResult:
        """There is no panel."""
        return self._to_do("Open the console of", account)

    def usage(self, account: Account) -> ModuleResult:
        """Nobody to ask."""
        return self._to_do("Look at the usage of", account)

    def list_accounts(self) -> ModuleResult:
        """Nobody to ask."""
        return ModuleResult(outcome=ModuleOutcome.MANUAL, message="List the accounts.")

    def power(self, account: Account, action: PowerAction) -> ModuleResult:
        """Press the button."""
        return self._to_do(action.value.capitalize(), account)

    def reinstall(self, account: Account, password: str) -> ModuleResult:
        """Install it again."""
        del password
        return self._to_do("Reinstall", account)

    def test(self) -> ModuleResult:
        """Nothing to call, so nothing fails."""
        return ModuleResult(outcome=ModuleOutcome.OK)

    def _to_do(self, what: str, account: Account) -> ModuleResult:
        data = {
            "product": account.product,
            "package": account.package,
            "domain": account.domain,
            "server": self._server.name,
            "username": account.username,
            "remote id": account.remote_id,
        }
        known = {name: value for name, value in data.items() if value}
        text = ", ".join(f"{name} {value}" for name, value in known.items())
        service = f"{account.service_id}, {account.label}"
        return ModuleResult(
            outcome=ModuleOutcome.MANUAL,
            message=f"{what} service {service}: {text}.",
            data={"service": service, **known},
        )
