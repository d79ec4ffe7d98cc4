"""What registries ask for beside the contacts: told of the name, or of the customer that holds it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from commerce.domains.registrars.contract import Contacts, DomainName, RegistrarProblem
from commerce.domains.registrars.known_fields import _KNOWN
from commerce.domains.registrars.openprovider.adapter import OpenproviderRegistrar
from commerce.domains.registrars.registry_fields import (
    RegistryField,
    checked_registry_fields,
    filled_in,
    options_of_field,
)
from tests.domains.registrars.contract_cases import ORDER
from tests.domains.registrars.sides import CONTACTS, PERSON
from tests.doubles.openprovider.server import OpenproviderDouble

PROPOSED = {tld: fields for (slug, tld), fields in _KNOWN.items() if slug == "openprovider"}
US = {
    "customer.extension_additional_data.nexus_category": "C21",
    "customer.extension_additional_data.applicant_purpose": "P1",
}
SWEDISH = {
    "owner_type": "individual",
    "customer.additional_data.social_security_number": "8112189876",
    "iisse_acceptance": "1",
}


def answers_to(fields: list[RegistryField]) -> Iterator[dict[str, str]]:
    """Filled in as somebody would, once with each choice of the first field."""
    possible = [[value for value, _text in options_of_field(one)] or ["12345"] for one in fields]
    for first, *others in product(possible[0], *(each[:1] for each in possible[1:])):
        names = [one["name"] for one in fields]
        yield dict(zip(names, (first, *others), strict=True))


def owner_of(double: OpenproviderDouble, name: str) -> Mapping[str, Any]:
    return double.customers[double.owners[name]]


def register(registrar: OpenproviderRegistrar, name: str, extra: Mapping[str, str]) -> Any:
    order = replace(ORDER, extra_fields=dict(extra))
    return registrar.register(DomainName(name, name.partition(".")[2]), order, key=name)


@pytest.mark.parametrize("tld", PROPOSED)
def test_whatever_is_proposed_fits_the_contract(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar, tld: str
) -> None:
    fields = checked_registry_fields(PROPOSED[tld])
    for number, typed in enumerate(answers_to(fields)):
        told = filled_in(fields, typed)
        name = f"alice{number}.{tld}"
        assert register(registrar, name, told).ok
        owner, held = owner_of(double, name), double.account.names[name]
        sent = [*held.extra_fields.values()]
        for part in (owner.get("additional_data"), *owner.get("extension_additional_data", [])):
            sent += (part or {}).get("data", part or {}).values()
        assert sorted(sent) == sorted(v for k, v in told.items() if k != "owner_type")


def test_what_is_of_the_holder_is_told_of_the_customer_and_a_name_without_it_is_not_sold(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    refused = register(registrar, "alice.us", {})
    assert (refused.problem, "1927" in refused.message) == (RegistrarProblem.REFUSED, True)
    assert register(registrar, "alice.us", US).ok
    data = {"nexus_category": "C21", "applicant_purpose": "P1"}
    of_us = {"name": "us", "data": data}
    assert owner_of(double, "alice.us")["extension_additional_data"] == [of_us]
    assert double.account.names["alice.us"].extra_fields == {}
    made = len(double.customers)
    assert register(registrar, "bob.us", US).ok
    assert len(double.customers) == made
    other = US | {"customer.extension_additional_data.nexus_category": "C11"}
    assert register(registrar, "carol.us", other).ok
    assert owner_of(double, "carol.us") != owner_of(double, "bob.us")


def test_another_address_of_the_holder_keeps_what_the_registry_was_told(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    assert register(registrar, "alice.se", SWEDISH).ok
    assert double.account.names["alice.se"].extra_fields == {"iisse_acceptance": "1"}
    moved = replace(PERSON, city="Elsewhere")
    alice = DomainName("alice.se", "se")
    assert registrar.set_contacts(
        alice, Contacts(registrant=moved, admin=moved, tech=moved, billing=moved)
    ).ok
    owner = owner_of(double, "alice.se")
    assert owner["address"]["city"] == "Elsewhere"
    assert owner["additional_data"] == {"social_security_number": "8112189876"}


def test_another_holder_has_numbers_of_their_own(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar
) -> None:
    assert register(registrar, "alice.se", SWEDISH).ok
    other = replace(CONTACTS, registrant=replace(PERSON, last_name="Other"))
    refused = registrar.set_contacts(DomainName("alice.se", "se"), other)
    assert (refused.problem, "1927" in refused.message) == (RegistrarProblem.REFUSED, True)
    told = [each for each in double.customers.values() if each["name"]["last_name"] == "Other"]
    assert not any("additional_data" in each for each in told)


@pytest.mark.parametrize("name", ["customer.name.last_name", "customer.vat.x", "customer.email"])
def test_a_field_that_has_no_place_is_told_before_anything_is_ordered(
    double: OpenproviderDouble, registrar: OpenproviderRegistrar, name: str
) -> None:
    refused = register(registrar, "alice.com", {name: "x"})
    assert (refused.problem, name in refused.message) == (RegistrarProblem.REFUSED, True)
    assert "POST /customers" not in double.calls()
    assert double.account.charges == []
