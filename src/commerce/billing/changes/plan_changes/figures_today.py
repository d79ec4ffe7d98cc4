"""What an open plan change would cost if staff decided it today: what they see before they do (billing.md 8)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.utils.translation import gettext as _

from commerce.billing.changes.plan_changes.actions.carrying_out import (
    decision_totals,
    require_as_confirmed,
)
from commerce.billing.changes.plan_changes.offers import PlanOffer, recount_plan_offer
from commerce.billing.changes.plan_changes.plan_figures import PlanFigures, SumRow
from commerce.billing.changes.plan_changes.rules import DecisionTotals
from commerce.billing.invoices.actions.issuing import due_date_by_settings
from commerce.billing.models import PlanChange
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class FiguresToday:
    """The figures of one day: ``due`` is left to pay once credit that may be used has paid. Without an ``offer`` the
    ``problem`` says why it cannot be carried out.
    """

    change: PlanChange
    offer: PlanOffer | None
    problem: str
    due: int
    due_date: date

    @classmethod
    def of(cls, change: PlanChange, today: date) -> Self:
        """Counted now."""
        service = Service.objects.select_related("product", "client").get(pk=change.service_id)
        due_date = due_date_by_settings(today)
        try:
            offer = recount_plan_offer(change, service, today)
            require_as_confirmed(change, offer)
        except BusinessError as error:
            return cls(change, None, str(error), 0, due_date)
        return cls(change, offer, "", decision_totals(change, offer).due, due_date)

    @property
    def totals(self) -> DecisionTotals | None:
        """What staff confirm when they decide; None where there is nothing to carry out."""
        return decision_totals(self.change, self.offer) if self.offer else None

    def money(self, amount: int) -> str:
        """With the currency of the service."""
        return format_money(amount, self.change.service.currency_id)

    def rows(self) -> list[SumRow]:
        """The sums, with tax."""
        if self.offer is None:
            return []
        figures = PlanFigures(self.offer, self.change.service.currency_id, with_tax=True)
        return figures.rows(credit=self.offer.due_today - self.due)


def approval_in_words(change: PlanChange, at: datetime) -> dict[DecisionTotals, str]:
    """What to approve a change does at the figures of now; nothing where it cannot be carried out."""
    figures = FiguresToday.of(change, current.business_date(at))
    text = _("Nothing is left to pay, so the plan changes right away.")
    if figures.due:
        text = _("Nothing is charged. The client is asked to pay %(amount)s by %(day)s.")
        day = format_day(change.last_day) if change.last_day else ""
        text %= {"amount": figures.money(figures.due), "day": day}
    return {figures.totals: text} if figures.totals else {}


def on_account_in_words(change: PlanChange, at: datetime) -> dict[DecisionTotals, str]:
    """The same of carrying it out before it is paid."""
    figures = FiguresToday.of(change, current.business_date(at))
    text = _("Nothing is left to pay, so the plan changes right away.")
    if figures.due:
        text = _(
            "The plan changes right away, before it's paid. %(amount)s becomes due on %(day)s. If it stays"
            " unpaid, the service is suspended, like after an unpaid renewal."
        )
        text %= {"amount": figures.money(figures.due), "day": format_day(figures.due_date)}
    return {figures.totals: text} if figures.totals else {}
