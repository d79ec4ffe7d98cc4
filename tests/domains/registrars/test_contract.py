"""The contract of registrars: each operation, each problem, lost answers, against a registrar that misbehaves
(domains.md 6).
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from commerce.domains.registrars.contract import (
    Cost,
    DsRecord,
    Registrar,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
)
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.kit import clock
from commerce.kit.periods import add_months
from tests.domains.registrars.sides import (
    CONTACTS,
    HOSTS,
    ORDER,
    PERSON,
    SIDES,
    RegistrarSide,
    domain,
)

CODE = "R1ght&C0de+/="
NAMES = ["alice.com", "bob.co.uk", "xn--mller-kva.com"]
ALICE = domain("alice.com")
OTHER_HOSTS = ("a.dns.example", "b.dns.example", "c.dns.example")
DS = DsRecord(key_tag=60485, algorithm=13, digest_type=2, digest="2BB183AF" * 8)
DONE_BUT_LOST = ["lost", "hangs", "garbage"]
WITHOUT_CONNECTION = {"manual", "sandbox"}

type Operation = Callable[[Registrar], RegistrarResult[object]]

OPERATIONS: dict[str, Operation] = {
    "check_one": lambda registrar: registrar.check_one("alice", "com"),
    "register": lambda registrar: registrar.register(ALICE, ORDER, key="1"),
    "renew": lambda registrar: registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1"),
    "transfer": lambda registrar: registrar.transfer(
        ALICE, code=CODE, contacts=CONTACTS, key="1", extra_fields={"tax_id": "DE1"}
    ),
    "info": lambda registrar: registrar.info(ALICE),
    "set_nameservers": lambda registrar: registrar.set_nameservers(ALICE, OTHER_HOSTS),
    "get_code": lambda registrar: registrar.get_code(ALICE),
    "set_lock": lambda registrar: registrar.set_lock(ALICE, locked=True),
    "set_privacy": lambda registrar: registrar.set_privacy(ALICE, enabled=True),
    "test": lambda registrar: registrar.test(),
    "set_contacts": lambda registrar: registrar.set_contacts(ALICE, CONTACTS),
    "restore": lambda registrar: registrar.restore(ALICE, current_expiry=expiry(), key="1"),
    "cancel_transfer": lambda registrar: registrar.cancel_transfer(ALICE),
    "price_list": lambda registrar: registrar.price_list(),
    "set_ds_records": lambda registrar: registrar.set_ds_records(ALICE, [DS]),
}
CAPABILITY_OF = {
    "get_code": "code",
    "set_privacy": "privacy",
    "set_contacts": "contacts",
    "restore": "restore",
    "cancel_transfer": "cancel_transfer",
    "price_list": "price_list",
    "set_ds_records": "ds_records",
}


@pytest.fixture(params=sorted(SIDES))
def side(request: pytest.FixtureRequest) -> Iterator[RegistrarSide]:
    with SIDES[request.param]() as made:
        yield made


@pytest.fixture
def registrar(side: RegistrarSide) -> Registrar:
    return side.registrar()


def today() -> date:
    return clock.now().date()


def expiry() -> date:
    return today() + timedelta(days=90)


def can(registrar: Registrar, operation: str) -> bool:
    name = CAPABILITY_OF.get(operation)
    return name is None or getattr(registrar.capabilities, name)


def prepare(side: RegistrarSide, operation: str) -> None:
    """What the operation needs there so that it can succeed."""
    if operation in ("check_one", "register", "test", "price_list"):
        return
    if operation in ("transfer", "cancel_transfer"):
        side.account.elsewhere["alice.com"] = CODE
        if operation == "cancel_transfer":
            side.account.transfer("alice.com", CODE)
        return
    state = RegistrarState.REDEMPTION if operation == "restore" else RegistrarState.ACTIVE
    held = side.account.hold("alice.com", expiry(), state=state, nameservers=list(HOSTS))
    held.contacts = {}


def each_operation(registrar: Registrar) -> list[str]:
    return [name for name in OPERATIONS if can(registrar, name)]


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


# Names that can be had.


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


# What it has.


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
    until = today() - timedelta(days=45)
    side.account.hold("alice.com", until, state=RegistrarState.REDEMPTION)
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.state == RegistrarState.REDEMPTION


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


# Problems.


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ("register", RegistrarProblem.RETRY),
        ("register", RegistrarProblem.REFUSED),
        ("register", RegistrarProblem.TAKEN),
        ("register", RegistrarProblem.AUTH),
        ("renew", RegistrarProblem.REFUSED),
        ("renew", RegistrarProblem.NOT_FOUND),
        ("transfer", RegistrarProblem.WRONG_CODE),
        ("transfer", RegistrarProblem.REFUSED),
        ("info", RegistrarProblem.NOT_FOUND),
        ("info", RegistrarProblem.AUTH),
        ("set_nameservers", RegistrarProblem.REFUSED),
        ("test", RegistrarProblem.AUTH),
    ],
)
def test_each_problem_has_its_name(
    side: RegistrarSide, registrar: Registrar, operation: str, problem: RegistrarProblem
) -> None:
    prepare(side, operation)
    side.refuses(operation, problem)
    result = OPERATIONS[operation](registrar)
    assert result.problem == problem, result
    assert result.message
    assert result.data is None


def test_a_key_that_is_not_accepted_is_told_by_each_operation(side: RegistrarSide) -> None:
    registrar = side.registrar(wrong_key=True)
    for name in each_operation(registrar):
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.AUTH, name


@pytest.mark.parametrize("kind", ["dead", "error", "garbage"])
def test_silence_is_to_be_tried_again(side: RegistrarSide, registrar: Registrar, kind: str) -> None:
    for name in each_operation(registrar):
        prepare(side, name)
        side.fails(name, kind)
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.RETRY, name
        side.account.names.clear()
        side.account.elsewhere.clear()


def test_no_answer_of_another_form_raises_anything(side: RegistrarSide) -> None:
    registrar = side.registrar(seconds=2)
    for body in side.hostile:
        side.says(body)
        for name in each_operation(registrar):
            result = OPERATIONS[name](registrar)
            assert result.problem in RegistrarProblem, (name, body[:60], result)


def test_an_answer_without_end_is_not_read(side: RegistrarSide, registrar: Registrar) -> None:
    side.fails("info", "huge")
    began = time.monotonic()
    assert registrar.info(ALICE).problem == RegistrarProblem.RETRY
    assert time.monotonic() - began < 3


def test_an_operation_ends_within_its_time_however_many_calls_it_takes(
    side: RegistrarSide,
) -> None:
    registrar = side.registrar(seconds=0.4)
    for name in ("register", "transfer", "info"):
        prepare(side, name)
        side.fails(name, "hangs")
        began = time.monotonic()
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.RETRY, name
        assert time.monotonic() - began < 2, name
        side.account.names.clear()
        side.account.elsewhere.clear()


# Secrets.


def test_no_secret_stands_in_a_message_a_log_or_a_repr(
    side: RegistrarSide, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    registrar = side.registrar()
    told = [repr(registrar), str(registrar)]
    for name in each_operation(registrar):
        if name != "get_code":  # what it gives is one
            prepare(side, name)
            told.append(repr(OPERATIONS[name](registrar)))
    side.account.hold("alice.com", expiry())
    assert registrar.get_code(ALICE).ok == registrar.capabilities.code
    side.echoes()
    for name in each_operation(registrar):
        result = OPERATIONS[name](registrar)
        assert not result.ok, name
        told.append(repr(result))
    told += [record.getMessage() for record in caplog.records]
    told += [str(record.exc_text or "") for record in caplog.records]
    everything = "\n".join(told)
    hidden = [*side.secrets, CODE, side.account.names["alice.com"].code]
    assert [secret for secret in hidden if secret in everything] == []
    assert caplog.records


def test_codes_never_stand_in_an_address(side: RegistrarSide, registrar: Registrar) -> None:
    side.account.elsewhere["alice.com"] = CODE
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").ok
    assert [sent for sent in side.sent() if CODE in sent] == []
