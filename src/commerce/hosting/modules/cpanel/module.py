"""Web hosting by cPanel & WHM (services-and-provisioning.md 6)."""

from datetime import UTC, datetime, timedelta
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
from commerce.hosting.modules.cpanel.client import TAKEN, ask, ask_account
from commerce.hosting.modules.panel import (
    Panel,
    PanelRefusal,
    at_server,
    panel_act,
    panel_action,
    remote_id_of,
)
from commerce.site_settings.adapter_fields import AdapterField

PAGE = 500
"""Accounts that are listed at once: WHM tells about 1.3 KiB of each."""
SUSPENSION_REASON = "Suspended by the billing system"
CLOCKS_DIFFER = timedelta(minutes=2)
"""An account that seems this much older than our first try can still be its work."""

USAGE = {
    "disk_usage": UsageKind.DISK,
    "bandwidth": UsageKind.TRAFFIC,
    "email_accounts": UsageKind.MAILBOXES,
    "mysql_databases": UsageKind.DATABASES,
}


class CpanelModule(Panel):
    """An account at WHM is named by its username. There is no place for our key: an account is ours if username, domain
    and contact email are, and it was not made before we asked for it.
    """

    id: ClassVar[str] = "cpanel"
    label: ClassVar[str | Promise] = "cPanel & WHM"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "username",
            _("Username"),
            help=_("WHM user that owns the API token, such as root or a reseller"),
            required=True,
        ),
        AdapterField(
            "api_token",
            _("API token"),
            help=_("API token from WHM, under Development → Manage API Tokens"),
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
    default_port: ClassVar[int] = 2087

    def _look(self, account: Account) -> PanelAccount | None:
        row = self._summary(user=account.remote_id)
        return row and _panel_account(row, account)

    def _find(self, account: Account) -> PanelAccount | None:
        row = self._summary(user=account.username)
        if row is None and account.domain:
            row = self._summary(domain=account.domain)
        return row and _panel_account(row, account)

    def _summary(self, **by: str) -> Any:
        """The row of the account with this ``user`` or ``domain``, if there is one."""
        try:
            rows = ask(self.connection, "accountsummary", by)["acct"]
        except PanelRefusal as refusal:
            if refusal.outcome == ModuleOutcome.NOT_FOUND:
                return None
            raise
        return rows[0] if rows else None

    def _create(self, account: Account, password: str) -> PanelAccount:
        try:
            ask(
                self.connection,
                "createacct",
                {
                    "username": account.username,
                    "domain": account.domain,
                    "plan": account.package,
                    "contactemail": account.email,
                    "password": password,
                },
                hidden=[password],
            )
        except PanelRefusal as refusal:
            if TAKEN.search(str(refusal)):
                raise PanelRefusal(str(refusal), ModuleOutcome.TAKEN) from refusal
            raise
        return PanelAccount(
            remote_id=account.username,
            username=account.username,
            state=AccountState.ON,
            is_ours=True,
            domain=account.domain,
            package=account.package,
        )

    def _switch(self, found: PanelAccount, account: Account, state: AccountState) -> None:
        if state == AccountState.OFF:
            sent = {"user": found.username, "reason": SUSPENSION_REASON}
            ask(self.connection, "suspendacct", sent)
        else:
            ask(self.connection, "unsuspendacct", {"user": found.username})

    def _remove(self, found: PanelAccount, account: Account) -> None:
        ask(self.connection, "removeacct", {"username": found.username, "keepdns": "0"})

    def _check_gone(self, account: Account) -> None:
        """A reseller is told that an account does not exist where it is another's; whether its name is free, WHM says
        to everybody.
        """
        if not account.remote_id or self._sees_all():
            return
        try:
            ask(self.connection, "verify_new_username", {"user": account.remote_id})
        except PanelRefusal as refusal:
            if refusal.outcome != ModuleOutcome.REFUSED:
                raise
            owner = self.settings["username"]
            raise PanelRefusal(
                f"WHM has no account {account.remote_id} of {owner}, and its name is not free: it may be another"
                f" reseller's. ({refusal})"
            ) from refusal

    def _sees_all(self) -> bool:
        """Whether the token's user sees the accounts of all resellers."""
        told = ask(self.connection, "myprivs")["privileges"]
        rights = told[0] if isinstance(told, list) else told
        return bool(int(rights.get("all") or 0))

    @panel_act
    def change_package(self, account: Account) -> ModuleResult:
        """Give the account another package of WHM."""
        found = self._existing(account)
        if found.package == account.package:
            return ModuleResult(outcome=ModuleOutcome.ALREADY, account=found)
        sent = {"user": found.username, "pkg": account.package}
        ask(self.connection, "changepackage", sent)
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Replace the password of the account, for all of its services."""
        found = self._owned(account)
        sent = {"user": found.username, "password": password}
        ask(self.connection, "passwd", sent, hidden=[password])
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def login_url(self, account: Account) -> ModuleResult:
        """A session of the user's own panel, which ends after 15 minutes without use."""
        found = self._owned(account)
        sent = {"user": found.username, "service": "cpaneld"}
        data = ask(self.connection, "create_user_session", sent, hides_answer=True)
        return ModuleResult(
            outcome=ModuleOutcome.OK, url=at_server(str(data["url"]), self.connection)
        )

    @panel_action
    def usage(self, account: Account) -> ModuleResult:
        """Disk, traffic of this month, mailboxes and databases."""
        found = self._existing(account)
        rows = ask_account(self.connection, found.username, "ResourceUsage", "get_usages")
        figures = [
            UsageFigure(
                USAGE[row["id"]],
                int(row["usage"] or 0),
                None if row["maximum"] is None else int(row["maximum"]),
            )
            for row in rows
            if row["id"] in USAGE
        ]
        return ModuleResult(outcome=ModuleOutcome.OK, usage=figures)

    @panel_action
    def list_accounts(self) -> ModuleResult:
        """All accounts that the user of the token may see, page by page."""
        found: dict[str, PanelAccount] = {}
        while True:
            rows = self._page(len(found) + 1)
            new = [
                each for row in rows if (each := _panel_account(row, None)).remote_id not in found
            ]
            found |= {each.remote_id: each for each in new}
            if len(rows) != PAGE or not new:
                return ModuleResult(outcome=ModuleOutcome.OK, accounts=list(found.values()))

    def _page(self, first: int) -> Any:
        """Some rows from the ``first`` on; all of them from a release that knows no pages."""
        sent = {
            "api.sort.enable": "1",
            "api.sort.a.field": "user",
            "api.chunk.enable": "1",
            "api.chunk.start": str(first),
            "api.chunk.size": str(PAGE),
        }
        return ask(self.connection, "listaccts", sent)["acct"]

    @panel_action
    def test(self) -> ModuleResult:
        """The version, and whose accounts the user of the token sees."""
        version = ask(self.connection, "version")["version"]
        owner = self.settings["username"]
        seen = "all accounts" if self._sees_all() else f"the accounts of {owner} alone"
        return ModuleResult(
            outcome=ModuleOutcome.OK, message=f"cPanel & WHM {version}; the token sees {seen}."
        )


def _panel_account(row: Any, account: Account | None) -> PanelAccount:
    """A row of ``accountsummary`` or ``listaccts``. Whose one is that nobody asked for is not known."""
    return PanelAccount(
        remote_id=remote_id_of(row["user"]),
        username=str(row["user"]),
        state=AccountState.OFF if int(row["suspended"]) else AccountState.ON,
        is_ours=account is not None and _is_ours(row, account),
        domain=str(row["domain"]),
        package=str(row["plan"]),
    )


def _is_ours(row: Any, account: Account) -> bool:
    same = (
        row["user"] == account.username
        and str(row["domain"]).lower() == account.domain.lower()
        and str(row["email"]).lower() == account.email.lower()
    )
    made_at = datetime.fromtimestamp(int(row["unix_startdate"]), UTC)
    return same and made_at >= account.first_tried_at - CLOCKS_DIFFER
