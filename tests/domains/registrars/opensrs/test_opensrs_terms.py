"""What is special of OpenSRS: transfers that are under way, renewals that happened."""

from datetime import date

from commerce.domains.registrars.contract import RegistrarProblem, RegistrarState
from commerce.domains.registrars.opensrs.adapter import OpenSrsRegistrar
from commerce.kit.periods import add_months
from tests.domains.registrars.contract_cases import ALICE, CODE, expiry
from tests.domains.registrars.sides import CONTACTS
from tests.doubles.opensrs.server import OpenSrsDouble

# Transfers.


def test_a_transfer_under_way_is_not_asked_for_again(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    for _twice in range(2):
        made = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").data
        assert made is not None
        assert made.state == RegistrarState.PENDING_TRANSFER
    assert double.account.charges == [("transfer", "alice.com", 1)]


def test_a_transfer_that_waits_for_the_right_code_is_ended_before_another_one(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    double.waits_for_code = True
    assert registrar.transfer(ALICE, code="wrong", contacts=CONTACTS, key="1").ok
    found = registrar.info(ALICE).data
    assert found is not None
    assert found.state == RegistrarState.TRANSFER_WRONG_CODE
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="2").ok
    assert double.actions()[-2:] == ["CANCEL_TRANSFER", "SW_REGISTER"]


def test_a_transfer_that_could_not_be_ended_is_not_asked_for_again(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.elsewhere["alice.com"] = CODE
    double.waits_for_code = True
    assert registrar.transfer(ALICE, code="wrong", contacts=CONTACTS, key="1").ok
    double.answers("CANCEL_TRANSFER", 437)
    again = registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="2")
    assert again.problem == RegistrarProblem.RETRY
    assert len(double.account.charges) == 1


# Renewals.


def test_a_name_whose_expiry_has_moved_by_the_term_is_renewed(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", add_months(expiry(), 24))
    made = registrar.renew(ALICE, years=2, current_expiry=expiry(), key="1")
    assert made.data is not None
    assert made.data.expiry == add_months(expiry(), 24)
    assert double.account.charges == []


def test_a_renewal_that_happened_is_done(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    double.answers("RENEW", 555, "Domain already renewed")
    made = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert made.data is not None
    assert made.data.expiry == expiry()
    assert double.account.charges == []


def test_a_renewal_from_another_year_is_refused(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    double.answers("RENEW", 541, "Expiration year does not match")
    made = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert made.problem == RegistrarProblem.REFUSED


def test_a_renewal_during_another_one_is_to_be_tried_again(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", expiry())
    text = "Domain already renewed; another renewal cannot be applied until the first completes"
    double.answers("RENEW", 400, text)
    made = registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1")
    assert made.problem == RegistrarProblem.RETRY


def test_a_renewal_names_the_year_that_they_have(
    double: OpenSrsDouble, registrar: OpenSrsRegistrar
) -> None:
    double.account.hold("alice.com", date(2031, 1, 1))
    made = registrar.renew(ALICE, years=1, current_expiry=date(2030, 12, 31), key="1")
    assert made.ok
    assert double.account.names["alice.com"].expiry == date(2032, 1, 1)
