"""What Mollie is told for its own pages: the client's language, and where to tell of a payment."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

LOCALES = {
    name[:2]: name
    for name in """
    ca_ES cs_CZ da_DK de_DE en_US es_ES fi_FI fr_FR hu_HU is_IS it_IT lt_LT lv_LV nb_NO nl_NL pl_PL pt_PT sk_SK sv_SE
    """.split()
}
"""Languages of Mollie's pages; in another one the client's browser decides."""
_NOT_PUBLIC = (".localhost", ".local", ".internal", ".test", ".invalid", ".home.arpa")


def locale_of(language: str) -> dict[str, str]:
    """The language of Mollie's pages, where they have it."""
    known = LOCALES.get(language[:2])
    return {"locale": known} if known else {}


def leads_back(return_url: str) -> dict[str, str]:
    """Where a client goes after Mollie's pages; one who leaves them without paying is told so at once."""
    return {"redirectUrl": return_url, "cancelUrl": f"{return_url}?canceled=1"}


def webhook_address(slug: str) -> str:
    """Where Mollie shall tell of a payment; empty where it cannot reach us: it refuses such an address."""
    parts = urlsplit(settings.COMMERCE_URL)
    host = parts.hostname or ""
    try:
        is_public = ip_address(host).is_global
    except ValueError:
        is_public = "." in host and not host.endswith(_NOT_PUBLIC)
    reachable = is_public and parts.scheme == "https"
    return f"{settings.COMMERCE_URL}/webhooks/{slug}" if reachable else ""
