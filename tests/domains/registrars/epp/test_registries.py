"""Registries differ: the adapter finds out from the greeting and the answers which one it speaks to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from commerce.domains.registrars.contract import (
    Contact,
    Contacts,
    Cost,
    DomainName,
    DsRecord,
    RegistrarProblem,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.epp.adapter import EppRegistrar
from commerce.domains.registrars.registry import get_registrar
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.periods import add_months
from commerce.site_settings.actions import set_setting
from tests.doubles.epp.account import OURS, THEIRS, EppAccount
from tests.doubles.epp.registry import EppRegistry
from tests.doubles.epp.server import EppFault, EppServer

ANN = Contact(
    first_name="Ann",
    last_name="Doe",
    email="ann@example.com",
    phone="+49.30123456",
    address1="Way 1",
    city="Bonn",
    postcode="53111",
    country="DE",
)
CONTACTS = Contacts(registrant=ANN, admin=ANN, tech=ANN, billing=ANN)
ORDER = RegistrationOrder(
    contacts=CONTACTS, years=1, nameservers=("ns1.elsewhere.example", "ns2.elsewhere.example")
)
NAME = DomainName("ours.test", "test")
THEIR_NAME = DomainName("theirs.test", "test")
SIGNER = DsRecord(key_tag=1, algorithm=13, digest_type=2, digest="AB" * 32)


def today() -> date:
    return clock.now().date()


def test_nameservers_are_attributes_where_there_are_no_host_objects(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.services = ("domain", "contact")
    assert registrar.register(NAME, ORDER, key="1").ok
    assert registrar.set_nameservers(NAME, ["ns2.elsewhere.example", "NS3.elsewhere.example"]).ok
    found = registrar.info(NAME).data
    assert found is not None
    assert found.nameservers == ("ns2.elsewhere.example", "ns3.elsewhere.example")
    assert registry.hosts == {}


def test_host_objects_are_made_once(registry: EppRegistry, registrar: EppRegistrar) -> None:
    assert registrar.register(NAME, ORDER, key="1").ok
    assert registrar.register(DomainName("more.test", "test"), ORDER, key="2").ok
    assert sorted(registry.hosts) == sorted(ORDER.nameservers)


def test_a_host_that_cannot_be_made_is_a_refusal_not_a_missing_name(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.add_domain("ours.test", OURS)
    result = registrar.set_nameservers(NAME, ["ns1.nowhere.test"])
    assert result.problem == RegistrarProblem.REFUSED
    assert "2303" in result.message


def test_a_registration_with_a_host_that_cannot_be_made_is_refused(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    order = replace(ORDER, nameservers=("ns1.nowhere.test",))
    assert registrar.register(NAME, order, key="1").problem == RegistrarProblem.REFUSED
    assert registry.domains == {}


def test_a_registry_without_contacts_gets_none(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.services = ("domain", "host")
    made = registrar.register(NAME, ORDER, key="1").data
    assert made is not None
    assert made.whois_privacy is None
    assert registry.contacts == {}
    assert registrar.set_contacts(NAME, CONTACTS).problem == RegistrarProblem.REFUSED
    assert registrar.set_privacy(NAME, enabled=True).problem == RegistrarProblem.REFUSED


def test_the_same_person_is_one_contact_and_nobody_left_is_deleted(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    assert registrar.register(NAME, ORDER, key="1").ok
    assert registrar.register(DomainName("more.test", "test"), ORDER, key="2").ok
    assert len(registry.contacts) == 1
    moved = replace(ANN, city="Köln")
    assert registrar.set_contacts(NAME, replace(CONTACTS, registrant=moved)).ok
    assert len(registry.contacts) == 2
    assert registrar.set_contacts(NAME, CONTACTS).ok
    assert len(registry.contacts) == 1


@pytest.mark.parametrize("command", ["domain:create", "domain:update"])
def test_a_contact_that_is_deleted_meanwhile_is_made_again(
    server: EppServer, registry: EppRegistry, registrar: EppRegistrar, command: str
) -> None:
    if command == "domain:update":
        assert registrar.register(NAME, ORDER, key="1").ok
    server.faults.append(EppFault(command, "2303"))
    moved = replace(CONTACTS, registrant=replace(ANN, city="Bonn-Beuel"))
    if command == "domain:update":
        assert registrar.set_contacts(NAME, moved).ok
    else:
        assert registrar.register(NAME, replace(ORDER, contacts=moved), key="1").ok
    assert "Bonn-Beuel" in str(EppAccount(registry).names["ours.test"].contacts["registrant"])
    assert server.received.count(command) == 2


def test_an_address_with_letters_of_its_own_goes_in_both_forms(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    """Some registries take only the one in ASCII; what was written is not lost by it."""
    people = replace(CONTACTS, registrant=replace(ANN, last_name="Müller", city="Köln"))
    assert registrar.register(NAME, replace(ORDER, contacts=people), key="1").ok
    holder = registry.contacts[registry.domains["ours.test"].registrant]
    told = " ".join(text for each in holder.details for text in each.itertext())
    assert all(word in told for word in ("Müller", "Mueller", "Köln", "Koeln"))
    assert registrar.set_privacy(NAME, enabled=True).ok
    assert "Köln" in str(EppAccount(registry).names["ours.test"].contacts["registrant"])


def test_an_address_in_another_script_goes_as_it_is(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    people = replace(CONTACTS, registrant=replace(ANN, city="Москва"))
    assert registrar.register(NAME, replace(ORDER, contacts=people), key="1").ok
    assert "Москва" in str(EppAccount(registry).names["ours.test"].contacts["registrant"])


def test_a_hidden_holder_stays_hidden_whoever_comes_next(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    assert registrar.register(NAME, replace(ORDER, whois_privacy=True), key="1").ok
    moved = replace(CONTACTS, registrant=replace(ANN, city="Köln"))
    assert registrar.set_contacts(NAME, moved).ok
    found = registrar.info(NAME).data
    assert found is not None
    assert found.whois_privacy is True
    assert registrar.set_privacy(NAME, enabled=False).ok
    found = registrar.info(NAME).data
    assert found is not None
    assert found.whois_privacy is None
    assert "Köln" in str(EppAccount(registry).names["ours.test"].contacts["registrant"])


def test_a_name_that_came_with_others_contacts_gets_ours(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    account = EppAccount(registry)
    account.hold("theirs.test", today() + timedelta(days=90))
    domain = registry.domains["theirs.test"]
    domain.sponsor, registry.contacts["ANN-1"].sponsor = THEIRS, THEIRS
    assert registrar.transfer(THEIR_NAME, code=domain.code, contacts=CONTACTS, key="1").ok
    account.work()
    assert registrar.set_privacy(THEIR_NAME, enabled=True).problem == RegistrarProblem.REFUSED
    assert registrar.set_contacts(THEIR_NAME, CONTACTS).ok
    assert domain.registrant.startswith("CM")
    assert "ANN-1" in registry.contacts


def test_a_registry_that_does_not_tell_codes_is_given_a_new_one(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    domain = registry.add_domain("ours.test", OURS)
    before = domain.code
    registry.shows_codes = False
    told = registrar.get_code(NAME).data
    assert told == domain.code != before


def test_signers_need_the_extension(registry: EppRegistry, registrar: EppRegistrar) -> None:
    registry.add_domain("ours.test", OURS)
    registry.extensions = ()
    assert registrar.set_ds_records(NAME, [SIGNER]).problem == RegistrarProblem.REFUSED
    assert registrar.info(NAME).ok


@pytest.mark.parametrize("wants_report", [False, True])
def test_a_restored_name_is_back_with_the_report_that_is_wanted(
    server: EppServer, registry: EppRegistry, registrar: EppRegistrar, *, wants_report: bool
) -> None:
    registry.wants_restore_report = wants_report
    registry.add_domain("ours.test", OURS)
    registry.delete("ours.test")
    restored = registrar.restore(NAME, current_expiry=today(), key="1").data
    assert restored is not None
    assert restored.state == RegistrarState.ACTIVE
    assert server.received.count("domain:update") == (2 if wants_report else 1)
    assert registry.spent == [(OURS, "restore", "ours.test", 1)]


def test_a_report_that_was_lost_is_sent_with_the_next_try(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    domain = registry.add_domain("ours.test", OURS)
    registry.delete("ours.test")
    domain.rgp = {"pendingRestore": registry.now() + timedelta(days=7)}
    assert registrar.restore(NAME, current_expiry=today(), key="1").ok
    assert domain.rgp == {}
    assert registry.spent == []


def test_a_name_that_is_being_deleted_for_good_is_not_restored(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    EppAccount(registry).hold("ours.test", today(), state=RegistrarState.UNKNOWN)
    result = registrar.restore(NAME, current_expiry=today(), key="1")
    assert result.problem == RegistrarProblem.REFUSED
    assert registry.spent == []


def test_a_name_that_the_registry_renewed_by_itself_is_not_renewed_again(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.renews_at_expiry = True
    domain = registry.add_domain("ours.test", OURS)
    was = today() - timedelta(days=3)
    domain.expires = datetime(was.year, was.month, was.day, 12, tzinfo=UTC)
    renewed = registrar.renew(NAME, years=1, current_expiry=was, key="1").data
    assert renewed is not None
    assert renewed.expiry == add_months(was, 12)
    assert registry.spent == []


def test_a_premium_name_is_told_with_its_price_and_never_bought(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.premium["gold.test"] = Decimal("1300.50")
    found = registrar.check_one("gold", "test").data
    assert found is not None
    assert found.cost == Cost(130_050, "EUR")
    gold = DomainName("gold.test", "test")
    assert registrar.register(gold, ORDER, key="1").problem == RegistrarProblem.REFUSED
    assert registry.spent == []


def test_without_the_fee_extension_names_are_still_checked(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.extensions = ("secDNS",)
    found = registrar.check_one("free", "test").data
    assert found is not None
    assert (found.is_available, found.is_premium) == (True, False)


def test_an_ending_of_another_registry_is_not_sent_there(
    server: EppServer, settings: dict[str, str]
) -> None:
    registrar = EppRegistrar(settings | {"tlds": " .test, co.test"})
    found = registrar.check_bulk("free", ["test", "co.test", "example"])
    assert {tld: result.ok for tld, result in found.items()} == {
        "test": True,
        "co.test": True,
        "example": False,
    }
    elsewhere = DomainName("ours.example", "example")
    assert registrar.register(elsewhere, ORDER, key="1").problem == RegistrarProblem.REFUSED
    asked = registrar.transfer(elsewhere, code="c0de", contacts=CONTACTS, key="1")
    assert asked.problem == RegistrarProblem.REFUSED
    assert server.received == ["login", "domain:check", "logout"]


def test_a_registration_that_is_queued_is_pending_until_it_is_there(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.queues_creates = True
    made = registrar.register(NAME, ORDER, key="1").data
    assert made is not None
    assert made.state == RegistrarState.PENDING
    EppAccount(registry).work()
    found = registrar.info(NAME).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE


def test_a_name_of_ours_of_old_is_not_taken_for_a_new_registration(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.add_domain("ours.test", OURS)
    assert registrar.register(NAME, ORDER, key="1").problem == RegistrarProblem.TAKEN


def test_no_money_is_a_refusal(registry: EppRegistry, registrar: EppRegistrar) -> None:
    registry.funds[OURS] = Decimal(1)
    result = registrar.register(NAME, ORDER, key="1")
    assert result.problem == RegistrarProblem.REFUSED
    assert "2104" in result.message


def test_a_transfer_that_is_done_at_once_is_ours(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.transfers_at_once = True
    domain = registry.add_domain("theirs.test", THEIRS)
    made = registrar.transfer(THEIR_NAME, code=domain.code, contacts=CONTACTS, key="1").data
    assert made is not None
    assert (made.state, made.remote_id) == (RegistrarState.ACTIVE, domain.roid)
    again = registrar.transfer(THEIR_NAME, code=domain.code, contacts=CONTACTS, key="2").data
    assert again is not None
    assert again.state == RegistrarState.ACTIVE
    assert registry.spent == [(OURS, "transfer", "theirs.test", 1)]


def test_a_transfer_is_seen_where_names_of_others_are_not_shown(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.shows_names_of_others = False
    domain = registry.add_domain("theirs.test", THEIRS)
    assert registrar.info(THEIR_NAME).problem == RegistrarProblem.NOT_FOUND
    assert registrar.transfer(THEIR_NAME, code=domain.code, contacts=CONTACTS, key="1").ok
    found = registrar.info(THEIR_NAME).data
    assert found is not None
    assert found.state == RegistrarState.PENDING_TRANSFER
    registry.end_transfer(domain, "clientRejected")
    found = registrar.info(THEIR_NAME).data
    assert found is not None
    assert found.state == RegistrarState.TRANSFER_REFUSED
    known = registrar.info(replace(NAME, name="theirs.test", remote_id=domain.roid)).data
    assert known is not None
    assert known.state == RegistrarState.TRANSFER_REFUSED


def test_a_name_that_left_is_gone_and_one_that_somebody_asks_for_is_still_ours(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    domain = registry.add_domain("ours.test", OURS)
    known = registrar.info(NAME).data
    assert known is not None
    EppAccount(registry).transfer("ours.test", "")
    assert domain.transfer is not None
    domain.transfer.asked_by, domain.transfer.losing = THEIRS, OURS
    found = registrar.info(NAME).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE

    registry.end_transfer(domain, "clientApproved")
    gone = registrar.info(replace(NAME, remote_id=known.remote_id)).data
    assert gone is not None
    assert gone.state == RegistrarState.GONE
    assert registrar.info(NAME).problem == RegistrarProblem.NOT_FOUND


@pytest.mark.django_db
def test_the_settings_of_staff_are_what_it_is_called_with(
    server: EppServer, settings: dict[str, str]
) -> None:
    # The password comes after what decides where it is sent.
    for name, value in sorted(settings.items(), key=lambda pair: pair[0] in ("password", "key")):
        set_setting(key=f"registrar.epp.{name}", value=value, ctx=Context(clock.now(), SYSTEM))
    assert get_registrar("epp").test().ok
    assert server.received == ["login", "logout"]
