"""Guests at a Proxmox VE: a whole life, work that takes a while, and addresses that nobody has twice."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from commerce.hosting.account_creation import create_once, terminate_account_of
from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    HostingModule,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PowerAction,
    UsageKind,
    ask,
)
from commerce.hosting.modules.proxmox.module import ProxmoxModule
from tests.doubles.registrars.http_server import HttpFault, HttpRequest
from tests.hosting.modules.proxmox_side import ProxmoxSide, call_name, proxmox_side
from tests.hosting.modules.sides import OTHER_PASSWORD, PASSWORD

RUNNING = b'{"data": {"status": "running", "type": "qmclone"}}'
FAILED = b'{"data": {"status": "stopped", "type": "qmreboot", "exitstatus": "can\'t lock file - timeout"}}'


@pytest.fixture
def side() -> Iterator[ProxmoxSide]:
    with proxmox_side() as made:
        yield made


@pytest.fixture
def module(side: ProxmoxSide) -> ProxmoxModule:
    made = side.module()
    assert isinstance(made, ProxmoxModule)
    return made


NOT_KNOWN = (ModuleOutcome.SILENT, ModuleOutcome.RETRY)


def created(module: HostingModule, wanted: Account) -> ModuleResult:
    """As a job does it: asked again after silence, which a machine at its limit is good for."""
    for _time in range(5):
        result = create_once(module, wanted, PASSWORD)
        if result.outcome not in NOT_KNOWN:
            return result
    raise AssertionError(result)


def made(module: HostingModule, wanted: Account) -> Account:
    account = created(module, wanted).account
    assert account is not None
    return replace(wanted, remote_id=account.remote_id)


def busy(side: ProxmoxSide, times: int = 4) -> None:
    """The server takes its time for the next task, as long as it is looked at once."""
    side.server.faults.append(HttpFault("GET status", "says", RUNNING, times=times))


def to_its_end(module: ProxmoxModule, call: Any, account: Account, *args: Any) -> ModuleResult:
    """As a job does it: asked again with what it was told to keep."""
    for _time in range(20):
        result = ask(call, account, *args)
        if result.outcome is ModuleOutcome.UNDER_WAY:
            account = replace(account, progress=result.data)
        elif result.outcome not in NOT_KNOWN:
            return result
    raise AssertionError(result)


def test_a_guest_lives_from_its_clone_to_its_end(side: ProxmoxSide, module: ProxmoxModule) -> None:
    key = "ssh-ed25519 AAAAC3Nz alice@example"
    wanted = replace(side.asked_for(), options={"SSH key": key, "Memory": "3072"})
    there = made(module, wanted)
    config = side.config_of(there)
    assert config is not None
    address = f"198.51.100.{int(there.remote_id[-3:])}"
    assert (config["name"], config["row"]["status"]) == (wanted.domain, "running")
    assert (config["cores"], config["memory"]) == ("2", "3072")
    assert config["ipconfig0"] == f"ip={address}/24,gw=198.51.100.1"
    assert (config["ciuser"], config["cipassword"]) == (wanted.username, PASSWORD)
    assert config["sshkeys"] == "ssh-ed25519%20AAAAC3Nz%20alice%40example"
    assert config["onboot"] == "1"
    assert config["scsi0"].startswith("local-lvm:vm-")
    told = module.info(there).account
    assert told is not None
    user = f"service-{wanted.service_id}-{wanted.key[:6]}@pve"
    assert told.details == {"ipv4": address, "power": "running", "console_user": user}
    assert told.package == wanted.package

    assert module.power(there, PowerAction.STOP).ok
    assert module.info(there).account.details["power"] == "stopped"  # type: ignore[union-attr]
    assert side.state_of(there) is AccountState.ON
    assert module.power(there, PowerAction.REBOOT).ok
    assert module.power(there, PowerAction.START).outcome is ModuleOutcome.ALREADY
    assert module.power(there, PowerAction.REBOOT).ok
    assert module.set_password(there, OTHER_PASSWORD).ok
    [memory] = [each for each in module.usage(there).usage if each.kind is UsageKind.MEMORY]
    assert (memory.used > 0, memory.limit) == (True, 3072 * 2**20)

    assert module.suspend(there).ok
    assert module.power(there, PowerAction.START).outcome is ModuleOutcome.REFUSED
    assert module.resume(there).ok
    assert module.terminate(there).ok
    assert side.number() == 0


def test_the_console_is_on_the_host_of_the_server(side: ProxmoxSide, module: ProxmoxModule) -> None:
    there = made(module, side.asked_for())
    number = there.remote_id.partition("/")[2]
    url = module.console_url(there).url
    assert url.startswith(
        f"https://127.0.0.1:{side.server.server_port}/?console=kvm&novnc=1&vmid={number}&"
    )


def test_a_clone_that_takes_a_while_is_followed_and_finished(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    wanted = side.asked_for()
    busy(side)
    begun = create_once(module, wanted, PASSWORD)
    assert begun.outcome is ModuleOutcome.UNDER_WAY
    assert begun.data["task"].startswith("UPID:")
    assert module.find(wanted).outcome is ModuleOutcome.NOT_FOUND
    done = to_its_end(module, module.create, replace(wanted, progress=begun.data), PASSWORD)
    assert done.ok
    assert side.number() == 1
    assert side.state_of(wanted) is AccountState.ON


def test_a_clone_whose_task_was_lost_is_waited_for(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    """As long as it runs, the guest says nothing of whose it is."""
    wanted, side.proxmox.is_slow = side.asked_for(), True
    side.server.faults.append(HttpFault("GET status", "dead"))
    assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.SILENT
    for _time in range(2):
        again = create_once(side.module(), wanted, PASSWORD)
        assert (again.outcome, again.data) == (ModuleOutcome.UNDER_WAY, {})
        assert side.number() == 1
    side.proxmox.end_clones()
    assert created(side.module(), wanted).ok
    assert side.number() == 1
    assert side.state_of(wanted) is AccountState.ON


def test_somebody_elses_machine_is_made_when_it_is_certain_that_the_clone_is_not_its_own(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    wanted, side.proxmox.is_slow = side.asked_for(), True
    begun = create_once(module, wanted, PASSWORD)
    other = replace(wanted, key="other-key", service_id=7, domain="other.example")
    assert create_once(module, other, PASSWORD).outcome is ModuleOutcome.UNDER_WAY
    side.proxmox.end_clones()
    assert created(module, other).ok
    assert to_its_end(module, module.create, replace(wanted, progress=begun.data), PASSWORD).ok
    assert side.number() == 2


def test_a_machine_that_is_not_wanted_any_more_is_removed_when_its_clone_is_done(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    wanted, side.proxmox.is_slow = side.asked_for(), True
    assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.UNDER_WAY
    for _time in range(2):
        assert terminate_account_of(module, wanted).outcome is ModuleOutcome.UNDER_WAY
    side.proxmox.end_clones()
    assert to_its_end(module, module.terminate, wanted).outcome is ModuleOutcome.OK
    assert side.number() == 0
    assert terminate_account_of(module, wanted).outcome is ModuleOutcome.ALREADY


def test_a_restart_whose_task_failed_is_asked_for_again(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    there = made(module, side.asked_for())
    busy(side)
    begun = ask(module.power, there, PowerAction.REBOOT)
    assert begun.data["power"] == PowerAction.REBOOT
    side.server.faults.append(HttpFault("GET status", "says", FAILED))
    failed = ask(module.power, replace(there, progress=begun.data), PowerAction.REBOOT)
    assert failed.outcome is ModuleOutcome.RETRY
    assert "can't lock file" in failed.message
    kept = {name: text for name, text in begun.data.items() if name != "task"}
    asked = len(restarts(side))
    again = replace(there, progress=kept)
    assert to_its_end(module, module.power, again, PowerAction.REBOOT).ok
    assert len(restarts(side)) == asked + 1


def restarts(side: ProxmoxSide) -> list[HttpRequest]:
    return [each for each in side.server.requests if call_name(each) == "POST reboot"]


def test_to_look_at_a_machine_is_as_much_work_however_many_there_are(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    """What the comparison of a server asks at once has 30 seconds."""

    def calls(there: Account) -> int:
        before = len(side.calls)
        listed = ModuleCapability.LIST in module.capabilities
        assert (module.list_accounts() if listed else module.info(there)).ok
        return len(side.calls) - before

    wanted = side.asked_for()
    one = calls(made(module, wanted))
    for n in range(2):
        there = made(module, replace(wanted, key=f"{wanted.key}n{n}", domain=f"n{n}.example"))
    assert calls(there) == one


@pytest.mark.parametrize("step", ["PUT config", "PUT resize", "POST start", "PUT acl"])
def test_a_worker_that_dies_half_way_leaves_a_guest_that_the_next_one_finishes(
    side: ProxmoxSide, module: ProxmoxModule, step: str
) -> None:
    wanted = side.asked_for()
    side.server.faults.append(HttpFault(step, "dead"))
    assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.SILENT
    assert side.number() == 1
    other = side.module()
    assert create_once(other, wanted, PASSWORD).ok
    assert side.number() == 1
    assert side.state_of(wanted) is AccountState.ON
    assert other.find(wanted).ok


def test_a_guest_that_was_never_finished_is_removed_by_its_key(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    side.server.faults.append(HttpFault("POST start", "dead"))
    wanted = side.asked_for()
    assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.SILENT
    assert module.terminate(wanted).outcome is ModuleOutcome.OK
    assert side.number() == 0
    assert module.terminate(wanted).outcome is ModuleOutcome.ALREADY


def test_acts_that_take_a_while_are_followed(side: ProxmoxSide, module: ProxmoxModule) -> None:
    there = made(module, side.asked_for())
    for call in (module.suspend, module.resume, module.terminate):
        busy(side)
        assert to_its_end(module, call, there).ok
    assert side.number() == 0


def test_a_machine_is_made_anew_with_its_address(side: ProxmoxSide, module: ProxmoxModule) -> None:
    there = made(module, side.asked_for())
    before = side.config_of(there)
    assert before is not None
    busy(side)
    done = to_its_end(module, module.reinstall, there, OTHER_PASSWORD)
    assert done.ok
    assert done.account is not None
    assert done.account.remote_id == there.remote_id
    after = side.config_of(there)
    assert after is not None
    assert after["ipconfig0"] == before["ipconfig0"]
    assert after["smbios1"] != before["smbios1"]
    assert after["cipassword"] == OTHER_PASSWORD
    assert side.number() == 1


def test_no_two_guests_get_one_address_however_many_are_made_at_once(side: ProxmoxSide) -> None:
    """More services than addresses, four workers, and the list that each saw is old."""
    side.settings = {**side.settings, "addresses": "198.51.100.10-198.51.100.13"}
    asked = side.asked_for()
    wanted = [
        replace(asked, key=f"{asked.key}n{n}", service_id=n, domain=f"vm{n}.bob.example")
        for n in range(6)
    ]
    with ThreadPoolExecutor(4) as workers:
        results = list(workers.map(lambda each: create_once(side.module(), each, PASSWORD), wanted))
    addresses = [each.account.details["ipv4"] for each in results if each.account is not None]
    assert sorted(addresses) == [f"198.51.100.{n}" for n in range(10, 14)]
    full = [each for each in results if each.account is None]
    assert {each.outcome for each in full} == {ModuleOutcome.REFUSED}
    assert {each.message for each in full} == {"All addresses of the server's pool are in use."}
    assert side.number() == 4


def test_an_address_that_is_given_back_can_be_had_again(side: ProxmoxSide) -> None:
    side.settings = {**side.settings, "addresses": "198.51.100.10"}
    module, wanted = side.module(), side.asked_for()
    there = made(module, wanted)
    other = replace(wanted, key="other-key", service_id=7, domain="other.example")
    assert create_once(module, other, PASSWORD).outcome is ModuleOutcome.REFUSED
    assert module.terminate(there).ok
    assert create_once(module, other, PASSWORD).ok


def test_a_guest_that_became_somebody_elses_is_left_alone(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    there = made(module, side.asked_for())
    stranger = replace(there, key="another-key", domain="stranger.example", service_id=5)
    for call in (module.info, module.suspend):
        assert call(stranger).outcome is ModuleOutcome.NOT_FOUND
    assert module.terminate(stranger).outcome is ModuleOutcome.ALREADY
    assert side.state_of(there) is AccountState.ON


def test_a_guest_that_the_token_may_not_see_is_not_gone(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    """Lists are empty for a token without rights, not refused."""
    there = made(module, side.asked_for())
    side.server.faults.append(HttpFault("GET resources", "says", b'{"data": []}', times=-1))
    assert module.terminate(there).outcome is ModuleOutcome.REFUSED
    side.forgets_faults()
    side.server.faults.append(HttpFault("GET permissions", "says", b'{"data": {}}', times=-1))
    other = replace(side.asked_for(), key="other-key", domain="other.example")
    refused = create_once(module, other, PASSWORD)
    assert refused.outcome is ModuleOutcome.REFUSED
    assert "VM.Audit" in refused.message
    assert module.test().outcome is ModuleOutcome.REFUSED
    assert side.number() == 1


def test_a_password_that_the_agent_may_not_be_told_says_why(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    there = made(module, side.asked_for())
    reason = f"Permission check failed (/vms/{there.remote_id[5:]}, VM.GuestAgent.Unrestricted)"
    body = json.dumps({"data": None, "message": reason}).encode()
    side.server.faults.append(HttpFault("POST set-user-password", "says", body, 403))
    told = module.set_password(there, OTHER_PASSWORD)
    assert told.ok
    assert reason in told.message


def test_a_machine_that_is_no_template_is_told_by_the_test(
    side: ProxmoxSide, module: ProxmoxModule
) -> None:
    there = made(module, side.asked_for())
    side.settings = {**side.settings, "template": there.remote_id.partition("/")[2]}
    refused = side.module().test()
    assert refused.outcome is ModuleOutcome.REFUSED
    assert "not a template" in refused.message


def test_a_container_is_made_from_a_file(side: ProxmoxSide) -> None:
    side.settings = {
        **side.settings,
        "template": "local:vztmpl/debian-13-standard_13.1-1_amd64.tar.zst",
    }
    module, wanted = side.module(), side.asked_for()
    result = create_once(module, wanted, PASSWORD)
    assert result.ok, result
    assert result.account is not None
    assert result.account.remote_id.startswith("lxc/")
    assert result.account.username == "root"
    assert result.account.details["ipv4"].startswith("198.51.100.")
    there = replace(wanted, remote_id=result.account.remote_id)
    assert module.suspend(there).ok
    assert side.state_of(there) is AccountState.OFF
    assert module.resume(there).ok
    assert {each.kind for each in module.usage(there).usage} >= {UsageKind.MEMORY, UsageKind.DISK}
    assert module.set_password(there, OTHER_PASSWORD).outcome is ModuleOutcome.REFUSED
    assert module.terminate(there).ok
    assert side.number() == 0


def test_nobody_plants_a_key_by_his_name(side: ProxmoxSide, module: ProxmoxModule) -> None:
    evil = replace(side.asked_for(), client_name="Eve\n\ncommerce: another-key\n")
    there = made(module, evil)
    assert module.info(there).ok
    assert module.info(replace(there, key="another-key")).outcome is ModuleOutcome.NOT_FOUND
