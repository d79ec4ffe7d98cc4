"""What a credit note takes back of which lines, and of whose part of them (billing.md 7)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from commerce.billing.invoices.rules import InvoiceLineKind
from commerce.kit.errors import BusinessError
from commerce.kit.money import allocate, round_half_up

ITEM_LINE_KINDS = frozenset(InvoiceLineKind) - {
    InvoiceLineKind.OPTION,
    InvoiceLineKind.SETUP,
    InvoiceLineKind.DISCOUNT,
}
"""Kinds of lines with which something begins that is sold; its options, setup fee and discounts follow."""

NOT_DISCOUNTED = (InvoiceLineKind.DISCOUNT, InvoiceLineKind.SETUP)


@dataclass(frozen=True, slots=True)
class RemainingShare:
    """What notes have left of what a service, or nobody, has of a line; ``position`` and ``kind`` are the line's."""

    line: int
    position: int
    kind: str
    tax_key: tuple[str, int]
    net: int
    tax: int
    service: int | None = None

    @property
    def gross(self) -> int:
        """Net and tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class CreditedShare:
    """Net and tax, in minor units, that a note takes back of a share."""

    share: RemainingShare
    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Net and tax."""
        return self.net + self.tax


def accounting_tax_share(accounting_tax: int, *, whole: int, before: int, tax: int) -> int:
    """What of ``accounting_tax``, an invoice's tax in the currency of the books, belongs to ``tax`` of its ``whole``
    tax.

    ``before`` was taken back by earlier notes: the shares of all notes sum to ``accounting_tax``.
    """
    shares = [
        round_half_up(Fraction(accounting_tax * part, whole)) for part in (before + tax, before)
    ]
    return shares[0] - shares[1]


def spread_credit(amount: int, remaining: Sequence[RemainingShare]) -> list[CreditedShare]:
    """``amount``, gross, spread over all shares in proportion to what is left of each, by largest remainder.

    Each part is split into net and tax as its share is. Raises ``BusinessError`` for more than is left.
    """
    total = sum(share.gross for share in remaining)
    if not 0 < amount <= total:
        raise BusinessError("credit_note.more_than_left", field="amount")
    parts = allocate(amount, [share.gross for share in remaining])
    return [_part(share, part) for share, part in zip(remaining, parts, strict=True) if part]


def _part(share: RemainingShare, gross: int) -> CreditedShare:
    tax = round_half_up(Fraction(gross * share.tax, share.gross))
    return CreditedShare(share, gross - tax, tax)


def credit_lines(
    nets: Mapping[int, int | None], remaining: Sequence[RemainingShare]
) -> list[CreditedShare]:
    """Lines by their position, what is left of them or a part of their net, with their own discounts in proportion.

    A discount that is named itself is as it is named. Raises ``BusinessError`` for an unknown line, one of which
    nothing is left, and more than is left of one.
    """
    by_line: dict[int, list[RemainingShare]] = defaultdict(list)
    for share in remaining:
        by_line[share.position].append(share)
    found: dict[int, list[CreditedShare]] = {}
    for position, net in nets.items():
        if position not in by_line:
            raise BusinessError("invoice.no_such_line", field="lines")
        found[position] = _part_of_line(position, by_line[position], net)
    for item in _items(by_line):
        found |= _discounts_of_item(item, by_line, found)
    return [part for _position, parts in sorted(found.items()) for part in parts]


def leaves_no_group_below_zero(
    credited: Iterable[CreditedShare], remaining: Iterable[RemainingShare]
) -> bool:
    """Whether each tax group gives back 0 or more, and no more than is left of it."""
    left: dict[tuple[str, int], int] = defaultdict(int)
    given: dict[tuple[str, int], int] = defaultdict(int)
    for share in remaining:
        left[share.tax_key] += share.gross
    for part in credited:
        given[part.share.tax_key] += part.gross
    return all(0 <= amount <= left[key] for key, amount in given.items())


def _part_of_line(
    position: int, shares: Sequence[RemainingShare], net: int | None
) -> list[CreditedShare]:
    left = sum(share.net for share in shares)
    if not any(share.net or share.tax for share in shares):
        raise BusinessError("credit_note.line_credited", number=position, field="lines")
    if net is None or net == left:
        return all_of(shares)
    if not 0 < net < left:
        raise BusinessError("credit_note.more_than_line", field="lines")
    return _part_of_net(net, shares)


def _part_of_net(net: int, shares: Sequence[RemainingShare]) -> list[CreditedShare]:
    """A part of the net of shares that belong together, with as much of their tax."""
    whole = sum(share.net for share in shares)
    tax = round_half_up(Fraction(net * sum(share.tax for share in shares), whole))
    return share_out(net, tax, shares)


def all_of(shares: Iterable[RemainingShare]) -> list[CreditedShare]:
    """All that is left of these shares."""
    return [CreditedShare(share, share.net, share.tax) for share in shares]


def share_out(net: int, tax: int, shares: Sequence[RemainingShare]) -> list[CreditedShare]:
    """Net and tax taken back of shares that belong together, in proportion to what is left of each."""
    nets = allocate(net, [share.net for share in shares])
    taxes = allocate(tax, [share.tax for share in shares])
    rows = zip(shares, nets, taxes, strict=True)
    return [CreditedShare(share, own, own_tax) for share, own, own_tax in rows if own or own_tax]


def _items(by_line: Mapping[int, Sequence[RemainingShare]]) -> list[list[int]]:
    """The positions of each item: its first line, and the options, setup fee and discounts that follow."""
    items: list[list[int]] = []
    for position in sorted(by_line):
        if by_line[position][0].kind in ITEM_LINE_KINDS or not items:
            items.append([])
        items[-1].append(position)
    return items


def _discounts_of_item(
    item: Iterable[int],
    by_line: Mapping[int, Sequence[RemainingShare]],
    credited: Mapping[int, Sequence[CreditedShare]],
) -> dict[int, list[CreditedShare]]:
    """What goes with the lines of an item that are taken back: as much of its discounts as of what they discount.

    A setup fee has no discount.
    """
    kinds = {position: by_line[position][0].kind for position in item}
    discounted = [p for p in kinds if kinds[p] not in NOT_DISCOUNTED]
    whole = sum(share.net for p in discounted for share in by_line[p])
    taken = sum(part.net for p in discounted for part in credited.get(p, ()))
    found: dict[int, list[CreditedShare]] = {}
    for position, kind in kinds.items():
        left = sum(share.net for share in by_line[position])
        if kind != InvoiceLineKind.DISCOUNT or position in credited or not taken or not left:
            continue
        net = round_half_up(Fraction(left * taken, whole))
        if net:
            shares = by_line[position]
            found[position] = all_of(shares) if net == left else _part_of_net(net, shares)
    return found
