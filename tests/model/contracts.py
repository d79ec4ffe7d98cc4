"""The second model's figures for a plain contract: one unit at 19 %, each document over one period."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.model.plan_model.arithmetic import round_half_up, start_of
from tests.model.plan_model.consumers import unused
from tests.model.plan_model.figures import take_exclusive

RATE = Fraction(19, 100)


@dataclass(frozen=True)
class Contract:
    """The first document bills the setup fee, too; prices are without tax."""

    begun: date
    cycle: str
    price: int
    setup: int
    renewals: int

    def __post_init__(self) -> None:
        tax = round_half_up((self.price + self.setup) * RATE)
        assert tax == int(self.price * RATE) + int(self.setup * RATE), (
            "a cent of tax moves to another line"
        )

    def ends(self, stated: date, notice: int) -> date:
        """The end of one that has renewed itself: with what is paid, or so many months later, whichever is first."""
        paid_until = start_of(self.begun, self.cycle, self.renewals + 1)
        return min(paid_until, start_of(stated, "monthly", notice))

    def back(self, since: date | None, *, setup: bool) -> int:
        """What is billed for the days from then on, or all, with tax: a setup fee for those of its document."""
        total = 0
        for n in range(self.renewals + 1):
            days = start_of(self.begun, self.cycle, n), start_of(self.begun, self.cycle, n + 1)
            part = Fraction(1) if since is None else unused(days, since)
            for net in (self.price, self.setup) if setup and n == 0 else (self.price,):
                taken = take_exclusive(net, int(net * RATE), part, RATE)
                total += taken.net + taken.tax
        return total
