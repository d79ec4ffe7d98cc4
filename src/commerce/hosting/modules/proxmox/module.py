"""Virtual machines and containers by Proxmox VE (services-and-provisioning.md 6)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, ClassVar, Concatenate

from django.utils.functional import Promise

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import (
    Account,
    AccountSize,
    AccountState,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
    PlanReach,
    PowerAction,
)
from commerce.hosting.modules.panel import Panel, PanelRefusal, panel_act, panel_action
from commerce.hosting.modules.proxmox import console
from commerce.hosting.modules.proxmox.client import NoSuchGuestError, ProxmoxClient, TaskRunning
from commerce.hosting.modules.proxmox.fields import PROXMOX_FIELDS
from commerce.hosting.modules.proxmox.guests import (
    SUSPENDED_TAG,
    ProxmoxGuest,
    all_guests,
    config_of,
    guest_by_number,
    key_in,
    key_of,
    key_tag,
    name_for,
    panel_account,
    tags_for,
)
from commerce.hosting.modules.proxmox.making import GuestMaker
from commerce.hosting.modules.proxmox.settings import AddressPool, guest_size, size_of_package
from commerce.hosting.modules.proxmox.usage import guest_usage
from commerce.site_settings.adapter_fields import AdapterField


def continues_task[**A](
    act: Callable[Concatenate["ProxmoxModule", Account, A], ModuleResult],
) -> Callable[Concatenate["ProxmoxModule", Account, A], ModuleResult]:
    """An action that goes on where it was: while the server works at a task of it, it is under way."""

    @wraps(act)
    def call(
        module: "ProxmoxModule", account: Account, /, *args: A.args, **kwargs: A.kwargs
    ) -> ModuleResult:
        module.kept = {name: text for name, text in account.progress.items() if name != "task"}
        try:
            if task := account.progress.get("task"):
                module.client.follow(task)
            else:
                module.kept.pop("power", None)  # its task has failed
            return act(module, account, *args, **kwargs)
        except TaskRunning as running:
            return ModuleResult(
                outcome=ModuleOutcome.UNDER_WAY,
                message=str(running),
                data={**module.kept, **({"task": running.task} if running.task else {})},
            )

    return panel_act(call)


class ProxmoxModule(Panel):
    """A guest is named by its number, and ours by the key in its description.

    ``create`` goes on with a guest that it began, which has its tag when it is complete. To suspend is to stop it and
    to keep it from starting with its node. There is no list of accounts: what it needs of each guest is a call.
    """

    id: ClassVar[str] = "proxmox"
    label: ClassVar[str | Promise] = "Proxmox VE"
    fields: ClassVar[tuple[AdapterField, ...]] = PROXMOX_FIELDS
    capabilities: ClassVar[frozenset[ModuleCapability]] = frozenset(
        {
            ModuleCapability.FIND,
            ModuleCapability.CHANGE_PACKAGE,
            ModuleCapability.SET_PASSWORD,
            ModuleCapability.USAGE,
            ModuleCapability.POWER,
            ModuleCapability.CONSOLE,
            ModuleCapability.REINSTALL,
        }
    )
    is_manual: ClassVar[bool] = False
    default_port: ClassVar[int] = 8006

    @classmethod
    def plan_reach(
        cls, now: AccountSize, wanted: AccountSize, settings: Mapping[str, str]
    ) -> PlanReach:
        """A disk never shrinks, and a machine never becomes a container; a running machine gets its cores and memory
        with its next start.
        """
        template = settings.get("template", "")
        try:
            size = size_of_package(wanted.package, wanted.options, template)
        except PanelRefusal:
            return PlanReach.OUT_OF_REACH
        try:
            held = size_of_package(now.package, now.options, template)
        except PanelRefusal:  # nobody but the panel knows what it has
            return PlanReach.NEEDS_STOP
        if size.disk < held.disk or size.is_container != held.is_container:
            return PlanReach.OUT_OF_REACH
        same = (size.cores, size.memory) == (held.cores, held.memory)
        return PlanReach.REACHED if same or size.is_container else PlanReach.NEEDS_STOP

    def __init__(self, connection: PanelConnection) -> None:
        super().__init__(connection)
        self.client = ProxmoxClient(connection)
        self.maker = GuestMaker(self.client, self.settings)
        self.kept: dict[str, str] = {}
        """What the next call of a job under way has to know."""

    @continues_task
    def create(self, account: Account, password: str) -> ModuleResult:
        """Clone it, set it up, start it."""
        return self._made(account, password)

    def _made(self, account: Account, password: str, number: int | None = None) -> ModuleResult:
        size = guest_size(account, self.settings["template"])
        guest = self._made_for(account)
        outcome = ModuleOutcome.ALREADY if guest and guest.is_complete else ModuleOutcome.OK
        if guest is None:
            guest = self.maker.begin(account, size, password, number)
        if not guest.is_complete:
            guest = self.maker.finish(guest, account, size, password)
        told = panel_account(guest, config_of(self.client, guest), account)
        return ModuleResult(outcome=outcome, account=told)

    def _find(self, account: Account) -> PanelAccount | None:
        guest = self._with_key(account, all_guests(self.client))
        if guest is None or not guest.is_complete:
            return None
        return panel_account(guest, config_of(self.client, guest), account)

    def _look(self, account: Account) -> PanelAccount | None:
        found = self._guest(account)
        return panel_account(*found, account) if found else None

    def _held(self, account: Account) -> PanelAccount | None:
        """Half-made ones too: they can be removed."""
        return self._look(account)

    def _guest(self, account: Account) -> tuple[ProxmoxGuest, dict[str, Any]] | None:
        """The guest with what it is set to. One that became somebody else's, by its key, is not this account."""
        guests = all_guests(self.client)
        if not account.remote_id:
            guest = self._with_key(account, guests)
        else:
            guest = next((each for each in guests if each.id == account.remote_id), None)
            if guest is None and guest_by_number(
                self.client, self.settings["node"], account.remote_id
            ):
                raise PanelRefusal(
                    "The API token may not see this guest in the list of the cluster."
                )
        if guest is None:
            return None
        config = config_of(self.client, guest)
        if key_in(config) not in ("", account.key):
            return None
        return guest, config

    def _with_key(self, account: Account, guests: list[ProxmoxGuest]) -> ProxmoxGuest | None:
        """The one that was made for the account, complete or not."""
        tag, name = key_tag(account.key), name_for(account)
        for guest in guests:
            if tag in guest.tags and not guest.is_template:
                return guest
        begun = self._begun(guests)
        for guest in guests:
            may_be = guest in begun or (guest.name == name and not guest.is_template)
            if may_be and key_of(self.client, guest) == account.key:
                return guest
        return None

    def _begun(self, guests: list[ProxmoxGuest]) -> list[ProxmoxGuest]:
        """Those that are to have an address of the pool and are not complete; their names come late into the list."""
        pool = AddressPool.of(self.settings)
        return [
            guest
            for guest in guests
            if not guest.is_complete and not guest.is_template and pool.has_number(guest.number)
        ]

    def _made_for(self, account: Account) -> ProxmoxGuest | None:
        """The one that was made for the account, or None if that is certain. Raises ``TaskRunning`` while a guest is
        being made that does not say yet whose it is: it may be this account's, by a task whose name was lost.
        """
        guests = all_guests(self.client)
        guest = self._with_key(account, guests)
        if guest is not None:
            return guest
        for other in self._begun(guests):
            if other.is_being_made and key_of(self.client, other) in ("", account.key):
                raise TaskRunning(what=f"The server is still making the guest {other.number}.")
        return None

    def _there(self, account: Account) -> tuple[ProxmoxGuest, dict[str, Any]]:
        found = self._guest(account)
        if found is None:
            raise NoSuchGuestError
        return found

    @continues_task
    def suspend(self, account: Account) -> ModuleResult:
        """Stop it, and keep it from starting. It is marked first: what is marked and runs is not suspended yet."""
        guest, _config = self._there(account)
        if guest.state == AccountState.OFF:
            return ModuleResult(outcome=ModuleOutcome.ALREADY)
        console.enable_console_user(self.client, account, enabled=False)
        self._mark(guest, account, suspended=True)
        if guest.is_running:
            self.client.act("POST", f"{guest.path}/status/stop")
        return ModuleResult(outcome=ModuleOutcome.OK)

    @continues_task
    def resume(self, account: Account) -> ModuleResult:
        """Start it again, and take the mark away when it runs."""
        guest, _config = self._there(account)
        if SUSPENDED_TAG not in guest.tags:
            return ModuleResult(outcome=ModuleOutcome.ALREADY)
        if not guest.is_running:
            self.client.act("POST", f"{guest.path}/status/start")
        self._mark(guest, account, suspended=False)
        console.enable_console_user(self.client, account, enabled=True)
        return ModuleResult(outcome=ModuleOutcome.OK)

    def _mark(self, guest: ProxmoxGuest, account: Account, *, suspended: bool) -> None:
        tags = tags_for(account.key, suspended=suspended)
        form = {"onboot": int(not suspended), "tags": tags}
        self.client.act("PUT", f"{guest.path}/config", form)

    @continues_task
    def terminate(self, account: Account) -> ModuleResult:
        """Destroy it with its disks, also one that is still being made."""
        if not account.remote_id:
            self._made_for(account)
        return super().terminate(account)

    def _remove(self, found: PanelAccount, account: Account) -> None:
        guest, _config = self._there(account)
        if guest.is_being_made:
            raise TaskRunning
        console.remove_console_user(self.client, account)
        if guest.is_running:
            self.client.act("POST", f"{guest.path}/status/stop")
        self.client.act("DELETE", guest.path, {"purge": 1, "destroy-unreferenced-disks": 1})

    @continues_task
    def change_package(self, account: Account) -> ModuleResult:
        """Give it the new size; a disk never shrinks."""
        guest, config = self._there(account)
        size = guest_size(account, self.settings["template"])
        note = self.maker.resize(guest, config, account, size)
        return ModuleResult(outcome=ModuleOutcome.OK, message=note)

    @continues_task
    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Of its user, by the agent in it or else from its next start on, and of its console."""
        guest, _config = self._there(account)
        if guest.is_container:
            raise PanelRefusal("Proxmox can't set the password of a container.")
        note = self.maker.set_password(guest, account, password)
        console.grant_console(self.client, account, guest, password)
        return ModuleResult(outcome=ModuleOutcome.OK, message=note)

    @panel_action
    def console_url(self, account: Account) -> ModuleResult:
        """The page of its console, where its client signs in."""
        guest, _config = self._there(account)
        return ModuleResult(
            outcome=ModuleOutcome.OK, url=console.console_address(self.connection, guest)
        )

    @panel_action
    def usage(self, account: Account) -> ModuleResult:
        """Memory, traffic of the month, and of containers the disk."""
        guest, _config = self._there(account)
        return ModuleResult(outcome=ModuleOutcome.OK, usage=guest_usage(self.client, guest))

    @continues_task
    def power(self, account: Account, action: PowerAction) -> ModuleResult:
        """Start it, shut it down, or both. One that is suspended stays off."""
        guest, _config = self._there(account)
        if guest.state == AccountState.OFF:
            raise PanelRefusal("The guest is suspended.")
        if guest.is_running == (action == PowerAction.START) and action != PowerAction.REBOOT:
            return ModuleResult(outcome=ModuleOutcome.ALREADY)
        if self.kept.get("power") != action:
            self.kept["power"] = action
            what = "start" if not guest.is_running else _POWER[action]
            wait = {"timeout": 60, "forceStop": 1} if what == "shutdown" else {}
            self.client.act("POST", f"{guest.path}/status/{what}", wait)
        return ModuleResult(outcome=ModuleOutcome.OK)

    @continues_task
    def reinstall(self, account: Account, password: str) -> ModuleResult:
        """Destroy it and make it anew, with its number and so with its address."""
        if "fresh" not in self.kept:
            found = self._guest(account)
            if found is not None:
                self.kept["number"] = str(found[0].number)
                self._remove(panel_account(*found, account), account)
            self.kept["fresh"] = "yes"
        number = int(self.kept["number"]) if "number" in self.kept else None
        return self._made(replace(account, remote_id=""), password, number)

    @panel_action
    def test(self) -> ModuleResult:
        """Who answers, whether the token has its rights, and whether the template is one."""
        version = self.client.get("/version")["version"]
        template = self.settings["template"]
        if template.isdigit():
            self.maker.check_template(template)
        self.maker.check_rights()
        return ModuleResult(outcome=ModuleOutcome.OK, message=f"Proxmox VE {version}")


_POWER = {PowerAction.STOP: "shutdown", PowerAction.REBOOT: "reboot", PowerAction.START: "start"}
