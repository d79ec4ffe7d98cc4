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
from commerce.hosting.modules.cpanel import module as cpanel_module
from commerce.hosting.modules.cpanel.module import CpanelModule
from commerce.hosting.modules.directadmin import module
from commerce.hosting.modules.directadmin.module import link_networks
from commerce.kit import clock
from commerce.kit.remote.xml import element
from tests.doubles.panels import cpanel, directadmin, opterius, plesk
from tests.doubles.panels.accounts import THEIRS
from tests.doubles.registrars.http_server import HttpFault
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


def test_a_key_that_whm_refuses_in_words_alone(whm: CpanelSide) -> None:
    whm.double.refuses_in_words = True
    stranger = whm.module(wrong_key=True)
    assert stranger.test().outcome is ModuleOutcome.UNAUTHORIZED
    for reason in ("Access denied", "Permission denied", "The API token has expired."):
        whm.server.faults.append(HttpFault("version", "says", cpanel.told({}, reason).body))
        assert whm.module().test().outcome is ModuleOutcome.UNAUTHORIZED, reason


def test_no_name_makes_a_refusal_one_of_the_key(whm: CpanelSide, da: DirectAdminSide) -> None:
    """They stand in the reasons of panels."""
    reasons = (
        "“token-expired.com” is already configured.",
        "The password is not valid: access denied to nobody.",
        "mkdir /home/access: Permission denied",
    )
    for reason in reasons:
        whm.server.faults.append(HttpFault("createacct", "says", cpanel.told({}, reason).body))
        told = ask(whm.module().create, whm.asked_for(), PASSWORD).outcome
        assert told in (ModuleOutcome.REFUSED, ModuleOutcome.TAKEN), reason
    body = directadmin.error("Cannot create", "access-denied.com is not a valid domain").body
    da.server.faults.append(HttpFault("CMD_API_ACCOUNT_USER", "says", body))
    assert ask(da.module().create, da.asked_for(), PASSWORD).outcome is ModuleOutcome.REFUSED


@pytest.mark.parametrize("code", ["1001", "1006", "1010", "1012", "11003"])
def test_a_key_that_plesk_refuses_by_a_code(plesk_side: PleskSide, code: str) -> None:
    """XML says so with status 200."""
    body = plesk.packet(plesk.wrong(element("system"), code, "No.")).body
    plesk_side.server.faults.append(HttpFault("xml webspace", "says", body))
    told = plesk_side.module().list_accounts()
    plesk_side.server.faults.append(HttpFault("xml service-plan", "says", body))
    assert plesk_side.module().list_accounts().outcome is ModuleOutcome.UNAUTHORIZED
    assert told.outcome is ModuleOutcome.UNAUTHORIZED


def test_a_login_key_that_may_not_run_a_command(da: DirectAdminSide) -> None:
    words = "The request you've made cannot be executed because it does not exist in your authority level"
    pages = (b"<html>" + words.encode(), directadmin.error("Cannot Execute", words).body)
    for body in pages:
        da.server.faults.append(HttpFault("CMD_API_LOGIN_TEST", "says", body))
        assert da.module().test().outcome is ModuleOutcome.UNAUTHORIZED


def test_an_account_of_another_reseller_is_not_gone(whm: CpanelSide) -> None:
    """WHM says "does not exist" of it to a reseller."""
    there = replace(whm.asked_for(), remote_id="alicehost")
    assert "all accounts" in whm.module().test().message
    whm.double.is_root = False
    assert "of root alone" in whm.module().test().message
    assert whm.module().terminate(there).outcome is ModuleOutcome.ALREADY
    whm.double.of_others = {"alicehost"}
    refused = whm.module().terminate(there)
    assert refused.outcome is ModuleOutcome.REFUSED
    assert "another reseller's" in refused.message
    whm.double.is_root = True  # who sees all is told the truth
    assert whm.module().terminate(there).outcome is ModuleOutcome.ALREADY


@pytest.mark.parametrize("knows_pages", [True, False])
@pytest.mark.parametrize("number", [0, 3, 4, 7])
def test_whm_lists_its_accounts_page_by_page(
    whm: CpanelSide, monkeypatch: pytest.MonkeyPatch, number: int, *, knows_pages: bool
) -> None:
    monkeypatch.setattr(cpanel_module, "PAGE", 2)
    whm.double.knows_pages = knows_pages
    for n in range(number):
        whm.accounts.hold(f"user{n}", f"site{n}.example")
    found = [each.username for each in whm.module().list_accounts().accounts]
    assert found == [f"user{n}" for n in range(number)]


def test_plesk_is_never_asked_for_all_customers(plesk_side: PleskSide) -> None:
    plesk_side.double.new_customer("bobhost", "key-of-bob")
    wanted = plesk_side.asked_for()
    made = create_once(plesk_side.module(), wanted, PASSWORD).account
    assert made is not None
    there = replace(wanted, remote_id=made.remote_id)
    assert plesk_side.module().find(wanted).ok
    assert plesk_side.module().terminate(there).ok
    asked = {plesk.call_of(request) for request in plesk_side.server.requests}
    assert {"xml customer", "POST clients", "DELETE clients/#"} <= asked
    assert "GET clients" not in asked


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


def test_plesk_takes_as_much_of_a_long_name_as_it_can(plesk_side: PleskSide) -> None:
    wanted = replace(plesk_side.asked_for(), client_name="Müller & Söhne " * 10)
    assert create_once(plesk_side.module(), wanted, PASSWORD).ok  # its contract is compared
    [customer] = plesk_side.double.customers.values()
    assert customer["name"] == ("Müller & Söhne " * 4).strip()


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
