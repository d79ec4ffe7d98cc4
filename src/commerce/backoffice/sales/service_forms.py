"""What staff fill in to change the plan of a service."""

from dataclasses import astuple
from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.forms import StaffForm
from commerce.billing.changes.plan_changes.offers import PlanOffer, plan_offers
from commerce.billing.invoices.queries import credit_balance
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.presentation.amounts import format_money
from commerce.presentation.labels import plan_in_cycle
from commerce.site_settings import current


class PlanChangeForm(StaffForm):
    """The plans that a service can change to today, each with what it costs from then on and what today."""

    plan = forms.ChoiceField(label=_lazy("New plan"), widget=forms.RadioSelect)
    losses_accepted = forms.BooleanField(
        label=_lazy(
            "Change it even if options, promo codes, free days, or a custom price are lost"
        ),
        required=False,
    )
    use_credit = forms.BooleanField(label="", required=False)

    def prepare(self) -> None:
        service: Service = self.record
        today: date = current.business_date(clock.now())
        offers = plan_offers(service, today)
        field = self.fields["plan"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(offer_key(one), _offer_text(one, service.currency_id)) for one in offers]
        if not any(offer.losses for offer in offers):
            del self.fields["losses_accepted"]
        self._prepare_credit(service, max((offer.due_today for offer in offers), default=0))

    def _prepare_credit(self, service: Service, most: int) -> None:
        """Only who may apply credit ticks that it pays, and only where there is some."""
        may = self.staff is not None and self.staff.may(StaffPermission.INVOICES_APPLY_CREDIT)
        balance = credit_balance(service.client_id, service.currency_id) if may and most else 0
        if not balance:
            del self.fields["use_credit"]
            return
        values = {"amount": format_money(balance, service.currency_id)}
        self.fields["use_credit"].label = _("Use the client's credit (%(amount)s)") % values
        self.initial["use_credit"] = current.get_setting("billing.auto_apply_credit")


def offer_key(offer: PlanOffer) -> str:
    """The offer with the figures that the page shows: if they differ when it is sent, it is not an offer any more."""
    totals = astuple(offer.totals)
    return ":".join(map(str, (offer.product.pk, offer.billing_cycle, *totals)))


def _offer_text(offer: PlanOffer, currency: str) -> str:
    parts = [
        f"{plan_in_cycle(offer.product.name, offer.billing_cycle)}:"
        f" {format_money(offer.amount, currency)}"
    ]
    if offer.due_today:
        parts.append(
            _("%(amount)s due today") % {"amount": format_money(offer.due_today, currency)}
        )
    if offer.left_over:
        credit = format_money(offer.left_over, currency)
        parts.append(_("%(amount)s becomes credit") % {"amount": credit})
    if offer.needs_stop:
        parts.append(_("needs a restart"))
    if offer.losses:
        parts.append(_("loses %(losses)s") % {"losses": ", ".join(offer.losses)})
    return " · ".join(parts)
