"""The registrars, by their name: the only place that knows which there are."""

from commerce.domains.models import Domain, Tld
from commerce.domains.registrars.contract import Registrar
from commerce.domains.registrars.manual.adapter import ManualRegistrar
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting

_REGISTRARS: dict[str, Registrar] = {}


def register_registrar(registrar: Registrar) -> None:
    """Make a registrar known under its id."""
    _REGISTRARS[registrar.id] = registrar


def registrar_names() -> list[str]:
    """The ids of all registrars."""
    return sorted(_REGISTRARS)


def check_registrar_exists(name: str) -> None:
    """Raises ``BusinessError`` for the name of a registrar that there is not."""
    if name not in _REGISTRARS:
        known = ", ".join(registrar_names())
        raise BusinessError("registrar.unknown", name=name, known=known, field="registrar")


def registrar_name_of(domain: Domain) -> str:
    """Whom a domain is managed through: its own registrar, otherwise that of its TLD, otherwise the default one."""
    if domain.registrar:
        return domain.registrar
    tld = Tld.objects.filter(tld=domain.tld).first()
    return (tld.registrar if tld else "") or str(get_setting("domains.registrar"))


def registrar_of(domain: Domain) -> Registrar:
    """The registrar of that name; what one did that this release does not have is done by hand."""
    return _REGISTRARS.get(registrar_name_of(domain)) or _REGISTRARS[ManualRegistrar.id]


register_registrar(ManualRegistrar())
