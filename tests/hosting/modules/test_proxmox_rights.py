"""What the API token of a Proxmox VE must be allowed, and where."""

import pytest

from commerce.hosting.modules.proxmox.rights import missing_rights

SETTINGS = {
    "node": "pve1",
    "template": "9000",
    "storage": "local-lvm",
    "bridge": "vmbr0",
    "addresses": "198.51.100.10-198.51.100.29",
    "gateway": "198.51.100.1/24",
}
MACHINES = (
    *("VM.Allocate", "VM.Audit", "VM.Clone", "VM.PowerMgmt", "Permissions.Modify"),
    *(f"VM.Config.{what}" for what in ("CPU", "Cloudinit", "Disk", "Memory", "Network", "Options")),
    "VM.GuestAgent.Unrestricted",
)
FULL = {
    "/vms": dict.fromkeys(MACHINES, 1),
    "/storage/local-lvm": {"Datastore.AllocateSpace": 1},
    "/sdn/zones/localnetwork/vmbr0": {"SDN.Use": 1},
    "/access": {"Realm.AllocateUser": 1, "User.Modify": 1},
}


def missing(held: object, version: str = "9.0.3", **settings: str) -> list[str]:
    return missing_rights(held, SETTINGS | settings, version)  # type: ignore[arg-type]


def without(path: str, right: str) -> dict[str, dict[str, int]]:
    return FULL | {path: {name: 1 for name in FULL[path] if name != right}}


def test_a_token_that_has_all_lacks_nothing() -> None:
    assert missing(FULL) == []
    rights = {name: 1 for each in FULL.values() for name in each}
    assert missing({"/": rights}) == []


def test_each_right_is_missed_at_its_path() -> None:
    assert len(missing({})) == sum(len(each) for each in FULL.values())
    for path, rights in FULL.items():
        for right in rights:
            [said] = missing(without(path, right))
            assert said.startswith(f"{right} (")


def test_a_right_on_another_machine_storage_or_bridge_opens_nothing() -> None:
    elsewhere = without("/vms", "VM.PowerMgmt") | {"/vms/100": {"VM.PowerMgmt": 1}}
    assert missing(elsewhere) == ["VM.PowerMgmt (/vms/751100010)"]
    assert missing(FULL, storage="tank") == ["Datastore.AllocateSpace (/storage/tank)"]
    assert missing(FULL, bridge="vmbr1") == ["SDN.Use (/sdn/zones/localnetwork/vmbr1)"]


def test_a_right_that_holds_at_its_path_alone_is_not_held_below() -> None:
    flat = FULL | {"/vms": FULL["/vms"] | {"VM.Audit": 0}}
    assert missing(flat) == ["VM.Audit (/vms/751100010)"]
    nearer = FULL | {"/vms/9000": {"VM.Audit": 1}}  # takes the place of what is said above
    assert missing(nearer) == ["VM.Clone (/vms/9000)"]


def test_a_network_of_the_cluster_may_be_in_any_zone() -> None:
    zone = {path: rights for path, rights in FULL.items() if not path.startswith("/sdn")}
    assert missing(zone | {"/sdn/zones/blue": {"SDN.Use": 1}}, bridge="customers") == []
    assert missing(zone, bridge="customers") == ["SDN.Use (/sdn/zones/localnetwork/customers)"]


@pytest.mark.parametrize(("version", "right"), [("8.4.1", "VM.Monitor"), ("10.1", "")])
def test_what_passwords_by_the_agent_need_has_another_name_before_release_9(
    version: str, right: str
) -> None:
    assert missing(FULL, version) == ([f"{right} (/vms/751100010)"] if right else [])


def test_containers_need_no_right_to_clone_or_to_talk_to_an_agent() -> None:
    held = FULL | {"/vms": {name: 1 for name in MACHINES if name not in ("VM.Clone", MACHINES[-1])}}
    assert missing(held, template="local:vztmpl/debian.tar.zst") == []
