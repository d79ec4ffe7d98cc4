"""The form of a credit note: what it takes back is shown with its total before it is issued (billing.md 7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.previews import PreviewedForm
from commerce.backoffice.money.fields import MinorUnitsField, amount_as_typed
from commerce.backoffice.money.invoice_forms import PeriodDecisionsForm
from commerce.billing.invoices.actions.settlement import settlement_amounts
from commerce.billing.invoices.credit_note_preview import CreditNotePreview
from commerce.billing.invoices.line_shares import remaining_shares
from commerce.billing.invoices.queries import amount_credited
from commerce.billing.invoices.rules import InvoiceLineKind
from commerce.billing.models import InvoiceLine
from commerce.kit.errors import BusinessError
from commerce.presentation.amounts import format_money


@dataclass(frozen=True, slots=True)
class CreditedLineInputs:
    """A line of the invoice with what is left of it, with tax. Its inputs are None where there is nothing to choose: of
    a discount, which goes with its line, and of what was credited before.
    """

    text: str
    left: str
    chosen: BoundField | None = None
    net: BoundField | None = None


class CreditInvoiceForm(PreviewedForm, PeriodDecisionsForm):
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
    confirmed = forms.BooleanField(label=_lazy("Issue this credit note"), required=False)

    def prepare(self) -> None:
        """An amount, and a box with an amount for each line, before the decisions."""
        PreviewedForm.prepare(self)
        PeriodDecisionsForm.prepare(self)
        self.preview: CreditNotePreview | None = None
        decisions = {name: self.fields.pop(name) for name in self.subjects}
        self.fields["amount"] = MinorUnitsField(
            self.record.currency_id, least=1, label=_lazy("Amount"), required=False
        )
        nets: dict[int, int] = {}
        self.left: dict[int, int] = {}
        for share in remaining_shares(self.record):
            nets[share.position] = nets.get(share.position, 0) + share.net
            self.left[share.position] = self.left.get(share.position, 0) + share.gross
        self.lines = list(self.record.lines.order_by("position"))
        self.line_positions = [
            line.position
            for line in self.lines
            if line.kind != InvoiceLineKind.DISCOUNT and self.left.get(line.position)
        ]
        for line in self.lines:
            if line.position in self.line_positions:
                self._add_line(line, nets[line.position])
        self.fields |= decisions

    def _add_line(self, line: InvoiceLine, net_left: int) -> None:
        self.fields[f"line-{line.position}"] = forms.BooleanField(
            label=f"{line.position}. {line.description}", required=False
        )
        self.fields[f"net-{line.position}"] = MinorUnitsField(
            self.record.currency_id,
            least=1,
            label=_("Net amount of line %(number)s") % {"number": line.position},
            required=False,
            help_text=_("Leave blank for all that is left: %(amount)s net.")
            % {"amount": amount_as_typed(net_left, self.record.currency_id)},
        )

    def credited_lines(self) -> Iterator[CreditedLineInputs]:
        """The rows of the template."""
        for line in self.lines:
            text = f"{line.position}. {line.description}"
            left = self.money(self.left.get(line.position, 0))
            if line.position in self.line_positions:
                inputs = self[f"line-{line.position}"], self[f"net-{line.position}"]
                yield CreditedLineInputs(text, left, *inputs)
            else:
                yield CreditedLineInputs(text, left)

    def money(self, amount: int) -> str:
        """In the currency of the invoice."""
        return format_money(amount, self.record.currency_id)

    def preview_rows(self) -> list[dict[str, Any]]:
        """The lines of the note, for the template."""
        return [
            {
                "text": f"{line.position}. {line.description}",
                "goes_along": line.goes_along,
                "left": self.money(line.left),
                "net": self.money(line.net),
                "tax": self.money(line.tax),
                "total": self.money(line.gross),
            }
            for line in (self.preview.lines if self.preview else ())
        ]

    def preview_sums(self) -> list[tuple[str, str]]:
        """The total, and what becomes of it."""
        if self.preview is None:
            return []
        rows = [(_("Total"), self.preview.total)]
        if self.preview.lowers_due:
            rows.append((_("Lowers the amount due"), self.preview.lowers_due))
        if self.preview.becomes_credit:
            rows.append((_("Becomes credit, which can be refunded"), self.preview.becomes_credit))
        return [(label, self.money(amount)) for label, amount in rows]

    def decision_fields(self) -> list[BoundField]:
        """The decisions, for the template."""
        return [self[name] for name in self.subjects]

    def clean(self) -> dict[str, Any]:
        """``amount`` and ``lines`` as the action takes them, once what they do was shown and confirmed."""
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
        if not self.errors:
            self._show(typed)
        return typed

    def _show(self, typed: dict[str, Any]) -> None:
        """Ask to confirm the note; what cannot be issued is told at its input."""
        try:
            self.preview = CreditNotePreview.of(
                self.record, amount=typed["amount"], lines=typed["lines"]
            )
        except BusinessError as error:
            self.add_error(error.field if error.field in self.fields else "what", str(error))
            return
        typed["figures_shown"] = self.preview.figures_shown
        outcome = [(one.position, one.net, one.tax) for one in self.preview.lines]
        text = _("Check the credit note, then confirm it.")
        self.ask([*outcome, self.preview.figures_shown], text)

    def _takes_all(self, amount: int | None) -> bool:
        credited = amount_credited(settlement_amounts(self.record))
        return amount is not None and amount >= self.record.total - credited
