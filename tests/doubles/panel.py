"""A control panel for tests, where the network would be: it keeps accounts and does as it is told."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from commerce.catalog.models import Product
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.models import Server, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
    PowerAction,
    UsageFigure,
    UsageKind,
)
from commerce.hosting.modules.manual.module import ManualModule
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.adapter_fields import AdapterField
from tests import make

NAME = "fake"


class FakePanel:
    """What the module `fake` talks to, on whichever server; ``says`` sets what every call answers from then on.

    ``remote`` has the accounts by the keys of their services, ``accounts`` their states: on, off or gone. About those
    in ``silent`` alone it says nothing. ``meanwhile`` happens during an act or a list.
    """

    id = NAME

    def __init__(self) -> None:
        self.remote: dict[str, PanelAccount] = {}
        self.accounts: dict[str, str] = {}
        self.dropped: set[str] = set()
        self.silent: set[str] = set()
        self.passwords: dict[str, str] = {}
        self.calls: list[str] = []
        self.meanwhile: Callable[[], object] | None = None
        self.usage: tuple[UsageFigure, ...] = (UsageFigure(UsageKind.DISK, 1_000, 4_000),)
        self.url = ""
        self.answer = ModuleResult(outcome=ModuleOutcome.OK)
        self.module: type[FakeModule] = type("OwnFakeModule", (FakeModule,), {"panel": self})

    def says(self, outcome: ModuleOutcome, message: str = "") -> None:
        self.answer = ModuleResult(outcome=outcome, message=message)

    def keep(
        self, service: Service, state: AccountState = AccountState.ON, package: str = ""
    ) -> None:
        """Have an account as if somebody had made it so at the panel itself."""
        self.remote[service.provisioning_key] = PanelAccount(
            remote_id=service.remote_id,
            username=service.username,
            state=state,
            is_ours=True,
            domain=service.domain,
            package=package,
        )

    def drop(self, service: Service) -> None:
        """Have none any more, whoever removed it."""
        self.remote.pop(service.provisioning_key, None)
        self.dropped.add(service.provisioning_key)

    def install(self) -> Server:
        """Make its module known, and a server that has it."""
        registry.register_module(self.module)
        return make.make_server(module=NAME)


def put_on_panel(service: Service) -> None:
    """Let the products be provided by the panel; a service that runs has its account there."""
    Product.objects.update(module=NAME)
    if service.status in RUNNING_SERVICE_STATUSES:
        set_service_account(
            service=service,
            server=Server.objects.filter(module=NAME).first(),
            username=f"user{service.pk}",
            remote_id=f"own{service.pk}",
            reason="put there",
            ctx=Context(service.changed_at, SYSTEM),
        )
    service.refresh_from_db()


class FakeModule(ManualModule):
    """The module of a ``FakePanel``."""

    id: ClassVar[str] = NAME
    label: ClassVar[str] = "Fake panel"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField("username", "Username", required=True, default="admin"),
        AdapterField("api_token", "API token", secret=True),
    )
    capabilities: ClassVar[frozenset[ModuleCapability]] = frozenset(ModuleCapability)
    is_manual: ClassVar[bool] = False
    default_port: ClassVar[int] = 2087
    panel: ClassVar[FakePanel]

    def __init__(self, connection: PanelConnection) -> None:
        super().__init__(connection)
        self.server = connection.server

    def create(self, account: Account, password: str) -> ModuleResult:
        self.panel.passwords[account.key] = password
        return self._set(account, "create", "on")

    def find(self, account: Account) -> ModuleResult:
        return self._read(account)

    def info(self, account: Account) -> ModuleResult:
        return self._read(account)

    def suspend(self, account: Account) -> ModuleResult:
        return self._set(account, "suspend", "off")

    def resume(self, account: Account) -> ModuleResult:
        return self._set(account, "resume", "on")

    def terminate(self, account: Account) -> ModuleResult:
        return self._set(account, "terminate", "gone")

    def change_package(self, account: Account) -> ModuleResult:
        return self._set(account, "change_package", self.panel.accounts.get(account.key, "on"))

    def set_password(self, account: Account, password: str) -> ModuleResult:
        self.panel.passwords[account.key] = password
        return self._set(account, "set_password", self.panel.accounts.get(account.key, "on"))

    def login_url(self, account: Account) -> ModuleResult:
        return self._link("login_url")

    def console_url(self, account: Account) -> ModuleResult:
        return self._link("console_url")

    def usage(self, account: Account) -> ModuleResult:
        if account.key in self.panel.silent:
            return ModuleResult(outcome=ModuleOutcome.SILENT)
        if not self.panel.answer.ok:
            return self.panel.answer
        return ModuleResult(outcome=ModuleOutcome.OK, usage=self.panel.usage)

    def list_accounts(self) -> ModuleResult:
        if not self.panel.answer.ok:
            return self.panel.answer
        listed = tuple(self.panel.remote.values())
        if self.panel.meanwhile is not None:
            self.panel.meanwhile()
        return ModuleResult(outcome=ModuleOutcome.OK, accounts=listed)

    def power(self, account: Account, action: PowerAction) -> ModuleResult:
        return self._set(account, action.value, self.panel.accounts.get(account.key, "on"))

    def reinstall(self, account: Account, password: str) -> ModuleResult:
        self.panel.passwords[account.key] = password
        return self._set(account, "reinstall", "on")

    def test(self) -> ModuleResult:
        return self.panel.answer

    def _link(self, call: str) -> ModuleResult:
        self.panel.calls.append(call)
        url = self.panel.url or f"https://{self.server.hostname}:2087/session"
        return ModuleResult(outcome=self.panel.answer.outcome, url=url)

    def _read(self, account: Account) -> ModuleResult:
        """What is there; a panel that refuses to act can still be read."""
        if found := self.panel.remote.get(account.key):
            return ModuleResult(outcome=ModuleOutcome.OK, account=found)
        if account.remote_id and account.key not in self.panel.dropped:  # made by the test itself
            return ModuleResult(outcome=ModuleOutcome.OK, account=_account(account, "on"))
        return ModuleResult(outcome=ModuleOutcome.NOT_FOUND)

    def _set(self, account: Account, call: str, state: str) -> ModuleResult:
        panel = self.panel
        panel.calls.append(call)
        if panel.meanwhile is not None:
            panel.meanwhile()
        if panel.answer.outcome is not ModuleOutcome.OK:
            text = panel.answer.message or f"{call} did not work"
            return replace(panel.answer, message=text)
        panel.accounts[account.key] = state
        if state == "gone":
            panel.remote.pop(account.key, None)
            return ModuleResult(outcome=ModuleOutcome.OK)
        number = list(panel.accounts).index(account.key) + 1
        made = _account(account, state, remote_id=account.remote_id or str(number))
        panel.remote[account.key] = made
        return ModuleResult(outcome=ModuleOutcome.OK, account=made)


def _account(account: Account, state: str, remote_id: str = "") -> PanelAccount:
    return PanelAccount(
        remote_id=remote_id or account.remote_id,
        username=account.username,
        state=AccountState.OFF if state == "off" else AccountState.ON,
        is_ours=True,
        domain=account.domain,
        package=account.package,
    )
