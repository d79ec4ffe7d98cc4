"""The registrars, by their name: the only place that knows which there are."""

from commerce.domains.models import Domain, Tld
from commerce.domains.registrars.contract import Registrar
from commerce.domains.registrars.manual import Manual

_REGISTRARS: dict[str, Registrar] = {}


def register(registrar: Registrar) -> None:
    """Make a registrar known under its id."""
    _REGISTRARS[registrar.id] = registrar


def registrar_of(domain: Domain) -> Registrar:
    """The registrar that a domain is managed through: its own, otherwise that of its TLD, otherwise by hand."""
    tld = Tld.objects.filter(tld=domain.tld).first()
    named = domain.registrar or (tld.registrar if tld else "") or Manual.id
    return _REGISTRARS.get(named) or _REGISTRARS[Manual.id]


register(Manual())
