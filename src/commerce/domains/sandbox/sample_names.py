"""The world around the sandbox: names that others have, premium names, and what each TLD costs.

Made of rules, so that it is the same everywhere and a reader of the manual knows what to try.
"""

from datetime import date, timedelta

from commerce.domains.registrars.contract import Cost, DomainName, TldCost
from commerce.domains.rules import end_of_term

CURRENCY = "USD"
PREMIUM_COST = Cost(250_000, CURRENCY)
ELSEWHERE = "Elsewhere Names Ltd"
"""The registrar of all names that others have."""
NAMESERVERS_THERE = ["ns1.elsewhere.example", "ns2.elsewhere.example"]

COSTS = {
    "com": (950, 1050, 950, 8000),
    "net": (1100, 1200, 1100, 8000),
    "org": (900, 1050, 900, 8000),
    "io": (3400, 3900, 3400, 12000),
    "dev": (1000, 1100, 1000, 8000),
    "shop": (300, 3600, 3000, 9000),
    "co.uk": (500, 500, 0, 6000),
    "de": (450, 450, 450, 5000),
    "example": (600, 700, 600, 5000),
}
"""Registration and renewal of a year, transfer, restore, in cents."""

_OTHERS = (800, 900, 800, 8000)
_SHOP_PROMOTION = 150
_POPULAR_TLDS = {"com", "net", "org", "de", "co.uk"}
_POPULAR_WORDS = set(
    "acme apple bakery bike blog book cafe cloud code coffee design example flower food garden"
    " google harbour harbor hello home hosting house mail music photo pizza shop store studio"
    " test travel web yoga".split()
)
_TAKEN_PREFIXES = ("taken", "locked", "recent")


def is_taken(domain: DomainName) -> bool:
    """Whether somebody else has it: up to three letters, popular words under old TLDs, and what says so itself."""
    label = domain.label
    is_word = label in _POPULAR_WORDS and domain.tld in _POPULAR_TLDS
    return len(label) <= 3 or is_word or label.startswith(_TAKEN_PREFIXES)


def is_premium(domain: DomainName) -> bool:
    return domain.label in ("gold", "premium")


def is_locked_there(domain: DomainName) -> bool:
    return domain.label.startswith("locked")


def registered_there(domain: DomainName, today: date) -> date:
    """Since when others have it: long since, unless it says that it is recent."""
    if domain.label.startswith("recent"):
        return today - timedelta(days=10)
    return date(2015, 1 + len(domain.name) % 12, 1 + sum(domain.name.encode()) % 28)


def expiry_there(domain: DomainName, today: date) -> date:
    """The next anniversary that is at least a month away."""
    first = registered_there(domain, today)
    years = (year for year in range(1, 1000) if end_of_term(first, year) > today)
    return end_of_term(first, next(years) + 1)


def cost_of(tld: str, today: date) -> TldCost:
    """What a TLD costs; registrations under .shop are cheaper in the second half of each month."""
    register, renew, transfer, restore = COSTS.get(tld, _OTHERS)
    if tld == "shop" and today.day > 15:
        register = _SHOP_PROMOTION
    return TldCost(
        tld=tld,
        currency_code=CURRENCY,
        register=register,
        renew=renew,
        transfer=transfer,
        restore=restore,
    )
