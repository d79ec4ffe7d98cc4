"""What the sale of names needs: two nameservers for those who bring none (domains.md 3)."""

from commerce.domains.models import Tld
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting

NAMESERVER_SETTINGS = ("domains.ns1", "domains.ns2", "domains.ns3", "domains.ns4")
REQUIRED_SETTINGS = NAMESERVER_SETTINGS[:2]


def has_default_nameservers() -> bool:
    """Whether a name can be registered for a client who names no nameservers."""
    return all(get_setting(key) for key in REQUIRED_SETTINGS)


def default_nameservers() -> list[str]:
    """Those of a name whose client names none; none without the two that each name needs."""
    if not has_default_nameservers():
        return []
    return [host for key in NAMESERVER_SETTINGS if (host := str(get_setting(key)))]


def check_tlds_sellable() -> None:
    """Raises ``BusinessError`` while names cannot be sold."""
    if not has_default_nameservers():
        raise BusinessError(
            "tld.no_default_nameservers",
            settings=" and ".join(REQUIRED_SETTINGS),
            field="is_active",
        )


def validate_default_nameserver(value: str) -> None:
    """Raises ``BusinessError`` for an empty nameserver while a TLD is sold."""
    if not value and Tld.objects.on_sale().exists():
        raise BusinessError("setting.nameservers_needed")
