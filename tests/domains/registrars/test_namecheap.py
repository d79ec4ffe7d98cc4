"""What only Namecheap has: reactivation, transfers in a list of their own, languages of names, privacy as a service."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.domains.registrars.contract import (
    Cost,
    Registrar,
    RegistrarProblem,
    RegistrarState,
    TldCost,
)
from commerce.domains.registrars.namecheap.adapter import NAMES_A_CALL
from commerce.kit.periods import add_months
from tests.domains.registrars.contract_cases import ALICE, CODE, expiry, today
from tests.domains.registrars.namecheap_side import NamecheapSide
from tests.domains.registrars.sides import CONTACTS, ORDER, domain
from tests.doubles.namecheap.server import NamecheapDouble, tag, us_date


@pytest.fixture
def double() -> Iterator[NamecheapDouble]:
    made = NamecheapDouble()
    yield made
    made.server.end()


@pytest.fixture
def registrar(double: NamecheapDouble) -> Registrar:
    return NamecheapSide(double.server, double.account).registrar()


def calls(double: NamecheapDouble, command: str) -> int:
    return sum(double.server.name(each) == command for each in double.server.requests)


def test_all_of_it_is_a_form_so_that_no_address_holds_the_key(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    assert registrar.test().ok
    assert [(each.method, each.query) for each in double.server.requests] == [("POST", [])]


@pytest.mark.parametrize("years", [1, 2])
def test_an_expired_name_is_renewed_by_its_reactivation(
    double: NamecheapDouble, registrar: Registrar, years: int
) -> None:
    until = today() - timedelta(days=5)
    double.account.hold("alice.com", until, state=RegistrarState.EXPIRED)
    made = registrar.renew(ALICE, years=years, current_expiry=until, key="1").data
    assert made is not None
    assert made.expiry == add_months(until, 12 * years)
    assert double.account.charges == [("renew", "alice.com", years)]


def test_a_renewal_that_was_paid_is_done_though_its_expiry_is_not_told_yet(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.account.hold("alice.com", expiry())
    done = tag("DomainRenewResult", {"Renew": "true"})
    double.commands["domains.renew"] = lambda _sent: done
    made = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert made.data is not None
    assert (made.data.state, made.data.expiry) == (RegistrarState.ACTIVE, None)


def test_a_renewal_that_was_paid_is_done_though_nothing_more_can_be_asked(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    held = double.account.hold("alice.com", expiry())

    def renew_then_vanish(sent: dict[str, str]) -> str:
        held.state = RegistrarState.GONE
        return tag("DomainRenewResult", {"Renew": "true"})

    double.commands["domains.renew"] = renew_then_vanish
    assert registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1").ok


def test_a_command_that_was_not_done_is_a_refusal(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.account.hold("alice.com", expiry())
    double.commands["domains.renew"] = lambda _sent: tag("DomainRenewResult", {"Renew": "false"})
    made = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert made.problem == RegistrarProblem.REFUSED


def test_a_transfer_that_is_under_way_is_not_asked_for_again(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    for key in "12":
        assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key=key).ok
    assert calls(double, "domains.transfer.create") == 1


@pytest.mark.parametrize("code", ["Plain123", CODE, "ümlaut"])
def test_a_code_with_other_signs_goes_in_base64(
    double: NamecheapDouble, registrar: Registrar, code: str
) -> None:
    double.account.elsewhere["alice.com"] = code
    assert registrar.transfer(ALICE, code=code, contacts=CONTACTS, key="1").ok
    assert double.account.names["alice.com"].given_code == code


@pytest.mark.parametrize(
    ("status", "number", "days", "state"),
    [
        ("INPROGRESS", "9", 0, RegistrarState.PENDING_TRANSFER),
        ("WAITINGFOREPP", "-202", 0, RegistrarState.TRANSFER_WRONG_CODE),
        ("CANCELED", "32", 0, RegistrarState.TRANSFER_WRONG_CODE),
        ("CANCELLED", "25", 0, RegistrarState.TRANSFER_REFUSED),
        ("COMPLETED", "5", 1, RegistrarState.PENDING_TRANSFER),
        ("COMPLETED", "5", 30, None),
    ],
)
def test_the_last_transfer_of_a_name_that_is_not_ours_tells_its_state(
    double: NamecheapDouble,
    registrar: Registrar,
    status: str,
    number: str,
    days: int,
    state: RegistrarState | None,
) -> None:
    when = us_date(today() - timedelta(days=days))
    rows = [
        {"ID": "9", "Domainname": "alice.com", "Status": "CANCELLED", "StatusID": "20"},
        {"ID": "12", "Domainname": "Alice.com", "Status": status, "StatusID": number},
        {"ID": "70", "Domainname": "malice.com", "Status": "INPROGRESS", "StatusID": "9"},
    ]
    told = "".join(tag("Transfer", row | {"StatusDate": when}) for row in rows)
    double.commands["domains.transfer.getList"] = lambda _sent: tag(
        "TransferGetListResult", None, told
    )
    found = registrar.info(ALICE)
    if state is None:
        assert found.problem == RegistrarProblem.NOT_FOUND
    else:
        assert found.data is not None
        assert found.data.state == state


def test_a_name_that_another_account_owns_is_none_of_ours(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.account.hold("alice.com", expiry())
    told = double.get_info({"DomainName": "alice.com"})
    shared = told.replace('IsOwner="true"', 'IsOwner="false"')
    double.commands["domains.getInfo"] = lambda _sent: shared
    assert registrar.info(ALICE).problem == RegistrarProblem.NOT_FOUND


def test_a_lock_that_is_not_told_is_unknown(double: NamecheapDouble, registrar: Registrar) -> None:
    double.account.hold("alice.com", expiry(), is_locked=True)
    del double.commands["domains.getRegistrarLock"]
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.is_locked is None


def test_privacy_that_the_name_does_not_have_is_refused(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.account.hold("alice.com", expiry())
    told = double.get_info({"DomainName": "alice.com"})
    number = double.account.names["alice.com"].number + 500_000
    none = told.replace(f"<ID>{number}</ID>", "<ID>0</ID>")
    double.commands["domains.getInfo"] = lambda _sent: none
    assert registrar.set_privacy(ALICE, enabled=True).problem == RegistrarProblem.REFUSED


def test_many_endings_are_asked_in_portions(double: NamecheapDouble, registrar: Registrar) -> None:
    tlds = [f"tld{number}" for number in range(NAMES_A_CALL + 1)]
    found = registrar.check_bulk("alice", tlds)
    assert all(found[tld].ok for tld in tlds)
    assert calls(double, "domains.check") == 2


def test_a_premium_price_has_four_decimals(double: NamecheapDouble, registrar: Registrar) -> None:
    double.account.premium["gold.com"] = 206_70
    found = registrar.check_one("gold", "com").data
    assert found is not None
    assert found.cost == Cost(206_70, "USD")


def test_what_each_ending_costs_for_a_year_is_told_to_the_cent(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.costs = {"com": (1_028, 1_129, 999, 8_000), "co.uk": (790, 791, 0, 7_900)}
    told = registrar.price_list().data
    assert told == [
        TldCost(
            tld=tld,
            currency_code="USD",
            register=costs[0],
            renew=costs[1],
            transfer=costs[2],
            restore=costs[3],
        )
        for tld, costs in sorted(double.costs.items())
    ]


def test_a_language_that_staff_ask_for_is_sent_and_one_that_nobody_knows_is_refused(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    name = domain("xn--0wcci.com")
    refused = registrar.register(name, ORDER, key="1")
    assert refused.problem == RegistrarProblem.REFUSED
    assert "IdnCode" in refused.message
    assert double.server.requests == []

    order = type(ORDER)(
        contacts=CONTACTS, years=1, nameservers=ORDER.nameservers, extra_fields={"IdnCode": "mal"}
    )
    assert registrar.register(name, order, key="1").ok
    sent = dict(double.server.requests[-1].form)
    assert sent["IdnCode"] == "mal"


def test_no_extra_field_is_one_of_the_account_s(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    fields = {"ApiUser": "mallory", "Command": "namecheap.domains.renew", "DomainName": "x.com"}
    order = replace(ORDER, extra_fields=fields)
    assert registrar.register(ALICE, order, key="1").ok
    assert double.account.charges == [("register", "alice.com", 2)]


def test_a_name_past_its_grace_is_not_renewed_at_the_price_of_a_restore(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    until = today() - timedelta(days=28)
    double.account.hold("alice.com", until, state=RegistrarState.REDEMPTION)
    made = registrar.renew(ALICE, years=1, current_expiry=until, key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert double.account.charges == []
    assert registrar.restore(ALICE, current_expiry=until, key="2").ok


def test_a_name_that_was_registered_without_privacy_can_have_it_later(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    """The service is free, but it is there only if the order asked for it."""
    assert registrar.register(ALICE, ORDER, key="1").ok
    assert not double.account.names["alice.com"].is_private
    assert registrar.set_privacy(ALICE, enabled=True).ok
    assert double.account.names["alice.com"].is_private


@pytest.mark.parametrize("wanted", [True, False])
def test_privacy_comes_with_a_transfer_and_can_be_switched(
    double: NamecheapDouble, registrar: Registrar, *, wanted: bool
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1", whois_privacy=wanted)
    assert made.ok
    assert double.account.names["alice.com"].is_private == wanted
    assert double.without_privacy == set()


def test_a_name_from_before_gets_a_free_privacy_service_of_the_account(
    double: NamecheapDouble, registrar: Registrar
) -> None:
    double.account.hold(
        "alice.com", expiry(), contacts={"registrant": {"EmailAddress": "a@b.example"}}
    )
    double.without_privacy.add("alice.com")
    double.free_privacy |= {"7": "01/01/2020", "8": ""}
    assert registrar.set_privacy(ALICE, enabled=False).ok  # nothing hides it
    assert registrar.set_privacy(ALICE, enabled=True).ok
    assert (double.allotted, double.account.names["alice.com"].is_private) == (
        {"8": "alice.com"},
        True,
    )
