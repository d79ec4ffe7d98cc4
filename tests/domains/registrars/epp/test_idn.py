"""Names with letters of their own: told with their language where the registry wants it."""

import pytest

from commerce.domains.registrars.contract import DomainName, RegistrarProblem
from commerce.domains.registrars.epp.adapter import EppRegistrar
from tests.domains.registrars.sides import ORDER
from tests.doubles.epp.registry import EppRegistry

NAME = DomainName("ours.test", "test")


@pytest.mark.parametrize(
    ("extension", "said"), [("idnLang", "GER"), ("idn", "de müller.test"), ("", "")]
)
def test_a_registry_is_told_the_language_as_it_wants_it(
    registry: EppRegistry, registrar: EppRegistrar, extension: str, said: str
) -> None:
    registry.extensions = (*registry.extensions, *([extension] if extension else []))
    name = DomainName("xn--mller-kva.test", "test")
    assert registrar.check_one("xn--mller-kva", "test").ok
    assert registrar.register(name, ORDER, key="1").ok
    assert registry.domains[name.name].language == said
    assert registrar.register(NAME, ORDER, key="2").ok
    assert registry.domains[NAME.name].language == ""


def test_a_name_whose_language_cannot_be_told_is_sold_only_where_none_is_wanted(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    name = DomainName("xn--0wcci.test", "test")
    assert registrar.check_one("xn--0wcci", "test").ok
    registry.extensions = (*registry.extensions, "idnLang")
    assert registrar.check_one("xn--0wcci", "test").problem == RegistrarProblem.REFUSED
    assert registrar.register(name, ORDER, key="1").problem == RegistrarProblem.REFUSED
    assert registry.domains == {}


def test_a_registry_without_an_extension_for_languages_gets_such_names_where_it_is_said_so(
    settings: dict[str, str],
) -> None:
    """.fr and .de take them by the name alone; another one would refuse what was paid for."""
    registrar = EppRegistrar(settings | {"idn_tlds": ""})
    name = DomainName("xn--mller-kva.test", "test")
    checked = registrar.check_one("xn--mller-kva", "test")
    assert (checked.problem, "idn_tlds" in checked.message) == (RegistrarProblem.REFUSED, True)
    assert registrar.register(name, ORDER, key="1").problem == RegistrarProblem.REFUSED
    assert EppRegistrar(settings | {"idn_tlds": "de, .TEST"}).check_one("xn--mller-kva", "test").ok
    assert registrar.check_one("plain", "test").ok
