"""The form of the price list of TLDs as CSV, and what saving it does."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.backoffice.base.previews import PreviewedForm
from commerce.domains.actions.tlds import TldChange, import_tlds
from commerce.domains.price_lists import PRICE_COLUMNS, format_price
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError

type Typed = Mapping[str, Any]

SHOWN_CHANGES = 200
"""So many changes of a file are listed; how many there are is said."""


class ImportForm(PreviewedForm):
    """A price list: shown first with what it would change, taken over once that is confirmed."""

    text = forms.CharField(
        label=_lazy("CSV"),
        max_length=2_000_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=_lazy(
            "Paste a file with one line for each TLD and currency, as the export has it. TLDs that"
            " aren't in it stay as they are."
        ),
    )
    confirmed = forms.BooleanField(label=_lazy("Apply these changes"), required=False)

    def prepare(self) -> None:
        """No changes until a file was read."""
        super().prepare()
        self.changes: list[TldChange] = []

    def clean(self) -> dict[str, Any]:
        """Try the file out; unless just its changes were shown and confirmed, that is all."""
        if text := self.cleaned_data.get("text"):
            try:
                ctx = Context(clock.now(), SYSTEM)
                self.changes = import_tlds(text=text, dry_run=True, ctx=ctx)
            except BusinessError as error:
                self.add_error("text", str(error))
            else:
                self._ask()
        return self.cleaned_data

    def _ask(self) -> None:
        if self.changes:
            outcome = [astuple(change) for change in self.changes]
            self.ask(outcome, _("Check the changes, then confirm them."))
        else:
            self.add_error("text", _("This file changes nothing."))

    @property
    def shown_changes(self) -> list[dict[str, Any]]:
        """The first of the changes, for the template."""
        return [_shown(change) for change in self.changes[:SHOWN_CHANGES]]


def _shown(change: TldChange) -> dict[str, Any]:
    before, after = change.before, change.after
    if change.column in PRICE_COLUMNS:
        before, after = (format_price(value, change.currency_code) for value in (before, after))
    return {
        "tld": change.tld,
        "column": f"{change.column} {change.currency_code}".strip(),
        "before": "–" if before in (None, "") else before,
        "after": "–" if after in (None, "") else after,
    }


def import_prices(_record: None, typed: Typed, ctx: Context) -> str:
    """Take a price list over."""
    changes = import_tlds(text=typed["text"], ctx=ctx)
    number = len(changes)
    words = ngettext("%(number)s change was applied.", "%(number)s changes were applied.", number)
    return words % {"number": number}
