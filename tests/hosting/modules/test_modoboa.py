"""Mail hosting at a real Modoboa: what a client gets with an order, uses, and loses."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from commerce.hosting.account_creation import create_once
from commerce.hosting.modules.contract import ModuleOutcome, UsageFigure, UsageKind, ask
from commerce.hosting.modules.modoboa.module import ModoboaModule
from commerce.hosting.modules.modoboa.packages import mail_package
from commerce.hosting.modules.panel import PanelRefusal
from tests.doubles.registrars.http_server import HttpFault
from tests.hosting.modules.modoboa_side import ModoboaSide, modoboa_side
from tests.hosting.modules.sides import ALICE, OTHER_PASSWORD, PASSWORD


@pytest.fixture
def side() -> Iterator[ModoboaSide]:
    with modoboa_side() as made:
        yield made


@pytest.fixture
def module(side: ModoboaSide) -> ModoboaModule:
    made = side.module()
    assert isinstance(made, ModoboaModule)
    return made


def test_a_mailbox_can_be_used_as_long_as_it_is_paid(
    side: ModoboaSide, module: ModoboaModule
) -> None:
    wanted = side.asked_for()
    account = create_once(module, wanted, PASSWORD).account
    assert account is not None
    address = f"alicehost@{wanted.domain}"
    assert account.username == address
    assert account.details == {"webmail": "https://127.0.0.1/"}
    assert side.lets_in(address, PASSWORD)
    assert not side.lets_in(address, OTHER_PASSWORD)
    [person] = side.people(wanted.domain)
    assert person["mailbox"]["full_address"] == address
    assert person["role"] == "DomainAdmins"
    assert person["domains"] == [wanted.domain]

    there = replace(wanted, remote_id=account.remote_id, username=account.username)
    assert module.suspend(there).ok
    assert not side.lets_in(address, PASSWORD)
    assert module.resume(there).ok
    assert side.lets_in(address, PASSWORD)
    assert module.set_password(there, OTHER_PASSWORD).ok
    assert side.lets_in(address, OTHER_PASSWORD)
    assert not side.lets_in(address, PASSWORD)
    assert module.terminate(there).ok
    assert not side.lets_in(address, OTHER_PASSWORD)
    assert (side.number(), side.people(wanted.domain)) == (0, [])


def test_other_mailboxes_of_a_domain_go_with_it(side: ModoboaSide, module: ModoboaModule) -> None:
    wanted = side.asked_for()
    account = create_once(module, wanted, PASSWORD).account
    assert account is not None
    address = f"info@{wanted.domain}"
    side.new_mailbox(address, OTHER_PASSWORD)
    assert side.lets_in(address, OTHER_PASSWORD)
    there = replace(wanted, remote_id=account.remote_id, username=account.username)
    assert module.usage(there).usage == [
        UsageFigure(UsageKind.MAILBOXES, 2, 5),
        UsageFigure(UsageKind.DISK, 0, 10 * 2**30),
    ]
    assert module.terminate(there).ok
    assert side.people(wanted.domain) == []
    assert create_once(module, replace(wanted, key="another-key"), PASSWORD).ok


def test_nobody_gets_a_password_for_another_domain(
    side: ModoboaSide, module: ModoboaModule
) -> None:
    """The service was moved to another server, and has the id that it had on the last one."""
    wanted = side.asked_for()
    account = create_once(module, wanted, PASSWORD).account
    assert account is not None
    moved = replace(wanted, remote_id=account.remote_id, domain="bob.example")
    assert module.set_password(moved, OTHER_PASSWORD).outcome is ModuleOutcome.REFUSED
    assert side.lets_in(account.username, PASSWORD)
    assert module.terminate(replace(wanted, remote_id=account.remote_id)).ok


def test_a_domain_that_was_begun_is_finished_or_removed(
    side: ModoboaSide, module: ModoboaModule
) -> None:
    wanted = side.asked_for()
    side.server.faults.append(HttpFault("PATCH accounts/#", "dead"))
    assert create_once(module, wanted, PASSWORD).outcome is ModuleOutcome.SILENT
    assert module.find(wanted).outcome is ModuleOutcome.NOT_FOUND
    assert create_once(module, wanted, PASSWORD).ok
    assert side.package_of(wanted) == wanted.package

    side.server.faults.append(HttpFault("POST domains/#/delete", "lost"))
    assert ask(module.terminate, wanted).outcome is ModuleOutcome.SILENT
    assert module.terminate(wanted).ok
    assert (side.number(), side.people(wanted.domain)) == (0, [])


def test_users_of_a_domain_that_came_back_as_somebody_elses_stay(
    side: ModoboaSide, module: ModoboaModule
) -> None:
    wanted = side.asked_for()
    account = create_once(module, wanted, PASSWORD).account
    assert account is not None
    there = replace(wanted, remote_id=account.remote_id, username=account.username)
    assert module.terminate(there).ok
    side.hold_strangers(wanted)
    assert module.terminate(there).outcome is ModuleOutcome.ALREADY
    assert len(side.people(wanted.domain)) == 1


def test_a_token_of_nobody_important_is_told_by_the_test(
    side: ModoboaSide, module: ModoboaModule
) -> None:
    assert module.test().message.startswith("Modoboa 2.")
    side.server.faults.append(HttpFault("GET account/me", "says", b'{"role": "Resellers"}'))
    assert module.test().outcome is ModuleOutcome.REFUSED


def test_a_service_without_a_domain_has_no_mail(side: ModoboaSide, module: ModoboaModule) -> None:
    refused = module.create(replace(side.asked_for(), domain=""), PASSWORD)
    assert refused.outcome is ModuleOutcome.REFUSED
    assert "domain" in refused.message


@pytest.mark.parametrize(
    ("package", "quota", "mailboxes", "each"),
    [
        ("quota=10G, mailboxes=5", 10240, 5, 2048),
        ("mailboxes=1 quota=500M", 500, 1, 500),
        ("quota=1T mailboxes=1000", 2**20, 1000, 1048),
        ("quota=2 mailboxes=10", 2, 10, 1),
    ],
)
def test_a_package_is_a_quota_that_mailboxes_share(
    package: str, quota: int, mailboxes: int, each: int
) -> None:
    made = mail_package(replace(ALICE, package=package))
    assert (made.quota, made.mailboxes, made.mailbox_quota) == (quota, mailboxes, each)


def test_an_option_of_the_client_counts_before_the_package() -> None:
    asked = replace(ALICE, package="quota=10G, mailboxes=5", options={"Mailboxes": "20"})
    assert mail_package(asked).mailboxes == 20


@pytest.mark.parametrize("package", ["", "Starter", "quota=10G", "quota=-1G, mailboxes=2"])
def test_a_package_of_another_form_is_refused_with_an_example(package: str) -> None:
    with pytest.raises(PanelRefusal, match="quota=10G, mailboxes=5"):
        mail_package(replace(ALICE, package=package))
