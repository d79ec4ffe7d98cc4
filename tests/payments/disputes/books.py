"""A second count of the money, from payments.md 8 and 9 alone: it knows nothing of the program.

Invoices of one client and the credit; payments of one invoice, of several, or of none; refunds that arrive or fail;
disputes over parts, opened, lost and won in any order; and staff who say that all of a payment is gone. What money had
become credit is taken from there, and then from the invoices that credit paid since.
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
    """Of one payment what came for a bill, or without one for credit: how much settles it still, was sent back with a
    note, was refunded to credit (or did not arrive), was sent back from credit, and was taken back; and since when
    anything of it has been credit.
    """

    bill: Bill | None
    amount: int
    settled: int = 0
    noted: int = 0
    in_credit: int = 0
    back: int = 0
    taken: int = 0
    since: int | None = None

    def note(self, amount: int) -> None:
        """A refund takes so much of its bill: it settles that no more, whatever else the bill holds."""
        assert self.bill is not None
        self.bill.note(amount)
        self.settled -= amount

    @property
    def refunded(self) -> int:
        """Once each: what was refunded to credit may go back from there."""
        return self.noted + max(self.in_credit, self.back)

    @property
    def sent(self) -> int:
        return self.noted + self.back


@dataclass(eq=False)
class Use:
    """Credit that paid a bill: how much of it still does, and when that was."""

    bill: Bill
    amount: int
    at: int


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
    of_bill: dict[Part, int] = field(default_factory=dict)
    uses: list[tuple[Part, Use, int]] = field(default_factory=list)
    short: int = 0
    beyond: int = 0


@dataclass(eq=False)
class SentBack:
    """A refund through the gateway: of each part so much, from its bill or credit, what was in neither, and whether it
    had been refunded to credit.
    """

    pieces: list[tuple[Part, int, int, bool]] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(piece for _, piece, *_ in self.pieces)


@dataclass(eq=False)
class MoneyIn:
    """A payment; its parts those first that are taken back first: credit, then the last bill that was settled."""

    amount: int
    parts: list[Part]
    status: str = "completed"
    disputes: list[Claim] = field(default_factory=list)
    by_staff: list[Claim] = field(default_factory=list)
    told_by_staff: bool = False
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
    uses: list[Use] = field(default_factory=list)
    now: int = 0

    def add(self, part: Part, amount: int) -> None:
        """Money of a part becomes credit."""
        self.now += 1
        self.credit += amount
        if amount and part.since is None:
            part.since = self.now

    def use(self, bill: Bill, amount: int) -> None:
        self.now += 1
        bill.held += amount
        self.credit -= amount
        self.uses.append(Use(bill, amount, self.now))

    def pay(self, bill: Bill, amount: int) -> None:
        """More than is due becomes credit, and all of it once the bill is closed."""
        settled = min(amount, bill.due)
        bill.held += settled
        part = Part(bill, amount, settled)
        self.add(part, amount - settled)
        self.payments.append(MoneyIn(amount, [part]))

    def pay_several(self, bills: Sequence[Bill], amount: int) -> None:
        """Oldest due date first, each at most what is due of it; what no longer fits is credit."""
        parts, left = [], amount
        for bill in bills:
            if share := min(left, bill.due):
                bill.held += share
                left -= share
                parts.insert(0, Part(bill, share, share))
        rest = Part(None, left)
        self.add(rest, left)
        self.payments.append(MoneyIn(amount, [rest, *parts] if left else parts))

    def refundable(self, one: MoneyIn, part: Part, *, to_credit: bool) -> int:
        """What of a part can be refunded here; of what became credit only funds that were added, and not to credit."""
        if one.status != "completed" or (part.bill is None and (one.is_of_several or to_credit)):
            return 0
        there = self.credit if part.bill is None else part.bill.refundable
        return min(one.left, part.amount - part.refunded, there)

    def refund_to_credit(self, one: MoneyIn, part: Part, amount: int) -> None:
        assert part.bill is not None
        part.note(amount)
        part.in_credit += amount
        self.add(part, amount)
        one.close_if_used_up()

    def send_back(self, one: MoneyIn, pieces: Sequence[tuple[Part, int, bool]]) -> None:
        """Through the gateway: what its bill does not hold, or was refunded to credit before, comes from credit; staff
        are told what is in neither.
        """
        made = SentBack()
        for part, amount, from_credit in pieces:
            note = min(amount, part.bill.refundable) if part.bill and not from_credit else 0
            if note:
                part.note(note)
            out = min(amount - note, self.credit)
            self.credit -= out
            part.back += amount if from_credit else 0
            part.noted += 0 if from_credit else amount
            made.pieces.append((part, amount, amount - note - out, from_credit))
        one.sent.append(made)
        one.close_if_used_up()

    def fail(self, one: MoneyIn, sent: SentBack) -> None:
        """It did not arrive: what had left is credit; the payment stays used up."""
        for part, amount, short, from_credit in sent.pieces:
            part.back -= amount if from_credit else 0
            part.noted -= 0 if from_credit else amount
            part.in_credit += 0 if from_credit else amount
            self.add(part, amount - short)
        one.sent.remove(sent)

    def spread(self, one: MoneyIn, amount: int) -> list[tuple[Part, int, bool]]:
        """Of what a refund is that names no bill: of the bill with just this left, else in the order of the parts. What
        is left of none was refunded to credit, and goes back from there.
        """
        for part in one.parts:
            if one.is_of_several and part.bill and part.amount - part.refunded == amount:
                return [(part, amount, False)]
        pieces, noted = [], dict.fromkeys(one.parts, 0)
        for part in one.parts:
            if piece := min(amount, part.amount - part.refunded):
                pieces.append((part, piece, False))
                noted[part] = piece
                amount -= piece
        for part in one.parts:
            if piece := min(amount, part.amount - part.sent - noted[part]):
                pieces.append((part, piece, True))
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
        """The bank has it. What lost disputes and refunds leave of the payment is taken, unless staff had it taken. One
        that is refunded stays so, but what of it is credit goes.
        """
        before = one.lost()
        claim.state = "lost"
        covered = max(0, min(claim.amount, one.kept - before))
        claim.beyond = claim.amount - covered
        gone = 0
        if one.by_staff:
            gone = self.gone(one) - before
        self.take(one, claim, max(0, covered - max(0, gone)))
        if one.status != "refunded":
            one.status = "reversed"

    def gone(self, one: MoneyIn) -> int:
        """What was taken of a payment, and what staff were told is short for theirs."""
        taken = sum(part.taken for part in one.parts)
        return taken + sum(each.short for each in one.by_staff)

    def win(self, one: MoneyIn, claim: Claim) -> None:
        """Ours again. While another one is lost the payment stays reversed; while one is open, it is disputed."""
        claim.state, claim.beyond, one.told_by_staff = "won", 0, False
        if one.status in ("reversed", "refunded"):
            self.give_back(one, claim)
            if one.in_state("lost"):
                return
            for each in reversed(one.by_staff):
                self.give_back(one, each)
            one.by_staff = []
            if one.status == "refunded":
                return
        elif one.status != "disputed":
            return
        one.status = "disputed" if one.in_state("open") else "completed"
        one.close_if_used_up()

    def reversible(self, one: MoneyIn) -> int:
        """What staff can say is gone: what was not sent back before; of one that is refunded not twice the same."""
        if one.status in ("completed", "disputed"):
            return one.kept
        if one.status != "refunded" or one.told_by_staff:
            return 0
        return max(0, one.kept - max(one.lost(), self.gone(one)))

    def reverse(self, one: MoneyIn) -> None:
        amount = self.reversible(one)
        one.by_staff.append(Claim(amount))
        one.told_by_staff = True
        self.take(one, one.by_staff[-1], amount)
        if one.status != "refunded":
            one.status = "reversed"

    def take(self, one: MoneyIn, claim: Claim, amount: int) -> None:
        """Bills are open again; what had become credit comes out of it as far as that goes. Then what that credit paid
        since is due again, the newest first, and the rest is short.
        """
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
                claim.of_bill[part] = again
            part.taken += again + out
            amount -= again + out
        for part in one.parts:
            room = min(amount, part.amount - part.sent - part.taken)
            for use in reversed(self.uses):
                if part.since is None or use.at < part.since:
                    continue
                piece = max(0, min(room, use.amount, use.bill.held))
                use.bill.held -= piece
                use.amount -= piece
                part.taken += piece
                room -= piece
                amount -= piece
                if piece:
                    claim.uses.append((part, use, piece))
        claim.short = amount

    def give_back(self, one: MoneyIn, claim: Claim) -> None:
        for part in one.parts:
            back = claim.taken.get(part, 0)
            again = claim.of_bill.get(part, 0)
            settled = min(again, part.bill.due) if part.bill and not part.bill.closed else 0
            if part.bill:
                part.bill.held += settled
                part.settled += settled
            self.add(part, back - settled)
            part.taken -= back
            for of, use, piece in claim.uses:
                if of is not part:
                    continue
                again = 0 if use.bill.closed else min(piece, use.bill.due)
                use.bill.held += again
                use.amount += again
                self.credit += piece - again
                part.taken -= piece
        claim.taken, claim.of_bill, claim.uses, claim.short = {}, {}, [], 0

    def check(self) -> None:
        """What lost disputes hold was taken, or staff are told of it: once each, unless staff had all of it taken."""
        for one in self.payments:
            claimed = 0
            for each in (*one.disputes, *one.by_staff):
                claimed += sum(each.taken.values()) + sum(piece for *_, piece in each.uses)
                claimed += each.short + each.beyond
            assert claimed >= one.lost() if one.by_staff else claimed == one.lost()
