"""What the API token must be allowed to do, and where: a right on another machine or storage opens nothing here."""

import re
from collections.abc import Iterator, Mapping

from commerce.hosting.modules.proxmox.settings import AddressPool, number_of

ON_MACHINES = (
    "VM.Allocate",
    "VM.Audit",
    "VM.Config.CPU",
    "VM.Config.Cloudinit",
    "VM.Config.Disk",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.Options",
    "VM.PowerMgmt",
    "Permissions.Modify",
)
BRIDGES = "/sdn/zones/localnetwork"
"""Where the bridges of the nodes themselves are; a network that was defined for the cluster is in a zone of its own."""

type HeldRights = Mapping[str, Mapping[str, object]]
"""By path each right that is held there, and whether it holds below as well."""


def missing_rights(held: HeldRights, settings: Mapping[str, str], version: str) -> list[str]:
    """The rights that the token lacks, each with its path."""
    return [
        f"{right} ({path})"
        for path, right in _needed(settings, version)
        if not any(_holds(held, one, right) for one in _places(held, path))
    ]


def _needed(settings: Mapping[str, str], version: str) -> Iterator[tuple[str, str]]:
    machine = f"/vms/{_some_number(settings)}"
    for right in ON_MACHINES:
        yield machine, right
    template = settings["template"]
    if template.isdigit():
        yield f"/vms/{template}", "VM.Clone"
        # Release 9 has no VM.Monitor any more, and what came in its place.
        before_9 = int(re.match(r"\d*", version)[0] or 9) < 9  # type: ignore[index]
        yield machine, "VM.Monitor" if before_9 else "VM.GuestAgent.Unrestricted"
    yield f"/storage/{settings['storage']}", "Datastore.AllocateSpace"
    yield f"{BRIDGES}/{settings['bridge']}", "SDN.Use"
    yield "/access/realm/pve", "Realm.AllocateUser"
    yield "/access/groups", "User.Modify"


def _some_number(settings: Mapping[str, str]) -> int:
    """That of a machine of ours: none has rights of its own before it is made."""
    return number_of(next(AddressPool.of(settings).beginning_at("")))


def _places(held: HeldRights, path: str) -> list[str]:
    """The path itself; for a network that is no bridge of a node, wherever its zone may be."""
    if not path.startswith(BRIDGES) or re.search(r"/vmbr\d+$", path):
        return [path]
    return [path, *(each for each in held if each.startswith("/sdn/zones"))]


def _holds(held: HeldRights, path: str, right: str) -> bool:
    """By the nearest path that is listed: what is said there takes the place of what is said above it."""
    nearest = path
    while nearest not in held and nearest != "/":
        nearest = nearest.rpartition("/")[0] or "/"
    rights = held.get(nearest, {})
    return right in rights and (nearest == path or bool(rights[right]))
