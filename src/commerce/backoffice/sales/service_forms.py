"""What staff fill in about a service."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.money.fields import MinorUnitsField
from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.billing.changes.plan_changes.offers import PlanOffer, plan_offers
from commerce.billing.changes.service_edits import (
    KEEP_OPEN_PERIOD,
    VOID_OPEN_PERIOD,
    open_periods_of_service,
)
from commerce.billing.invoices.queries import credit_balance
from commerce.hosting.actions.editing import MAX_NOTES_LENGTH
from commerce.hosting.labels import SUSPENSION_REASON_LABELS
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import SERVICE_OVERRIDE_MOVES, ServiceStatus, SuspensionReason
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.portal.base.form_fields import AmountField, LineField, MultilineField
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import number_signs
from commerce.presentation.labels import CYCLE_LABELS, plan_in_cycle, status_labels
from commerce.site_settings import current

CAUSES = [
    (cause, SUSPENSION_REASON_LABELS[cause])
    for cause in SuspensionReason
    if cause != SuspensionReason.OVERDUE
]


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day, chosen in the browser's calendar."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"], **options)


class SuspensionForm(StaffForm):
    """Why a service is switched off, and what staff note about it."""

    cause = forms.ChoiceField(label=_lazy("Reason"), choices=CAUSES)
    note = LineField(
        label=_lazy("Note"),
        required=False,
        max_length=500,
        help_text=_lazy("For the audit log. The client never sees it."),
    )


class ResumptionForm(StaffForm):
    """What staff note about switching a service on."""

    note = LineField(
        label=_lazy("Note"),
        required=False,
        max_length=500,
        help_text=_lazy("For the audit log. The client never sees it."),
    )


class TerminationForm(StaffForm):
    """What becomes of an open renewal invoice, if there is one."""

    periods = forms.ChoiceField(
        label=_lazy("Open renewal invoice"),
        choices=[
            ("", "–"),
            (VOID_OPEN_PERIOD, _lazy("Void the invoice")),
            (KEEP_OPEN_PERIOD, _lazy("Keep the invoice due")),
        ],
    )

    def prepare(self) -> None:
        open_periods = open_periods_of_service(self.record)
        if not open_periods:
            del self.fields["periods"]
            return
        period = open_periods[0]
        self.fields["periods"].help_text = _(
            "Invoice %(number)s bills the period from %(day)s."
        ) % {
            "number": period.invoice,
            "day": period.period_start,
        }


class CancellationForm(StaffForm):
    """When a service ends that staff cancel."""

    kind = forms.ChoiceField(
        label=_lazy("When"),
        choices=[
            (CancellationKind.END_OF_PERIOD, _lazy("At the end of the paid period")),
            (CancellationKind.IMMEDIATE, _lazy("Now")),
        ],
    )


def ends_now(service: Service, values: Mapping[str, Any]) -> bool:
    """Whether the account goes at once, as by a termination."""
    return bool(values["kind"] == CancellationKind.IMMEDIATE)


class TermsForm(StaffForm):
    """What a service costs, how often, and when it is due next."""

    amount = AmountField(
        help_text=_lazy("For each billing cycle. A new amount removes the discounts it had.")
    )
    billing_cycle = forms.ChoiceField(
        label=_lazy("Billing cycle"), choices=list(CYCLE_LABELS.items())
    )
    next_due_date = day_field(
        _lazy("Next due date"),
        required=False,
        help_text=_lazy("The first day that isn't paid yet."),
    )

    def prepare(self) -> None:
        service: Service = self.record
        amount = str(Money(service.amount, service.currency_id).decimal())
        self.initial.update(
            {
                "amount": amount.replace(".", number_signs()[0]),
                "billing_cycle": service.billing_cycle,
                "next_due_date": service.next_due_date,
            }
        )
        self.fields["amount"].label = _("Price in %(currency)s") % {"currency": service.currency_id}

    def clean_amount(self) -> int:
        try:
            return parse_amount(self.cleaned_data["amount"], self.record.currency_id)
        except BusinessError as error:
            raise forms.ValidationError(str(error)) from error


class LabelForm(StaffForm):
    """What the client calls a service."""

    label = LineField(label=_lazy("Name"), max_length=100)

    def prepare(self) -> None:
        self.initial["label"] = self.record.label


class AccountForm(StaffForm):
    """Where the account of a service is, as far as the books know."""

    server = forms.ModelChoiceField(
        Server.objects.order_by("name"), label=_lazy("Server"), required=False
    )
    username = LineField(label=_lazy("Username"), required=False, max_length=253)
    remote_id = LineField(label=_lazy("ID in the control panel"), required=False, max_length=100)

    def prepare(self) -> None:
        service: Service = self.record
        self.initial.update(
            {
                "server": service.server_id,
                "username": service.username,
                "remote_id": service.remote_id,
            }
        )
        self.fields["server"].required = service.server_id is not None


class OverrideForm(StaffForm):
    """A state that is set by hand, and what it needs beside it."""

    to = forms.ChoiceField(label=_lazy("New status"))
    next_due_date = day_field(
        _lazy("Next due date"),
        required=False,
        help_text=_lazy("Needed to bring back a service that has ended."),
    )
    cause = forms.ChoiceField(
        label=_lazy("If suspended, the reason"),
        choices=CAUSES,
        initial=SuspensionReason.STAFF,
        required=False,
    )

    def prepare(self) -> None:
        moves = SERVICE_OVERRIDE_MOVES[ServiceStatus(self.record.status)]
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        words = status_labels("service")
        field.choices = [(status, words[status]) for status in ServiceStatus if status in moves]


class ServiceNotesForm(StaffForm):
    """What staff know of a service."""

    notes = MultilineField(
        label=_lazy("Notes"),
        required=False,
        max_length=MAX_NOTES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_lazy("Clients never see them."),
    )

    def prepare(self) -> None:
        self.initial["notes"] = self.record.notes


class PaidElsewhereForm(StaffForm):
    """What was paid for days of a service before it came here."""

    first_day = day_field(_lazy("First day"))
    last_day = day_field(_lazy("Last day"))

    def prepare(self) -> None:
        label = _("Amount in %(currency)s, with tax") % {"currency": self.record.currency_id}
        amount = MinorUnitsField(self.record.currency_id, least=1, label=label)
        self.fields = {"amount": amount, **self.fields}


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
    return ":".join(map(str, (offer.product.pk, offer.billing_cycle, *offer.figures_shown)))


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
