"""Names on sale, at a registrar that answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from commerce.domains import availability
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.people import AT

CTX = Context(AT, SYSTEM)


def sell_tld(tld: str, *, registrar: str = "", min_years: int = 1, **prices: int | None) -> None:
    """Sell names under a TLD for 10 euros or dollars, and 12 from the second year on."""
    made = set_tld(tld=tld, registrar=registrar, min_years=min_years, ctx=CTX)
    amounts = {"register": 1000, "renew": 1200, "transfer": 900, "restore": 5000} | prices
    for code in ("EUR", "USD"):
        set_tld_price(tld=made, currency_code=code, ctx=CTX, **amounts)


@contextmanager
def names_on_sale(*tlds: str) -> Iterator[RemoteRegistry]:
    """Names under these TLDs are on sale within the block, and searched by visitors."""
    availability.forget_answers()
    with remote_registrar() as registry:
        settings = {
            "domains.ns1": "ns1.example.net",
            "domains.ns2": "ns2.example.net",
            "domains.registrar": "remote",
            "portal.show_domain_search": "on",
        }
        for key, value in settings.items():
            set_setting(key=key, value=value, ctx=CTX)
        for tld in tlds:
            sell_tld(tld)
        yield registry
    availability.forget_answers()
