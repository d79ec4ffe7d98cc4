"""Web hosting by DirectAdmin (services-and-provisioning.md 6)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from socket import SOCK_STREAM, getaddrinfo
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
    UsageFigure,
    UsageKind,
)
from commerce.hosting.modules.directadmin.client import DirectAdminClient, part
from commerce.hosting.modules.panel import (
    Panel,
    PanelRefusal,
    at_server,
    panel_act,
    panel_action,
    remote_id_of,
)
from commerce.kit import clock
from commerce.site_settings.adapter_fields import AdapterField

LINK_LIFE = timedelta(minutes=5)
ZONES_DIFFER = timedelta(hours=26)
"""The panel tells when an account was made in a time zone that it does not name."""

USAGE = {
    "quotaBytes": UsageKind.DISK,
    "bandwidthBytes": UsageKind.TRAFFIC,
    "emailAccounts": UsageKind.MAILBOXES,
    "mySqlDatabases": UsageKind.DATABASES,
}


class DirectAdminModule(Panel):
    """A user of DirectAdmin is named by its username. There is no place for our key: a user is ours if we are its
    creator, its domain and email are those asked for, and it was not made before.
    """

    id: ClassVar[str] = "directadmin"
    label: ClassVar[str | Promise] = "DirectAdmin"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "username",
            _("Username"),
            help=_("Admin or reseller that owns the login key"),
            required=True,
        ),
        AdapterField(
            "login_key",
            _("Login key"),
            help=_("Login key from DirectAdmin, under Account Manager → Login Keys"),
            required=True,
            secret=True,
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
    default_port: ClassVar[int] = 2222

    @property
    def _client(self) -> DirectAdminClient:
        return DirectAdminClient(self.connection)

    def _look(self, account: Account) -> PanelAccount | None:
        return self._user(account.remote_id, account)

    def _find(self, account: Account) -> PanelAccount | None:
        found = self._user(account.username, account)
        if found is None and account.domain and (owner := self._owner_of(account.domain)):
            found = self._user(owner, account)
        return found

    def _owner_of(self, domain: str) -> str:
        """Empty where the panel doesn't have the domain, which it says as an error."""
        try:
            owners = dict(self._client.lines("CMD_API_DOMAIN_OWNERS", {"domain": domain}))
        except PanelRefusal as refusal:
            if refusal.outcome != ModuleOutcome.REFUSED:
                raise
            return ""
        return owners.get(domain, "")

    def _user(self, username: str, account: Account) -> PanelAccount | None:
        try:
            told = self._client.read(f"/api/users/{part(username)}/config")
        except PanelRefusal as refusal:
            if refusal.outcome == ModuleOutcome.NOT_FOUND:
                return None
            raise
        return PanelAccount(
            remote_id=remote_id_of(told["username"]),
            username=str(told["username"]),
            state=AccountState.OFF if told["suspended"] is True else AccountState.ON,
            is_ours=self._is_ours(told, account),
            domain=str(told["domain"]),
            package=str(told["package"]),
        )

    def _is_ours(self, told: Any, account: Account) -> bool:
        made_at = _instant(str(told["dateCreated"]))
        return (
            told["username"] == account.username
            and told["creator"] == self.settings["username"]
            and str(told["domain"]).lower() == account.domain.lower()
            and str(told["email"]).lower() == account.email.lower()
            and (made_at is None or made_at >= account.first_tried_at - ZONES_DIFFER)
        )

    def _create(self, account: Account, password: str) -> PanelAccount:
        addresses = [value for _, value in self._client.lines("CMD_API_SHOW_RESELLER_IPS")]
        if not addresses:
            raise PanelRefusal("The panel has no IP address for new accounts.")
        sent = {
            "action": "create",
            "add": "Submit",
            "username": account.username,
            "email": account.email,
            "passwd": password,
            "passwd2": password,
            "domain": account.domain,
            "package": account.package,
            "ip": addresses[0],
            "notify": "no",
        }
        self._client.command("CMD_API_ACCOUNT_USER", sent, hidden=[password])
        return PanelAccount(
            remote_id=account.username,
            username=account.username,
            state=AccountState.ON,
            is_ours=True,
            domain=account.domain,
            package=account.package,
        )

    def _switch(self, found: PanelAccount, account: Account, state: AccountState) -> None:
        wanted = "Suspend" if state == AccountState.OFF else "Unsuspend"
        sent = {"location": "CMD_SELECT_USERS", "suspend": wanted, "select0": found.username}
        self._client.command("CMD_API_SELECT_USERS", sent)

    def _remove(self, found: PanelAccount, account: Account) -> None:
        sent = {"confirmed": "Confirm", "delete": "yes", "select0": found.username}
        self._client.command("CMD_API_SELECT_USERS", sent)

    @panel_act
    def change_package(self, account: Account) -> ModuleResult:
        """Give the user another package."""
        found = self._existing(account)
        if found.package == account.package:
            return ModuleResult(outcome=ModuleOutcome.ALREADY, account=found)
        sent = {"action": "package", "user": found.username, "package": account.package}
        self._client.command("CMD_API_MODIFY_USER", sent)
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Replace the password of the user."""
        found = self._owned(account)
        sent = {"username": found.username, "passwd": password, "passwd2": password}
        self._client.command("CMD_API_USER_PASSWD", sent, hidden=[password])
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def login_url(self, account: Account) -> ModuleResult:
        """A link for one sign-in within the next minutes, from the network of whoever asked for it where that is known;
        nobody's password is asked for.
        """
        found = self._owned(account)
        expires = (clock.now() + LINK_LIFE).astimezone(UTC)
        wanted = {
            "allowNetworks": self._networks_of(account.client_address),
            "currentPassword": "",
            "expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        }
        told = self._client.write("/api/login-keys/urls", wanted, as_user=found.username)
        return ModuleResult(
            outcome=ModuleOutcome.OK, url=at_server(str(told["url"]), self.connection)
        )

    def _networks_of(self, client_address: str) -> list[str]:
        server = self.connection.server
        try:
            found = getaddrinfo(server.hostname, server.port, type=SOCK_STREAM)
        except OSError:
            return []
        return link_networks(client_address, [str(each[4][0]) for each in found])

    @panel_action
    def usage(self, account: Account) -> ModuleResult:
        """Disk, traffic of this month, mailboxes and databases."""
        found = self._existing(account)
        told = self._client.read(f"/api/users/{part(found.username)}/usage")
        figures = [_figure(kind, told[name]) for name, kind in USAGE.items() if name in told]
        return ModuleResult(outcome=ModuleOutcome.OK, usage=figures)

    @panel_action
    def list_accounts(self) -> ModuleResult:
        """All users that ours may see."""
        rows = self._client.rows("CMD_API_ALL_USER_USAGE")
        accounts = [
            PanelAccount(
                remote_id=username,
                username=username,
                state=AccountState.ON if row["suspended"] == "No" else AccountState.OFF,
                is_ours=False,
                domain=row.get("default", ""),
                package=row.get("package", ""),
            )
            for username, row in rows.items()
        ]
        return ModuleResult(outcome=ModuleOutcome.OK, accounts=accounts)

    @panel_action
    def test(self) -> ModuleResult:
        """Ask whether username and login key are right."""
        self._client.command("CMD_API_LOGIN_TEST", {})
        return ModuleResult(outcome=ModuleOutcome.OK, message="DirectAdmin accepts the login key.")


def link_networks(client_address: str, panel_addresses: Iterable[str]) -> list[str]:
    """The network for which a link is to hold: that of the person who asked for it, if their browser is sure to come to
    the panel from it; otherwise none, which is any.

    Whoever reaches us over IPv6 comes to a panel that has IPv4 alone from another address, and whoever reaches us over
    IPv4 may come to one that has both over IPv6.
    """
    try:
        client = ip_address(client_address)
        versions = {ip_address(address.partition("%")[0]).version for address in panel_addresses}
    except ValueError:
        return []
    if client.version not in versions or (client.version == 4 and 6 in versions):
        return []
    return [str(ip_network(f"{client}/{32 if client.version == 4 else 64}", strict=False))]


def _figure(kind: UsageKind, told: Any) -> UsageFigure:
    """``usage`` and ``limit``, which counts for nothing where it is ``unlimited``, absent or negative."""
    limit = None if told.get("unlimited") is True else told.get("limit")
    return UsageFigure(
        kind, int(told["usage"]), int(limit) if limit is not None and limit >= 0 else None
    )


def _instant(text: str) -> datetime | None:
    """When an account was made, as if the panel's clock were in UTC; None for another form."""
    try:
        return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
