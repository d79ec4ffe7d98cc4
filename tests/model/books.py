"""The books of one client as ``billing.md`` and ``catalog-and-orders.md`` 5 have them, without the product's code.

Orders, renewals, credit and plan changes. What a bill takes back and gives is kept by unit and by (category, rate), so
that all of it can be compared with the product's documents to the unit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from tests.model.arithmetic import (
    AmountToTax,
    TaxKey,
    left_of_days,
    nets_and_taxes,
    proportional,
    round_half_up,
    start_of,
)
from tests.model.records import (
    Bill,
    ChangeOffer,
    Code,
    OrderedItem,
    Period,
    Plan,
    Row,
    Span,
    SumsByTax,
    Unit,
    gross_of,
)

type TaxOf = Callable[[str, date], tuple[TaxKey, int]]
"""How a product kind is taxed on a day, and the home rate."""


@dataclass
class Books:
    """One client."""

    tax_of: TaxOf
    inclusive: bool
    advance: int
    auto_apply: bool = True
    group: int = 0
    bills: list[Bill] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    balance: int = 0

    # Orders

    def order(
        self, items: Sequence[OrderedItem], code: Code | None, today: date
    ) -> tuple[Bill, list[Unit]]:
        """``catalog-and-orders.md`` 5: units of each item, and the bill of all."""
        lists = [self._list(item) for item in items]
        groups = [self._off(item, price) for item, price in zip(items, lists, strict=True)]
        after = [price - off for price, off in zip(lists, groups, strict=True)]
        promos = self._promos(items, after, code)
        lines: list[tuple[list[tuple[Unit, int]], AmountToTax]] = []
        made: list[Unit] = []
        for item, group, promo in zip(items, groups, promos, strict=True):
            if item.plan is None:
                lines.append(([], self._priced("domain", item.price, today)))
                continue
            base, setup = item.plan.prices[item.cycle]
            extra = item.plan.added(item.value, item.cycle)
            keep = code is not None and code.recurring
            units = [
                Unit(
                    item.plan,
                    item.cycle,
                    base,
                    item.value if item.plan.option else "",
                    extra,
                    group,
                    off if keep else 0,
                    code.code if code and keep and off else "",
                )
                for off in promo
            ]
            made += units
            qty = item.qty
            rows = [
                (base * qty, [base] * qty),
                (extra * qty, [extra] * qty),
                (setup * qty, []),
                (-group * qty, [group] * qty),
                (-sum(promo), promo),
            ]
            for amount, weights in [rows[0], *(row for row in rows[1:] if row[0])]:
                own = list(zip(units, weights, strict=True)) if weights else []
                lines.append((own, self._priced(item.plan.kind, amount, today)))
        bill = self._bill("order", lines, today)
        self.units += made
        return bill, made

    def _list(self, item: OrderedItem) -> int:
        if item.plan is None:
            return item.price
        return item.plan.prices[item.cycle][0] + item.plan.added(item.value, item.cycle)

    def _off(self, item: OrderedItem, price: int) -> int:
        return 0 if item.plan is None else round_half_up(Fraction(price * self.group, 10_000))

    def _promos(
        self, items: Sequence[OrderedItem], after: Sequence[int], code: Code | None
    ) -> list[list[int]]:
        units = [(i, price) for i, price in enumerate(after) for _ in range(items[i].qty)]
        if code is None:
            offs = [0] * len(units)
        elif code.percent:
            offs = [round_half_up(Fraction(price * code.percent, 10_000)) for _, price in units]
            offs = [off if items[i].plan else 0 for off, (i, _) in zip(offs, units, strict=True)]
        else:
            weights = [price if items[i].plan else 0 for i, price in units]
            offs = proportional(min(code.fixed, sum(weights)), weights)
        found: list[list[int]] = [[] for _ in items]
        for (i, _), off in zip(units, offs, strict=True):
            found[i].append(off)
        return found

    def activate(self, units: Iterable[Unit], bill: Bill, today: date) -> None:
        """Anchor = that day; the first period was billed by the order."""
        for unit in units:
            unit.running, unit.anchor = True, today
            unit.due = start_of(today, unit.cycle, 1)
            self._cover(unit, today, unit.due, bill)

    def _cover(self, unit: Unit, start: date, end: date, bill: Bill | None) -> None:
        unit.covered.append((start, end))
        for key, sums in (bill.own.get(unit, {}) if bill else {}).items():
            unit.spans.append(Span(start, end, self._value(*sums), key, [bill] if bill else []))

    # Bills

    def _priced(self, kind: str, amount: int, today: date) -> AmountToTax:
        key, home = self.tax_of(kind, today)
        return AmountToTax(amount, key, home)

    def _value(self, net: int, tax: int) -> int:
        return net + tax if self.inclusive else net

    def _bill(
        self,
        kind: str,
        lines: Sequence[tuple[list[tuple[Unit, int]], AmountToTax]],
        today: date,
        *,
        pay: bool = True,
    ) -> Bill:
        sums = nets_and_taxes([line for _, line in lines], inclusive=self.inclusive)
        rows = [
            Row(units, line.key, net, tax)
            for (units, line), (net, tax) in zip(lines, sums, strict=True)
        ]
        bill = Bill(kind, rows, today)
        self.bills.append(bill)
        if pay:
            self.apply_credit(bill)
        return bill

    def apply_credit(self, bill: Bill, *, asked: bool = False) -> None:
        """At issue, min(balance, amount due) is applied."""
        if self.auto_apply or asked:
            bill.applied = min(self.balance, bill.total)
            self.balance -= bill.applied
        if bill.applied == bill.total:
            bill.status = "paid"

    def void(self, bill: Bill) -> None:
        """What was applied goes back to credit."""
        self.balance += bill.applied
        bill.applied = 0
        bill.status = "cancelled"
        bill.notes.append(bill.groups)
        for period in bill.periods:
            period.state = "released"

    def paid(self, bill: Bill, today: date) -> None:
        """All that follows from a bill that is paid."""
        bill.status = "paid"
        for period in bill.periods:
            period.state = "paid"
            unit = period.unit
            if unit.due == period.start:
                unit.due = period.end
            self._cover(unit, period.start, period.end, bill)
        if bill.deal is not None:
            self._carry_out(bill.deal, today)

    # The daily run

    def daily(self, today: date) -> None:
        """Renewals, until nothing is due without an open billed period; then changes that nobody paid."""
        while due := [unit for unit in self.units if self._is_due(unit, today)]:
            for unit in due:
                if unit.asked is not None:
                    self._lapse(unit.asked)
            free = [unit for unit in due if not unit.amount]
            for unit in free:
                start, end = unit.move()
                unit.periods.append(Period(unit, start, end, "waived"))
                unit.covered.append((start, end))
                unit.due = end
            priced = [unit for unit in due if unit.amount]
            if not priced:
                continue
            if self._renew(priced, today).status != "paid" and not free:
                break
        for unit in self.units:
            bill = unit.asked.bill if unit.asked else None
            if unit.asked and bill and bill.lapses_after and bill.lapses_after < today:
                self._lapse(unit.asked)

    def _is_due(self, unit: Unit, today: date) -> bool:
        ahead = self.advance if unit.amount else 0
        return unit.running and not unit.is_billed and unit.due <= today + timedelta(days=ahead)

    def _renew(self, units: Sequence[Unit], today: date) -> Bill:
        lines: list[tuple[list[tuple[Unit, int]], AmountToTax]] = []
        periods = []
        for unit in units:
            start, end = unit.move()
            periods.append(Period(unit, start, end, "open"))
            beside = (unit.extra, -unit.total_group_discount, -unit.total_promo_discount)
            for amount in (unit.base, *(one for one in beside if one)):
                lines.append(([(unit, 1)], self._priced(unit.plan.kind, amount, today)))
        bill = self._bill("renewal", lines, today)
        bill.periods = periods
        for period in periods:
            period.unit.periods.append(period)
        if bill.status == "paid":
            self.paid(bill, today)
        return bill

    # Plan changes

    def deal(self, unit: Unit, plan: Plan, cycle: str, today: date) -> ChangeOffer | None:
        """What a change costs today (billing.md 8); None for what cannot be had."""
        unused: dict[TaxKey, int] = {}
        bills: list[Bill] = []
        for span in unit.spans:
            if span.end > today and (
                part := round_half_up(span.value * left_of_days(span.start, span.end, today))
            ):
                unused[span.key] = unused.get(span.key, 0) + part
            if span.end > today and span.value:
                bills += [bill for bill in span.bills if bill not in bills]
        base = plan.prices[cycle][0]
        extra = plan.added(unit.value, cycle)
        group_off = round_half_up(Fraction((base + extra) * self.group, 10_000))
        amount = base + extra - group_off
        if cycle == unit.cycle:
            covered = [(start, end) for start, end in unit.covered if end > today]
            parts = [
                round_half_up(amount * left_of_days(start, end, today)) for start, end in covered
            ]
        else:
            covered, parts = [(today, start_of(today, cycle, 1))], [amount]
        line = self._priced(plan.kind, sum(parts), today)
        [(net, tax)] = nets_and_taxes([line], inclusive=self.inclusive)
        charge = self._value(net, tax)
        credit = sum(unused.values())
        rows: list[AmountToTax] = []
        notes: list[tuple[Bill, SumsByTax]] = []
        apart = bool(charge) and any(key != line.key for key in unused)
        if apart:
            notes = self._on_bills(unit, unused, bills)
            if gross_of(notes) < net + tax:
                rows, notes = [line, *(AmountToTax(-part, key) for key, part in unused.items())], []
            else:
                rows = [line]
        elif charge > credit:
            rows = [line, *(AmountToTax(-part, key) for key, part in unused.items())]
        elif charge:
            notes = self._on_bills(unit, {line.key: credit - charge}, bills)
        else:
            notes = self._on_bills(unit, unused, bills)
        due = sum(net + tax for net, tax in nets_and_taxes(rows, inclusive=self.inclusive))
        if due < 0 or (rows and not notes and not due):
            return None
        values = proportional(charge, parts)
        return ChangeOffer(
            unit=unit,
            plan=plan,
            cycle=cycle,
            credit=credit,
            charge=charge,
            total=due - gross_of(notes),
            base=base,
            extra=extra,
            total_group_discount=group_off,
            day=today,
            key=line.key,
            values=[
                (max(start, today), end, value)
                for (start, end), value in zip(covered, values, strict=True)
            ],
            rows=rows,
            notes=notes,
            bills=bills,
            apart=bool(rows and notes),
        )

    def _on_bills(
        self, unit: Unit, wanted: Mapping[TaxKey, int], bills: Iterable[Bill]
    ) -> list[tuple[Bill, SumsByTax]]:
        """Newest first, on the unit's own lines of each."""
        still = dict(wanted)
        found = []
        for bill in sorted(bills, key=self.bills.index, reverse=True):
            own = bill.own[unit]
            note: SumsByTax = {}
            for key, (net, tax) in own.items():
                room = self._value(net, tax)
                part = min(still.get(key, 0), room)
                if part > 0:
                    still[key] -= part
                    note[key] = [net, tax] if part == room else self._part(part, key, tax)
            if sum(net + tax for net, tax in note.values()) > sum(n + t for n, t in own.values()):
                for key, (
                    net,
                    tax,
                ) in own.items():  # a deduction that was taxed otherwise goes back with it
                    if self._value(net, tax) < 0:
                        note[key] = [net, tax]
                        still[key] = still.get(key, 0) - self._value(net, tax)
            if sum(net + tax for net, tax in note.values()) > 0:
                found.append((bill, note))
        assert not any(still.values()), f"nothing paid for {still}"
        return found

    def _part(self, amount: int, key: TaxKey, most: int) -> list[int]:
        rate = Fraction(key[1], 100_000)
        if self.inclusive:
            tax = min(amount - round_half_up(amount / (1 + rate)), most)
            return [amount - tax, tax]
        return [amount, min(round_half_up(amount * rate), most)]

    def change(self, deal: ChangeOffer, today: date) -> None:
        """Confirmed at what was shown."""
        for bill, note in deal.notes:
            self._take_back(bill, deal.unit, note)
        if not deal.rows:
            self._carry_out(deal, today)
            return
        bill = self._bill(
            "plan_change", [([(deal.unit, 1)], line) for line in deal.rows], today, pay=False
        )
        bill.lapses_after = today + timedelta(days=14)
        bill.deal, deal.bill = deal, bill
        deal.bills = [bill] if deal.apart else [bill, *deal.bills]
        deal.unit.asked = deal
        self.apply_credit(bill, asked=deal.apart)
        if bill.status == "paid":
            self._carry_out(deal, today)

    def _take_back(self, bill: Bill, unit: Unit, note: SumsByTax) -> None:
        for key, (net, tax) in note.items():
            bill.own[unit][key][0] -= net
            bill.own[unit][key][1] -= tax
            self.balance += net + tax
        bill.notes.append(note)
        if bill.credited == bill.total:
            bill.status = "refunded"

    def _lapse(self, deal: ChangeOffer) -> None:
        assert deal.bill is not None
        self.void(deal.bill)
        deal.unit.asked = None

    def lapse(self, deal: ChangeOffer) -> None:
        """Its client withdraws it."""
        self._lapse(deal)

    def _carry_out(self, deal: ChangeOffer, today: date) -> None:
        unit = deal.unit
        if deal.cycle != unit.cycle:
            unit.anchor, unit.due = today, start_of(today, deal.cycle, 1)
            for period in unit.periods:
                if period.end > today and period.state in ("paid", "waived"):
                    period.state = "released"
            unit.covered = [(today, unit.due)]
            deal.values = [(today, unit.due, deal.charge)]
        unit.plan, unit.cycle = deal.plan, deal.cycle
        unit.base, unit.extra, unit.total_group_discount = (
            deal.base,
            deal.extra,
            deal.total_group_discount,
        )
        if not deal.plan.option:
            unit.value = ""
        unit.total_promo_discount, unit.code, unit.asked = 0, "", None
        unit.spans = [Span(*value, deal.key, list(deal.bills)) for value in deal.values]
