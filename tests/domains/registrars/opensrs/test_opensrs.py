"""What is special of OpenSRS: the envelope, its codes, orders that wait, codes it hides."""

import logging
from dataclasses import replace

import pytest

from commerce.domains.registrars.contract import RegistrarProblem, RegistrarState
from commerce.domains.registrars.opensrs.adapter import OpenSrsRegistrar
from commerce.domains.registrars.opensrs.envelope import read_envelope, written_envelope
from commerce.domains.registrars.opensrs.orders import profile_of
from commerce.domains.registrars.operations import is_about_code
from commerce.kit.periods import add_months
from tests.domains.registrars.contract_cases import ALICE, CODE, expiry, today
from tests.domains.registrars.sides import CONTACTS, HOSTS, ORDER, domain
from tests.doubles.opensrs.messages import FOOT, HEAD, read_message, written_message
from tests.doubles.opensrs.server import PRIVATE_KEY, OpenSrsDouble
from tests.doubles.registrars.http_server import HttpFault


def test_an_envelope_is_read_by_their_side_and_by_ours() -> None:
    data = {
        "action": "X",
        "attributes": {"a": 'ä & <"b">', "list": ["one", {"k": ["v", []]}], "empty": "", "no": {}},
    }
    assert read_message(written_envelope(data)) == data
    assert read_envelope(written_envelope(data)) == data


def test_a_list_is_read_in_the_order_of_its_numbers() -> None:
    items = "".join(f'<item key="{n}">v{n}</item>' for n in (10, 0, 2))
    table = f'<dt_assoc><item key="l"><dt_array>{items}</dt_array></item></dt_assoc>'
    assert read_envelope(f"{HEAD}{table}{FOOT}".encode()) == {"l": ["v0", "v2", "v10"]}


@pytest.mark.parametrize(
    ("code", "text", "problem"),
    [
        (300, "Exceeded max command rate", RegistrarProblem.RETRY),
        (310, "Exceeded max simultaneous connections", RegistrarProblem.RETRY),
        (350, "Number of commands exceeded", RegistrarProblem.RETRY),
        (400, "Internal server error", RegistrarProblem.RETRY),
        (400, "Access denied: invalid IP address.", RegistrarProblem.AUTH),
        (400, "Invalid Command: MODIFY DOMAIN", RegistrarProblem.REFUSED),
        (401, "Authentication error", RegistrarProblem.AUTH),
        (404, "Internal server error", RegistrarProblem.RETRY),
        (405, "Registry error", RegistrarProblem.RETRY),
        (410, "Reseller authentication error", RegistrarProblem.AUTH),
        (415, "Registrant authentication error", RegistrarProblem.REFUSED),
        (435, "Permission denied", RegistrarProblem.REFUSED),
        (437, "Another request is waiting", RegistrarProblem.RETRY),
        (440, "Over quota", RegistrarProblem.REFUSED),
        (460, "Missing required field", RegistrarProblem.REFUSED),
        (465, "Invalid data", RegistrarProblem.REFUSED),
        (480, "Not owned", RegistrarProblem.NOT_FOUND),
        (485, "In use", RegistrarProblem.TAKEN),
        (486, "In a processing state", RegistrarProblem.RETRY),
        (487, "Not transferable", RegistrarProblem.REFUSED),
        (552, "Younger than 60 days", RegistrarProblem.REFUSED),
        (701, "TLD not serviced", RegistrarProblem.REFUSED),
        (702, "Registry communication error", RegistrarProblem.RETRY),
        (705, "Timed out", RegistrarProblem.RETRY),
    ],
)
def test_each_code_has_its_meaning(
    double: OpenSrsDouble,
    registrar: OpenSrsRegistrar,
    code: int,
    text: str,
    problem: RegistrarProblem,
) -> None:
    refusal = written_message(code, text).replace(b'"is_success">1', b'"is_success">0')
    double.server.faults.append(HttpFault("MODIFY", "says", refusal))
    result = registrar.set_lock(ALICE, locked=True)
    assert (result.problem, result.message) == (problem, f"{code} {text}")


def test_what_is_neither_a_success_nor_a_refusal_is_no_answer(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    body = written_message(200, "").replace(b'"is_success">1', b'"is_success">yes')
    double.server.faults.append(HttpFault("MODIFY", "says", body))
    assert registrar.set_lock(ALICE, locked=True).problem == RegistrarProblem.RETRY


def test_the_password_of_a_profile_stands_in_no_message(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar, caplog: pytest.LogCaptureFixture
) -> None:
    double.server.faults.append(HttpFault("SW_REGISTER", "refused"))
    made = registrar.register(ALICE, ORDER, key="1")
    assert "reg_password" in made.message
    assert profile_of("alice.com", PRIVATE_KEY).password not in made.message + caplog.text


def test_the_test_system_is_used_until_it_is_switched_off() -> None:
    settings = {"username": "u", "private_key": "k"}
    field = next(each for each in OpenSrsRegistrar.fields if each.name == "sandbox")
    assert field.default is True
    for is_on, address in ((True, "horizon.opensrs.net"), (False, "rr-n1-tor.opensrs.net")):
        registrar = OpenSrsRegistrar(settings | {"sandbox": is_on})
        assert registrar.is_sandbox is is_on
        assert address in registrar._client._address


# Orders.


def test_an_order_without_funds_is_taken_back_and_refused(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.has_funds = False
    double.account.elsewhere["bob.com"] = CODE
    double.account.hold("carol.com", expiry())
    results = (
        registrar.register(ALICE, ORDER, key="1"),
        registrar.transfer(domain("bob.com"), code=CODE, contacts=CONTACTS, key="1"),
        registrar.renew(domain("carol.com"), years=1, current_expiry=expiry(), key="1"),
    )
    for result in results:
        assert result.problem == RegistrarProblem.REFUSED
        assert "funds" in result.message
    assert double.pending == {}
    assert double.actions().count("PROCESS_PENDING") == 3
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND


def test_an_order_that_cannot_be_taken_back_is_not_refused(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.has_funds = False
    double.server.faults.append(HttpFault("PROCESS_PENDING", "dead"))
    assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.RETRY


def test_an_order_that_its_registry_has_not_answered_is_pending(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    name = domain("alice.co.uk")
    made = registrar.register(name, ORDER, key="1")
    assert made.data is not None
    assert made.data.state == RegistrarState.PENDING
    found = registrar.info(name).data
    assert found is not None
    assert found.state == RegistrarState.PENDING


def test_a_name_that_a_lost_order_brought_meanwhile_is_registered(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.register("alice.com", 2, is_queued=False)
    made = registrar.register(ALICE, ORDER, key="1")
    assert made.data is not None
    assert made.data.state == RegistrarState.ACTIVE
    assert made.data.expiry == add_months(today(), 24)
    assert len(double.account.charges) == 1


def test_an_order_is_done_though_nobody_tells_of_the_name_after_it(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.server.faults.append(HttpFault("BELONGS_TO_RSP", "dead"))
    made = registrar.register(ALICE, ORDER, key="1")
    assert made.data is not None
    assert made.data.state == RegistrarState.ACTIVE
    assert made.data.expiry is None


def test_each_name_has_a_profile_of_its_own_and_always_the_same(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    for name in ("alice.com", "bob.com"):
        assert registrar.register(domain(name), ORDER, key="1").ok
    double.account.names.clear()
    assert registrar.register(ALICE, ORDER, key="2").ok
    assert len(double.profiles) == 2


def test_what_a_registry_asks_for_besides_stands_where_its_name_leads(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    extra = {
        "tld_data.nexus.category": "C11",
        "tld_data.nexus.app_purpose": "P1",
        "contact_set.owner.entity_type": "2",
        "handle": "save",
    }
    registrar.register(ALICE, replace(ORDER, extra_fields=extra), key="1")
    sent = next(each for each in double.sent if each["action"] == "SW_REGISTER")["attributes"]
    assert sent["tld_data"] == {"nexus": {"category": "C11", "app_purpose": "P1"}}
    assert sent["contact_set"]["owner"]["entity_type"] == "2"
    assert sent["contact_set"]["owner"]["last_name"] == "Müller"
    assert sent["handle"] == "process"


def test_an_extra_field_without_a_place_is_refused_without_an_order(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    extra = {"domain.name": "x"}
    made = registrar.register(ALICE, replace(ORDER, extra_fields=extra), key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert double.sent == []


def test_a_canadian_name_has_nobody_for_bills(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    name = domain("alice.ca")
    assert registrar.register(name, ORDER, key="1").ok
    assert registrar.set_contacts(name, CONTACTS).ok
    assert "billing" not in double.account.names["alice.ca"].contacts


# What it hides, and what it wants first.


def test_a_nameserver_that_the_registry_does_not_know_is_made_known_to_it(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    held = double.account.hold("alice.com", expiry())
    double.unknown_hosts = {"ns2.example.net"}
    assert registrar.set_nameservers(ALICE, HOSTS).ok
    assert tuple(held.nameservers) == HOSTS
    assert double.actions().count("REGISTRY_ADD_NS") == 2


def test_another_refusal_of_nameservers_makes_none_known(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    double.answers("ADVANCED_UPDATE_NAMESERVERS", 435, "Permission denied")
    assert registrar.set_nameservers(ALICE, HOSTS).problem == RegistrarProblem.REFUSED
    assert "REGISTRY_ADD_NS" not in double.actions()


def test_a_code_that_only_the_holder_may_see_is_replaced_and_told(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    held = double.account.hold("alice.com", expiry())
    before, double.hides_codes = held.code, True
    told = registrar.get_code(ALICE).data
    assert told == held.code != before
    assert told is not None
    assert len(told) == 16
    assert told not in caplog.text


def test_a_name_without_a_code_gets_one(double: OpenSrsDouble, registrar: OpenSrsRegistrar) -> None:
    held = double.account.hold("alice.com", expiry(), code="")
    assert registrar.get_code(ALICE).data == held.code != ""


def test_what_a_registry_does_not_tell_of_a_name_stays_open(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", expiry(), is_locked=True, is_private=True)
    double.has_no_status = True
    found = registrar.info(ALICE).data
    assert found is not None
    assert (found.state, found.expiry) == (RegistrarState.ACTIVE, expiry())
    assert (found.is_locked, found.whois_privacy) == (None, None)


def test_a_price_that_is_not_shown_does_not_make_a_name_taken(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.answers("GET_PRICE", 465)
    found = registrar.check_one("alice", "com").data
    assert found is not None
    assert (found.is_available, found.cost) == (True, None)


def test_a_name_whose_price_could_not_be_asked_for_could_not_be_checked(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.server.faults.append(HttpFault("GET_PRICE", "dead"))
    assert registrar.check_one("alice", "com").problem == RegistrarProblem.RETRY


def test_a_contact_that_one_name_refuses_is_refused(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    told = {"is_success": "0", "response_code": "465", "response_text": "Invalid phone"}
    body = written_message(200, "done", {"details": {"alice.com": told}})
    double.server.faults.append(HttpFault("UPDATE_CONTACTS", "says", body))
    result = registrar.set_contacts(ALICE, CONTACTS)
    assert (result.problem, result.message) == (RegistrarProblem.REFUSED, "465 Invalid phone")


def test_a_date_of_noughts_is_no_date(double: OpenSrsDouble, registrar: OpenSrsRegistrar) -> None:
    double.account.hold("alice.com", expiry())
    nought = "0000-00-00 00:00:00"
    told = {"registry_createdate": nought, "expiredate": nought, "registry_expiredate": nought}
    body = written_message(200, "", told)
    double.server.faults.append(HttpFault("GET all_info", "says", body))
    found = registrar.info(ALICE).data
    assert found is not None
    assert (found.expiry, found.registration_date) == (None, None)


def test_words_about_a_code_are_told_from_others() -> None:
    about = ("Invalid auth code", "465 authorisation information", "EPP code", "Domain Secret")
    others = ("Authentication error", "Author of the code of conduct", "Invalid postal code")
    assert all(map(is_about_code, about))
    assert not any(map(is_about_code, others))


def test_a_declined_registration_leaves_the_name_unknown_to_us(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    rows = [{"id": "5", "type": "new", "status": "declined"}]
    body = written_message(200, "", {"orders": rows})
    double.server.faults.append(HttpFault("GET_ORDERS_BY_DOMAIN", "says", body))
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND


def test_a_name_with_letters_of_its_own_says_its_language(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    """It was shown as free, paid for, and then refused."""
    for name, code in (("xn--mller-kva.com", "ger"), ("xn--mller-kva.org", "de")):
        assert registrar.register(domain(name), ORDER, key="1").ok
        assert double.account.names[name].extra_fields["encoding_type"] == code


def test_a_name_whose_language_cannot_be_told_is_not_sold(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    for tlds in (["com"], ["com", "net"]):
        found = registrar.check_bulk("xn--0wcci", tlds)
        assert {one.problem for one in found.values()} == {RegistrarProblem.REFUSED}
    made = registrar.register(domain("xn--0wcci.com"), ORDER, key="1")
    assert (made.problem, double.account.charges) == (RegistrarProblem.REFUSED, [])
