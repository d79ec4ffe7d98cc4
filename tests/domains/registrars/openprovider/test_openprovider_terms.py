"""What is special of Openprovider: renewals without a guard, transfers with nameservers."""

from datetime import timedelta

from commerce.domains.registrars.contract import (
    RegistrarProblem,
    RegistrarState,
)
from commerce.domains.registrars.openprovider.adapter import OpenproviderRegistrar
from commerce.kit.periods import add_months
from tests.domains.registrars.contract_cases import ALICE, CODE, expiry, today
from tests.domains.registrars.openprovider_side import OpenproviderSide, answer
from tests.domains.registrars.sides import CONTACTS, domain
from tests.doubles.openprovider.server import OpenproviderDouble

# Renewal.


def test_a_name_in_soft_quarantine_is_renewed_by_being_restored(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    ended = today() - timedelta(days=5)
    for name, years in (("alice.com", 1), ("bob.com", 3)):
        double.account.hold(name, ended, state=RegistrarState.EXPIRED)
        made = registrar.renew(domain(name), years=years, current_expiry=ended, key="1")
        assert made.data is not None, made
        assert made.data.expiry == add_months(ended, 12 * years)
    assert double.calls().count("POST /domains/{id}/restore") == 2
    assert double.calls().count("POST /domains/{id}/renew") == 1
    assert double.account.charges == [
        ("renew", "alice.com", 1),
        ("renew", "bob.com", 1),
        ("renew", "bob.com", 2),
    ]


def test_a_renewal_that_was_half_done_is_completed(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    ended = today() - timedelta(days=5)
    double.account.hold("alice.com", ended, state=RegistrarState.EXPIRED)
    double.fails("POST /domains/{id}/renew")
    first = registrar.renew(ALICE, years=3, current_expiry=ended, key="1")
    assert first.problem == RegistrarProblem.RETRY
    assert registrar.renew(ALICE, years=3, current_expiry=ended, key="1").ok
    assert double.account.names["alice.com"].expiry == add_months(ended, 36)
    assert registrar.renew(ALICE, years=3, current_expiry=ended, key="1").ok
    assert sum(years for _kind, _name, years in double.account.charges) == 3


def test_a_name_in_redemption_is_not_renewed(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    ended = today() - timedelta(days=45)
    double.account.hold("alice.com", ended, state=RegistrarState.REDEMPTION)
    made = registrar.renew(ALICE, years=1, current_expiry=ended, key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert double.account.charges == []


def test_a_renewal_is_done_though_nobody_tells_of_it(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    held = double.account.names["alice.com"]
    body = answer(0, {"status": "REQ"})
    double.fails("POST /domains/{id}/renew", "says", body=body)
    made = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert made.data is not None
    assert made.data.expiry is None
    assert held.expiry == expiry()


# Transfer.


def test_a_transfer_under_way_is_not_asked_for_again(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    for _twice in range(2):
        made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").data
        assert made is not None
        assert made.state == RegistrarState.PENDING_TRANSFER
    assert double.account.charges == [("transfer", "alice.com", 1)]


def test_a_transfer_keeps_the_nameservers_that_dns_tells(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    double.resolver.names["alice.com"] = ["ns2.other.example", "ns1.other.example"]
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").ok
    held = double.account.names["alice.com"]
    assert held.nameservers == ["ns1.other.example", "ns2.other.example"]


def test_a_name_without_nameservers_is_not_transferred(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    name = domain("carol.com")
    double.account.elsewhere["carol.com"] = CODE
    made = registrar.transfer(name, code=CODE, contacts=CONTACTS, key="1")
    assert made.problem == RegistrarProblem.REFUSED
    assert "nameservers" in made.message
    assert double.account.charges == []


def test_a_name_that_dns_does_not_answer_for_is_tried_again(double: OpenproviderDouble) -> None:
    double.account.elsewhere["alice.com"] = CODE
    registrar = OpenproviderSide(double).registrar(seconds=1)
    double.resolver.is_silent = True
    made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1")
    assert made.problem == RegistrarProblem.RETRY
    assert double.account.charges == []


def test_a_failed_transfer_is_started_again_and_charged_once(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    assert registrar.transfer(ALICE, code="wrong", contacts=CONTACTS, key="1").ok
    double.account.work()
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="2").ok
    double.account.work()
    assert double.account.names["alice.com"].state == RegistrarState.ACTIVE
    assert double.account.charges == [("transfer", "alice.com", 1)]
