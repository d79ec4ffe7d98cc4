"""Virtual machines and containers as Proxmox VE keeps them, and how ours are known among them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commerce.hosting.modules.contract import Account, AccountState, PanelAccount
from commerce.hosting.modules.proxmox.client import NoSuchGuestError, ProxmoxClient
from commerce.hosting.modules.proxmox.settings import GuestSize, address_in

TAG = "commerce"
"""A guest of ours has it from the moment it is complete, and beside it one with its service's key."""
SUSPENDED_TAG = "suspended"
_KEY = re.compile(r"^commerce: (\S+)$", re.MULTILINE)
_PACKAGE = re.compile(r"^package: (.*)$", re.MULTILINE)
_SIZE = re.compile(r"^size: (.*)$", re.MULTILINE)
_DISKS = re.compile(r"(scsi|virtio|sata|ide)\d+")


@dataclass(frozen=True, slots=True)
class ProxmoxGuest:
    """A guest as the list of its cluster has it; ``id`` is ``qemu/751100007`` or ``lxc/751100007``."""

    id: str
    node: str
    name: str
    is_running: bool
    tags: frozenset[str]
    lock: str
    is_template: bool

    @property
    def number(self) -> int:
        return int(self.id.partition("/")[2])

    @property
    def is_container(self) -> bool:
        return self.id.startswith("lxc/")

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/nodes/{self.node}/{self.id}"

    @property
    def is_being_made(self) -> bool:
        """The server still copies its disks. Until then it may have no name, no description, and so no key."""
        return self.lock in ("clone", "create")

    @property
    def is_complete(self) -> bool:
        """Made to its end: until then, ``create`` goes on with it."""
        return TAG in self.tags

    @property
    def state(self) -> AccountState:
        """Whoever stops a machine without us has not suspended it."""
        off = SUSPENDED_TAG in self.tags and not self.is_running
        return AccountState.OFF if off else AccountState.ON


def guest_of(row: Mapping[str, Any]) -> ProxmoxGuest:
    """From a row of ``/cluster/resources``."""
    return ProxmoxGuest(
        id=str(row["id"]),
        node=str(row["node"]),
        name=str(row.get("name") or ""),
        is_running=row["status"] == "running",
        tags=frozenset(re.split(r"[;, ]+", str(row.get("tags") or "").lower())) - {""},
        lock=str(row.get("lock") or ""),
        is_template=bool(row.get("template")),
    )


def all_guests(client: ProxmoxClient) -> list[ProxmoxGuest]:
    """Those of the whole cluster that the token may see, templates too: each has its number."""
    return [guest_of(row) for row in client.get("/cluster/resources", type="vm")]


def config_of(client: ProxmoxClient, guest: ProxmoxGuest) -> dict[str, Any]:
    """How it is set up, with what becomes so at its next start."""
    rows = client.get(f"{guest.path}/pending")
    return {
        row["key"]: row.get("pending", row.get("value")) for row in rows if not row.get("delete")
    }


def key_of(client: ProxmoxClient, guest: ProxmoxGuest) -> str:
    """The key of the service that it was made for; empty for one that is gone by now, too."""
    try:
        return key_in(config_of(client, guest))
    except NoSuchGuestError:
        return ""


def key_tag(key: str) -> str:
    return f"{TAG}-{key.lower()}"


def tags_for(key: str, *, suspended: bool = False) -> str:
    return ";".join([TAG, key_tag(key), *([SUSPENDED_TAG] if suspended else [])])


def description(account: Account, size: GuestSize) -> str:
    """What staff read of it at Proxmox, and we: whose it is, and of which size it is to be."""
    client, package = (" ".join(text.split()) for text in (account.client_name, account.package))
    return (
        f"Service {account.service_id} of {client}\n\n"
        f"commerce: {account.key}\n\npackage: {package}\n\nsize: {size}"
    )


def key_in(config: Mapping[str, Any]) -> str:
    """The key of the service that it was made for; empty for one that we did not make."""
    found = _KEY.search(str(config.get("description") or ""))
    return found[1] if found else ""


def name_for(account: Account) -> str:
    """Its name in the list, which has to be a host's."""
    domain = account.domain.lower().strip(".")
    return (
        domain
        if re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", domain)
        else f"service-{account.service_id}"
    )


def boot_disk(config: Mapping[str, Any]) -> str:
    """The name of the disk that holds its system: the first of the boot order, or else the first at all."""
    order = str(config.get("boot") or "").partition("order=")[2].split(",")[0].split(";")
    disks = [
        name
        for name, value in sorted(config.items())
        if _DISKS.fullmatch(name)
        and "media=cdrom" not in str(value)
        and "cloudinit" not in str(value)
    ]
    return next((name for name in order if name in disks), disks[0] if disks else "")


def disk_gib(config: Mapping[str, Any], disk: str) -> float:
    """The size of a disk in GiB, 0 where nothing is said of it."""
    found = re.search(r"size=(\d+(?:\.\d+)?)([KMGT]?)", str(config.get(disk) or ""))
    scale = {"": 1 / 2**30, "K": 1 / 2**20, "M": 1 / 2**10, "G": 1, "T": 2**10}
    return float(found[1]) * scale[found[2]] if found else 0


def package_of(config: Mapping[str, Any]) -> str:
    """The package it was made by; its real size where that is another one."""
    said, package = str(config.get("description") or ""), ""
    cores = int(config.get("cores") or 1) * int(config.get("sockets") or 1)
    memory = str(config.get("memory") or 512).rpartition("=")[2]
    real = f"cores={cores}, memory={memory}"
    wanted = _SIZE.search(said)
    if wanted and wanted[1].startswith(f"{real}, disk="):
        found = _PACKAGE.search(said)
        package = found[1] if found else ""
    return package or real


def console_user(account: Account) -> str:
    """The name that its client signs in with at the console."""
    return f"service-{account.service_id}-{account.key[:6]}@pve"


def panel_account(guest: ProxmoxGuest, config: Mapping[str, Any], account: Account) -> PanelAccount:
    """The guest as the contract has it."""
    network = str(config.get("net0" if guest.is_container else "ipconfig0") or "")
    details = {
        "ipv4": address_in(network),
        "power": "running" if guest.is_running else "stopped",
        "console_user": console_user(account),
    }
    return PanelAccount(
        remote_id=guest.id,
        username="root" if guest.is_container else str(config.get("ciuser") or ""),
        state=guest.state,
        is_ours=key_in(config) == account.key,
        domain=guest.name if "." in guest.name else "",
        package=package_of(config),
        details={name: value for name, value in details.items() if value},
    )


def guest_by_number(client: ProxmoxClient, node: str, remote_id: str) -> bool:
    """Whether a guest is there that the list does not have: what a token may not see is not in it. Raises
    ``PanelRefusal`` where the server refuses to say.
    """
    try:
        client.get(f"/nodes/{node}/{remote_id}/config")
    except NoSuchGuestError:
        return False
    return True
