"""Rights of members, states of clients, invitations and tokens (accounts.md 2, 3 and 7)."""

from collections.abc import Iterable, Mapping

RIGHTS: Mapping[str, frozenset[str]] = {
    "profile.view": frozenset({"billing", "technical"}),
    "profile.manage": frozenset({"billing"}),
    "members.manage": frozenset(),
    "services.view": frozenset({"billing", "technical"}),
    "services.manage": frozenset({"technical"}),
    "invoices.view": frozenset({"billing"}),
    "invoices.pay": frozenset({"billing"}),
    "orders.view": frozenset({"billing", "technical"}),
    "orders.place": frozenset({"billing"}),
    "domains.view": frozenset({"billing", "technical"}),
    "domains.manage": frozenset({"technical"}),
    "tickets.view": frozenset({"billing", "technical"}),
    "tickets.write": frozenset({"billing", "technical"}),
    "tokens.manage": frozenset({"technical"}),
    "data.export": frozenset(),
}
"""Each right and the roles whose preset has it; an owner has them all."""

OWNERS_ONLY = frozenset({"members.manage", "data.export"})
"""Rights that cannot be given to another role."""


def preset(role: str) -> list[str]:
    """The rights that a role starts with, in the order of the table."""
    return [right for right, roles in RIGHTS.items() if role == "owner" or role in roles]


def rights_of(role: str, ticked: Iterable[str]) -> frozenset[str]:
    """What a member may do: everything as owner, otherwise what is ticked, never an owner's own right."""
    if role == "owner":
        return frozenset(RIGHTS)
    return frozenset(ticked) & RIGHTS.keys() - OWNERS_ONLY


CLIENT_MOVES = {
    "active": frozenset({"suspended", "closed"}),
    "suspended": frozenset({"active", "closed"}),
    "closed": frozenset({"active"}),
}
INVITATION_MOVES = {"open": frozenset({"accepted", "declined", "withdrawn", "expired"})}
TOKEN_MOVES = {"live": frozenset({"revoked", "expired"})}
