"""What the sale of names needs: two nameservers for those who bring none (domains.md 3)."""

from commerce.domains.models import Tld
from commerce.kit.errors import Refused
from commerce.preferences.current import get

NEEDED = ("domains.ns1", "domains.ns2")


def has_nameservers() -> bool:
    """Whether a name can be registered for a client who names no nameservers."""
    return all(get(key) for key in NEEDED)


def check_sale() -> None:
    """Raises ``Refused`` while names cannot be sold."""
    if not has_nameservers():
        raise Refused(
            f"Names need nameservers; set {' and '.join(NEEDED)} first.", field="is_active"
        )


def check_cleared(value: str) -> None:
    """Raises ``Refused`` for an empty nameserver while a TLD is sold."""
    if not value and Tld.objects.on_sale().exists():
        raise Refused("TLDs are sold, and names need two nameservers; give another one.")
