"""What only ResellerClub has: customers and contacts of its own, orders, typed contacts, numbered attributes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.domains.registrars.contract import Registrar, RegistrarProblem, RegistrarState
from commerce.domains.registrars.resellerclub.adapter import ResellerClubRegistrar
from tests.domains.registrars.contract_cases import ALICE, CODE, expiry, today
from tests.domains.registrars.resellerclub_side import ResellerClubSide
from tests.domains.registrars.sides import CONTACTS, ORDER, PERSON, domain
from tests.doubles.registrars.http_server import HttpFault
from tests.doubles.resellerclub.server import ResellerClubDouble


@pytest.fixture
def double() -> Iterator[ResellerClubDouble]:
    made = ResellerClubDouble()
    yield made
    made.server.end()


@pytest.fixture
def registrar(double: ResellerClubDouble) -> Registrar:
    return ResellerClubSide(double.server, double.account).registrar()


def calls(double: ResellerClubDouble, command: str) -> int:
    return sum(each.path == f"/api/{command}.json" for each in double.server.requests)


def test_a_holder_is_one_customer_and_the_same_contact_is_made_once(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    for name in ("alice.com", "bob.com"):
        assert registrar.register(domain(name), ORDER, key="1").ok
    assert len(double.customers) == 1
    assert len(double.contacts) == 1
    assert calls(double, "contacts/search") == 2

    moved = replace(PERSON, address1="Neue Straße 1")
    assert registrar.register(
        domain("carol.com"), replace(ORDER, contacts=replace(CONTACTS, registrant=moved)), key="1"
    ).ok
    assert len(double.customers) == 1
    assert len(double.contacts) == 2


def test_what_was_made_before_a_lost_answer_is_used_by_the_next_try(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    for command in ("POST customers/v2/signup", "POST contacts/add", "POST domains/register"):
        double.server.faults.append(HttpFault(command, "lost"))
        assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.RETRY
    assert len(double.customers) == 1
    assert len(double.contacts) == 1
    assert len(double.account.charges) == 1


def test_registries_with_contacts_of_a_kind_get_those_and_no_others(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    order = replace(ORDER, extra_fields={"CPR": "RES"})
    for name, roles in (
        ("alice.co.uk", {"registrant"}),
        ("alice.ca", {"registrant", "admin", "tech"}),
        ("alice.de", {"registrant", "admin", "tech", "billing"}),
    ):
        assert registrar.register(domain(name), order, key="1").ok, name
        assert set(double.account.names[name].contacts) == roles
        contact = double.account.names[name].contacts["registrant"]
        assert contact["type"] == f"{name.rpartition('.')[2].capitalize()}Contact"
        assert (contact["attr-name1"], contact["attr-value1"]) == ("CPR", "RES")
        assert double.account.names[name].extra_fields == {}


def test_what_another_registry_asks_for_goes_with_the_order(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    asked = {"purpose": "P1", "category": "C11"}
    assert registrar.register(domain("alice.us"), replace(ORDER, extra_fields=asked), key="1").ok
    assert double.account.names["alice.us"].extra_fields == asked


def test_passwords_of_customers_are_random_and_hard_enough(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    for number in range(20):
        holder = replace(PERSON, email=f"{number}@example.com")
        order = replace(ORDER, contacts=replace(CONTACTS, registrant=holder))
        assert registrar.register(domain(f"a{number}.com"), order, key="1").ok
    passwords = {each["passwd"] for each in double.customers.values()}
    assert len(passwords) == 20
    for password in passwords:
        assert len(password) == 15
        assert any(map(str.islower, password))
        assert any(map(str.isupper, password))
        assert any(map(str.isdigit, password))
        assert any(letter in "!@#$%*" for letter in password)


def test_a_transfer_that_is_under_way_is_not_asked_for_again(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    for key in "12":
        made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key=key).data
        assert made is not None
        assert made.state == RegistrarState.PENDING_TRANSFER
    assert calls(double, "domains/transfer") == 1


def test_another_code_is_given_to_the_transfer_that_waits_for_it(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    assert registrar.transfer(ALICE, code="wrong", contacts=CONTACTS, key="1").ok
    double.account.work()
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="2").ok
    assert calls(double, "domains/transfer") == 1
    assert double.account.charges == [("transfer", "alice.com", 1)]


def test_an_order_that_has_gone_is_transferred_anew(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.account.hold("alice.com", expiry(), state=RegistrarState.GONE)
    double.account.elsewhere["alice.com"] = CODE
    made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").data
    assert made is not None
    assert made.state == RegistrarState.PENDING_TRANSFER


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"currentstatus": "Suspended"}, RegistrarState.UNKNOWN),
        ({"currentstatus": "QueuedForDeletion"}, RegistrarState.UNKNOWN),
        ({"currentstatus": "Archived"}, RegistrarState.GONE),
        ({"currentstatus": "InActive"}, RegistrarState.UNKNOWN),
        ({"currentstatus": "InActive", "actiontype": "DelDomain"}, RegistrarState.UNKNOWN),
        ({"currentstatus": "InActive", "actiontype": "AddNewDomain"}, RegistrarState.PENDING),
        (
            {
                "currentstatus": "InActive",
                "actiontype": "AddNewDomain",
                "actionstatusdesc": "The registry refused it",
            },
            RegistrarState.UNKNOWN,
        ),
        (
            {"currentstatus": "InActive", "actiontype": "AddTransferDomain"},
            RegistrarState.PENDING_TRANSFER,
        ),
        (
            {
                "currentstatus": "InActive",
                "actiontype": "AddTransferDomain",
                "actionstatusdesc": "Invalid Authorization Code",
            },
            RegistrarState.TRANSFER_WRONG_CODE,
        ),
        (
            {
                "currentstatus": "InActive",
                "actiontype": "AddTransferDomain",
                "actionstatus": "Cancelled",
            },
            RegistrarState.TRANSFER_REFUSED,
        ),
    ],
)
def test_each_state_of_an_order_has_a_word(
    double: ResellerClubDouble,
    registrar: Registrar,
    told: dict[str, str],
    state: RegistrarState,
) -> None:
    double.commands["GET domains/details-by-name"] = lambda _sent: {
        "orderid": 7,
        "domainname": "Alice.com",
        **told,
    }
    found = registrar.info(ALICE).data
    assert found is not None
    assert (found.state, found.remote_id, found.expiry) == (state, "7", None)
    assert (found.is_locked, found.whois_privacy, found.nameservers) == (None, None, ())


def test_an_answer_about_another_name_counts_for_nothing(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    other = double.account.hold("mallory.com", expiry())
    double.account.names["alice.com"] = other
    assert registrar.info(ALICE).problem == RegistrarProblem.RETRY


def test_an_amount_is_exact_as_a_number_too(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    body = b'{"sellingcurrencysymbol": "USD", "sellingcurrencybalance": 81129638414606.67}'
    double.commands["GET billing/reseller-balance"] = lambda _sent: body
    told = registrar.test()
    assert told.problem == RegistrarProblem.RETRY  # more digits than any balance has
    body = b'{"sellingcurrencysymbol": "USD", "sellingcurrencybalance": 100000000000.00499999}'
    told = registrar.test()
    assert told.data is not None
    assert told.data.amount == 10_000_000_000_000


def test_an_order_that_failed_with_a_status_of_success_in_http_is_a_refusal(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.commands["POST domains/register"] = lambda _sent: {
        "status": "Failed",
        "actionstatusdesc": "Insufficient funds",
    }
    made = registrar.register(ALICE, ORDER, key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert made.message == "Insufficient funds"


def test_a_server_error_is_no_answer_even_with_json(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.server.faults.append(
        HttpFault("POST domains/register", "says", b'{"entityid": "7"}', 502)
    )
    assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.RETRY


def test_the_live_system_is_called_only_when_staff_turned_the_sandbox_off() -> None:
    given = {"auth_userid": "1", "api_key": "k"}
    assert ResellerClubRegistrar(given).is_sandbox
    assert ResellerClubRegistrar(given | {"sandbox": True}).is_sandbox
    assert not ResellerClubRegistrar(given | {"sandbox": False}).is_sandbox


def test_a_day_apart_is_the_same_expiry(double: ResellerClubDouble, registrar: Registrar) -> None:
    double.account.hold("alice.com", today() + timedelta(days=90))
    ours = today() + timedelta(days=91)
    assert registrar.renew(ALICE, years=1, current_expiry=ours, key="1").ok


def test_the_language_of_a_name_is_sent_in_the_code_that_its_ending_has(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    for name, code in (("xn--mller-kva.com", "ger"), ("xn--mller-kva.org", "de")):
        assert registrar.check_one("xn--mller-kva", name.rpartition(".")[2]).ok
        assert registrar.register(domain(name), ORDER, key="1").ok
        assert double.account.names[name].extra_fields == {"idnLanguageCode": code}

    order = replace(ORDER, extra_fields={"idnLanguageCode": "lv", "purpose": "P1"})
    assert registrar.register(domain("xn--mller-kva.info"), order, key="1").ok
    assert double.account.names["xn--mller-kva.info"].extra_fields == order.extra_fields


def test_a_name_without_a_language_known_could_not_be_checked(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    found = registrar.check_bulk("xn--0wcci", ["com", "net"])
    assert {result.problem for result in found.values()} == {RegistrarProblem.REFUSED}
    assert registrar.register(domain("xn--0wcci.com"), ORDER, key="1").problem == (
        RegistrarProblem.REFUSED
    )
    assert double.server.requests == []


def test_endings_of_which_one_has_no_answer_are_told_all_the_same(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.server.faults.append(HttpFault("GET domains/idn-available", "dead"))
    found = registrar.check_bulk("xn--mller-kva", ["com", "net"])
    assert found["com"].problem == RegistrarProblem.RETRY
    assert found["net"].ok


def test_a_premium_price_that_is_not_understood_makes_no_name_free(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.commands["GET domains/available"] = lambda _sent: {
        "gold.com": {"status": "available", "costHash": {"create": "much"}},
        "gold.net": {"status": "available"},
        "gold.org": {"status": "unknown"},
    }
    found = registrar.check_bulk("gold", ["com", "net", "org"])
    assert [found[tld].ok for tld in ("com", "net", "org")] == [False, True, False]


def test_what_can_be_had_is_asked_of_the_address_for_that() -> None:
    live = ResellerClubRegistrar({"auth_userid": "1", "api_key": "k", "sandbox": False})
    assert live._check_client._address == "https://domaincheck.httpapi.com/api"
    assert live._client._address == "https://httpapi.com/api"
    tried = ResellerClubRegistrar({"auth_userid": "1", "api_key": "k", "sandbox": True})
    assert {tried._client._address, tried._check_client._address} == {
        "https://test.httpapi.com/api"
    }


def test_a_contact_with_other_answers_for_its_registry_is_another_one(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    for name, kind in (("alice.ca", "RES"), ("bob.ca", "CCO")):
        order = replace(ORDER, extra_fields={"CPR": kind})
        assert registrar.register(domain(name), order, key="1").ok
        assert double.account.names[name].contacts["registrant"]["attr-value1"] == kind


@pytest.mark.parametrize("body", [b"Maintenance", b"OK", b"Success!"])
def test_a_word_that_is_not_success_is_no_answer(
    double: ResellerClubDouble, registrar: Registrar, body: bytes
) -> None:
    double.account.hold("alice.com", expiry())
    double.server.faults.append(HttpFault("POST domains/modify-ns", "says", body))
    assert registrar.set_nameservers(ALICE, ("a.example", "b.example")).problem == (
        RegistrarProblem.RETRY
    )


def test_a_restore_that_is_queued_is_not_asked_for_again(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    told = {"orderid": 7, "domainname": "alice.com", "currentstatus": "Pending Delete Restorable"}
    double.commands["GET domains/details-by-name"] = lambda _sent: {
        **told,
        "actiontype": "RestoreDomain",
    }
    made = registrar.restore(ALICE, current_expiry=expiry(), key="1").data
    assert made is not None
    assert made.state == RegistrarState.PENDING
    assert calls(double, "domains/restore") == 0
