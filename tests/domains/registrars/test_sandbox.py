"""The registrar of the demo: all that a registrar does, in a world with rules, kept in a file that processes share."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from commerce.domains.rdap.lookup import look_up
from commerce.domains.registrars.contract import (
    Contact,
    Contacts,
    Cost,
    DomainInfo,
    DomainName,
    DsRecord,
    RegistrarProblem,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.registrars.sandbox.adapter import ARRIVES_AFTER, SandboxRegistrar
from commerce.domains.sandbox.store import open_books, sandbox_file
from commerce.kit import clock
from commerce.runs.models import DailyRun
from tests import make

pytestmark = pytest.mark.django_db

PERSON = Contact(
    first_name="Jane",
    last_name="Smith",
    email="jane@example.com",
    phone="+44.2012345",
    address1="1 High Street",
    city="London",
    postcode="N1 1AA",
    country="GB",
)
CONTACTS = Contacts(registrant=PERSON, admin=PERSON, tech=PERSON, billing=PERSON)
ORDER = RegistrationOrder(
    contacts=CONTACTS, years=2, nameservers=("ns1.example.net", "ns2.example.net")
)
HARBOR = DomainName("harbor-lights.com", "com")
THEIRS = DomainName("taken-by-others.com", "com")
TODAY = make.AT.date()
SETTINGS = {"deposit": "1000.00", "outage": False, "lose_answers": False}


@pytest.fixture(autouse=True)
def _demo(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.COMMERCE_DEMO, settings.COMMERCE_DATA_DIR = True, tmp_path
    with clock.freeze_time(make.AT):
        yield


def sandbox(**changed: Any) -> SandboxRegistrar:
    return SandboxRegistrar(SETTINGS | changed)


def info(domain: DomainName) -> DomainInfo:
    found = sandbox().info(domain)
    assert found.data is not None, found
    return found.data


def registered(domain: DomainName = HARBOR, *, years: int = 2) -> DomainInfo:
    made = sandbox().register(domain, replace(ORDER, years=years), key=f"register {domain}")
    assert made.data is not None, made
    return made.data


def is_available(label: str, tld: str) -> bool:
    found = sandbox().check_one(label, tld)
    assert found.data is not None
    return found.data.is_available


def test_no_other_installation_has_it(settings: Settings) -> None:
    assert "sandbox" not in REGISTRAR_CLASSES
    settings.COMMERCE_DEMO = False
    for refused in (sandbox().test(), sandbox().check_one("harbor-lights", "com")):
        assert refused.problem == RegistrarProblem.REFUSED
        assert "only available in a demo" in refused.message


def test_some_names_are_taken_and_one_is_premium() -> None:
    assert is_available("harbor-lights", "com")
    assert is_available("xn--mller-kva", "co.uk")
    assert not is_available("coffee", "com")
    assert is_available("coffee", "shop")
    assert not is_available("abc", "dev")
    assert not is_available("taken-anyway", "io")
    found = sandbox().check_bulk("gold", ["com", "shop"])["shop"].data
    assert found is not None
    assert (found.is_available, found.is_premium) == (True, True)
    assert found.cost == Cost(250_000, "USD")


def test_a_name_is_registered_for_its_term_and_no_longer_available() -> None:
    made = registered()
    assert made.state == RegistrarState.ACTIVE
    assert (made.registration_date, made.expiry) == (TODAY, date(TODAY.year + 2, 4, 8))
    assert made.nameservers == ORDER.nameservers
    assert made.is_locked is False
    assert info(HARBOR) == made
    assert not is_available("harbor-lights", "com")
    again = sandbox().register(HARBOR, ORDER, key="another")
    assert again.problem == RegistrarProblem.TAKEN
    assert sandbox().test().data == Cost(100_000 - 2 * 950, "USD")


@pytest.mark.parametrize(
    ("domain", "problem"),
    [
        (THEIRS, RegistrarProblem.TAKEN),
        (DomainName("premium.com", "com"), RegistrarProblem.REFUSED),
    ],
)
def test_what_cannot_be_registered_is_refused(
    domain: DomainName, problem: RegistrarProblem
) -> None:
    assert sandbox().register(domain, ORDER, key="1").problem == problem
    assert sandbox().info(domain).problem == RegistrarProblem.NOT_FOUND


def test_a_slow_name_is_pending_first() -> None:
    slow = DomainName("slow-boat.co.uk", "co.uk")
    assert registered(slow).state == RegistrarState.PENDING
    with clock.freeze_time(make.AT + ARRIVES_AFTER):
        assert info(slow).state == RegistrarState.ACTIVE


def test_a_renewal_whose_answer_is_lost_adds_one_term() -> None:
    made = registered()
    assert made.expiry is not None
    lossy = sandbox(lose_answers=True)
    for _twice in range(2):
        lost = lossy.renew(HARBOR, years=3, current_expiry=made.expiry, key="renew 7")
        assert lost.problem == RegistrarProblem.RETRY
    assert info(HARBOR).expiry == date(TODAY.year + 5, 4, 8)
    other_key = sandbox().renew(HARBOR, years=3, current_expiry=made.expiry, key="renew 8")
    assert other_key.problem == RegistrarProblem.REFUSED
    assert sandbox().test().data == Cost(100_000 - 2 * 950 - 3 * 1050, "USD")


def test_more_than_ten_years_are_refused() -> None:
    made = registered(years=9)
    assert made.expiry is not None
    refused = sandbox().renew(HARBOR, years=2, current_expiry=made.expiry, key="1")
    assert refused.problem == RegistrarProblem.REFUSED
    assert info(HARBOR).expiry == made.expiry


STATES = {
    0: RegistrarState.ACTIVE,
    1: RegistrarState.EXPIRED,
    30: RegistrarState.EXPIRED,
    31: RegistrarState.REDEMPTION,
    60: RegistrarState.REDEMPTION,
}


@pytest.mark.parametrize(("days", "state"), STATES.items())
def test_a_name_ends_in_steps(days: int, state: RegistrarState) -> None:
    expiry = registered().expiry
    assert expiry is not None
    with clock.freeze_time(make.AT + (expiry - TODAY) + timedelta(days=days)):
        assert info(HARBOR).state == state


def test_a_name_that_nobody_kept_can_be_registered_by_anybody() -> None:
    expiry = registered().expiry
    assert expiry is not None
    with clock.freeze_time(make.AT + (expiry - TODAY) + timedelta(days=61)):
        assert sandbox().info(HARBOR).problem == RegistrarProblem.NOT_FOUND
        assert is_available("harbor-lights", "com")


def test_it_follows_a_daily_run_that_lived_ahead() -> None:
    """`commerce daily --on` of a later day, with COMMERCE_TEST_MODE."""
    expiry = registered().expiry
    assert expiry is not None
    DailyRun.objects.create(date=expiry + timedelta(days=40), started_at=make.AT, started_by="test")
    assert info(HARBOR).state == RegistrarState.REDEMPTION


def test_a_name_in_redemption_is_restored_and_not_renewed() -> None:
    expiry = registered(years=1).expiry
    assert expiry is not None
    early = sandbox().restore(HARBOR, current_expiry=expiry, key="1")
    assert early.problem == RegistrarProblem.REFUSED
    with clock.freeze_time(make.AT + (expiry - TODAY) + timedelta(days=45)):
        renewed = sandbox().renew(HARBOR, years=1, current_expiry=expiry, key="2")
        assert renewed.problem == RegistrarProblem.REFUSED
        for _twice in range(2):
            restored = sandbox().restore(HARBOR, current_expiry=expiry, key="3").data
            assert restored is not None
            assert restored.state == RegistrarState.ACTIVE
            assert restored.expiry == date(TODAY.year + 2, 4, 8)
        assert sandbox().test().data == Cost(100_000 - 950 - 8000 - 1050, "USD")


def test_a_transfer_takes_a_while() -> None:
    asked = sandbox().transfer(THEIRS, code="Kq7-mW2", contacts=CONTACTS, key="1")
    assert asked.data is not None
    assert asked.data.state == RegistrarState.PENDING_TRANSFER
    elsewhere = look_up(THEIRS.name)
    assert elsewhere is not None
    assert (elsewhere.registrar, elsewhere.statuses) == (
        "Elsewhere Names Ltd",
        ("pending transfer",),
    )
    assert elsewhere.expiry is not None
    with clock.freeze_time(make.AT + ARRIVES_AFTER):
        here = info(THEIRS)
        assert here.state == RegistrarState.ACTIVE
        assert here.expiry == elsewhere.expiry.replace(year=elsewhere.expiry.year + 1)
        assert here.nameservers == ("ns1.elsewhere.example", "ns2.elsewhere.example")
        shown = look_up(THEIRS.name)
        assert shown is not None
        assert shown.registrar == "Sandbox"


def test_a_wrong_code_is_told_and_another_one_is_taken() -> None:
    for code in ("", "wrong-code"):
        refused = sandbox().transfer(THEIRS, code=code, contacts=CONTACTS, key="1")
        assert refused.problem == RegistrarProblem.WRONG_CODE
    assert sandbox().test().data == Cost(100_000, "USD")
    assert sandbox().transfer(THEIRS, code="right", contacts=CONTACTS, key="2").ok


def test_a_transfer_that_the_other_registrar_rejects_has_ended() -> None:
    assert sandbox().transfer(THEIRS, code="refuse", contacts=CONTACTS, key="1").ok
    with clock.freeze_time(make.AT + ARRIVES_AFTER):
        assert info(THEIRS).state == RegistrarState.TRANSFER_REFUSED
        assert sandbox().transfer(THEIRS, code="right", contacts=CONTACTS, key="2").ok
        assert info(THEIRS).state == RegistrarState.PENDING_TRANSFER


@pytest.mark.parametrize("label", ["nobody-has-this", "locked-up", "recently-made"])
def test_what_cannot_leave_is_refused(label: str) -> None:
    domain = DomainName(f"{label}.com", "com")
    asked = sandbox().transfer(domain, code="right", contacts=CONTACTS, key="1")
    assert asked.problem == RegistrarProblem.REFUSED


def test_a_lock_and_a_recent_registration_are_seen_before_anything_is_paid() -> None:
    locked, recent = look_up("locked-up.co.uk"), look_up("recently-made.de")
    assert locked is not None
    assert locked.is_locked
    assert recent is not None
    assert recent.transferable_from == TODAY + timedelta(days=50)
    assert look_up("nobody-has-this.com") is None


def test_a_transfer_is_cancelled() -> None:
    assert sandbox().cancel_transfer(THEIRS).problem == RegistrarProblem.NOT_FOUND
    assert sandbox().transfer(THEIRS, code="right", contacts=CONTACTS, key="1").ok
    assert sandbox().cancel_transfer(THEIRS).ok
    with clock.freeze_time(make.AT + ARRIVES_AFTER):
        assert sandbox().info(THEIRS).problem == RegistrarProblem.NOT_FOUND
        assert sandbox().cancel_transfer(THEIRS).problem == RegistrarProblem.NOT_FOUND


def test_each_change_is_seen_by_the_next_look() -> None:
    registered()
    record = DsRecord(key_tag=60485, algorithm=13, digest_type=2, digest="AB" * 32)
    for done in (
        sandbox().set_nameservers(HARBOR, ["a.dns.example", "b.dns.example", "c.dns.example"]),
        sandbox().set_lock(HARBOR, locked=True),
        sandbox().set_privacy(HARBOR, enabled=True),
        sandbox().set_contacts(
            HARBOR, replace(CONTACTS, tech=replace(PERSON, email="t@example.com"))
        ),
        sandbox().set_ds_records(HARBOR, [record]),
    ):
        assert done.ok
    found = info(HARBOR)
    assert found.nameservers == ("a.dns.example", "b.dns.example", "c.dns.example")
    assert (found.is_locked, found.whois_privacy) == (True, True)
    with open_books(TODAY) as books:
        kept = books.find(HARBOR.name)
    assert kept is not None
    assert kept.contacts["tech"]["email"] == "t@example.com"
    assert kept.contacts["registrant"]["email"] == "jane@example.com"
    assert [each["key_tag"] for each in kept.ds_records] == [60485]


def test_the_code_of_an_unlocked_name_is_told() -> None:
    registered()
    code = sandbox().get_code(HARBOR).data
    assert code
    sandbox().set_lock(HARBOR, locked=True)
    assert sandbox().get_code(HARBOR).problem == RegistrarProblem.REFUSED
    sandbox().set_lock(HARBOR, locked=False)
    assert sandbox().get_code(HARBOR).data == code


def test_nothing_of_a_name_that_is_not_there_can_be_changed() -> None:
    for refused in (
        sandbox().set_lock(HARBOR, locked=True),
        sandbox().set_nameservers(HARBOR, []),
        sandbox().get_code(HARBOR),
        sandbox().renew(HARBOR, years=1, current_expiry=TODAY, key="1"),
    ):
        assert refused.problem == RegistrarProblem.NOT_FOUND


def test_what_the_deposit_does_not_cover_is_refused_until_it_is_topped_up() -> None:
    poor = sandbox(deposit="15.00")
    refused = poor.register(HARBOR, ORDER, key="1")
    assert refused.problem == RegistrarProblem.REFUSED
    assert "15.00 USD" in refused.message
    assert poor.register(HARBOR, replace(ORDER, years=1), key="2").ok
    assert poor.test().data == Cost(550, "USD")
    assert sandbox(deposit="nothing").test().problem == RegistrarProblem.AUTH


def test_an_outage_leaves_everything_unanswered_and_undone() -> None:
    down = sandbox(outage=True)
    assert down.register(HARBOR, ORDER, key="1").problem == RegistrarProblem.RETRY
    assert down.check_one("harbor-lights", "com").problem == RegistrarProblem.RETRY
    assert down.test().problem == RegistrarProblem.RETRY
    assert is_available("harbor-lights", "com")


def test_the_price_list_changes_by_itself() -> None:
    first, second = (_shop_price(day) for day in (1, 16))
    assert (first, second) == (300, 150)


def _shop_price(day: int) -> int | None:
    with clock.freeze_time(make.AT.replace(day=day)):
        listed = sandbox().price_list().data
    assert listed is not None
    (shop,) = [each for each in listed if each.tld == "shop"]
    return shop.register


ANOTHER_PROCESS = """
import sqlite3, sys
for number in range(10):
    with sqlite3.connect(sys.argv[1], timeout=10) as connection:
        connection.execute("INSERT INTO orders VALUES (?, 'register', 1)", (f"{sys.argv[2]} {number}",))
"""


def test_processes_write_at_the_same_time() -> None:
    registered()
    writers = [
        subprocess.Popen([sys.executable, "-c", ANOTHER_PROCESS, sandbox_file(), name])
        for name in ("first", "second")
    ]
    for number in range(20):
        assert sandbox().set_privacy(HARBOR, enabled=number % 2 == 0).ok
    assert [writer.wait(30) for writer in writers] == [0, 0]
    with open_books(TODAY) as books:
        assert books.is_done("first 9")
        assert books.charged() == 2 * 950 + 20


def test_what_fails_halfway_is_not_kept() -> None:
    registered()
    with open_books(TODAY) as books:
        books.charge("whole", "register", 5)
    with pytest.raises(sqlite3.IntegrityError):
        _charge_twice()
    with open_books(TODAY) as books:
        assert books.is_done("whole")
        assert not books.is_done("half")


def _charge_twice() -> None:
    with open_books(TODAY) as books:
        books.charge("half", "register", 5)
        books.charge("whole", "register", 5)
