"""Forms about money that came or goes back: what staff received, refunds, disputes, credit."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.money.fields import (
    ClientField,
    MinorUnitsField,
    amount_as_typed,
    asked_for,
)
from commerce.backoffice.money.invoice_forms import DayField
from commerce.billing.changes.plan_changes.actions.paying import amount_asked_for
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import CreditAccount, Invoice, PlanChange
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.payments.actions.refunds import amount_left, gateway_refund_refusal
from commerce.payments.credit.origins import ways_back
from commerce.payments.gateways.method_names import METHOD_LABELS
from commerce.payments.gateways.registry import gateway_name
from commerce.payments.models import Payment, TransferNotice
from commerce.payments.records.labels import UNALLOCATED_REASON_LABELS
from commerce.payments.rules import RefundMethod
from commerce.portal.base.form_fields import LineField, PlainTextField, with_decimal_point
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.site_settings import current

MAX_OTHERS = 50
"""Invoices that a payment can be for besides its own."""


class ReceivedForm(StaffForm):
    """What staff received: when, how much, and under which reference.

    The two confirmations appear once the form was sent: only then it is known whether one is needed.
    """

    received_on = DayField(label=_lazy("Date received"))
    reference = LineField(
        label=_lazy("Reference"),
        required=False,
        max_length=255,
        help_text=_lazy("As on the bank statement or check."),
    )
    note = LineField(label=_lazy("Note"), required=False, max_length=500)
    confirm_reference = forms.BooleanField(
        label=_lazy("Record anyway: a payment with this reference already exists"), required=False
    )
    confirm_amount = forms.BooleanField(
        label=_lazy(
            "Record anyway: the amount is more than what's due, and the rest becomes credit"
        ),
        required=False,
    )

    def prepare_amount(self, currency_code: str, amount: int) -> None:
        """An amount in this currency, and today."""
        self.fields["received_on"].initial = current.business_date(clock.now())
        field = MinorUnitsField(
            currency_code,
            least=1,
            initial=amount or None,
            label=_("Amount (%(currency)s)") % {"currency": currency_code},
        )
        self.fields = {"amount": field, **self.fields}
        if not self.is_bound:
            del self.fields["confirm_reference"], self.fields["confirm_amount"]


class RecordPaymentForm(ReceivedForm):
    """A payment for an invoice, or for the request of a plan change."""

    def prepare(self) -> None:
        """What is due."""
        record = self.record
        if isinstance(record, PlanChange):
            self.prepare_amount(record.service.currency_id, amount_asked_for(record))
        else:
            self.prepare_amount(record.currency_id, record.amount_due)
        method = forms.ChoiceField(label=_lazy("Method"), choices=list(METHOD_LABELS.items()))
        fields = list(self.fields.items())
        self.fields = dict([fields[0], ("method", method), *fields[1:]])
        if isinstance(record, Invoice) and (others := _other_open_invoices(record)):
            self.fields["also"] = forms.TypedMultipleChoiceField(
                label=_lazy("Also for these invoices"),
                choices=[(one.pk, _owed_text(one)) for one in others],
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_lazy(
                    "One payment for several invoices: enter the whole amount received. It pays"
                    " the oldest invoice first."
                ),
            )

    def clean(self) -> dict[str, Any]:
        """An amount that was left as proposed is that of one invoice alone."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = values.get("also")
        if chosen and values.get("amount") == self.record.amount_due:
            due = sum(one.amount_due for one in _other_open_invoices(self.record, chosen))
            amount = format_money(due + self.record.amount_due, self.record.currency_id)
            text = _("Enter the whole amount received. %(amount)s is due for these invoices.")
            self.add_error("amount", text % {"amount": amount})
        return values


def _other_open_invoices(invoice: Invoice, chosen: Sequence[int] = ()) -> list[Invoice]:
    """Others that the client owes in the same currency, or those of them that were chosen, the oldest first."""
    rows = Invoice.objects.for_client(invoice.client_id).filter(
        status__in=OPEN_INVOICE_STATUSES, currency=invoice.currency_id, is_stopped=False
    )
    rows = rows.filter(pk__in=chosen) if chosen else rows
    return list(rows.exclude(pk=invoice.pk).order_by("due_date", "pk")[:MAX_OTHERS])


def _owed_text(invoice: Invoice) -> str:
    assert invoice.due_date is not None  # of those that were issued
    return _("%(number)s · %(amount)s · due %(day)s") % {
        "number": invoice.number,
        "amount": format_money(invoice.amount_due, invoice.currency_id),
        "day": format_day(invoice.due_date),
    }


class ConfirmTransferForm(ReceivedForm):
    """A transfer that a client says they have made."""

    record: TransferNotice

    def prepare(self) -> None:
        """What the client said."""
        self.prepare_amount(self.record.currency_code, self.record.amount)
        self.fields["reference"].initial = self.record.payment_reference


class _SeenAmountForm(StaffForm):
    """A form that says how much can go back, and sends that along."""

    seen_amount = forms.IntegerField(widget=forms.HiddenInput)

    def prepare_amount(self, currency_code: str, most: int) -> None:
        """An amount, up to so much."""
        self.initial["seen_amount"] = most
        self.fields["amount"] = MinorUnitsField(
            currency_code,
            least=1,
            initial=most or None,
            label=_("Amount (%(currency)s)") % {"currency": currency_code},
            help_text=_("Up to %(amount)s.") % {"amount": format_money(most, currency_code)},
        )

    def show_anew(self) -> None:
        self.data = sent = self.data.copy()  # type: ignore[attr-defined]
        sent["seen_amount"] = self.initial["seen_amount"]


class RefundForm(_SeenAmountForm):
    """How much of a payment goes back, and where to."""

    method = forms.ChoiceField(label=_lazy("Refund destination"))

    record: Payment

    def prepare(self) -> None:
        """Where it can go, how much is left, and of which of several invoices it is."""
        record = self.record
        left = amount_left(record)
        invoices = record.invoices()
        choices = (
            [(RefundMethod.CREDIT.value, _("The client's credit balance"))] if invoices else []
        )
        if gateway_refund_refusal(record, left, left, clock.now()) is None:
            choices.insert(0, (RefundMethod.GATEWAY.value, str(gateway_name(record.gateway))))
        self.fields["method"].choices = choices  # type: ignore[attr-defined]
        self.fields["method"].initial = choices[0][0] if choices else None
        self.prepare_amount(record.currency_id, left)
        if len(invoices) > 1:
            self.fields["invoice"] = forms.ChoiceField(
                label=_("Invoice"), choices=[(each.pk, str(each)) for each in invoices]
            )

    def clean(self) -> dict[str, Any]:
        """The invoice as the action takes it; none where the payment has only one."""
        chosen = self.cleaned_data.get("invoice")
        by_key = {str(each.pk): each for each in self.record.invoices()} if chosen else {}
        self.cleaned_data["invoice"] = by_key.get(str(chosen))
        return self.cleaned_data


class _CurrencyAmountForm(StaffForm):
    """An amount in a currency that is chosen beside it."""

    amount = PlainTextField(
        label=_lazy("Amount"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    currency = forms.ChoiceField(label=_lazy("Currency"))

    def prepare(self) -> None:
        """The currencies, the default first."""
        if "client" in self.fields:
            self.fields["client"].initial = asked_for(self, "client")
        codes = [each.code for each in Currency.objects.order_by("-is_default", "code")]
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The amount in minor units."""
        typed, code = self.cleaned_data.get("amount"), self.cleaned_data.get("currency")
        if typed and code:
            try:
                self.cleaned_data["amount"] = parse_amount(with_decimal_point(typed), code)
            except BusinessError as error:
                self.add_error("amount", str(error))
            else:
                if self.cleaned_data["amount"] < 1:
                    least = amount_as_typed(1, code)
                    self.add_error("amount", _("Enter at least %(least)s.") % {"least": least})
        return self.cleaned_data


class UnallocatedForm(_CurrencyAmountForm):
    """Money of which nobody knows yet what it is for."""

    transaction = LineField(label=_lazy("Transaction ID"), max_length=255)
    reference = LineField(label=_lazy("Reference from the payer"), required=False, max_length=255)
    method = forms.ChoiceField(label=_lazy("Method"), choices=list(METHOD_LABELS.items()))
    received_on = DayField(label=_lazy("Date received"))
    why = forms.ChoiceField(label=_lazy("Reason"), choices=list(UNALLOCATED_REASON_LABELS.items()))
    note = LineField(label=_lazy("Note"), required=False, max_length=500)

    def prepare(self) -> None:
        """Today."""
        super().prepare()
        self.fields["received_on"].initial = current.business_date(clock.now())


class CreditForm(_CurrencyAmountForm):
    """Credit that staff add or remove."""

    client = ClientField(label=_lazy("Client"), help_text=_lazy("ID or billing email."))
    note = LineField(
        label=_lazy("Note"), max_length=255, help_text=_lazy("The client sees this note.")
    )
    field_order = ("client", "amount", "currency", "note")


class RefundCreditForm(_SeenAmountForm):
    """How much of a credit balance goes back to the payments behind it."""

    record: CreditAccount

    def prepare(self) -> None:
        """All that can go, and no more."""
        code = self.record.currency_id
        most = sum(way.amount for way in ways_back(self.record.client_id, code, clock.now()))
        self.prepare_amount(code, most)


class PayoutForm(_CurrencyAmountForm):
    """Credit that was paid back by hand."""

    client = ClientField(label=_lazy("Client"), help_text=_lazy("ID or billing email."))
    reference = LineField(
        label=_lazy("Bank reference"), max_length=60, help_text=_lazy("Can be used only once.")
    )
    field_order = ("client", "amount", "currency", "reference")
