"""The sandbox keeps the contract of registrars as those with a connection do, in its own world (domains.md 6)."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from commerce.domains.registrars.contract import DomainName, Registrar, RegistrarProblem
from commerce.domains.registrars.sandbox.adapter import ARRIVES_AFTER, SandboxRegistrar
from commerce.domains.sandbox.store import open_books
from commerce.kit import clock
from commerce.kit.periods import add_months
from tests import make
from tests.domains.registrars.contract_cases import CODE, DS, OPERATIONS
from tests.domains.registrars.sides import CONTACTS, ORDER, domain

pytestmark = pytest.mark.django_db
NAMES = ["harbor-lights.com", "harbor-lights.co.uk", "xn--mller-kva.com"]
TODAY = make.AT.date()
ANYTIME = ("check_one", "register", "test", "price_list", "read_messages")
"""Operations that need no name in the account."""


@pytest.fixture(autouse=True)
def _demo(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.COMMERCE_DEMO, settings.COMMERCE_DATA_DIR = True, tmp_path
    with clock.freeze_time(make.AT):
        yield


def sandbox(**changed: Any) -> Registrar:
    made: Registrar = SandboxRegistrar(
        {"deposit": "1000.00", "outage": False, "lose_answers": False} | changed
    )
    return made


def test_each_member_of_the_contract_is_there_and_all_can_be_done() -> None:
    members = [name for name in dir(Registrar) if not name.startswith("_")]
    assert [name for name in members if not hasattr(sandbox(), name)] == []
    assert {name for name, can in asdict(SandboxRegistrar.capabilities).items() if can is True} >= {
        "code",
        "privacy",
        "contacts",
        "restore",
        "price_list",
        "balance",
        "ds_records",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_each_form_lives_through_all_operations(name: str) -> None:
    here, asked = sandbox(), domain(name)
    free = here.check_one(asked.label, asked.tld).data
    assert free is not None
    assert free.is_available
    made = here.register(asked, ORDER, key="1").data
    assert made is not None
    assert made.expiry == add_months(TODAY, 24)
    assert here.register(asked, ORDER, key="2").problem == RegistrarProblem.TAKEN
    renewed = here.renew(asked, years=1, current_expiry=made.expiry, key="3").data
    assert renewed is not None
    assert renewed.expiry == add_months(TODAY, 36)
    for done in (
        here.get_code(asked),
        here.set_nameservers(asked, ["a.dns.example", "b.dns.example"]),
        here.set_lock(asked, locked=True),
        here.set_privacy(asked, enabled=True),
        here.set_contacts(asked, CONTACTS),
        here.set_ds_records(asked, [DS]),
    ):
        assert done.ok, done
    found = here.info(asked).data
    assert found is not None
    assert (found.is_locked, found.whois_privacy) == (True, True)
    assert found.nameservers == ("a.dns.example", "b.dns.example")
    with clock.freeze_time(make.AT + timedelta(days=3 * 365 + 50)):
        late = sandbox()
        assert late.restore(asked, current_expiry=renewed.expiry, key="4").ok
        assert late.restore(asked, current_expiry=renewed.expiry, key="4").ok  # once
        info = late.info(asked).data
        assert info is not None
        assert info.expiry == add_months(TODAY, 48)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_operation_has_its_problems(operation: str) -> None:
    act = OPERATIONS[operation]
    silent = act(sandbox(outage=True))
    assert (silent.problem, silent.data) == (RegistrarProblem.RETRY, None)
    if operation == "transfer":
        assert act(sandbox()).problem == RegistrarProblem.REFUSED  # nobody has that name
    elif operation not in ANYTIME:
        assert act(sandbox()).problem == RegistrarProblem.NOT_FOUND
    if operation in ("register", "test"):
        assert act(sandbox(deposit="a lot")).problem == RegistrarProblem.AUTH


def ordered(name: str) -> Callable[[Registrar, str], Any]:
    """What is lost below: ``key`` names the attempt."""
    asked = domain(name)
    return {
        "harbor-lights.com": lambda here, key: here.register(asked, ORDER, key=key),
        "taken-elsewhere.com": lambda here, key: here.transfer(
            asked, code=CODE, contacts=CONTACTS, key=key
        ),
        "xn--mller-kva.com": lambda here, key: here.renew(
            asked, years=1, current_expiry=add_months(TODAY, 24), key=key
        ),
    }[name]


@pytest.mark.parametrize("name", ["harbor-lights.com", "taken-elsewhere.com", "xn--mller-kva.com"])
def test_what_costs_money_is_done_once_when_its_answer_is_lost(name: str) -> None:
    order, asked = ordered(name), domain(name)
    if name == "xn--mller-kva.com":
        assert sandbox().register(asked, ORDER, key="before").ok
    before = charges()
    assert order(sandbox(lose_answers=True), "1").problem == RegistrarProblem.RETRY
    assert sandbox().info(asked).ok
    order(sandbox(), "1")
    order(sandbox(), "another")
    assert charges() - before == cost_of(asked)
    with clock.freeze_time(make.AT + ARRIVES_AFTER):
        assert sandbox().info(asked).data is not None


def charges() -> int:
    with open_books(TODAY) as books:
        return books.charged()


def cost_of(asked: DomainName) -> int:
    return {"harbor-lights": 2 * 950, "taken-elsewhere": 950, "xn--mller-kva": 1050}[asked.label]


def test_a_wrong_code_is_told() -> None:
    asked = domain("taken-elsewhere.com")
    found = sandbox().transfer(asked, code="wrong", contacts=CONTACTS, key="1")
    assert found.problem == RegistrarProblem.WRONG_CODE
