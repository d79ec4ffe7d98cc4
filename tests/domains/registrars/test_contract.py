"""The contract of registrars: what each operation does there (domains.md 6). Lost answers are tried in
``test_lost_answers``, other misbehaviour in ``test_misbehaviour``.
"""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from commerce.domains.registrars.contract import Cost, Registrar, RegistrarProblem, RegistrarState
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.rules import VerificationState
from tests.domains.registrars.all_sides import SIDES
from tests.domains.registrars.contract_cases import (
    ALICE,
    CODE,
    DS,
    NAMES,
    OPERATIONS,
    OTHER_HOSTS,
    can,
    each_operation,
    expiry,
    prepare,
    today,
)
from tests.domains.registrars.sides import CONTACTS, HOSTS, ORDER, PERSON, RegistrarSide, domain

WITHOUT_CONNECTION = {"manual", "sandbox"}
"""A person, and a world of its own: ``test_sandbox_contract``."""


def test_each_registrar_with_a_connection_is_tried_here() -> None:
    assert set(REGISTRAR_CLASSES) - WITHOUT_CONNECTION == set(SIDES)


def test_each_member_of_the_contract_is_there(registrar: Registrar) -> None:
    members = [name for name in dir(Registrar) if not name.startswith("_")]
    assert "set_ds_records" in members
    assert [name for name in members if not hasattr(registrar, name)] == []


def test_each_operation_that_it_can_do_succeeds(side: RegistrarSide, registrar: Registrar) -> None:
    for name in each_operation(registrar):
        prepare(side, name)
        result = OPERATIONS[name](registrar)
        assert result.ok, (name, result)
        side.account.names.clear()
        side.account.elsewhere.clear()


def test_what_it_cannot_do_is_refused_without_a_call(
    side: RegistrarSide, registrar: Registrar
) -> None:
    missing = [name for name in OPERATIONS if not can(registrar, name)]
    for name in missing:
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.REFUSED
    assert side.sent() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_free_or_taken(side: RegistrarSide, registrar: Registrar, name: str) -> None:
    asked = domain(name)
    free = registrar.check_one(asked.label, asked.tld)
    assert free.data is not None
    assert free.data.is_available
    assert not free.data.is_premium

    side.account.elsewhere[name] = CODE
    taken = registrar.check_one(asked.label, asked.tld)
    assert taken.data is not None
    assert not taken.data.is_available


def test_a_premium_name_has_a_price_of_its_own(side: RegistrarSide, registrar: Registrar) -> None:
    side.account.premium["gold.com"] = 1_300_050
    found = registrar.check_one("gold", "com")
    assert found.data is not None
    assert found.data.is_premium
    assert found.data.cost == Cost(1_300_050, "USD")


def test_many_endings_are_asked_at_once_and_one_that_is_not_told_is_not_free(
    side: RegistrarSide, registrar: Registrar
) -> None:
    side.account.elsewhere["alice.net"] = CODE
    found = registrar.check_bulk("alice", ["com", "net", "co.uk", "unreachable"])
    told = {tld: result.data and result.data.is_available for tld, result in found.items()}
    assert told == {"com": True, "net": False, "co.uk": True, "unreachable": None}
    assert found["unreachable"].problem == RegistrarProblem.RETRY


@pytest.mark.parametrize("days", [-40, 90])
@pytest.mark.parametrize("name", NAMES)
def test_info_tells_what_is_there(
    side: RegistrarSide, registrar: Registrar, name: str, days: int
) -> None:
    until = today() + timedelta(days=days)
    state = RegistrarState.ACTIVE if days > 0 else RegistrarState.EXPIRED
    side.account.hold(name, until, state=state, nameservers=list(OTHER_HOSTS), is_locked=True)
    found = registrar.info(domain(name)).data
    assert found is not None
    assert (found.state, found.expiry, found.is_locked) == (state, until, True)
    assert found.nameservers == OTHER_HOSTS
    assert found.whois_privacy in (False, None)


def test_a_name_in_redemption_is_told_as_such(side: RegistrarSide, registrar: Registrar) -> None:
    """By one without a word for it as expired."""
    until = today() - timedelta(days=45)
    side.account.hold("alice.com", until, state=RegistrarState.REDEMPTION)
    found = registrar.info(ALICE).data
    assert found is not None
    state = RegistrarState.REDEMPTION
    assert found.state == (state if state in side.tells else RegistrarState.EXPIRED)


def test_a_state_without_a_word_is_unknown(side: RegistrarSide, registrar: Registrar) -> None:
    side.account.hold("alice.com", expiry(), state=RegistrarState.UNKNOWN)
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.state == RegistrarState.UNKNOWN


@pytest.mark.parametrize("gone", [False, True])
def test_a_name_that_is_not_ours_is_not_there(
    side: RegistrarSide, registrar: Registrar, *, gone: bool
) -> None:
    if gone:
        side.account.hold("alice.com", expiry(), state=RegistrarState.GONE)
    found = registrar.info(ALICE)
    assert found.problem == RegistrarProblem.NOT_FOUND or (
        gone and found.data is not None and found.data.state == RegistrarState.GONE
    )


def test_nameservers_lock_and_privacy_are_set(side: RegistrarSide, registrar: Registrar) -> None:
    held = side.account.hold("alice.com", expiry(), nameservers=list(HOSTS))
    for _twice in range(2):
        assert registrar.set_nameservers(ALICE, OTHER_HOSTS).ok
        assert registrar.set_lock(ALICE, locked=True).ok
        assert tuple(held.nameservers) == OTHER_HOSTS
        assert held.is_locked
    assert registrar.set_lock(ALICE, locked=False).ok
    assert not held.is_locked
    if registrar.capabilities.privacy:
        for enabled in (True, True, False):
            assert registrar.set_privacy(ALICE, enabled=enabled).ok
            assert held.is_private is enabled


def test_the_code_is_told(side: RegistrarSide, registrar: Registrar) -> None:
    held = side.account.hold("alice.com", expiry())
    if registrar.capabilities.code:
        assert registrar.get_code(ALICE).data == held.code


def test_all_four_contacts_are_changed(side: RegistrarSide, registrar: Registrar) -> None:
    if not registrar.capabilities.contacts:
        pytest.skip("this registrar cannot")
    assert registrar.register(ALICE, ORDER, key="1").ok
    side.account.work()
    other = replace(PERSON, first_name="Erika", address2="Haus 2", state="Bavaria")
    changed = replace(CONTACTS, registrant=other, admin=other)
    for _twice in range(2):
        assert registrar.set_contacts(ALICE, changed).ok
    contacts = side.account.names["alice.com"].contacts
    assert "Erika" in str(contacts["registrant"].values())
    assert "Haus 2" in str(contacts["registrant"].values())
    if "admin" in contacts:
        assert "Erika" in str(contacts["admin"].values())
    if "tech" in contacts:
        assert "Zoë" in str(contacts["tech"].values())


def test_a_name_is_restored_once(side: RegistrarSide, registrar: Registrar) -> None:
    if not registrar.capabilities.restore:
        pytest.skip("this registrar cannot")
    until = today() - timedelta(days=45)
    held = side.account.hold("alice.com", until, state=RegistrarState.REDEMPTION)
    for _twice in range(2):
        assert registrar.restore(ALICE, current_expiry=until, key="1").ok
    assert held.state == RegistrarState.ACTIVE
    assert [kind for kind, _name, _years in side.account.charges].count("restore") == 1


def test_delegation_signers_are_replaced_and_signed_off(
    side: RegistrarSide, registrar: Registrar
) -> None:
    if not registrar.capabilities.ds_records:
        pytest.skip("this registrar cannot")
    held = side.account.hold("alice.com", expiry())
    other = replace(DS, key_tag=1, digest="AB" * 32)
    for wanted in ([DS], [DS, other], [other], []):
        assert registrar.set_ds_records(ALICE, wanted).ok
        assert held.ds_records == {tuple(asdict(each).values()) for each in wanted}


def test_the_balance_is_told_to_the_cent(side: RegistrarSide, registrar: Registrar) -> None:
    side.account.balance = 70_000_029
    told = registrar.test()
    assert told.ok
    if registrar.capabilities.balance:
        assert told.data is not None
        assert told.data.amount == 70_000_029


def test_whether_a_holder_confirmed_is_told_and_the_mail_is_sent_again(
    side: RegistrarSide, registrar: Registrar
) -> None:
    """Only those that have words for it say so; the others refuse."""
    held = side.account.hold("alice.com", expiry(), nameservers=list(HOSTS))
    if not registrar.capabilities.verification:
        assert registrar.verification(ALICE).problem == RegistrarProblem.REFUSED
        assert registrar.resend_verification(ALICE).problem == RegistrarProblem.REFUSED
        return
    done = registrar.verification(ALICE)
    assert done.data
    assert done.data.state == VerificationState.VERIFIED
    day = today() + timedelta(days=9)
    for state in (VerificationState.PENDING, VerificationState.SUSPENDED):
        held.holder, held.last_day = state, day
        told = registrar.verification(ALICE).data
        assert told
        assert (told.state, told.last_day) == (state, day)
    assert registrar.resend_verification(ALICE).ok
    assert held.mails == 1
