"""Rights of members, states of clients, invitations and tokens, custom values (accounts.md 2, 3, 7 and 9)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.kit.text import clean_line, clean_text


class ClientStatus(StrEnum):
    """Where a client stands; one that is closed buys and pays no more."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class MemberRole(StrEnum):
    """What a member is to a client; it decides which rights are offered."""

    OWNER = "owner"
    BILLING = "billing"
    TECHNICAL = "technical"


class InvitationStatus(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class CustomFieldType(StrEnum):
    """How a custom field is filled in."""

    TEXT = "text"
    TEXTAREA = "textarea"
    DROPDOWN = "dropdown"
    CHECKBOX = "checkbox"
    DATE = "date"


class TokenStatus(StrEnum):
    """Whether an API token still opens the door."""

    LIVE = "live"
    REVOKED = "revoked"
    EXPIRED = "expired"


class SpendingRecord(StrEnum):
    """What a token committed its client to pay, or what carries that out."""

    INVOICE = "invoice"
    PLAN_CHANGE = "plan_change"
    ATTEMPT = "attempt"


class SearchKeyForm(StrEnum):
    """How a search key is compared: by its beginning, by its end (it is stored with its last letter first), or as a
    whole.
    """

    WORD = "word"
    END = "end"
    WHOLE = "whole"


class BoundKind(StrEnum):
    """What an API token can be for, in place of a whole account."""

    SERVICE = "service"
    DOMAIN = "domain"
    ZONE = "zone"


_BILLING, _TECHNICAL = frozenset({MemberRole.BILLING}), frozenset({MemberRole.TECHNICAL})

RIGHTS_BY_ROLE: Mapping[str, frozenset[str]] = {
    "profile.view": _BILLING | _TECHNICAL,
    "profile.manage": _BILLING,
    "members.manage": frozenset(),
    "services.view": _BILLING | _TECHNICAL,
    "services.manage": _TECHNICAL,
    "invoices.view": _BILLING,
    "invoices.pay": _BILLING,
    "orders.view": _BILLING | _TECHNICAL,
    "orders.place": _BILLING,
    "domains.view": _BILLING | _TECHNICAL,
    "domains.manage": _TECHNICAL,
    "tickets.view": _BILLING | _TECHNICAL,
    "tickets.write": _BILLING | _TECHNICAL,
    "tokens.manage": _TECHNICAL,
    "data.export": frozenset(),
}
"""Each right and the roles whose preset has it; an owner has them all."""

OWNERS_ONLY = frozenset({"members.manage", "data.export"})
"""Rights that cannot be given to another role."""


def role_preset(role: str) -> list[str]:
    """The rights that a role starts with, in the order of the table."""
    return [
        right
        for right, roles in RIGHTS_BY_ROLE.items()
        if role == MemberRole.OWNER or role in roles
    ]


def rights_of(role: str, rights: Iterable[str]) -> frozenset[str]:
    """What a member may do: everything as owner, otherwise what is ticked, never an owner's own right."""
    if role == MemberRole.OWNER:
        return frozenset(RIGHTS_BY_ROLE)
    return frozenset(rights) & RIGHTS_BY_ROLE.keys() - OWNERS_ONLY


def rights_to_grant(role: str, rights: Iterable[str], *, grantable: frozenset[str]) -> list[str]:
    """The rights to keep for a role and ticks, in the order of the table; an owner's are all.

    Raises ``BusinessError`` for an unknown role or right, an owner's own right for another role, or nothing ticked, and
    ``PermissionDenied`` when the giver lacks one of them (invariants.md X16).
    """
    if role not in MemberRole:
        raise BusinessError("membership.role_unknown", field="role")
    wanted = frozenset(RIGHTS_BY_ROLE) if role == MemberRole.OWNER else frozenset(rights)
    if not wanted <= RIGHTS_BY_ROLE.keys():
        raise BusinessError("right.unknown", field="rights")
    if role != MemberRole.OWNER and wanted & OWNERS_ONLY:
        names = ", ".join(sorted(wanted & OWNERS_ONLY))
        raise BusinessError("right.owner_only", rights=names, field="rights")
    if not wanted:
        raise BusinessError("membership.no_rights", field="rights")
    for right in RIGHTS_BY_ROLE:
        if right in wanted - grantable:
            raise PermissionDenied(right)
    return [right for right in RIGHTS_BY_ROLE if right in wanted]


SELECTABLE_MAIL_GROUPS: Mapping[str, tuple[str, bool]] = {
    "billing": ("invoices.view", False),
    "services": ("services.view", True),
    "domains": ("domains.view", True),
}
"""Each group of mails that a member may switch on and off: the right that it needs, and how it is unless they choose.

The client's billing e-mail gets the mails of ``billing`` in any case (notifications.md 2).
"""

BILLING_EMAIL_LINKS = (10, 86400)
"""How many links to new billing addresses a client has mailed in how many seconds, in the portal and by program."""

TOKEN_LISTED_AFTER_END = timedelta(days=90)
"""How long a revoked or expired token stays in the list (accounts.md 7)."""

TOKEN_REQUEST_DAYS = 30
"""Days over which the list of tokens counts their requests."""

NETWORK_KNOWN_FOR = timedelta(days=90)
"""A network that a token was not used from for so long is new again."""


def network_of_address(address: str) -> str:
    """The network in which a program may move without its owner being told: an IPv4 /24, an IPv6 /48; empty for none.

    Providers give addresses out of blocks of these sizes to one customer or one rack.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def mask_email(email: str) -> str:
    """An address that its owner recognizes and nobody else learns: ``a•••@example.com``."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def normalize_client_value(field: str, value: str) -> str:
    """A value of a client as it is kept: uniform text on one line, a tax number in capitals without blanks and dots."""
    line = clean_line(value)
    return line.replace(" ", "").replace(".", "").upper() if field == "tax_id" else line


def is_phone_number(text: str) -> bool:
    """Whether a text has only what phone numbers are written with, or nothing (accounts.md 1)."""
    return set(text) <= set("0123456789 +-()./")


COUNTRIES_WITHOUT_POSTCODES = frozenset(
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK JM KI KM KN KP LC LY ML MO"
    " MR MW NR NU PA QA RW SB SC SL SO SR ST SX SY TD TF TG TK TL TO TV UG VU YE ZW".split()
)
"""Countries whose post knows no codes, or hardly uses them."""


def required_address_fields(country: str, *, uses_states: bool) -> tuple[str, ...]:
    """What an address must have before the first order, by field (accounts.md 1); ``uses_states``: tax rules do."""
    postcode = () if country in COUNTRIES_WITHOUT_POSTCODES else ("postcode",)
    state = ("state",) if uses_states else ()
    return ("address1", *postcode, "city", *state, "country")


MAX_CUSTOM_VALUE_LENGTH: Mapping[str, int] = {
    CustomFieldType.TEXT: 255,
    CustomFieldType.TEXTAREA: 2000,
}
"""How many characters a value of these types of custom fields may have."""


def parse_custom_value(kind: str, options: Sequence[str], text: str) -> str | None:
    """What is kept of a text that was typed into a custom field, empty for nothing; None if it breaks the type.

    A ticked box is ``yes``, a day an ISO text.
    """
    value = clean_text(text) if kind == CustomFieldType.TEXTAREA else clean_line(text)
    match kind:
        case CustomFieldType.CHECKBOX:
            return {"": "", "no": "", "yes": "yes"}.get(value.lower())
        case CustomFieldType.DROPDOWN:
            return value if not value or value in options else None
        case CustomFieldType.DATE:
            return value if not value or _is_day(value) else None
    return value if len(value) <= MAX_CUSTOM_VALUE_LENGTH[kind] else None


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


CUSTOM_FIELD_PREFIX = "custom-"


def custom_field_key(field_id: int) -> str:
    """The name of a custom field in forms, and in what an action refuses."""
    return f"{CUSTOM_FIELD_PREFIX}{field_id}"


CLIENT_MOVES = {
    ClientStatus.ACTIVE: frozenset({ClientStatus.SUSPENDED, ClientStatus.CLOSED}),
    ClientStatus.SUSPENDED: frozenset({ClientStatus.ACTIVE, ClientStatus.CLOSED}),
    ClientStatus.CLOSED: frozenset({ClientStatus.ACTIVE}),
}
INVITATION_MOVES = {
    InvitationStatus.OPEN: frozenset(
        {
            InvitationStatus.ACCEPTED,
            InvitationStatus.DECLINED,
            InvitationStatus.WITHDRAWN,
            InvitationStatus.EXPIRED,
        }
    )
}
TOKEN_MOVES = {TokenStatus.LIVE: frozenset({TokenStatus.REVOKED, TokenStatus.EXPIRED})}

SESSION_HOURS, REMEMBERED_DAYS = 12, 30
"""How long a session lives at most, and one that is to be remembered (accounts.md 5)."""


def session_has_ended(
    *, started: int, last_used: int, now: int, remember: bool, idle_minutes: int
) -> bool:
    """Whether a session has ended by itself; instants are in seconds, ``idle_minutes`` is
    ``security.session_idle_minutes``.
    """
    if remember:
        return now - started >= REMEMBERED_DAYS * 86400
    return now - started >= SESSION_HOURS * 3600 or now - last_used >= idle_minutes * 60


def is_color(text: str) -> bool:
    """Whether it is a color such as ``#3366cc``, or none at all."""
    return not text or re.fullmatch(r"#[0-9a-fA-F]{6}", text) is not None
