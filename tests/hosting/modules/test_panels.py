"""What each panel has of its own, which no other shows."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from commerce.hosting.account_creation import create_once
from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import AccountState, ModuleOutcome, UsageKind, ask
from commerce.hosting.modules.cpanel.module import CpanelModule
from commerce.hosting.modules.directadmin import module
from commerce.hosting.modules.directadmin.module import link_networks
from commerce.kit import clock
from tests.doubles.panels import cpanel, directadmin, opterius, plesk
from tests.doubles.panels.accounts import THEIRS
from tests.hosting.modules.all_sides import CpanelSide, DirectAdminSide, OpteriusSide, PleskSide
from tests.hosting.modules.sides import OTHER_PASSWORD, PASSWORD


@pytest.fixture
def whm() -> Iterator[CpanelSide]:
    double = cpanel.CpanelDouble()
    yield CpanelSide(double)
    double.server.end()


@pytest.fixture
def da() -> Iterator[DirectAdminSide]:
    double = directadmin.DirectAdminDouble()
    yield DirectAdminSide(double)
    double.server.end()


@pytest.fixture
def plesk_side() -> Iterator[PleskSide]:
    double = plesk.PleskDouble()
    yield PleskSide(double)
    double.server.end()


@pytest.mark.parametrize(
    ("changed", "is_ours"),
    [
        ({}, True),
        ({"email": "ALICE@example.com"}, True),
        ({"email": "other@example.com"}, False),
        ({"domain": "other.example"}, False),
        ({"made_at": (clock.now() - timedelta(days=1)).timestamp()}, False),
    ],
)
def test_an_account_of_cpanel_is_ours_if_all_agrees(
    whm: CpanelSide, changed: dict[str, object], *, is_ours: bool
) -> None:
    wanted = whm.asked_for()
    held = {"domain": wanted.domain, "email": wanted.email} | changed
    whm.accounts.hold(wanted.username, **held)  # type: ignore[arg-type]
    found = whm.module().find(wanted).account
    assert found is not None
    assert found.is_ours is is_ours


def test_a_domain_that_is_another_users_is_found(whm: CpanelSide, da: DirectAdminSide) -> None:
    for side in (whm, da):
        wanted = side.asked_for()
        side.accounts.hold("bobhost", wanted.domain)
        assert create_once(side.module(), wanted, PASSWORD).outcome is ModuleOutcome.TAKEN
        assert side.number() == 1


def test_an_account_of_another_domain_is_not_removed(whm: CpanelSide, da: DirectAdminSide) -> None:
    """Its name was given anew, by hand, after ours had been removed there."""
    for side in (whm, da):
        wanted = replace(side.asked_for(), remote_id="alicehost")
        side.accounts.hold("alicehost", "charlie.example")
        result = side.module().terminate(wanted)
        assert result.outcome is ModuleOutcome.REFUSED
        assert "charlie.example" in result.message
        assert side.number() == 1


def test_nobody_is_let_into_an_account_of_another_domain(
    whm: CpanelSide, da: DirectAdminSide, plesk_side: PleskSide
) -> None:
    """The service was moved to another server, and has the id that it had on the last one."""
    plesk_side.double.new_customer("bobhost", "key-of-bob")
    for side in (whm, da, plesk_side):
        held = side.accounts.hold("bobhost", "bob.example")
        remote_id = str(held.number) if side is plesk_side else held.username
        moved = replace(side.asked_for(), remote_id=remote_id)
        for result in (
            side.module().login_url(moved),
            side.module().set_password(moved, OTHER_PASSWORD),
        ):
            assert (result.outcome, result.url) == (ModuleOutcome.REFUSED, "")
            assert "bob.example" in result.message
        assert held.password == THEIRS


def test_a_panel_that_has_our_key_switches_no_account_of_another_domain(
    plesk_side: PleskSide,
) -> None:
    plesk_side.double.new_customer("bobhost", "key-of-bob")
    opterius_double = opterius.OpteriusDouble()
    try:
        for side in (plesk_side, OpteriusSide(opterius_double)):
            held = side.accounts.hold("bobhost", "bob.example", key="key-of-bob")
            moved = replace(side.asked_for(), remote_id=str(held.number))
            assert side.module().suspend(moved).outcome is ModuleOutcome.REFUSED
            assert not held.is_suspended
    finally:
        opterius_double.server.end()


def test_the_log_of_plesk_names_no_other_customers(plesk_side: PleskSide) -> None:
    plesk_side.double.new_customer("bobhost", "key-of-bob")
    wanted = plesk_side.asked_for()
    assert create_once(plesk_side.module(), wanted, PASSWORD).ok
    assert plesk_side.calls
    assert "bobhost" not in f"{plesk_side.calls}"


def test_nothing_but_the_function_stands_in_an_address_of_whm(whm: CpanelSide) -> None:
    assert create_once(whm.module(), whm.asked_for(), PASSWORD).ok
    for sent in whm.server.requests:
        assert sent.method == "POST"
        assert sent.query == [("api.version", "1")]


def test_bytes_and_numbers_of_usage_are_those_of_the_panel(
    whm: CpanelSide, da: DirectAdminSide, plesk_side: PleskSide
) -> None:
    for side in (whm, da, plesk_side):
        wanted = side.asked_for()
        made = create_once(side.module(), wanted, PASSWORD).account
        assert made is not None
        figures = side.module().usage(replace(wanted, remote_id=made.remote_id)).usage
        assert {each.kind: (each.used, each.limit) for each in figures} == {
            UsageKind.DISK: (14 << 20, 1000 << 20),
            UsageKind.TRAFFIC: (3 << 30, None),
            UsageKind.MAILBOXES: (2, 10),
            UsageKind.DATABASES: (1, 5),
        }


def test_directadmin_which_toggles_is_read_before(da: DirectAdminSide) -> None:
    wanted = da.asked_for()
    assert create_once(da.module(), wanted, PASSWORD).ok
    there = replace(wanted, remote_id=wanted.username)
    for _twice in range(2):
        assert da.module().suspend(there).ok
        assert da.state_of(there) is AccountState.OFF


def test_directadmin_that_reports_an_error_though_it_deleted_is_looked_at_again(
    da: DirectAdminSide,
) -> None:
    wanted = da.asked_for()
    assert create_once(da.module(), wanted, PASSWORD).ok
    da.double.deletes_with_error = True
    there = replace(wanted, remote_id=wanted.username)
    assert da.module().terminate(there).outcome is ModuleOutcome.OK
    assert da.number() == 0


def test_directadmin_makes_an_account_at_an_address_of_its_own(da: DirectAdminSide) -> None:
    assert create_once(da.module(), da.asked_for(), PASSWORD).ok
    fields = dict(parse_qsl(da.server.requests[-1].body.decode()))
    assert (fields["ip"], fields["notify"]) == (directadmin.IP, "no")


def test_a_customer_of_plesk_without_a_subscription_gets_it(plesk_side: PleskSide) -> None:
    """The reply to the customer came, and the worker died before the subscription."""
    wanted = plesk_side.asked_for()
    plesk_side.double.new_customer(wanted.username, wanted.key)
    assert create_once(plesk_side.module(), wanted, PASSWORD).outcome is ModuleOutcome.OK
    assert len(plesk_side.double.customers) == plesk_side.number() == 1
    assert plesk_side.password_of(wanted) == PASSWORD


def test_plesk_removes_the_customer_that_it_made_and_no_other(plesk_side: PleskSide) -> None:
    wanted = plesk_side.asked_for()
    made = create_once(plesk_side.module(), wanted, PASSWORD).account
    assert made is not None
    there = replace(wanted, remote_id=made.remote_id)
    plesk_side.double.new_customer("bob", "another-key")
    assert plesk_side.module().terminate(there).ok
    assert [each["login"] for each in plesk_side.double.customers.values()] == ["bob"]
    plesk_side.double.new_customer(wanted.username, wanted.key)
    assert plesk_side.module().terminate(there).ok
    assert [each["login"] for each in plesk_side.double.customers.values()] == ["bob"]


def test_a_customer_of_plesk_who_has_more_is_kept(plesk_side: PleskSide) -> None:
    """Staff gave it another subscription by hand."""
    wanted = plesk_side.asked_for()
    made = create_once(plesk_side.module(), wanted, PASSWORD).account
    assert made is not None
    other = plesk_side.accounts.hold("second", "shop.example")
    other.username = wanted.username
    there = replace(wanted, remote_id=made.remote_id)
    for _twice in range(2):
        assert plesk_side.module().terminate(there).ok
        assert [each["login"] for each in plesk_side.double.customers.values()] == ["alicehost"]
        assert list(plesk_side.accounts.by_username) == ["second"]


def test_a_link_of_plesk_holds_for_the_address_of_who_signs_in(plesk_side: PleskSide) -> None:
    wanted = plesk_side.asked_for()
    made = create_once(plesk_side.module(), wanted, PASSWORD).account
    assert made is not None
    there = replace(wanted, remote_id=made.remote_id)
    assert plesk_side.module().login_url(there).ok
    assert list(plesk_side.double.sessions.values()) == [("alicehost", "MjAzLjAuMTEzLjc=")]
    nowhere = replace(there, client_address="")
    assert plesk_side.module().login_url(nowhere).outcome is ModuleOutcome.REFUSED


@pytest.mark.parametrize(
    ("client", "panel", "networks"),
    [
        ("203.0.113.7", ["198.51.100.1"], ["203.0.113.7/32"]),
        ("2001:db8:1:2:3::4", ["2001:db8::1"], ["2001:db8:1:2::/64"]),
        ("2001:db8:1:2:3::4", ["198.51.100.1", "2001:db8::1"], ["2001:db8:1:2::/64"]),
        ("2001:db8:1:2:3::4", ["198.51.100.1"], []),  # they come from another address
        ("203.0.113.7", ["2001:db8::1"], []),
        ("203.0.113.7", ["198.51.100.1", "2001:db8::1"], []),  # they may
        ("203.0.113.7", [], []),
        ("", ["198.51.100.1"], []),
        ("nobody", ["198.51.100.1"], []),
        ("2001:db8::9", ["fe80::1%eth0"], ["2001:db8::/64"]),
    ],
)
def test_a_link_of_directadmin_holds_for_the_network_that_one_comes_from(
    client: str, panel: list[str], networks: list[str]
) -> None:
    assert link_networks(client, panel) == networks


def test_directadmin_is_told_that_network(
    da: DirectAdminSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = da.asked_for()
    made = create_once(da.module(), wanted, PASSWORD).account
    assert made is not None
    there = replace(wanted, remote_id=made.remote_id, client_address="203.0.113.7")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("198.51.100.1", 2222))]
    monkeypatch.setattr(module, "getaddrinfo", lambda *_asked, **_more: found)
    assert da.module().login_url(there).ok
    assert da.double.networks == ["203.0.113.7/32"]

    def fail(*_asked: object, **_more: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(module, "getaddrinfo", fail)
    assert da.module().login_url(there).ok
    assert da.double.networks == []


def test_another_certificate_than_the_pinned_one_is_silence(whm: CpanelSide) -> None:
    connection = whm.module().connection  # type: ignore[attr-defined]
    for fingerprint in ("0" * 64, ""):
        server = replace(connection.server, fingerprint=fingerprint)
        module = CpanelModule(PanelConnection(server))
        assert ask(module.test).outcome is ModuleOutcome.SILENT
    assert whm.server.requests == []
