"""Web hosting by Opterius Panel (services-and-provisioning.md 6)."""

from typing import Any, ClassVar
from urllib.parse import quote
from uuid import uuid4

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
)
from commerce.hosting.modules.opterius.client import OpteriusClient
from commerce.hosting.modules.panel import (
    Panel,
    PanelRefusal,
    panel_action,
    remote_id_of,
)
from commerce.kit.remote.http import ProviderSilentError
from commerce.site_settings.adapter_fields import AdapterField

STATES = {"active": AccountState.ON, "suspended": AccountState.OFF}
LIMITS = ("disk_limit_mb", "bandwidth_limit_mb")
"""Options of a product that the panel takes beside its package."""


class OpteriusModule(Panel):
    """The panel gives an account a number. It keeps our key, and does nothing twice for one; it cannot be searched."""

    id: ClassVar[str] = "opterius"
    label: ClassVar[str | Promise] = "Opterius Panel"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "api_token",
            _("API token"),
            help=_("API token of Opterius Panel, which signs each request"),
            required=True,
            secret=True,
        ),
    )
    capabilities: ClassVar[frozenset[ModuleCapability]] = frozenset()
    is_manual: ClassVar[bool] = False
    keeps_key: ClassVar[bool] = True
    default_port: ClassVar[int] = 443

    @property
    def _client(self) -> OpteriusClient:
        return OpteriusClient(self.connection)

    def _look(self, account: Account) -> PanelAccount | None:
        try:
            told = self._client.ask("GET", _path(account.remote_id))
        except PanelRefusal as refusal:
            if refusal.outcome == ModuleOutcome.NOT_FOUND:
                return None
            raise
        return PanelAccount(
            remote_id=remote_id_of(told["id"]),
            username=str(told["username"]),
            state=STATES[told["status"]],
            is_ours=told["external_id"] == account.key,
            domain=str(told["domain"]),
            package=str(told["package"]),
        )

    def _create(self, account: Account, password: str) -> PanelAccount:
        sent: dict[str, Any] = {
            "domain": account.domain,
            "username": account.username,
            "password": password,
            "package": account.package,
            "email": account.email,
            "external_id": account.key,
        }
        sent |= {
            name: _megabytes(account.options[name]) for name in LIMITS if name in account.options
        }
        key = _idempotency_key(account, "create")
        told = self._client.ask(
            "POST",
            "/api/accounts",
            sent,
            key=key,
            hidden=[password],
            conflict=ModuleOutcome.TAKEN,
        )
        return PanelAccount(
            remote_id=remote_id_of(told["id"]),
            username=str(told.get("username") or account.username),
            state=AccountState.ON,
            is_ours=True,
            domain=account.domain,
            package=account.package,
        )

    def _switch(self, found: PanelAccount, account: Account, state: AccountState) -> None:
        """The panel may answer the key of an earlier time with what it said then: look, and ask with a new one."""
        action = "suspend" if state == AccountState.OFF else "unsuspend"
        key = _idempotency_key(account, action)
        for each in (key, f"{key}-{uuid4().hex}"):
            self._client.ask("POST", f"{_path(found.remote_id)}/{action}", key=each)
            again = self._look(account)
            if again is not None and again.state == state:
                return
        raise ProviderSilentError("the panel accepts it, and the account is as before")

    def _remove(self, found: PanelAccount, account: Account) -> None:
        key = _idempotency_key(account, "terminate")
        self._client.ask("DELETE", _path(found.remote_id), key=key)

    @panel_action
    def test(self) -> ModuleResult:
        """Ask for the statistics of the server."""
        told = self._client.ask("GET", "/api/server/stats")
        known = ", ".join(f"{name} {value}" for name, value in list(told.items())[:6])
        return ModuleResult(outcome=ModuleOutcome.OK, message=f"Opterius Panel: {known}")


def _idempotency_key(account: Account, action: str) -> str:
    return f"{account.key}-{action}"


def _path(remote_id: str) -> str:
    return f"/api/accounts/{quote(remote_id, safe='')}"


def _megabytes(value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise PanelRefusal(f"{value} is no number of megabytes.") from error
