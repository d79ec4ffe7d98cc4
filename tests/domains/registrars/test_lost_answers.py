"""What costs money: done once, whatever becomes of the answer; ``info`` tells (domains.md 6, invariants R25)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.domains.registrars.contract import Registrar, RegistrarProblem, RegistrarState
from commerce.kit.periods import add_months
from tests.domains.registrars.contract_cases import (
    ALICE,
    CODE,
    DONE_BUT_LOST,
    NAMES,
    expiry,
    today,
)
from tests.domains.registrars.sides import CONTACTS, HOSTS, ORDER, PERSON, RegistrarSide, domain

# Registration.


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_registered(side: RegistrarSide, registrar: Registrar, name: str) -> None:
    order = replace(ORDER, whois_privacy=registrar.capabilities.privacy)
    made = registrar.register(domain(name), order, key="1")
    assert made.data is not None, made
    assert made.data.state in (RegistrarState.PENDING, RegistrarState.ACTIVE)
    side.account.work()

    found = registrar.info(domain(name, made.data.remote_id)).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE
    assert found.expiry == add_months(today(), 24)
    assert found.registration_date == today()
    assert found.nameservers == HOSTS
    assert side.account.charges == [("register", name, 2)]
    held = side.account.names[name]
    assert held.is_private == registrar.capabilities.privacy
    assert set(held.contacts) >= {"registrant"}
    assert PERSON.email in str(held.contacts["registrant"].values())
    assert "Müller" in str(held.contacts["registrant"].values())


def test_four_contacts_of_their_own_arrive_as_such(
    side: RegistrarSide, registrar: Registrar
) -> None:
    roles = ("registrant", "admin", "tech", "billing")
    people = {role: replace(PERSON, email=f"{role}@example.com") for role in roles}
    made = registrar.register(ALICE, replace(ORDER, contacts=replace(CONTACTS, **people)), key="1")
    assert made.ok
    for role, contact in side.account.names["alice.com"].contacts.items():
        assert f"{role}@example.com" in contact.values()


def test_a_taken_name_is_not_registered(side: RegistrarSide, registrar: Registrar) -> None:
    side.account.elsewhere["alice.com"] = CODE
    assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.TAKEN
    assert side.account.charges == []


@pytest.mark.parametrize("kind", DONE_BUT_LOST)
def test_a_registration_whose_answer_is_lost_is_found_by_info(
    side: RegistrarSide, kind: str
) -> None:
    registrar = side.registrar(seconds=0.6)
    side.fails("register", kind)
    assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.RETRY
    found = registrar.info(ALICE)
    assert found.data is not None, found
    assert found.data.state in (RegistrarState.PENDING, RegistrarState.ACTIVE)
    assert side.account.charges == [("register", "alice.com", 2)]


def test_a_registration_that_never_arrived_is_not_found_by_info(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.fails("register", "dead")
    assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.RETRY
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND
    assert side.account.charges == []
    assert registrar.register(ALICE, ORDER, key="1").ok


# Renewal.


@pytest.mark.parametrize("years", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_renewal_adds_its_term_once(
    side: RegistrarSide, registrar: Registrar, name: str, years: int
) -> None:
    side.account.hold(name, expiry())
    made = registrar.renew(domain(name), years=years, current_expiry=expiry(), key="1")
    assert made.data is not None, made
    after = add_months(expiry(), 12 * years)
    assert made.data.expiry in (None, after)
    found = registrar.info(domain(name)).data
    assert found is not None
    assert found.expiry == after
    assert side.account.charges == [("renew", name, years)]


@pytest.mark.parametrize("kind", DONE_BUT_LOST)
def test_a_renewal_whose_answer_is_lost_adds_one_term_however_often_it_is_tried(
    side: RegistrarSide, kind: str
) -> None:
    side.account.hold("alice.com", expiry())
    registrar = side.registrar(seconds=0.6)
    side.fails("renew", kind)
    first = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert first.problem == RegistrarProblem.RETRY
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.expiry == add_months(expiry(), 12)

    again = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert again.ok or again.problem == RegistrarProblem.REFUSED
    assert side.account.charges == [("renew", "alice.com", 1)]


def test_a_renewal_that_never_arrived_moves_nothing(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.account.hold("alice.com", expiry())
    side.fails("renew", "dead")
    first = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert first.problem == RegistrarProblem.RETRY
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.expiry == expiry()
    assert registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1").ok
    assert side.account.charges == [("renew", "alice.com", 1)]


def test_a_renewal_from_another_expiry_than_theirs_is_refused(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.account.hold("alice.com", expiry())
    wrong = expiry() - timedelta(days=200)
    made = registrar.renew(ALICE, years=1, current_expiry=wrong, key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert side.account.charges == []


# Transfer.


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_transferred(side: RegistrarSide, registrar: Registrar, name: str) -> None:
    side.account.elsewhere[name] = CODE
    made = registrar.transfer(domain(name), code=CODE, contacts=CONTACTS, key="1")
    assert made.data is not None, made
    assert made.data.state == RegistrarState.PENDING_TRANSFER
    under_way = registrar.info(domain(name, made.data.remote_id)).data
    assert under_way is not None
    assert under_way.state == RegistrarState.PENDING_TRANSFER

    side.account.work()
    found = registrar.info(domain(name, made.data.remote_id)).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE
    assert found.expiry == side.account.names[name].expiry
    assert side.account.charges == [("transfer", name, 1)]


@pytest.mark.parametrize("kind", DONE_BUT_LOST)
def test_a_transfer_whose_answer_is_lost_is_found_by_info_and_asked_for_once(
    side: RegistrarSide, kind: str
) -> None:
    side.account.elsewhere["alice.com"] = CODE
    registrar = side.registrar(seconds=0.6)
    side.fails("transfer", kind)
    first = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1")
    assert first.problem == RegistrarProblem.RETRY
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.state == RegistrarState.PENDING_TRANSFER
    assert side.account.charges == [("transfer", "alice.com", 1)]


def test_a_transfer_that_never_arrived_is_asked_for_again(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.account.elsewhere["alice.com"] = CODE
    side.fails("transfer", "dead")
    first = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1")
    assert first.problem == RegistrarProblem.RETRY
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="2").ok
    assert side.account.charges == [("transfer", "alice.com", 1)]


def test_a_wrong_code_is_told_and_another_one_is_taken(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.account.elsewhere["alice.com"] = CODE
    first = registrar.transfer(ALICE, code="wrong!code", contacts=CONTACTS, key="1")
    side.account.work()
    if first.ok:
        found = registrar.info(ALICE).data
        assert found is not None
        assert found.state == RegistrarState.TRANSFER_WRONG_CODE
    else:
        assert first.problem == RegistrarProblem.WRONG_CODE

    again = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="2")
    assert again.data is not None, again
    side.account.work()
    found = registrar.info(domain("alice.com", again.data.remote_id)).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE


def test_a_transfer_that_the_other_registrar_rejects_has_ended(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.account.elsewhere["alice.com"] = CODE
    made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").data
    assert made is not None
    side.account.reject("alice.com")
    found = registrar.info(domain("alice.com", made.remote_id)).data
    assert found is not None
    assert found.state == RegistrarState.TRANSFER_REFUSED


def test_a_name_that_nobody_has_cannot_be_transferred(
    side: RegistrarSide, registrar: Registrar
) -> None:
    made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1")
    assert made.problem in (RegistrarProblem.REFUSED, RegistrarProblem.NOT_FOUND)
    assert side.account.charges == []


def test_a_transfer_is_cancelled(side: RegistrarSide, registrar: Registrar) -> None:
    if not registrar.capabilities.cancel_transfer:
        pytest.skip("this registrar cannot")
    side.account.elsewhere["alice.com"] = CODE
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").ok
    assert registrar.cancel_transfer(ALICE).ok
    side.account.work()
    found = registrar.info(ALICE)
    assert found.problem == RegistrarProblem.NOT_FOUND or (
        found.data is not None and found.data.state == RegistrarState.TRANSFER_REFUSED
    )
