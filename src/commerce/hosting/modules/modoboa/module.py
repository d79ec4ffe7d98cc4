"""Mail hosting by Modoboa (services-and-provisioning.md 6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.hosting.modules.connection import PanelConnection
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
from commerce.hosting.modules.modoboa.client import ModoboaClient
from commerce.hosting.modules.modoboa.packages import MailPackage, mail_package
from commerce.hosting.modules.panel import Panel, PanelRefusal, panel_act, panel_action
from commerce.site_settings.adapter_fields import AdapterField

CLOCKS_DIFFER = timedelta(minutes=2)
"""A domain that seems this much older than our first try can still be its work."""
MEBIBYTE = 2**20


class ModoboaModule(Panel):
    """An account is a mail domain with an administrator, who has its first mailbox and makes the others.

    There is no place for our key: a domain is ours if it has our administrator and was not made before we asked for it.
    What was begun and not finished is not found, and finished by ``create``.
    """

    id: ClassVar[str] = "modoboa"
    label: ClassVar[str | Promise] = "Modoboa"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "token",
            _("API token"),
            help=_(
                "API token of a super administrator, from Modoboa's account settings, under API"
            ),
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
            ModuleCapability.USAGE,
        }
    )
    is_manual: ClassVar[bool] = False
    default_port: ClassVar[int] = 443

    def __init__(self, connection: PanelConnection) -> None:
        super().__init__(connection)
        self._client = ModoboaClient(connection)

    # Looking.

    def _look(self, account: Account) -> PanelAccount | None:
        for domain in self._client.found(f"domains/{account.remote_id}/"):
            return self._told_of(account, domain, self._administrator(domain["name"], account))
        return None

    def _find(self, account: Account) -> PanelAccount | None:
        """A domain that we began and did not finish is none yet."""
        domain = self._domain_named(account.domain)
        if domain is None:
            return None
        person = self._administrator(domain["name"], account)
        found = self._told_of(account, domain, person)
        return None if found.is_ours and _limit(person, "mailbox_aliases") == 0 else found

    def _held(self, account: Account) -> PanelAccount | None:
        """Unfinished ones too: they can be removed."""
        if account.remote_id:
            return self._look(account)
        domain = self._domain_named(account.domain)
        if domain is None:
            return None
        found = self._told_of(account, domain, self._administrator(domain["name"], account))
        return found if found.is_ours else None

    def _domain_named(self, name: str) -> Any | None:
        wanted = name.lower()
        rows = self._client.all("domains/", search=wanted)
        return next((row for row in rows if row["name"] == wanted), None)

    def _administrator(self, domain: str, account: Account) -> Any | None:
        wanted = _sign_in_name(account, domain)
        return next((row for row in self._accounts(wanted) if row["username"] == wanted), None)

    def _accounts(self, text: str) -> Sequence[Any]:
        return list(self._client.all("accounts/", search=text))

    def _told_of(self, account: Account, domain: Any, person: Any | None) -> PanelAccount:
        made = datetime.fromisoformat(domain["creation"]) + CLOCKS_DIFFER
        is_ours = (
            person is not None
            and domain["name"] == account.domain.lower()
            and (str(domain["pk"]) == account.remote_id or made >= account.first_tried_at)
        )
        return PanelAccount(
            remote_id=str(domain["pk"]),
            username=_sign_in_name(account, domain["name"]),
            state=_state(domain, person),
            is_ours=is_ours,
            domain=domain["name"],
            package=_package_told(account, domain, person),
            details={"webmail": f"https://{self.connection.server.hostname}/"},
        )

    # Acts.

    def _create(self, account: Account, password: str) -> PanelAccount:
        """Domain, administrator and first mailbox in one call; how many mailboxes there may be in another."""
        package, name = mail_package(account), account.domain.lower()
        if not name:
            raise PanelRefusal("Mail hosting needs a domain, and the service has none.")
        domain = self._domain_named(name)
        if domain is None:
            domain = self._client.call(
                "POST",
                "domains/",
                {
                    "name": name,
                    "type": "domain",
                    "enabled": True,
                    "quota": f"{package.quota}M",
                    "default_mailbox_quota": f"{package.mailbox_quota}M",
                    "domain_admin": {
                        "username": _sign_in_name(account, name).partition("@")[0],
                        "password": password,
                        "with_mailbox": True,
                        "with_aliases": True,
                    },
                },
                hidden=[password],
            )
        person = self._administrator(name, account)
        found = self._told_of(account, domain, person)
        if person is None or not found.is_ours:
            raise PanelRefusal(f"The panel has the domain {name} already.", ModuleOutcome.TAKEN)
        self._limit_mailboxes(person, package)
        return self._told_of(account, domain, self._administrator(name, account))

    def _limit_mailboxes(self, person: Any, package: MailPackage) -> None:
        """The first mailbox is not counted as theirs: they did not make it."""
        limits = [
            {"name": "mailboxes", "max_value": package.mailboxes - 1},
            {"name": "mailbox_aliases", "max_value": -1},
        ]
        self._client.call("PATCH", f"accounts/{person['pk']}/", {"resources": limits})

    @panel_act
    def suspend(self, account: Account) -> ModuleResult:
        """No mail comes in, and nobody signs in."""
        return self._set_state(account, enabled=False)

    @panel_act
    def resume(self, account: Account) -> ModuleResult:
        """Enable its domain and mailboxes."""
        return self._set_state(account, enabled=True)

    def _set_state(self, account: Account, *, enabled: bool) -> ModuleResult:
        """The domain and its administrator: whichever is not so yet."""
        found = self._existing(account)
        domain = self._client.get(f"domains/{found.remote_id}/")
        person = self._administrator(found.domain, account)
        if domain["enabled"] == enabled and (person is None or person["is_active"] == enabled):
            return ModuleResult(outcome=ModuleOutcome.ALREADY, account=found)
        if person is not None:
            self._client.call("PATCH", f"accounts/{person['pk']}/", {"is_active": enabled})
        self._client.call("PATCH", f"domains/{found.remote_id}/", {"enabled": enabled})
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_act
    def terminate(self, account: Account) -> ModuleResult:
        """The domain with its mail, then who was in it: Modoboa keeps its users."""
        outcome = super().terminate(account)
        if not outcome.ok or self._domain_named(account.domain) is not None:
            return outcome
        left = [
            row
            for row in self._accounts(f"@{account.domain.lower()}")
            if row["username"].endswith(f"@{account.domain.lower()}")
        ]
        for row in left:
            self._client.call("POST", f"accounts/{row['pk']}/delete/", {"keepdir": False})
        return ModuleResult(outcome=ModuleOutcome.OK) if left else outcome

    def _remove(self, found: PanelAccount, account: Account) -> None:
        self._client.call("POST", f"domains/{found.remote_id}/delete/", {"keep_folder": False})

    @panel_act
    def change_package(self, account: Account) -> ModuleResult:
        """Another quota, and another number of mailboxes; those that are there stay."""
        package, found = mail_package(account), self._existing(account)
        self._client.call(
            "PATCH",
            f"domains/{found.remote_id}/",
            {
                "quota": f"{package.quota}M",
                "default_mailbox_quota": f"{package.mailbox_quota}M",
            },
        )
        self._limit_mailboxes(self._person(found, account), package)
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Of the administrator, which is that of the first mailbox."""
        person = self._person(self._owned(account), account)
        self._client.call(
            "PATCH", f"accounts/{person['pk']}/", {"password": password}, hidden=[password]
        )
        return ModuleResult(outcome=ModuleOutcome.OK)

    def _person(self, found: PanelAccount, account: Account) -> Any:
        person = self._administrator(found.domain, account)
        if person is None:
            raise PanelRefusal(f"The panel has no account {_sign_in_name(account, found.domain)}.")
        return person

    @panel_action
    def usage(self, account: Account) -> ModuleResult:
        """Mailboxes, and what is in them to a hundredth of each quota, as the panel tells it."""
        found = self._existing(account)
        domain = self._client.get(f"domains/{found.remote_id}/")
        limit = _limit(self._administrator(found.domain, account))
        boxes = [row["mailbox"] for row in self._client.all("accounts/", domain=found.remote_id)]
        used = sum(int(box["quota"]) * MEBIBYTE * box["quota_usage"] // 100 for box in boxes if box)
        quota = int(domain["quota"]) * MEBIBYTE
        figures = [
            UsageFigure(
                UsageKind.MAILBOXES, domain["mailbox_count"], limit + 1 if limit >= 0 else None
            ),
            UsageFigure(UsageKind.DISK, used, quota or None),
        ]
        return ModuleResult(outcome=ModuleOutcome.OK, usage=figures)

    @panel_action
    def list_accounts(self) -> ModuleResult:
        """All mail domains with their administrators; a package is told in our own words."""
        people: dict[str, Any] = {}
        for person in self._client.all("accounts/", role="DomainAdmins"):
            people |= {name: person for name in person["domains"] if name not in people}
        told = [
            _listed(domain, people.get(domain["name"])) for domain in self._client.all("domains/")
        ]
        return ModuleResult(outcome=ModuleOutcome.OK, accounts=told)

    @panel_action
    def test(self) -> ModuleResult:
        """Which version answers, and whose token it is."""
        parts = self._client.get("admin/components/")
        person = self._client.get("account/me/")
        if person["role"] != "SuperAdmins":
            raise PanelRefusal("The API token is not one of a super administrator.")
        version = next((part["version"] for part in parts if part["name"] == "modoboa"), "")
        return ModuleResult(outcome=ModuleOutcome.OK, message=f"Modoboa {version}".strip())


def _sign_in_name(account: Account, domain: str) -> str:
    """The address of the administrator, which an account has as its username once it is made."""
    name = account.username.lower()
    return name if "@" in name else f"{name}@{domain}"


def _limit(person: Any | None, what: str = "mailboxes") -> int:
    """How many of them they may make; 0 before they were told."""
    limits = (person or {}).get("resources") or []
    return next((int(row["max_value"]) for row in limits if row["name"] == what), 0)


def _state(domain: Any, person: Any | None) -> AccountState:
    """Off when no mail comes in and nobody signs in."""
    off = not domain["enabled"] and (person is None or not person["is_active"])
    return AccountState.OFF if off else AccountState.ON


def _listed(domain: Any, person: Any | None) -> PanelAccount:
    return PanelAccount(
        remote_id=str(domain["pk"]),
        username=person["username"] if person else "",
        domain=domain["name"],
        state=_state(domain, person),
        is_ours=False,
        package=str(MailPackage(int(domain["quota"]), _limit(person) + 1)),
    )


def _package_told(account: Account, domain: Any, person: Any | None) -> str:
    """The product's package while all is as it says."""
    try:
        wanted = mail_package(account)
    except PanelRefusal:
        wanted = None
    quota, limit = int(domain["quota"]), _limit(person)
    if wanted and (quota, limit) == (wanted.quota, wanted.mailboxes - 1):
        return account.package
    return str(MailPackage(quota, limit + 1))
