"""How the typed text of a setting becomes its value, and how that value is typed again (backoffice.md 5).

Each reader raises ``BusinessError`` with what to give instead; ``plain`` and ``typed_…`` turn it round.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.conf import settings

from commerce.kit import pictures
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.kit.number_parsing import parse_decimal
from commerce.kit.text import clean_line, clean_text
from commerce.presentation.email_addresses import is_email_address

type SettingParser = Callable[[str], Any]
type SettingFormatter = Callable[[Any], str]

MAX_NUMBER_PREFIX_LENGTH = 30
"""Of a document number, which has room for 40 characters."""

MAX_LINE_LENGTH, MAX_TEXT_LENGTH = 255, 10_000
"""How long one line, and a text of several, may be."""


def parse_line(value: str) -> str:
    """Text of one line."""
    value = clean_line(value)
    if len(value) > MAX_LINE_LENGTH:
        raise BusinessError("setting.text_too_long", maximum=MAX_LINE_LENGTH)
    return value


def parse_text(value: str) -> str:
    """Text of several lines."""
    value = clean_text(value.replace("\r\n", "\n"))
    if len(value) > MAX_TEXT_LENGTH:
        raise BusinessError("setting.text_too_long", maximum=MAX_TEXT_LENGTH)
    return value


def parse_switch(value: str) -> bool:
    """``on`` or ``off``."""
    if value.strip().lower() in ("on", "1", "true", "yes"):
        return True
    if value.strip().lower() in ("off", "0", "false", "no"):
        return False
    raise BusinessError("setting.not_a_switch")


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """Reads a whole number within bounds."""

    least: int
    most: int

    def __call__(self, value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value.strip()) or not (
            self.least <= int(value) <= self.most
        ):
            raise BusinessError("setting.number_out_of_range", least=self.least, most=self.most)
        return int(value)


def integer_between(least: int, most: int) -> WholeNumber:
    """A whole number within bounds."""
    return WholeNumber(least, most)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Reads one of these words."""

    words: tuple[str, ...]

    def __call__(self, value: str) -> str:
        if value.strip() not in self.words:
            first = ", ".join(self.words[:-1])
            raise BusinessError("setting.not_a_choice", first=first, last=self.words[-1])
        return value.strip()


def text_matching(pattern: str, code: str, /, **values: str) -> SettingParser:
    """Text of a fixed form; any other is refused with this code of an error."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value.strip()):
            raise BusinessError(code, **values)
        return value.strip()

    return read


def one_of(*known: str) -> OneOf:
    """One of these words."""
    return OneOf(known)


def parse_email(value: str) -> str:
    """An e-mail address."""
    value = value.strip()
    if not is_email_address(value):
        raise BusinessError("setting.email_not_valid")
    return value


def optional(read: SettingParser) -> SettingParser:
    """What ``read`` takes, or an empty text."""
    return lambda value: read(value) if value.strip() else ""


def parse_url(value: str) -> str:
    """An address of the web: it becomes a link on our pages, so that a scheme that runs code is refused."""
    value = value.strip()
    wrong = re.search(r"[\s\x00-\x20\x7f<>\"'\\]", value) or len(value) > 500
    try:
        parts = urlsplit(value)
        wrong = wrong or parts.scheme not in ("http", "https") or not parts.hostname
    except ValueError:
        wrong = True
    if wrong:
        raise BusinessError("setting.address_not_valid")
    return value


def parse_base_url(value: str) -> str:
    """An address that calls to a provider begin with: no name and password, which all could read, no query and no
    fragment, which would swallow the path of a call.
    """
    try:
        value = parse_url(value)
        parts = urlsplit(value)
        is_bare = "@" not in parts.netloc and "?" not in value and "#" not in value
        is_whole = parts.port is None or 0 < parts.port < 65_536
    except (BusinessError, ValueError) as error:
        raise BusinessError("setting.base_url_not_valid") from error
    if not (is_bare and is_whole):
        raise BusinessError("setting.base_url_not_valid")
    return value


MAX_NAV_LINKS, MAX_LINK_LABEL_LENGTH = 8, 30
"""How many links of staff's own the top bar takes, and how long their words may be."""


def parse_nav_links(value: str) -> list[dict[str, Any]]:
    """Links in their order: ``Docs | /docs ; Blog | https://example.com/blog | new tab``, or one on each line."""
    found = [_link(part) for part in _entries(value)]
    if len(found) > MAX_NAV_LINKS:
        raise BusinessError("setting.too_many_links", maximum=MAX_NAV_LINKS)
    return found


def _link(typed: str) -> dict[str, Any]:
    label, _, rest = map(clean_line, typed.partition("|"))
    address, *more = map(clean_line, rest.split("|"))
    if not 1 <= len(label) <= MAX_LINK_LABEL_LENGTH or more not in ([], ["new tab"]):
        raise BusinessError("setting.link_unreadable", maximum=MAX_LINK_LABEL_LENGTH)
    here = re.fullmatch(r"/(?![/\\])[^\s\x00-\x20\x7f<>\"'\\]{0,499}", address)
    if not here and not address.startswith("https://"):
        raise BusinessError("setting.link_address_not_valid", label=label)
    return {"label": label, "url": address if here else parse_url(address), "new_tab": bool(more)}


MAX_HIGHLIGHTS, MAX_TITLE_LENGTH, MAX_SENTENCE_LENGTH = 6, 60, 200


def parse_highlights(value: str) -> list[dict[str, str]]:
    """Titles with a sentence: ``Free migration | We move your website. ; Backups | Each night.``, or one a line."""
    found = [_highlight(part) for part in _entries(value)]
    if len(found) > MAX_HIGHLIGHTS:
        raise BusinessError("setting.too_many_highlights", maximum=MAX_HIGHLIGHTS)
    return found


def _highlight(typed: str) -> dict[str, str]:
    title, _, text = map(clean_line, typed.partition("|"))
    if not 1 <= len(title) <= MAX_TITLE_LENGTH or len(text) > MAX_SENTENCE_LENGTH:
        raise BusinessError(
            "setting.highlight_unreadable", title=MAX_TITLE_LENGTH, sentence=MAX_SENTENCE_LENGTH
        )
    return {"title": title, "text": text}


def _entries(value: str) -> list[str]:
    """What stands on each line, or before and behind a semicolon between blanks."""
    return [part for part in re.split(r"\s*\n\s*|\s+;(?:\s+|$)", value.strip()) if part]


def parse_language(value: str) -> str:
    """A language in which this release has its texts."""
    known = [code for code, _ in settings.LANGUAGES]
    if value.strip() not in known:
        raise BusinessError("setting.locale_unknown", value=value, known=", ".join(known))
    return value.strip()


def parse_languages(value: str) -> list[str]:
    """Languages of this release, separated by commas or blanks, each once."""
    found = list(dict.fromkeys(parse_language(part) for part in re.split(r"[,\s]+", value) if part))
    if not found:
        raise BusinessError("setting.no_locale")
    return found


def parse_number_prefix(value: str) -> str:
    """What document numbers start with; ``{YYYY}`` and ``{MM}`` become the year and month of issue (billing.md 4)."""
    value = value.strip()
    if not re.fullmatch(r"(?:[A-Za-z0-9/_.-]|\{YYYY\}|\{MM\}){0,20}", value):
        raise BusinessError("setting.number_prefix_not_valid")
    if len(value.replace("{YYYY}", "2026").replace("{MM}", "12")) > MAX_NUMBER_PREFIX_LENGTH:
        raise BusinessError("setting.number_prefix_too_long", maximum=MAX_NUMBER_PREFIX_LENGTH)
    return value


def parse_time_zone(value: str) -> str:
    """A known IANA time zone."""
    if value.strip() not in available_timezones():
        raise BusinessError("setting.time_zone_unknown", value=value)
    return value.strip()


def parse_networks(value: str) -> list[str]:
    """Networks (CIDR), separated by commas or blanks."""
    try:
        return [str(ip_network(part)) for part in re.split(r"[,\s]+", value) if part]
    except ValueError as error:
        raise BusinessError("setting.network_not_valid", problem=error) from error


def parse_days(value: str) -> list[int]:
    """Whole days, separated by commas; negative ones are before, in rising order, each once."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"[+-]?[0-9]{1,3}", part) for part in parts):
        raise BusinessError("setting.days_not_valid")
    return sorted({int(part) for part in parts})


def parse_days_after(value: str) -> list[int]:
    """Days as in ``parse_days``, all of them after something."""
    days = parse_days(value)
    if any(day < 1 for day in days):
        raise BusinessError("setting.days_not_after")
    return days


def parse_amounts(value: str) -> dict[str, int]:
    """An amount for each currency in its own scale, such as ``EUR 5.00, JPY 800``; kept in minor units."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        code, _, typed = part.partition(" ")
        if not re.fullmatch("[A-Z]{3}", code):
            raise BusinessError("setting.amounts_not_valid")
        found[code] = parse_amount(typed, code)
        if found[code] < 0:
            raise BusinessError("setting.amount_negative")
    return found


def parse_major_amount(value: str) -> str:
    """An amount such as ``5.00`` whose currency is said elsewhere, kept as it is typed; 0 or more."""
    try:
        amount = parse_decimal(value)
    except ValueError as wrong:
        raise BusinessError("amount.not_a_number") from wrong
    if amount < 0:
        raise BusinessError("setting.amount_negative")
    return f"{amount:f}"


def parse_review_rules(value: str) -> dict[str, int]:
    """Rules that hold an order, such as ``country, address 3, EUR 500.00``; amounts are kept in minor units."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        word, _, number_typed = part.partition(" ")
        if word == "address" and re.fullmatch("[0-9]{1,4}", number_typed.strip()):
            found[word] = int(number_typed)
        elif part == "country":
            found[part] = 1
        else:
            found |= parse_amounts(part)
    return found


PERCENT_KEY = "%"
"""Among amounts by currency: a part, in basis points."""


def parse_late_fee(value: str) -> dict[str, int]:
    """Amounts as ``amounts`` takes them, and a part of the amount due such as ``2.5 %``, kept in basis points."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        if not part.endswith(PERCENT_KEY):
            found |= parse_amounts(part)
            continue
        typed = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))? ?%", part)
        points = int(typed[1]) * 100 + int((typed[2] or "").ljust(2, "0")) if typed else -1
        if not 0 <= points <= 10_000:
            raise BusinessError("setting.percentage_not_valid")
        found[PERCENT_KEY] = points
    return found


MAX_HOSTNAMES = 8


def parse_hostname(value: str) -> str:
    """A host name such as ns1.example.net, or nothing."""
    if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}|", value.strip().lower()):
        raise BusinessError("setting.hostname_not_valid")
    return value.strip().lower()


def parse_hostnames(value: str) -> list[str]:
    """Different host names, separated by commas or blanks: none, or two and more."""
    found = [parse_hostname(part) for part in re.split(r"[,\s]+", value) if part]
    if len(found) == 1 or len(set(found)) != len(found) or len(found) > MAX_HOSTNAMES:
        raise BusinessError("setting.hostnames_not_valid", maximum=MAX_HOSTNAMES)
    return found


def parse_resolver(value: str) -> str:
    """An IP address, perhaps with a port behind a colon, or nothing."""
    host, _, port = value.strip().rpartition(":") if "." in value else (value.strip(), "", "")
    host, port = (host, port) if host else (port, "")
    try:
        if value.strip():
            ip_address(host)
        if port and not 1 <= int(port) <= 65_535:
            raise ValueError
    except ValueError as error:
        raise BusinessError("setting.resolver_not_valid") from error
    return value.strip()


def parse_picture_name(value: str) -> str:
    """The name of a kept picture, or nothing."""
    if value.strip() and not pictures.PICTURE_NAME.fullmatch(value.strip()):
        raise BusinessError("setting.picture_by_upload")
    return value.strip()


def parse_iban(value: str) -> str:
    """An IBAN with right check digits, or nothing; kept without blanks."""
    from stdnum import iban  # with its tables 1 MiB

    if not iban.is_valid(value) and value.strip():
        raise BusinessError("setting.iban_not_valid")
    return iban.compact(value)


def format_plain(value: Any) -> str:
    """A text, a number, a switch or a list of these as they are typed."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


def format_links(value: list[dict[str, Any]]) -> str:
    """``Docs | /docs ; Blog | https://example.com/blog | new tab``."""
    return " ; ".join(
        " | ".join([link["label"], link["url"], *["new tab"] * link["new_tab"]]) for link in value
    )


def format_highlights(value: list[dict[str, str]]) -> str:
    """``Free migration | We move your website. ; Backups | Each night.``."""
    return " ; ".join(" | ".join(filter(None, (each["title"], each["text"]))) for each in value)


def format_amounts(value: dict[str, int]) -> str:
    """``EUR 5.00, JPY 800, 2.5 %``; and the rules of ``review``, whose other words are no currencies."""
    rules = sorted(
        value.items(), key=lambda rule: rule[0] == PERCENT_KEY
    )  # PostgreSQL keeps no order
    return ", ".join(_typed_rule(name, count) for name, count in rules)


def _typed_rule(name: str, count: int) -> str:
    if name == "country":
        return name
    if name == PERCENT_KEY:
        return f"{count // 100}.{count % 100:02}".rstrip("0").rstrip(".") + " %"
    return f"{name} {count if name == 'address' else Money(count, name).decimal()}"
