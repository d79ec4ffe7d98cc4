"""Web hosting by Plesk (services-and-provisioning.md 6)."""

from base64 import b64encode
from typing import Any, ClassVar
from urllib.parse import urlencode

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
from commerce.hosting.modules.panel import Panel, PanelRefusal, panel_act, panel_action
from commerce.hosting.modules.plesk.client import PleskClient, check_free
from commerce.hosting.modules.plesk.subscriptions import (
    PleskSubscription,
    create_session,
    customer_ids,
    read_plans,
    read_subscriptions,
    read_usage,
)
from commerce.site_settings.adapter_fields import AdapterField

MAX_NAME = 60
"""Letters of a customer's name, which may be that of a company with more."""


class PleskModule(Panel):
    """An account is a customer with one subscription, whose number is the remote id. Our key is the external id of the
    customer. Plesk is asked for the one, never for all customers: a server has thousands.
    """

    id: ClassVar[str] = "plesk"
    label: ClassVar[str | Promise] = "Plesk"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "api_key",
            _("API key"),
            help=_("Secret key of the Plesk administrator, from plesk bin secret_key --create"),
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
    keeps_key: ClassVar[bool] = True
    default_port: ClassVar[int] = 8443

    @property
    def _client(self) -> PleskClient:
        return PleskClient(self.connection)

    def _look(self, account: Account) -> PanelAccount | None:
        found = read_subscriptions(self._client, id=account.remote_id)
        return self._panel_account(found[0], account) if found else None

    def _find(self, account: Account) -> PanelAccount | None:
        """By our key; then by the customer's login, which can have no subscription; then by the domain."""
        client = self._client
        if found := read_subscriptions(client, owner_external_id=account.key):
            return self._panel_account(found[0], account)
        customer = self._customer(account)
        if customer is not None and not _has_key(customer, account):
            return PanelAccount(
                remote_id=str(customer["id"]),
                username=account.username,
                state=AccountState.ON,
                is_ours=False,
            )
        if account.domain and (found := read_subscriptions(client, name=account.domain)):
            return self._panel_account(found[0], account)
        return None

    def _panel_account(self, found: PleskSubscription, account: Account) -> PanelAccount:
        plans = read_plans(self._client, found.plan_guid) if found.plan_guid else {}
        return PanelAccount(
            remote_id=found.id,
            username=found.owner_login,
            state=found.state,
            is_ours=self._is_owner_ours(found, account),
            domain=found.domain,
            package=plans.get(found.plan_guid, ""),
        )

    def _is_owner_ours(self, found: PleskSubscription, account: Account) -> bool:
        """Never for a subscription of the administrator, who is no customer."""
        try:
            path = f"/clients/{int(found.owner_id)}"
            owner = self._client.rest("GET", path, hides_answer=True)
        except PanelRefusal as refusal:
            if refusal.outcome == ModuleOutcome.NOT_FOUND:
                return False
            raise
        return _has_key(owner, account)

    def _customer(self, account: Account) -> Any:
        """The customer with this login, be it ours or not. The log of a service shows nothing of another one."""
        for number in customer_ids(self._client, account.username):
            return self._client.rest("GET", f"/clients/{int(number)}", hides_answer=True)
        return None

    def _create(self, account: Account, password: str) -> PanelAccount:
        """First the customer, unless an earlier try left it without a subscription; then the subscription."""
        client = self._client
        customer = self._customer(account)
        if customer is not None and not _has_key(customer, account):
            raise PanelRefusal(
                f"{account.username} is another customer of this panel.", ModuleOutcome.TAKEN
            )
        try:
            if customer is None:
                customer_id = self._create_customer(account, password)
            else:
                customer_id = int(customer["id"])
                data = {"password": password}
                client.rest("PUT", f"/clients/{customer_id}", data, hidden=[password])
            made = client.rest(
                "POST",
                "/domains",
                {
                    "name": account.domain,
                    "hosting_type": "virtual",
                    "hosting_settings": {"ftp_login": account.username, "ftp_password": password},
                    "owner_client": {"id": customer_id},
                    "plan": {"name": account.package},
                },
                hidden=[password],
            )
        except PanelRefusal as refusal:
            raise check_free(refusal) from refusal
        return PanelAccount(
            remote_id=str(int(made["id"])),
            username=account.username,
            state=AccountState.ON,
            is_ours=True,
            domain=account.domain,
            package=account.package,
        )

    def _create_customer(self, account: Account, password: str) -> int:
        made = self._client.rest(
            "POST",
            "/clients",
            {
                "name": account.client_name[:MAX_NAME].strip() or account.username,
                "login": account.username,
                "password": password,
                "email": account.email,
                "type": "customer",
                "external_id": account.key,
            },
            hidden=[password],
        )
        return int(made["id"])

    def _switch(self, found: PanelAccount, account: Account, state: AccountState) -> None:
        wanted = "suspended" if state == AccountState.OFF else "active"
        self._client.rest("PUT", f"/domains/{int(found.remote_id)}/status", {"status": wanted})

    def _remove(self, found: PanelAccount, account: Account) -> None:
        [subscription] = read_subscriptions(self._client, id=found.remote_id)
        self._client.rest("DELETE", f"/domains/{int(found.remote_id)}")
        if self._is_owner_ours(subscription, account):
            self._remove_empty(int(subscription.owner_id))

    @panel_act
    def terminate(self, account: Account) -> ModuleResult:
        """Remove the subscription, and the customer that was made for it if it has no other."""
        if self._held(account) is None:
            removed = self._remove_customer(account)
            outcome = ModuleOutcome.OK if removed else ModuleOutcome.ALREADY
            return ModuleResult(outcome=outcome, message="There is no such subscription.")
        return super().terminate(account)

    def _remove_customer(self, account: Account) -> bool:
        """Whether there was one with our key and nothing else."""
        customer = self._customer(account)
        is_ours = customer is not None and _has_key(customer, account)
        return is_ours and self._remove_empty(int(customer["id"]))

    def _remove_empty(self, customer_id: int) -> bool:
        """Remove a customer who has nothing any more; whether it has."""
        if self._client.rest("GET", f"/clients/{customer_id}/domains"):
            return False
        self._client.rest("DELETE", f"/clients/{customer_id}")
        return True

    @panel_act
    def change_package(self, account: Account) -> ModuleResult:
        """Switch the subscription to another service plan."""
        found = self._existing(account)
        if found.package == account.package:
            return ModuleResult(outcome=ModuleOutcome.ALREADY, account=found)
        params = ["--switch-subscription", found.domain, "-service-plan", account.package]
        self._client.command("subscription", params)
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Replace the password of the customer, and that of the subscription's system user."""
        found = self._owned(account)
        [subscription] = read_subscriptions(self._client, id=found.remote_id)
        path = f"/clients/{int(subscription.owner_id)}"
        self._client.rest("PUT", path, {"password": password}, hidden=[password])
        self._client.command(
            "subscription",
            ["--update", found.domain, "-passwd", ""],
            environment={"PSA_PASSWORD": password},
        )
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_action
    def login_url(self, account: Account) -> ModuleResult:
        """A link for one sign-in, which holds for the address that it is made for."""
        if not account.client_address:
            raise PanelRefusal("Plesk needs the IP address of the person who signs in.")
        found = self._owned(account)
        address = b64encode(account.client_address.encode())
        token = create_session(self._client, found.username, address)
        server = self.connection.server
        query = urlencode({"PLESKSESSID": token})
        return ModuleResult(
            outcome=ModuleOutcome.OK,
            url=f"https://{server.hostname}:{server.port}/enterprise/rsession_init.php?{query}",
        )

    @panel_action
    def usage(self, account: Account) -> ModuleResult:
        """Disk, traffic of this month, mailboxes and databases."""
        found = self._existing(account)
        return ModuleResult(
            outcome=ModuleOutcome.OK, usage=read_usage(self._client, found.remote_id)
        )

    @panel_action
    def list_accounts(self) -> ModuleResult:
        """All subscriptions of the server."""
        plans = read_plans(self._client)
        accounts = [
            PanelAccount(
                remote_id=each.id,
                username=each.owner_login,
                state=each.state,
                is_ours=False,
                domain=each.domain,
                package=plans.get(each.plan_guid, ""),
            )
            for each in read_subscriptions(self._client)
        ]
        return ModuleResult(outcome=ModuleOutcome.OK, accounts=accounts)

    @panel_action
    def test(self) -> ModuleResult:
        """Ask for the version."""
        told = self._client.rest("GET", "/server")
        return ModuleResult(outcome=ModuleOutcome.OK, message=f"Plesk {told['panel_version']}")


def _has_key(customer: Any, account: Account) -> bool:
    """Whether a customer of Plesk was made for this account."""
    return bool(customer.get("external_id") == account.key)
