"""How the typed text of a setting becomes its value, and how that value is typed again (backoffice.md 5).

Each reader raises ``Refused`` with what to give instead; ``plain`` and ``typed_…`` turn it round.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from stdnum import iban

from commerce.kit import pictures
from commerce.kit.errors import Refused
from commerce.kit.money import Money, parse_amount
from commerce.kit.text import clean, clean_line

type Read = Callable[[str], Any]
type Show = Callable[[Any], str]

PREFIX_LENGTH = 30
"""Of a document number, which has room for 40 characters."""

LINE, TEXT = 255, 10_000
"""How long one line, and a text of several, may be."""


def line(value: str) -> str:
    """Text of one line."""
    value = clean_line(value)
    if len(value) > LINE:
        raise Refused(f"Give at most {LINE} characters.")
    return value


def text(value: str) -> str:
    """Text of several lines."""
    value = clean(value.replace("\r\n", "\n"))
    if len(value) > TEXT:
        raise Refused(f"Give at most {TEXT} characters.")
    return value


def switch(value: str) -> bool:
    """``on`` or ``off``."""
    if value.strip().lower() in ("on", "1", "true", "yes"):
        return True
    if value.strip().lower() in ("off", "0", "false", "no"):
        return False
    raise Refused("Say on or off.")


def number(least: int, most: int) -> Read:
    """A whole number within bounds."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value.strip()) or not least <= int(value) <= most:
            raise Refused(f"Give a whole number from {least} to {most}.")
        return int(value)

    return read


def matching(pattern: str, expected: str) -> Read:
    """Text of a fixed form."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value.strip()):
            raise Refused(f"Give {expected}.")
        return value.strip()

    return read


def choice(*known: str) -> Read:
    """One of these words."""
    return matching("|".join(known), " or ".join((", ".join(known[:-1]), known[-1])))


def email(value: str) -> str:
    """An e-mail address."""
    value = value.strip()
    try:
        EmailValidator()(value)
    except ValidationError as error:
        raise Refused("Give an e-mail address such as billing@example.com.") from error
    return value


def or_nothing(read: Read) -> Read:
    """What ``read`` takes, or an empty text."""
    return lambda value: read(value) if value.strip() else ""


def url(value: str) -> str:
    """An address of the web: it becomes a link on our pages, so that a scheme that runs code is refused."""
    value = value.strip()
    wrong = re.search(r"[\s\x00-\x20\x7f<>\"'\\]", value) or len(value) > 500
    try:
        parts = urlsplit(value)
        wrong = wrong or parts.scheme not in ("http", "https") or not parts.hostname
    except ValueError:
        wrong = True
    if wrong:
        raise Refused("Give an address such as https://example.com/terms.")
    return value


MOST_LINKS, LABEL = 8, 30
"""How many links of staff's own the top bar takes, and how long their words may be."""


def nav_links(value: str) -> list[dict[str, Any]]:
    """Links in their order: ``Docs | /docs ; Blog | https://example.com/blog | new tab``, or one on each line."""
    found = [_link(part) for part in re.split(r"\s*\n\s*|\s+;(?:\s+|$)", value.strip()) if part]
    if len(found) > MOST_LINKS:
        raise Refused(f"Give at most {MOST_LINKS} links.")
    return found


def _link(typed: str) -> dict[str, Any]:
    label, _, rest = map(clean_line, typed.partition("|"))
    address, *more = map(clean_line, rest.split("|"))
    if not 1 <= len(label) <= LABEL or more not in ([], ["new tab"]):
        raise Refused(
            f"Give words of at most {LABEL} characters, an address, and new tab if wanted:"
            " Docs | /docs ; Blog | https://example.com/blog | new tab"
        )
    here = re.fullmatch(r"/(?![/\\])[^\s\x00-\x20\x7f<>\"'\\]{0,499}", address)
    if not here and not address.startswith("https://"):
        raise Refused(
            f"{label} needs an address with https:// or a path of this site such as /store."
        )
    return {"label": label, "url": address if here else url(address), "new_tab": bool(more)}


def language(value: str) -> str:
    """A language in which this release has its texts."""
    known = [code for code, _ in settings.LANGUAGES]
    if value.strip() not in known:
        raise Refused(f"{value!r} is not a language of this release; there is {', '.join(known)}.")
    return value.strip()


def languages(value: str) -> list[str]:
    """Languages of this release, separated by commas or blanks, each once."""
    found = list(dict.fromkeys(language(part) for part in re.split(r"[,\s]+", value) if part))
    if not found:
        raise Refused("Give at least one language such as en.")
    return found


def prefix(value: str) -> str:
    """What document numbers start with; ``{YYYY}`` and ``{MM}`` become the year and month of issue (billing.md 4)."""
    value = value.strip()
    if not re.fullmatch(r"(?:[A-Za-z0-9/_.-]|\{YYYY\}|\{MM\}){0,20}", value):
        raise Refused("Give up to 20 of A-Z a-z 0-9 / _ . - and {YYYY}, {MM}.")
    if len(value.replace("{YYYY}", "2026").replace("{MM}", "12")) > PREFIX_LENGTH:
        raise Refused(f"With its year and month this is longer than {PREFIX_LENGTH} characters.")
    return value


def zone(value: str) -> str:
    """A known IANA time zone."""
    if value.strip() not in available_timezones():
        raise Refused(f"{value!r} is not a known time zone; give one such as Europe/Berlin.")
    return value.strip()


def networks(value: str) -> list[str]:
    """Networks (CIDR), separated by commas or blanks."""
    try:
        return [str(ip_network(part)) for part in re.split(r"[,\s]+", value) if part]
    except ValueError as error:
        raise Refused(f"{error}. Give networks such as 10.0.0.0/8.") from error


def days(value: str) -> list[int]:
    """Whole days, separated by commas; negative ones are before, in rising order, each once."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"[+-]?[0-9]{1,3}", part) for part in parts):
        raise Refused("Give days such as -3,1,5,10.")
    return sorted({int(part) for part in parts})


def amounts(value: str) -> dict[str, int]:
    """An amount for each currency in its own scale, such as ``EUR 5.00, JPY 800``; kept in minor units."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        code, _, typed = part.partition(" ")
        if not re.fullmatch("[A-Z]{3}", code):
            raise Refused("Give an amount for each currency, such as EUR 5.00, USD 6.00.")
        try:
            found[code] = parse_amount(typed, code)
        except ValueError as error:
            raise Refused(str(error)) from error
        if found[code] < 0:
            raise Refused("An amount must not be negative.")
    return found


def review(value: str) -> dict[str, int]:
    """Rules that hold an order, such as ``country, address 3, EUR 500.00``; amounts are kept in minor units."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        word, _, number_typed = part.partition(" ")
        if word == "address" and re.fullmatch("[0-9]{1,4}", number_typed.strip()):
            found[word] = int(number_typed)
        elif part == "country":
            found[part] = 1
        else:
            found |= amounts(part)
    return found


PERCENT = "%"
"""Among amounts by currency: a part, in basis points."""


def late_fee(value: str) -> dict[str, int]:
    """Amounts as ``amounts`` takes them, and a part of the amount due such as ``2.5 %``, kept in basis points."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        if not part.endswith(PERCENT):
            found |= amounts(part)
            continue
        typed = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))? ?%", part)
        points = int(typed[1]) * 100 + int((typed[2] or "").ljust(2, "0")) if typed else -1
        if not 0 <= points <= 10_000:
            raise Refused("Give a percentage from 0 to 100 with up to 2 decimals, such as 2.5 %.")
        found[PERCENT] = points
    return found


def host(value: str) -> str:
    """A host name such as ns1.example.net, or nothing."""
    if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}|", value.strip().lower()):
        raise Refused("Give a host name such as ns1.example.net.")
    return value.strip().lower()


def picture_name(value: str) -> str:
    """The name of a kept picture, or nothing."""
    if value.strip() and not pictures.NAME.fullmatch(value.strip()):
        raise Refused("Give the file of a picture to `commerce setting upload`.")
    return value.strip()


def account_number(value: str) -> str:
    """An IBAN with right check digits, or nothing; kept without blanks."""
    if not iban.is_valid(value) and value.strip():
        raise Refused("Give an IBAN such as DE89 3704 0044 0532 0130 00.")
    return iban.compact(value)


def plain(value: Any) -> str:
    """A text, a number, a switch or a list of these as they are typed."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


def typed_links(value: list[dict[str, Any]]) -> str:
    """``Docs | /docs ; Blog | https://example.com/blog | new tab``."""
    return " ; ".join(
        " | ".join([link["label"], link["url"], *["new tab"] * link["new_tab"]]) for link in value
    )


def typed_amounts(value: dict[str, int]) -> str:
    """``EUR 5.00, JPY 800, 2.5 %``; and the rules of ``review``, whose other words are no currencies."""
    rules = sorted(value.items(), key=lambda rule: rule[0] == PERCENT)  # PostgreSQL keeps no order
    return ", ".join(_typed_rule(name, count) for name, count in rules)


def _typed_rule(name: str, count: int) -> str:
    if name == "country":
        return name
    if name == PERCENT:
        return f"{count // 100}.{count % 100:02}".rstrip("0").rstrip(".") + " %"
    return f"{name} {count if name == 'address' else Money(count, name).decimal()}"
