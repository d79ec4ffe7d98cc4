"""The figures of a plan change as people read them: one table of sums that adds up (billing.md 8, portal.md 1)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.billing.changes.plan_changes.offers import PlanOffer
from commerce.billing.changes.plan_changes.unused_time import InvoiceCredit
from commerce.billing.invoices.rules import PricedLine
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_period, format_tax_rate


@dataclass(frozen=True, slots=True)
class SumRow:
    """A row of sums: what it is, in smaller words what it is made of, and the amount in minor units."""

    label: str
    amount: int
    details: tuple[str, ...] = ()
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What an offer costs in one currency. ``with_tax``: each row holds its tax and says so; else tax has rows of its
    own, by rate.
    """

    offer: PlanOffer
    currency: str
    with_tax: bool

    def rows(self, *, credit: int) -> list[SumRow]:
        """What is charged and given back, the difference with tax, and the ``credit`` that pays of it."""
        offer = self.offer
        rows = [self._charged(line) for line in offer.charge.priced.lines]
        rows += [self._given_back(one) for one in offer.unused.invoices]
        rows += [
            SumRow(_("Paid before your service moved here"), -amount)
            for _stated, amount in offer.unused.elsewhere
        ]
        if not self.with_tax and (taxes := self._tax_rows()):
            rows += [SumRow(_("Subtotal"), sum(row.amount for row in rows)), *taxes]
        if offer.left_over:
            rows.append(SumRow(_("Total"), offer.difference, self._tax_in()))
            added = _("Added to your credit balance")
            return [*rows, SumRow(added, offer.left_over, is_total=True)]
        if not credit:
            return [*rows, SumRow(_("Due today"), offer.due_today, self._tax_in(), is_total=True)]
        return [
            *rows,
            SumRow(_("Total"), offer.due_today, self._tax_in()),
            SumRow(_("Credit balance"), -credit),
            SumRow(_("Due today"), offer.due_today - credit, is_total=True),
        ]

    def _charged(self, priced: PricedLine) -> SumRow:
        days = priced.line.days
        assert days.start is not None
        assert days.end is not None
        count = (days.end - days.start).days
        text = ngettext("%(period)s (%(days)s day)", "%(period)s (%(days)s days)", count)
        period = format_period(days.start, days.end - timedelta(days=1))
        details = [text % {"period": period, "days": count}]
        details += self._made_of(priced.net, priced.tax, priced.line.tax.rate_milli)
        label = _("New plan: %(plan)s") % {"plan": self.offer.new_plan}
        return SumRow(label, self._shown(priced.net, priced.tax), tuple(details))

    def _given_back(self, one: InvoiceCredit) -> SumRow:
        details: list[str] = []
        for rate, (net, tax) in sorted(_by_rate(one).items()):
            details += self._made_of(-net, -tax, rate)
        net, tax = (sum(column) for column in zip(*_by_rate(one).values(), strict=True))
        label = _("Unused time on invoice %(number)s") % {"number": one.invoice.number}
        return SumRow(label, self._shown(-net, -tax), tuple(details))

    def _shown(self, net: int, tax: int) -> int:
        return net + tax if self.with_tax else net

    def _made_of(self, net: int, tax: int, rate_milli: int) -> list[str]:
        if not tax or not self.with_tax:
            return []
        values = {"net": self._money(net), "tax": self._money(tax)}
        values["rate"] = format_tax_rate(rate_milli)
        return [_("%(net)s + %(tax)s tax (%(rate)s)") % values]

    def _money(self, amount: int) -> str:
        return format_money(amount, self.currency)

    def _tax_rows(self) -> list[SumRow]:
        """By rate, the highest first."""
        taxes = sorted(self._taxes().items(), reverse=True)
        return [
            SumRow(
                _("%(tax)s %(rate)s") % {"tax": name or _("Tax"), "rate": format_tax_rate(rate)},
                amount,
            )
            for (rate, name), amount in taxes
            if amount
        ]

    def _taxes(self) -> dict[tuple[int, str], int]:
        """Tax of what is charged, less that of what is given back, by rate and its name."""
        groups = self.offer.charge.priced.groups
        names = {group.tax.rate_milli: group.tax.name for group in groups}
        found: dict[tuple[int, str], int] = defaultdict(int)
        for group in groups:
            found[group.tax.rate_milli, group.tax.name] += group.amount
        for one in self.offer.unused.invoices:
            for rate, (_net, tax) in _by_rate(one).items():
                found[rate, names.get(rate, "")] -= tax
        return found

    def _tax_in(self) -> tuple[str, ...]:
        tax = sum(self._taxes().values())
        if not self.with_tax or not tax:
            return ()
        return (_("incl. %(amount)s tax") % {"amount": self._money(tax)},)


def _by_rate(one: InvoiceCredit) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for part in one.credited:
        net, tax = found.get(part.share.tax_key[1], (0, 0))
        found[part.share.tax_key[1]] = net + part.net, tax + part.tax
    return found
