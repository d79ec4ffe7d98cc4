"""Forms about invoices: drafts with their lines, corrections with a decision for each open period, holds."""

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
    MinorUnitsField,
    amount_as_typed,
    asked_for,
)
from commerce.billing.invoices.actions.manual import MAX_DESCRIPTION_LENGTH, typed_lines
from commerce.billing.invoices.actions.settlement import settlement_amounts
from commerce.billing.invoices.queries import amount_credited
from commerce.billing.invoices.rules import (
    OUTSIDE_SCOPE,
    DraftLine,
    InvoiceLineKind,
    SubjectKey,
)
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.periods import open_periods_of_invoice, subject_of_period
from commerce.catalog.rules import ProductType
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.kit.number_parsing import parse_decimal
from commerce.portal.base.form_fields import LineField, MultilineField, with_decimal_point
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


@dataclass(frozen=True, slots=True)
class CreditedLineInputs:
    """The inputs of one line of a credit note."""

    chosen: BoundField
    net: BoundField


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
        return DraftLine(
            text,
            amount,
            OUTSIDE_SCOPE,
            quantity,
            kind=InvoiceLineKind.MANUAL,
            tax_kind="" if kind == NO_TAX else kind,
        )

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
            span = format_period(period.period_start, period.period_end - timedelta(days=1))
            self.subjects[name] = subject
            self.fields[name] = forms.ChoiceField(
                label=f"{period.service or period.domain}, {span}",
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


class CreditInvoiceForm(PeriodDecisionsForm):
    """What a credit note takes back: all that is left, an amount with tax, or lines with their net amounts."""

    must_decide = False

    what = forms.ChoiceField(
        label=_lazy("Credited part"),
        choices=[
            ("all", _lazy("Everything that is left")),
            ("amount", _lazy("An amount, including tax")),
            ("lines", _lazy("Line items")),
        ],
        initial="amount",
    )

    def prepare(self) -> None:
        """An amount, and a box with an amount for each line, before the decisions."""
        super().prepare()
        record, code = self.record, self.record.currency_id
        decisions = {name: self.fields.pop(name) for name in self.subjects}
        self.fields["amount"] = MinorUnitsField(
            code, least=1, label=_lazy("Amount"), required=False
        )
        self.line_positions = []
        for line in record.lines.order_by("position"):
            self.line_positions.append(line.position)
            self.fields[f"line-{line.position}"] = forms.BooleanField(
                label=f"{line.position}. {line.description}", required=False
            )
            self.fields[f"net-{line.position}"] = MinorUnitsField(
                code,
                least=1,
                label=_("Net amount of line %(number)s") % {"number": line.position},
                required=False,
                help_text=_("Leave blank for the whole line: %(amount)s net.")
                % {"amount": amount_as_typed(line.amount, code)},
            )
        self.fields |= decisions

    def credited_lines(self) -> Iterator[CreditedLineInputs]:
        """The rows of the template."""
        for position in self.line_positions:
            yield CreditedLineInputs(self[f"line-{position}"], self[f"net-{position}"])

    def decision_fields(self) -> list[BoundField]:
        """The decisions, for the template."""
        return [self[name] for name in self.subjects]

    def clean(self) -> dict[str, Any]:
        """``amount`` and ``lines`` as the action takes them."""
        super().clean()
        typed, what = self.cleaned_data, self.cleaned_data.get("what")
        if what != "amount":
            typed["amount"] = None
        elif typed.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Enter an amount."))
        chosen = {
            position: typed.get(f"net-{position}")
            for position in self.line_positions
            if typed.get(f"line-{position}") or typed.get(f"net-{position}")
        }
        typed["lines"] = chosen if what == "lines" else None
        if what == "lines" and not chosen:
            self.add_error("what", _("Choose at least one line item."))
        if what == "all" or self._takes_all(typed.get("amount")):
            for name in self.subjects:
                if not typed.get(name):
                    self.add_error(name, _("Choose what to do with this period."))
        return typed

    def _takes_all(self, amount: int | None) -> bool:
        credited = amount_credited(settlement_amounts(self.record))
        return amount is not None and amount >= self.record.total - credited


class IssueForm(StaffForm):
    """When an invoice is due."""

    due_date = DayField(
        label=_lazy("Due date"),
        required=False,
        help_text=_lazy("Leave blank to use the payment terms."),
    )

    def prepare(self) -> None:
        """What was typed into the draft."""
        self.fields["due_date"].initial = self.record.due_date


class HoldForm(StaffForm):
    """Until when dunning is paused."""

    until = DayField(label=_lazy("Last day of the hold"))
