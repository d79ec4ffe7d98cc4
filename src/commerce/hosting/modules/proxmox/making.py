"""Guests made from a template, step by step: a guest that was begun is finished, whenever and by whichever worker."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from commerce.hosting.modules.contract import Account
from commerce.hosting.modules.panel import PanelRefusal
from commerce.hosting.modules.proxmox import console
from commerce.hosting.modules.proxmox.client import (
    NumberInUseError,
    ProxmoxClient,
    TaskRunning,
)
from commerce.hosting.modules.proxmox.guests import (
    ProxmoxGuest,
    all_guests,
    boot_disk,
    config_of,
    description,
    disk_gib,
    name_for,
    tags_for,
)
from commerce.hosting.modules.proxmox.rights import missing_rights
from commerce.hosting.modules.proxmox.settings import AddressPool, GuestSize, number_of
from commerce.kit.remote.http import NoAnswerError, ProviderSilentError

SSH_KEY = "ssh key"


class GuestMaker:
    """Makes and resizes the guests of one server."""

    def __init__(self, client: ProxmoxClient, settings: Mapping[str, str]) -> None:
        self._client, self._settings = client, settings
        self._node = f"/nodes/{quote(settings['node'], safe='')}"

    def begin(
        self, account: Account, size: GuestSize, password: str, number: int | None = None
    ) -> ProxmoxGuest:
        """Take an address, by making the guest with its number. ``number`` is the one to try first."""
        self.check_rights()
        pool = AddressPool.of(self._settings)
        taken = {guest.number for guest in all_guests(self._client)}
        addresses = sorted(
            pool.beginning_at(account.key), key=lambda address: number_of(address) != number
        )
        for address in addresses:
            if number_of(address) in taken:
                continue
            try:
                self._put_in_place(
                    account, size, password, number_of(address), pool.with_prefix(address)
                )
            except NumberInUseError:
                taken = {guest.number for guest in all_guests(self._client)}
                if number_of(address) not in taken:
                    raise PanelRefusal(
                        f"There is a guest {number_of(address)} that the API token may not see."
                    ) from None
                continue
            return self._listed(number_of(address))
        raise PanelRefusal("All addresses of the server's pool are in use.")

    def _put_in_place(
        self, account: Account, size: GuestSize, password: str, number: int, address: str
    ) -> None:
        storage = self._settings["storage"]
        said = description(account, size)
        if not size.is_container:
            form: dict[str, object] = {
                "newid": number,
                "name": name_for(account),
                "full": 1,
                "storage": storage,
                "description": said,
            }
            self._client.act("POST", f"{self._node}/qemu/{size.template}/clone", form)
            return
        bridge, gateway = self._settings["bridge"], AddressPool.of(self._settings).gateway.ip
        form = {
            "vmid": number,
            "ostemplate": size.template,
            "hostname": name_for(account),
            "cores": size.cores,
            "memory": size.memory,
            "rootfs": f"{storage}:{size.disk}",
            "net0": f"name=eth0,bridge={bridge},ip={address},gw={gateway}",
            "password": password,
            "unprivileged": 1,
            "onboot": 1,
            "description": said,
        }
        if keys := _ssh_key(account):
            form["ssh-public-keys"] = keys
        self._client.act("POST", f"{self._node}/lxc", form, hidden=[password])

    def finish(
        self, guest: ProxmoxGuest, account: Account, size: GuestSize, password: str
    ) -> ProxmoxGuest:
        """What is left to do: set it up, start it, and mark it as complete."""
        if guest.is_being_made:
            raise TaskRunning
        if not guest.is_running:
            config = config_of(self._client, guest)
            if not guest.is_container:
                self._set_up(guest, config, account, size, password)
            self._grow(guest, config, size)
            self._client.act("POST", f"{guest.path}/status/start")
        console.grant_console(self._client, account, guest, password)
        self._client.act("PUT", f"{guest.path}/config", {"tags": tags_for(account.key)})
        return self._listed(guest.number)

    def _set_up(
        self,
        guest: ProxmoxGuest,
        config: Mapping[str, Any],
        account: Account,
        size: GuestSize,
        password: str,
    ) -> None:
        pool, bridge = AddressPool.of(self._settings), self._settings["bridge"]
        address = next(
            each for each in pool.beginning_at(account.key) if number_of(each) == guest.number
        )
        form: dict[str, object] = {
            "cores": size.cores,
            "memory": size.memory,
            "onboot": 1,
            "ciuser": account.username,
            "cipassword": password,
            "ipconfig0": f"ip={pool.with_prefix(address)},gw={pool.gateway.ip}",
        }
        if keys := _ssh_key(account):
            form["sshkeys"] = quote(keys, safe="")
        if f"bridge={bridge}" not in str(config.get("net0") or "").split(","):
            form["net0"] = f"virtio,bridge={bridge}"
        self._client.act("PUT", f"{guest.path}/config", form, hidden=[password])

    def _grow(self, guest: ProxmoxGuest, config: Mapping[str, Any], size: GuestSize) -> bool:
        """Give its disk the size of its package; False where it is larger, which it stays."""
        disk = "rootfs" if guest.is_container else boot_disk(config)
        now = disk_gib(config, disk)
        if now < size.disk:
            form = {"disk": disk, "size": f"{size.disk}G"}
            self._client.act("PUT", f"{guest.path}/resize", form)
        return now <= size.disk

    def resize(
        self, guest: ProxmoxGuest, config: Mapping[str, Any], account: Account, size: GuestSize
    ) -> str:
        """Give it another size; what is to say of it."""
        form = {
            "cores": size.cores,
            "memory": size.memory,
            "description": description(account, size),
        }
        self._client.act("PUT", f"{guest.path}/config", form)
        fits = self._grow(guest, config, size)
        notes = []
        if guest.is_running and not guest.is_container:
            notes.append("Cores and memory change when the machine is next started.")
        if not fits:
            notes.append("Its disk is larger than the package says: a disk can't shrink.")
        return " ".join(notes)

    def set_password(self, guest: ProxmoxGuest, account: Account, password: str) -> str:
        """Of the user of a virtual machine; what is to say of it."""
        config, hidden = f"{guest.path}/config", [password]
        self._client.act("PUT", config, {"cipassword": password}, hidden)
        if not guest.is_running:
            return ""
        form = {"username": account.username, "password": password}
        try:
            self._client.call("POST", f"{guest.path}/agent/set-user-password", form, hidden)
        except NoAnswerError:
            raise
        except (ProviderSilentError, PanelRefusal) as why:
            return f"The password changes when the machine is next started, since its guest agent wasn't told: {why}"
        return ""

    def check_template(self, number: str) -> None:
        """Raises ``PanelRefusal`` for a machine that is no template, or one without cloud-init."""
        config: dict[str, Any] = self._client.get(f"{self._node}/qemu/{number}/config")
        if not config.get("template"):
            raise PanelRefusal(f"The virtual machine {number} is not a template.")
        if not any("cloudinit" in str(value) for value in config.values()):
            raise PanelRefusal(f"The template {number} has no cloud-init drive.")

    def check_rights(self) -> None:
        """Raises ``PanelRefusal`` if the token lacks a right: lists are empty then, and nothing would be found."""
        version = str(self._client.get("/version")["version"])
        held = self._client.get("/access/permissions")
        if missing := missing_rights(held, self._settings, version):
            raise PanelRefusal(f"The API token lacks rights: {', '.join(missing)}.")

    def _listed(self, number: int) -> ProxmoxGuest:
        for guest in all_guests(self._client):
            if guest.number == number:
                return guest
        raise ProviderSilentError("the new guest is not in the list of the cluster")


def _ssh_key(account: Account) -> str:
    """The public key that the client gave with the order."""
    return next(
        (text.strip() for name, text in account.options.items() if name.lower() == SSH_KEY), ""
    )
