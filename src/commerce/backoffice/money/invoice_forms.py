"""Forms about invoices: drafts with their lines, a decision for each open period, holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import Client
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.money.fields import (
    ClientField,
    amount_as_typed,
    asked_for,
)
from commerce.billing.invoices.actions.manual import MAX_DESCRIPTION_LENGTH, typed_lines
from commerce.billing.invoices.rules import (
    NO_DAYS,
    OUTSIDE_SCOPE,
    BilledDays,
    DraftLine,
    InvoiceLineKind,
    SubjectKey,
)
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.periods import open_periods_of_invoice, subject_of_period
from commerce.catalog.rules import ProductType
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.kit.number_parsing import parse_decimal
from commerce.portal.base.form_fields import LineField, MultilineField, with_decimal_point
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_period, number_signs
from commerce.presentation.labels import Text

NO_TAX = "none"
TAX_KIND_LABELS: Mapping[str, Text] = {
    ProductType.OTHER: _lazy("Other services"),
    ProductType.HOSTING: _lazy("Hosting"),
    ProductType.DOMAIN: _lazy("Domains"),
    NO_TAX: _lazy("No tax"),
}
DECISION_LABELS: Mapping[str, Text] = {
    "bill_again": _lazy("Bill again with the next daily run"),
    "waive": _lazy("Waive (the period is free)"),
    "end": _lazy("End the service or domain"),
}
BLANK_LINES, MAX_LINES = 3, 200


class DayField(forms.DateField):
    """A date, chosen in the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **options)


@dataclass(frozen=True, slots=True)
class LineInputs:
    """The inputs of one line, for the template."""

    description: BoundField
    quantity: BoundField
    amount: BoundField
    tax: BoundField
    service: BoundField
    first: BoundField
    last: BoundField


def _service_fields(number: int, known: DraftLine | None) -> dict[str, forms.Field]:
    """Whose line it is, and the days that it bills: both can be left out."""
    values = {"number": number}
    subject, days = (known.subject, known.days) if known else (None, NO_DAYS)
    last = days.end - timedelta(days=1) if days.end else None
    return {
        "service": LineField(
            required=False,
            max_length=19,
            initial=str(subject[1]) if subject else "",
            label=_("Service ID of line %(number)s") % values,
        ),
        "first": DayField(
            required=False, initial=days.start, label=_("First day of line %(number)s") % values
        ),
        "last": DayField(
            required=False, initial=last, label=_("Last day of line %(number)s") % values
        ),
    }


class DraftForm(StaffForm):
    """A draft: who is billed, the lines, and what stands below them. A line without a description is left out."""

    due_date = DayField(
        label=_lazy("Due date"),
        required=False,
        help_text=_lazy("Leave blank to use the payment terms."),
    )
    notes = MultilineField(
        label=_lazy("Notes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("Shown below the totals."),
    )
    lines_shown = forms.IntegerField(
        widget=forms.HiddenInput, min_value=1, max_value=MAX_LINES, required=False
    )

    record: Invoice | None

    def prepare(self) -> None:
        """The client of a new draft, or what is stored of an old one; more lines than are filled."""
        record = self.record
        known = typed_lines(record) if record else []
        if record:
            self.fields["notes"].initial = record.notes
            self.fields["due_date"].initial = record.due_date
            if record.due_date:
                self.fields["due_date"].help_text = _("Leave blank to keep it.")
        else:
            client = ClientField(
                label=_lazy("Client"),
                help_text=_lazy("ID or billing email."),
                initial=asked_for(self, "client"),
            )
            self.fields = {"client": client, **self.fields}
        self.line_count = self._shown() or max(len(known) + BLANK_LINES, 5)
        self.fields["lines_shown"].initial = self.line_count
        for position in range(self.line_count):
            self._add_line(position, known[position] if position < len(known) else None)

    def _shown(self) -> int:
        text = str(self.data.get(self.add_prefix("lines_shown"), "")) if self.is_bound else ""
        return min(int(text), MAX_LINES) if text.isascii() and text.isdecimal() else 0

    def _add_line(self, position: int, known: DraftLine | None) -> None:
        number = position + 1
        amount = quantity = None
        if known and self.record:
            amount = amount_as_typed(known.unit_amount, self.record.currency_id)
            quantity = f"{Decimal(known.quantity_milli) / 1000:f}".replace(".", number_signs()[0])
        fields: dict[str, forms.Field] = {
            "description": LineField(
                required=False,
                max_length=MAX_DESCRIPTION_LENGTH,
                initial=known and known.description,
                label=_("Description of line %(number)s") % {"number": number},
            ),
            "quantity": LineField(
                required=False,
                max_length=12,
                initial=quantity or "1",
                label=_("Quantity of line %(number)s") % {"number": number},
            ),
            "amount": LineField(
                required=False,
                max_length=30,
                initial=amount,
                label=_("Unit amount of line %(number)s") % {"number": number},
            ),
            "tax": forms.ChoiceField(
                required=False,
                choices=list(TAX_KIND_LABELS.items()),
                initial=(known.tax_kind or NO_TAX) if known else ProductType.OTHER.value,
                label=_("Tax of line %(number)s") % {"number": number},
            ),
            **_service_fields(number, known),
        }
        for name, field in fields.items():
            self.fields[f"{name}-{position}"] = field

    def lines(self) -> Iterator[LineInputs]:
        """The rows of the template."""
        for position in range(self.line_count):
            yield LineInputs(*(self[f"{name}-{position}"] for name in LineInputs.__slots__))

    def clean(self) -> dict[str, Any]:
        """The lines as the actions take them, in ``lines``; each mistake stands at its input."""
        client: Client | None = self.cleaned_data.get("client")
        code = self.record.currency_id if self.record else client and client.currency_code
        if code:
            found = [self._line(position, code) for position in range(self.line_count)]
            self.cleaned_data["lines"] = [line for line in found if line]
            if not self.cleaned_data["lines"] and not self.errors:
                self.add_error("description-0", _("Add at least one line item."))
        return self.cleaned_data

    def _line(self, position: int, code: str) -> DraftLine | None:
        text = self.cleaned_data.get(f"description-{position}", "")
        typed = self.cleaned_data.get(f"amount-{position}", "")
        if not text and not typed:
            return None
        if not text:
            self.add_error(f"description-{position}", _("Enter a description."))
        amount = self._amount(f"amount-{position}", typed, code)
        quantity = self._quantity(f"quantity-{position}")
        kind = self.cleaned_data.get(f"tax-{position}") or ProductType.OTHER.value
        subject, days = self._service_and_days(position)
        return DraftLine(
            text,
            amount,
            OUTSIDE_SCOPE,
            quantity,
            kind=InvoiceLineKind.MANUAL,
            tax_kind="" if kind == NO_TAX else kind,
            subject=subject,
            days=days,
        )

    def _service_and_days(self, position: int) -> tuple[SubjectKey | None, BilledDays]:
        """Whose line it is and which days it bills; a plan change gives back what is unused of these."""
        typed = self.cleaned_data
        number = typed.get(f"service-{position}") or ""
        first, last = typed.get(f"first-{position}"), typed.get(f"last-{position}")
        subject = None
        if number:
            client = self.record.client if self.record else typed.get("client")
            is_id = number.isascii() and number.isdecimal() and len(number) < 19
            rows = Service.objects.for_client(client) if client else Service.objects.none()
            if not is_id or not rows.filter(pk=int(number)).exists():
                self.add_error(f"service-{position}", _("This client has no service with this ID."))
            else:
                subject = "service", int(number)
        if not first and not last:
            return subject, NO_DAYS
        if not number:
            self.add_error(f"service-{position}", _("Enter the service whose days these are."))
        if not first or not last or last < first:
            self.add_error(f"last-{position}", _("Enter the first and last day that it bills."))
            return subject, NO_DAYS
        return subject, BilledDays(first, last + timedelta(days=1))

    def _amount(self, name: str, typed: str, code: str) -> int:
        try:
            return parse_amount(with_decimal_point(typed), code)
        except BusinessError as error:
            self.add_error(name, str(error))
            return 0

    def _quantity(self, name: str) -> int:
        try:
            milli = parse_decimal(with_decimal_point(self.cleaned_data.get(name) or "1")) * 1000
        except ValueError:
            milli = Decimal(0)
        if milli != milli.to_integral_value() or not 1 <= milli <= 100_000_000:
            self.add_error(name, _("Enter a quantity with up to 3 decimals, such as 2.5."))
            return 1000
        return int(milli)


def _period_text(period: BilledPeriod, currency_code: str) -> str:
    """Which service or domain, its days, and what they cost before tax."""
    span = format_period(period.period_start, period.period_end - timedelta(days=1))
    net = sum(period.lines.values_list("amount", flat=True))
    name = period.service.label if period.service else str(period.domain)
    domain = period.service.domain if period.service else ""
    return " · ".join(filter(None, [name, domain, span, format_money(net, currency_code)]))


class PeriodDecisionsForm(StaffForm):
    """A decision for each period that the invoice bills and that is still open; there is no default."""

    must_decide = True

    record: Invoice

    def prepare(self) -> None:
        """A choice for each open period."""
        record = self.record
        self.subjects: dict[str, SubjectKey] = {}
        for period in open_periods_of_invoice(record):
            subject = subject_of_period(period)
            name = f"decision-{subject[0]}-{subject[1]}"
            self.subjects[name] = subject
            self.fields[name] = forms.ChoiceField(
                label=_period_text(period, record.currency_id),
                choices=[("", _lazy("Choose…")), *DECISION_LABELS.items()],
                required=self.must_decide,
            )

    @property
    def decisions(self) -> dict[SubjectKey, str]:
        """What was chosen."""
        return {
            subject: chosen
            for name, subject in self.subjects.items()
            if (chosen := self.cleaned_data.get(name))
        }

    def clean(self) -> dict[str, Any]:
        """The decisions as the actions take them."""
        self.cleaned_data["decisions"] = self.decisions
        return self.cleaned_data
