"""What is special of Openprovider: its tokens, customers that are used again, answers and states."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from commerce.domains.registrars.contract import (
    Cost,
    RegistrarProblem,
    RegistrarState,
    TldCost,
)
from commerce.domains.registrars.openprovider import client
from commerce.domains.registrars.openprovider.adapter import OpenproviderRegistrar
from commerce.domains.registrars.openprovider.contact_fields import customer_of
from commerce.domains.registrars.openprovider.responses import state_of
from commerce.kit.periods import add_months
from tests.domains.registrars.contract_cases import ALICE, expiry, today
from tests.domains.registrars.openprovider_side import OpenproviderSide, answer
from tests.domains.registrars.sides import CONTACTS, HOSTS, ORDER, PERSON, domain
from tests.doubles.openprovider.server import PASSWORD, OpenproviderDouble

# Tokens.


def test_one_login_does_for_all_calls_of_an_account(double: OpenproviderDouble) -> None:
    for _time in range(2):
        registrar = OpenproviderSide(double).registrar()
        assert registrar.test().ok
        assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND
    assert double.calls().count("POST /auth/login") == 1


@pytest.mark.parametrize("status", [401, 500])
def test_a_token_that_is_not_accepted_any_more_is_renewed_and_the_call_made_again(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar, status: int
) -> None:
    assert registrar.test().ok
    double.tokens.clear()
    double.account.hold("alice.com", expiry())
    if status == 500:
        body = answer(196, desc="Authentication/Authorization Failed")
        double.fails("GET /domains", "says", body=body, status=500)
    assert registrar.set_lock(ALICE, locked=True).ok
    assert double.calls().count("POST /auth/login") == 2
    assert double.account.names["alice.com"].is_locked


def test_an_old_token_is_not_sent(
    double: OpenproviderDouble,
    registrar: OpenproviderRegistrar,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert registrar.test().ok
    monkeypatch.setattr(client, "TOKEN_SECONDS", 0)
    assert registrar.test().ok
    assert double.calls() == ["POST /auth/login", "GET /resellers"] * 2


def test_a_changed_password_is_tried_at_once(double: OpenproviderDouble) -> None:
    side = OpenproviderSide(double)
    assert side.registrar().test().ok
    assert side.registrar(wrong_key=True).test().problem == RegistrarProblem.AUTH


def test_a_login_that_is_not_answered_is_no_wrong_password(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.fails("POST /auth/login")
    assert registrar.test().problem == RegistrarProblem.RETRY


def test_neither_password_nor_token_stand_in_a_message_or_a_log_however_they_are_written(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert registrar.test().ok
    [token] = double.tokens
    words = f"{token} {PASSWORD} {json.dumps(PASSWORD)}"
    double.fails("", "says", body=answer(399, desc=words), status=500)
    result = registrar.test()
    assert result.problem == RegistrarProblem.REFUSED
    for secret in (token, PASSWORD, json.dumps(PASSWORD)[1:-1]):
        assert secret not in result.message
        assert secret not in caplog.text


def test_the_test_system_is_used_until_it_is_switched_off() -> None:
    settings = {"username": "u", "password": "p"}
    field = next(each for each in OpenproviderRegistrar.fields if each.name == "sandbox")
    assert field.default is True
    for is_on, address in ((True, "sandbox.openprovider.nl"), (False, "https://api.openprovider")):
        registrar = OpenproviderRegistrar(settings | {"sandbox": is_on})
        assert registrar.is_sandbox is is_on
        assert address in registrar._client._address


# Customers.


def test_a_contact_that_is_there_is_used_again(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    other = replace(PERSON, address1="10 Downing Street")
    people = replace(CONTACTS, tech=other)
    for name in ("alice.com", "bob.net"):
        assert registrar.register(domain(name), replace(ORDER, contacts=people), key="1").ok
    assert len(double.customers) == 2
    assert double.account.names["alice.com"].contacts["tech"]["street"] == "Downing Street"


def test_a_customer_whose_making_lost_its_answer_is_found(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.fails("POST /customers", "lost")
    assert registrar.register(ALICE, ORDER, key="1").problem == RegistrarProblem.RETRY
    assert registrar.register(ALICE, ORDER, key="1").ok
    assert len(double.customers) == 1


def test_a_customer_that_was_changed_there_is_not_used(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    assert registrar.register(ALICE, ORDER, key="1").ok
    [customer] = double.customers.values()
    customer["company_name"] = "Somebody else"
    assert registrar.register(domain("bob.com"), ORDER, key="1").ok
    assert double.account.names["bob.com"].contacts["registrant"]["company_name"] == PERSON.company


def test_an_ending_gets_the_roles_that_it_has(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    name = domain("alice.nl")
    assert registrar.register(name, ORDER, key="1").ok
    assert registrar.set_contacts(name, CONTACTS).ok
    assert set(double.account.names["alice.nl"].contacts) == {"registrant", "admin", "tech"}


def test_an_ending_that_is_not_told_of_gets_all_roles(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    assert registrar.register(domain("alice.shop"), ORDER, key="1").ok
    assert len(double.account.names["alice.shop"].contacts) == 4


@pytest.mark.parametrize(
    ("address", "street", "number"),
    [
        ("Straße des 17. Juni 135", "Straße des 17. Juni", "135"),
        ("Hauptstr. 5a", "Hauptstr.", "5a"),
        ("10 Downing Street", "Downing Street", "10"),
        ("12-14, rue de la Paix", "rue de la Paix", "12-14"),
        ("The Old Mill", "The Old Mill", "-"),
        ("135", "135", "-"),
    ],
)
def test_the_house_number_is_sent_apart(address: str, street: str, number: str) -> None:
    told = customer_of(replace(PERSON, address1=address, address2="Flat 2"))["address"]
    assert (told["street"], told["number"], told["suffix"]) == (street, number, "Flat 2")


@pytest.mark.parametrize("phone", ["+49.30123456", "+1.21", "+44.7700900123"])
def test_a_phone_number_keeps_its_digits(phone: str) -> None:
    told = customer_of(replace(PERSON, phone=phone))["phone"]
    joined = f"{told['country_code']}.{told['area_code']}{told['subscriber_number']}"
    assert joined == phone
    assert told["subscriber_number"]


# Availability.


def test_many_endings_are_asked_about_in_parts_and_one_that_is_not_sold_spoils_none(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    tlds = ["com", *(f"t{number}" for number in range(20)), "invalid", "net"]
    found = registrar.check_bulk("alice", tlds)
    assert found["invalid"].problem == RegistrarProblem.REFUSED
    free = [tld for tld, result in found.items() if result.data and result.data.is_available]
    assert free == [tld for tld in tlds if tld != "invalid"]


def test_the_cost_of_a_free_name_is_told_in_the_account_s_currency(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    found = registrar.check_one("alice", "com").data
    assert found is not None
    assert (found.is_premium, found.cost) == (False, Cost(850, "EUR"))


def test_prices_of_all_endings_are_told(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.tlds[3]["prices"]["reseller_price"] = {"reseller": {"price": 4, "currency": "EUR"}}
    double.tlds[4]["prices"]["renew_price"]["reseller"]["currency"] = "USD"
    double.tlds[5]["prices"] = None
    told = registrar.price_list().data
    assert told is not None
    assert len(told) == 259
    assert told[0] == TldCost(
        tld="x0", currency_code="EUR", register=850, renew=999, transfer=701, restore=8000
    )
    assert told[3].register == 400
    assert told[4].renew is None


# Registration.


def test_a_registration_under_way_is_pending(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.queues_registrations = True
    made = registrar.register(ALICE, ORDER, key="1").data
    assert made is not None
    found = registrar.info(ALICE).data
    assert found is not None
    assert made.state == found.state == RegistrarState.PENDING
    assert made.remote_id == found.remote_id != ""


def test_a_name_that_a_lost_order_brought_meanwhile_is_registered(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.register("alice.com", 2, is_queued=False)
    made = registrar.register(ALICE, ORDER, key="1")
    assert made.data is not None
    assert (made.data.state, made.data.expiry) == (
        RegistrarState.ACTIVE,
        add_months(today(), 24),
    )
    assert len(double.account.charges) == 1


def test_a_registration_that_failed_may_be_ordered_again(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    names = {"name": "alice", "extension": "com"}
    failed = {"id": 7, "domain": names, "status": "FAI", "comments": "commerce:registration"}
    double.failed_rows = [failed | {"id": 99_999}, failed]
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND
    assert registrar.register(ALICE, ORDER, key="2").ok
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE


def test_what_a_registry_asks_for_besides_is_sent_by_its_name(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    order = replace(ORDER, extra_fields={"idn_script": "GER"})
    assert registrar.register(ALICE, order, key="1").ok
    assert double.account.names["alice.com"].extra_fields == {"idn_script": "GER"}


def test_another_name_in_the_answer_is_not_taken_for_ours(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    names = {"name": "malice", "extension": "com"}
    double.failed_rows = [{"id": 7, "domain": names, "status": "ACT"}]
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND


# States and what is hidden.


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"status": "ACT"}, RegistrarState.ACTIVE),
        ({"status": "ACT", "renewal_date": "2026-01-09 00:00:00"}, RegistrarState.EXPIRED),
        ({"status": "ACT", "renewal_date": "2026-01-10 00:59:00"}, RegistrarState.EXPIRED),
        ({"status": "ACT", "renewal_date": "2026-01-10 01:01:00"}, RegistrarState.ACTIVE),
        ({"status": "ACT", "renewal_date": "0000-00-00 00:00:00"}, RegistrarState.ACTIVE),
        ({"status": "REQ"}, RegistrarState.PENDING),
        ({"status": "REQ", "active_date": "0000-00-00 00:00:00"}, RegistrarState.PENDING),
        ({"status": "PEN", "comments": "commerce:transfer"}, RegistrarState.PENDING_TRANSFER),
        ({"status": "SCH"}, RegistrarState.PENDING_TRANSFER),
        ({"status": "REQ", "active_date": "2025-01-01 00:00:00"}, RegistrarState.ACTIVE),
        ({"status": "FAI"}, None),
        ({"status": "FAI", "comments": "commerce:transfer"}, RegistrarState.TRANSFER_REFUSED),
        ({"status": "RRQ"}, RegistrarState.REDEMPTION),
        ({"status": "TRAN"}, RegistrarState.GONE),
        ({"status": "DEL"}, RegistrarState.GONE),
        ({"status": "DEL", "restorable_until": "2026-02-01 00:00:00"}, RegistrarState.REDEMPTION),
        ({"status": "DEL", "restorable_until": "2026-01-01 00:00:00"}, RegistrarState.GONE),
        ({"status": "new one"}, RegistrarState.UNKNOWN),
    ],
)
def test_each_status_has_its_state(row: dict[str, Any], state: RegistrarState | None) -> None:
    assert state_of(row, datetime(2026, 1, 10, tzinfo=UTC)) == state


def test_a_code_that_goes_to_the_holder_is_not_told(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    double.hides_codes = True
    told = registrar.get_code(ALICE)
    assert told.problem == RegistrarProblem.REFUSED
    assert "holder" in told.message


def test_the_expiry_is_the_date_by_which_it_must_be_renewed_there(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.hold("alice.com", expiry(), nameservers=list(HOSTS))
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.expiry == expiry()


def test_nothing_counts_as_done_during_maintenance(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    body = b'{"code": 0, "maintenance": true, "data": {"status": "ACT"}}'
    double.fails("PUT /domains/{id}", "says", body=body)
    assert registrar.set_lock(ALICE, locked=True).problem == RegistrarProblem.RETRY


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (429, b"", RegistrarProblem.RETRY),
        (200, b'{"code": 0, "maintenance": true, "data": {}}', RegistrarProblem.RETRY),
        (500, answer(13, desc="internal"), RegistrarProblem.RETRY),
        (500, answer(945, desc="Insufficient balance"), RegistrarProblem.REFUSED),
        (400, answer(0, {"balance": 5}), RegistrarProblem.RETRY),
        (403, b"<html>", RegistrarProblem.AUTH),
    ],
)
def test_what_is_no_success_has_its_problem(
    double: OpenproviderDouble,
    registrar: OpenproviderRegistrar,
    status: int,
    body: bytes,
    problem: RegistrarProblem,
) -> None:
    double.fails("GET /resellers", "says", body=body, status=status)
    assert registrar.test().problem == problem


def test_a_name_with_letters_of_its_own_says_its_script(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    """It was shown as free, paid for, and then refused."""
    found = registrar.check_bulk("xn--mller-kva", ["com", "nl", "co.uk"])
    assert all(one.ok for one in found.values())
    assert registrar.register(domain("xn--mller-kva.com"), ORDER, key="1").ok
    assert double.account.names["xn--mller-kva.com"].extra_fields == {"idn_script": "ger"}
    order = replace(ORDER, extra_fields={"idn_script": "sv", "other": "1"})
    assert registrar.register(domain("xn--mller-kva.nl"), order, key="2").ok
    assert double.account.names["xn--mller-kva.nl"].extra_fields == order.extra_fields


def test_a_name_whose_script_cannot_be_told_is_not_sold(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    found = registrar.check_bulk("xn--0wcci", ["com", "nl"])
    assert {one.problem for one in found.values()} == {RegistrarProblem.REFUSED}
    made = registrar.register(domain("xn--0wcci.com"), ORDER, key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert double.account.charges == []


def test_a_contact_among_hundreds_with_one_address_is_found_and_not_made_again(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    """An agency registers everything with its own address: the first hundred were all that was looked at."""
    for number in range(250):
        other = customer_of(replace(PERSON, address1=f"Other Street {number}"))
        double.customers[f"ZM{number:06}-DE"] = other
    double.customers["ZM009999-DE"] = customer_of(PERSON)
    assert registrar.register(ALICE, ORDER, key="1").ok
    assert double.calls().count("GET /customers") == 3
    assert "POST /customers" not in double.calls()
