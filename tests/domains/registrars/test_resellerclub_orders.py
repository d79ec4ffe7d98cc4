"""What ResellerClub's messages mean, privacy that is paid for, and names that it must not renew by itself."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from commerce.domains.registrars.contract import Registrar, RegistrarProblem
from tests.domains.registrars.contract_cases import ALICE, CODE
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


@pytest.mark.parametrize(
    "name",
    "temporarystaff.com timeout-games.com unexpectedgifts.com whitelist.com two-factor-authentication.com authcode.com"
    " already-registered.com access-denied.com locked-in-processing.com alice.com".split(),
)
def test_a_word_within_a_name_says_nothing_of_what_went_wrong(
    registrar: Registrar, name: str
) -> None:
    """The registrar's messages repeat the name: some were tried for ever, or called our key wrong."""
    assert registrar.info(domain(name)).problem == RegistrarProblem.NOT_FOUND


@pytest.mark.parametrize(
    "email",
    "info@temporary-agency.com authentication@example.com try+again@unexpected.org api-key@example.net".split(),
)
def test_nor_does_one_within_an_address_of_a_holder(registrar: Registrar, email: str) -> None:
    holder = replace(PERSON, email=email, company="Timed Out Whitelist Ltd", first_name="Locked")
    order = replace(ORDER, contacts=replace(CONTACTS, registrant=holder))
    assert registrar.register(domain("bob.com"), order, key="1").ok


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("The IP address 192.0.2.1 is not in the whitelist", RegistrarProblem.AUTH),
        ("temporarystaff.com: try again later", RegistrarProblem.RETRY),
        ("Auth-code of authcode.com is not valid", RegistrarProblem.WRONG_CODE),
        ("timeout.com is already registered", RegistrarProblem.TAKEN),
        ("You are not allowed to perform this action", RegistrarProblem.NOT_FOUND),
        ("Function not found", RegistrarProblem.REFUSED),
    ],
)
def test_what_the_registrar_says_itself_counts(
    double: ResellerClubDouble, registrar: Registrar, message: str, problem: RegistrarProblem
) -> None:
    double.commands["POST domains/register"] = lambda _sent: {"status": "ERROR", "message": message}
    assert registrar.register(ALICE, ORDER, key="1").problem == problem


def test_nor_does_one_in_the_name_of_a_company(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    said = {"status": "ERROR", "message": "Company Temporary Whitelist Ltd is not accepted"}
    double.commands["POST contacts/add"] = lambda _sent: said
    holder = replace(PERSON, company="Temporary Whitelist Ltd")
    order = replace(ORDER, contacts=replace(CONTACTS, registrant=holder))
    assert registrar.register(ALICE, order, key="1").problem == RegistrarProblem.REFUSED


def test_privacy_is_kept_by_each_renewal(double: ResellerClubDouble, registrar: Registrar) -> None:
    assert registrar.register(ALICE, replace(ORDER, whois_privacy=True), key="1").ok
    assert registrar.register(domain("bob.com"), ORDER, key="2").ok
    double.account.work()
    for name in ("alice.com", "bob.com"):
        held = double.account.names[name]
        assert registrar.renew(domain(name), years=1, current_expiry=held.expiry, key="3").ok
    assert double.account.names["alice.com"].is_private
    assert double.privacy_bought == {"alice.com"}


def test_privacy_comes_along_with_a_transfer(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1", whois_privacy=True).ok
    assert (double.privacy_bought, double.account.names["alice.com"].is_private) == (
        {"alice.com"},
        True,
    )


def test_privacy_is_bought_where_it_is_switched_on_later(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    assert registrar.register(ALICE, ORDER, key="1").ok
    double.account.work()
    assert registrar.set_privacy(ALICE, enabled=True).ok
    assert double.account.names["alice.com"].is_private
    assert registrar.set_privacy(ALICE, enabled=False).ok
    assert registrar.set_privacy(ALICE, enabled=True).ok
    assert calls(double, "domains/purchase-privacy") == 1


def test_no_order_is_renewed_by_the_registrar(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    double.account.elsewhere["bob.com"] = CODE
    assert registrar.register(ALICE, ORDER, key="1").ok
    assert registrar.transfer(domain("bob.com"), code=CODE, contacts=CONTACTS, key="2").ok
    double.account.work()
    double.renews_itself.add("alice.com")
    told = registrar.info(ALICE).data
    assert told is not None
    assert (told.auto_renews, double.renews_itself) == (True, {"alice.com"})
    held = double.account.names["alice.com"]
    assert registrar.renew(ALICE, years=1, current_expiry=held.expiry, key="3").ok
    told = registrar.info(ALICE).data
    assert told is not None
    assert told.auto_renews is False


def test_many_endings_are_asked_for_a_few_at_a_time(
    double: ResellerClubDouble, registrar: Registrar
) -> None:
    tlds = [f"t{number}" for number in range(12)]
    found = registrar.check_bulk("alice", tlds)
    assert all(found[tld].ok for tld in tlds)
    assert calls(double, "domains/available") == 3
    double.server.faults.append(HttpFault("GET domains/available", "dead"))
    found = registrar.check_bulk("alice", tlds)
    assert [found[tld].ok for tld in tlds] == [False] * 5 + [True] * 7
