"""Forms about TLDs: their conditions, and their price list as CSV; what saving them does."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import page_of
from commerce.backoffice.base.previews import PreviewedForm
from commerce.backoffice.money.fields import fill_from_record
from commerce.domains.actions.tlds import TldChange, import_tlds, set_tld, switch_tlds
from commerce.domains.models import Tld
from commerce.domains.price_lists import PRICE_COLUMNS, format_price
from commerce.domains.registrars.registry import registrar_names
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.portal.base.form_fields import LineField, MultilineField, WholeNumberField

type Typed = Mapping[str, Any]

SHOWN_CHANGES = 200
"""So many changes of a file are listed; how many there are is said."""
_NUMBERS = {
    "min_years": (1, 10, 1),
    "max_years": (1, 10, 10),
    "grace_days": (0, 365, 30),
    "redemption_days": (0, 365, 30),
    "position": (0, 1_000_000, 0),
}


class TldForm(StaffForm):
    """The conditions under which names of a TLD are sold."""

    is_active = forms.BooleanField(label=_lazy("On sale"), required=False)
    registrar = forms.ChoiceField(label=_lazy("Registrar of new domains"), required=False)
    min_years = WholeNumberField(label=_lazy("Minimum years"))
    max_years = WholeNumberField(label=_lazy("Maximum years"))
    code_required = forms.BooleanField(
        label=_lazy("Transfers need an authorization code"), required=False, initial=True
    )
    privacy_available = forms.BooleanField(
        label=_lazy("WHOIS privacy is available"), required=False, initial=True
    )
    transfer_adds_year = forms.BooleanField(
        label=_lazy("A transfer adds a year"), required=False, initial=True
    )
    grace_days = WholeNumberField(label=_lazy("Days of grace after expiry"))
    redemption_days = WholeNumberField(label=_lazy("Days of redemption"))
    renew_advance_days = WholeNumberField(
        label=_lazy("Days before expiry to bill the renewal"),
        required=False,
        min_value=0,
        max_value=365,
        help_text=_lazy("Leave blank to use the domain settings."),
    )
    position = WholeNumberField(label=_lazy("Position in the list"))

    def prepare(self) -> None:
        """Registrars and limits; what is stored."""
        usual = ("", _("Default"))
        names = [(name, name) for name in registrar_names()]
        self.fields["registrar"].choices = [usual, *names]  # type: ignore[attr-defined]
        for name, (least, most, usually) in _NUMBERS.items():
            field = WholeNumberField(
                label=self.fields[name].label, min_value=least, max_value=most, initial=usually
            )
            self.fields[name] = field
        if self.record:
            fill_from_record(self)


class NewTldForm(TldForm):
    """A further TLD."""

    tld = LineField(label=_lazy("TLD"), max_length=63, help_text=_lazy("Such as com or co.uk."))
    field_order = ("tld",)


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


def add_tld(_record: None, typed: Typed, ctx: Context) -> Done:
    """A further TLD; it is sold once it has prices."""
    made = set_tld(**typed, is_new=True, ctx=ctx)
    return Done(_(".%(tld)s was added. Set its prices to sell it.") % {"tld": made}, page_of(made))


def save_tld(tld: Tld, typed: Typed, ctx: Context) -> str:
    """Its conditions."""
    set_tld(tld=tld.tld, **typed, ctx=ctx)
    return _("The TLD was saved. Existing domains don't change.")


def import_prices(_record: None, typed: Typed, ctx: Context) -> str:
    """Take a price list over."""
    changes = import_tlds(text=typed["text"], ctx=ctx)
    number = len(changes)
    words = ngettext("%(number)s change was applied.", "%(number)s changes were applied.", number)
    return words % {"number": number}


class SwitchForm(StaffForm):
    """Many TLDs that are taken into sale, or out of it, at once."""

    tlds = MultilineField(
        label=_lazy("TLDs"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_lazy("Separated by spaces or line breaks, such as: com net co.uk"),
    )
    state = forms.ChoiceField(
        label=_lazy("On sale"),
        choices=[("on", _lazy("Yes")), ("off", _lazy("No"))],
        widget=forms.RadioSelect,
    )


def switch_sale(_record: None, typed: Typed, ctx: Context) -> str:
    """All of them or, if one is unknown, none."""
    on_sale = typed["state"] == "on"
    changed = switch_tlds(tlds=typed["tlds"].split(), on_sale=on_sale, ctx=ctx)
    words = ngettext("%(count)s TLD changed.", "%(count)s TLDs changed.", changed)
    return words % {"count": changed}
