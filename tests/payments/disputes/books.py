"""A second count of the money, from payments.md 8 and 9 alone: it knows nothing of the program.

Invoices of one client and the credit; payments of one invoice, of several, or of none; refunds that arrive or fail;
disputes over parts, opened, lost and won in any order; and staff who say that all of a payment is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

TOTAL = 1200


@dataclass(eq=False)
class Bill:
    """An invoice: the money that it holds, and what credit notes took of it."""

    held: int = 0
    credited: int = 0
    closed: bool = False

    @property
    def due(self) -> int:
        return TOTAL - self.credited - self.held

    @property
    def status(self) -> str:
        if self.closed:
            return "refunded"
        return "unpaid" if self.due else "paid"

    @property
    def refundable(self) -> int:
        return 0 if self.closed else min(self.held, TOTAL - self.credited)

    def note(self, amount: int) -> None:
        """A credit note over money that leaves; the whole of a paid invoice closes it."""
        was_paid = not self.due
        self.held -= amount
        self.credited += amount
        self.closed = was_paid and self.credited == TOTAL


@dataclass(eq=False)
class Part:
    """Of one payment what came for a bill, or without one for credit: how much settles it still, was refunded, was sent
    back by the gateway, and was taken back.
    """

    bill: Bill | None
    amount: int
    settled: int = 0
    refunded: int = 0
    sent: int = 0
    taken: int = 0


@dataclass(eq=False)
class Claim:
    """Money that a dispute asks for, or that staff say is gone: what was taken for it from which part, what had become
    credit that is spent, and what is beyond the payment. Staff are told of the last two. ``case`` is what the gateway
    calls it; nothing while it only told that the money is gone.
    """

    amount: int
    case: str = ""
    state: str = "open"
    taken: dict[Part, int] = field(default_factory=dict)
    short: int = 0
    beyond: int = 0


@dataclass(eq=False)
class SentBack:
    """A refund through the gateway: of each part so much, from its bill or credit, and what was in neither."""

    pieces: list[tuple[Part, int, int]] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(piece for _, piece, _ in self.pieces)


@dataclass(eq=False)
class MoneyIn:
    """A payment; its parts those first that are taken back first: credit, then the last bill that was settled."""

    amount: int
    parts: list[Part]
    status: str = "completed"
    disputes: list[Claim] = field(default_factory=list)
    by_staff: Claim | None = None
    sent: list[SentBack] = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.amount - sum(part.refunded for part in self.parts)

    @property
    def kept(self) -> int:
        return self.amount - sum(part.sent for part in self.parts)

    @property
    def is_of_several(self) -> bool:
        return len(self.parts) > 1

    def in_state(self, state: str) -> list[Claim]:
        return [each for each in self.disputes if each.state == state]

    def lost(self) -> int:
        return sum(each.amount for each in self.in_state("lost"))

    def close_if_used_up(self) -> None:
        if self.status == "completed" and not self.left:
            self.status = "refunded"


@dataclass
class Books:
    """All of a client."""

    bills: list[Bill]
    credit: int = 0
    payments: list[MoneyIn] = field(default_factory=list)

    def pay(self, bill: Bill, amount: int) -> None:
        """More than is due becomes credit, and all of it once the bill is closed."""
        settled = min(amount, bill.due)
        bill.held += settled
        self.credit += amount - settled
        self.payments.append(MoneyIn(amount, [Part(bill, amount, settled)]))

    def pay_several(self, bills: Sequence[Bill], amount: int) -> None:
        """Oldest due date first, each at most what is due of it; what no longer fits is credit."""
        parts, left = [], amount
        for bill in bills:
            if share := min(left, bill.due):
                bill.held += share
                left -= share
                parts.insert(0, Part(bill, share, share))
        self.credit += left
        self.payments.append(MoneyIn(amount, [Part(None, left), *parts] if left else parts))

    def refundable(self, one: MoneyIn, part: Part, *, to_credit: bool) -> int:
        """What of a part can be refunded here; of what became credit only funds that were added, and not to credit."""
        if one.status != "completed" or (part.bill is None and (one.is_of_several or to_credit)):
            return 0
        there = self.credit if part.bill is None else part.bill.refundable
        return min(one.left, part.amount - part.refunded, there)

    def refund_to_credit(self, one: MoneyIn, part: Part, amount: int) -> None:
        assert part.bill is not None
        part.bill.note(amount)
        part.refunded += amount
        self.credit += amount
        one.close_if_used_up()

    def send_back(self, one: MoneyIn, pieces: Sequence[tuple[Part, int]]) -> None:
        """Through the gateway: what its bill does not hold comes from credit; what is in neither, staff are told of."""
        made = SentBack()
        for part, amount in pieces:
            note = min(amount, part.bill.refundable) if part.bill else 0
            if note and part.bill:
                part.bill.note(note)
            out = min(amount - note, self.credit)
            self.credit -= out
            part.refunded += amount
            part.sent += amount
            made.pieces.append((part, amount, amount - note - out))
        one.sent.append(made)
        one.close_if_used_up()

    def fail(self, one: MoneyIn, sent: SentBack) -> None:
        """It did not arrive: what had left is credit; the payment stays used up."""
        for part, amount, short in sent.pieces:
            part.sent -= amount
            self.credit += amount - short
        one.sent.remove(sent)

    def spread(self, one: MoneyIn, amount: int) -> list[tuple[Part, int]]:
        """Of what a refund is that names no bill: of the bill with just this left, else in the order of the parts."""
        for part in one.parts:
            if one.is_of_several and part.bill and part.amount - part.refunded == amount:
                return [(part, amount)]
        pieces = []
        for part in one.parts:
            if piece := min(amount, part.amount - part.refunded):
                pieces.append((part, piece))
                amount -= piece
        return pieces

    def dispute(self, one: MoneyIn, case: str, amount: int) -> Claim:
        """A new one, unless its money is gone already for a case that had no name yet."""
        gone = next((each for each in one.in_state("lost") if not each.case), None)
        if gone and case:
            gone.case = case
            return gone
        claim = Claim(min(amount, one.amount), case)
        one.disputes.append(claim)
        if one.status == "completed":
            one.status = "disputed"
        return claim

    def lose(self, one: MoneyIn, claim: Claim) -> None:
        """The bank has it. What lost disputes and refunds leave of the payment is taken, unless staff had it taken."""
        before = one.lost()
        claim.state = "lost"
        if one.status == "refunded":
            claim.beyond = claim.amount
            return
        covered = max(0, min(claim.amount, one.kept - before))
        claim.beyond = claim.amount - covered
        gone = 0
        if one.by_staff:
            gone = sum(part.taken for part in one.parts) + one.by_staff.short - before
        self.take(one, claim, max(0, covered - max(0, gone)))
        one.status = "reversed"

    def win(self, one: MoneyIn, claim: Claim) -> None:
        """Ours again. While another one is lost the payment stays reversed; while one is open, it is disputed."""
        claim.state, claim.beyond = "won", 0
        if one.status == "reversed":
            self.give_back(one, claim)
            if one.in_state("lost"):
                return
            if one.by_staff:
                self.give_back(one, one.by_staff)
                one.by_staff = None
        elif one.status != "disputed":
            return
        one.status = "disputed" if one.in_state("open") else "completed"
        one.close_if_used_up()

    def reverse(self, one: MoneyIn) -> None:
        """Staff say that it is gone, all that was not sent back before."""
        one.by_staff = Claim(one.kept)
        self.take(one, one.by_staff, one.kept)
        one.status = "reversed"

    def take(self, one: MoneyIn, claim: Claim, amount: int) -> None:
        """Bills are open again; what had become credit comes out of it as far as that goes, and the rest is short."""
        for part in one.parts:
            room = min(amount, part.amount - part.sent - part.taken)
            again = max(0, min(room, part.settled, part.bill.held)) if part.bill else 0
            out = max(0, min(room - again, self.credit))
            if part.bill:
                part.bill.held -= again
                part.settled -= again
            self.credit -= out
            if again + out:
                claim.taken[part] = again + out
            part.taken += again + out
            amount -= again + out
        claim.short = amount

    def give_back(self, one: MoneyIn, claim: Claim) -> None:
        for part in one.parts:
            back = claim.taken.get(part, 0)
            settled = min(back, part.bill.due) if part.bill and not part.bill.closed else 0
            if part.bill:
                part.bill.held += settled
                part.settled += settled
            self.credit += back - settled
            part.taken -= back
        claim.taken, claim.short = {}, 0

    def check(self) -> None:
        """What lost disputes hold was taken, or staff are told of it: once each, unless staff had all of it taken."""
        for one in self.payments:
            found = [*one.disputes, *([one.by_staff] if one.by_staff else [])]
            claimed = sum(sum(each.taken.values()) + each.short + each.beyond for each in found)
            assert claimed >= one.lost() if one.by_staff else claimed == one.lost()
