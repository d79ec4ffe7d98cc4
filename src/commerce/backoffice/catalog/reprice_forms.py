"""Bringing existing services and domains to today's prices: shown first, announced once that is confirmed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.accounts.records.clients import client_title
from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.pages import list_of
from commerce.backoffice.base.previews import PreviewedForm
from commerce.backoffice.money.fields import ClientField
from commerce.backoffice.money.invoice_forms import DayField
from commerce.billing.changes.price_changes.reprice_runs import (
    FailedClient,
    RepriceSums,
    announce_reprice,
    preview_reprice,
    renewable_domains,
    running_services,
    sums_by_client,
    sums_of_reprice,
)
from commerce.billing.changes.price_changes.repricing import RepricingResult
from commerce.billing.changes.price_changes.rules import NewPrices
from commerce.billing.models import PriceChangeAct
from commerce.catalog.models import Currency, Product
from commerce.domains.models import Tld
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.kit.number_parsing import parse_decimal
from commerce.kit.periods import BillingCycle
from commerce.portal.base.form_fields import LineField, PlainTextField, with_decimal_point
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import count_text, format_day
from commerce.presentation.labels import CYCLE_LABELS
from commerce.site_settings import current

type Typed = Mapping[str, Any]

MAX_AT_ONCE = 2000
"""So many services or domains are looked at in one page; more of them are a matter for the command."""
SHOWN_CHANGES = 200


class PercentField(PlainTextField):
    """A percentage with up to two decimals and perhaps a sign, in basis points; None if empty."""

    def clean(self, value: Any) -> int | None:
        typed = str(super().clean(value)).strip().removesuffix("%")
        if not typed:
            return None
        try:
            number = parse_decimal(with_decimal_point(typed).removeprefix("+")) * 100
        except ValueError as wrong:
            raise forms.ValidationError(_("Enter a percentage such as 5 or -2.5.")) from wrong
        if number % 1 or not -10_000 < number <= 100_000:
            raise forms.ValidationError(_("Enter a percentage such as 5 or -2.5."))
        return int(number)


class RepriceForm(PreviewedForm):
    """Which services or domains, and what they would pay."""

    currency = forms.ChoiceField(label=_lazy("Currency"), required=False)
    client = ClientField(
        label=_lazy("Client"), required=False, help_text=_lazy("ID or billing email.")
    )
    from_date = DayField(
        label=_lazy("Earliest date"),
        required=False,
        help_text=_lazy("Leave empty for the first period after the notice period."),
    )
    reason = LineField(
        label=_lazy("Internal reason"),
        required=False,
        max_length=500,
        help_text=_lazy("Stored with each change. Clients don't see it."),
    )
    confirmed = forms.BooleanField(
        label=_lazy("Announce these prices and email the clients"), required=False
    )

    def prepare(self) -> None:
        """The currencies."""
        super().prepare()
        codes = [(row.code, row.code) for row in Currency.objects.order_by("-is_default", "code")]
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            ("", _("All currencies")),
            *codes,
        ]
        self.results: list[RepricingResult] = []

    def rows(self) -> "QuerySet[Any]":
        """What was chosen."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Look at what was chosen; unless just that was shown and confirmed, that is all."""
        if self.errors:
            return self.cleaned_data
        rows = self.rows()
        if client := self.cleaned_data["client"]:
            rows = rows.filter(client=client)
        if code := self.cleaned_data["currency"]:
            rows = rows.filter(currency=code)
        if rows.order_by()[: MAX_AT_ONCE + 1].count() > MAX_AT_ONCE:
            text = _("Choose fewer: at most %(number)s can be updated at once.")
            self.add_error(None, text % {"number": count_text(MAX_AT_ONCE)})
            return self.cleaned_data
        prices = self.cleaned_data["prices"] = self.new_prices()
        if self.errors:
            return self.cleaned_data
        today = current.business_date(clock.now())
        self.results = list(preview_reprice(rows, today, prices))
        self.cleaned_data["rows"] = rows.filter(pk__in=[one.item.pk for one in self.changes])
        if self.changes:
            outcome = [
                (one.item.pk, one.old_amount, one.amount, str(one.from_date), one.dropped)
                for one in self.changes
            ]
            self.ask(outcome, _("Check the new prices, then confirm them."))
        else:
            self.add_error(None, _("Nothing would change."))
        return self.cleaned_data

    def new_prices(self) -> NewPrices:
        """What prices become."""
        return NewPrices(not_before=self.cleaned_data["from_date"])

    @property
    def changes(self) -> list[RepricingResult]:
        """Those that would get another price."""
        return [one for one in self.results if not one.blocked_reason]

    @property
    def shown_changes(self) -> list[dict[str, Any]]:
        """The first of them, for the template."""
        return [_shown(one) for one in self.changes[:SHOWN_CHANGES]]

    @property
    def sums(self) -> dict[str, Any]:
        """How many clients, and how much more they pay a month, by currency."""
        sums = sums_of_reprice(self.results)
        return {"clients": sums.clients, "monthly": _differences(sums)}

    @property
    def by_client(self) -> list[tuple[str, str]]:
        """How much more each client pays a month; those with the largest difference."""
        found = sums_by_client(self.results)[:SHOWN_CHANGES]
        return [(client_title(client), ", ".join(_differences(sums))) for client, sums in found]

    @property
    def left_out(self) -> Sequence[tuple[str, int]]:
        """Why others keep their price, and how many."""
        return Counter(
            str(one.blocked_reason) for one in self.results if one.blocked_reason
        ).most_common()


def _differences(sums: RepriceSums) -> list[str]:
    return [
        f"+{format_money(amount, code)}" if amount > 0 else format_money(amount, code)
        for code, amount in sums.monthly.items()
    ]


class RepriceServicesForm(RepriceForm):
    """Services, by product and billing cycle."""

    products = forms.ModelMultipleChoiceField(
        label=_lazy("Products"),
        queryset=Product.objects.in_order(),
        widget=forms.CheckboxSelectMultiple,
    )
    cycles = forms.MultipleChoiceField(
        label=_lazy("Billing cycles"),
        required=False,
        choices=[(c, text) for c, text in CYCLE_LABELS.items() if c != BillingCycle.ONE_TIME],
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Select none to include all billing cycles."),
    )
    percent = PercentField(
        label=_lazy("Change by percent"),
        required=False,
        help_text=_lazy("Such as 5 or -2.5. Leave both empty for the prices of the catalog."),
    )
    amount = PlainTextField(
        label=_lazy("Change by amount"),
        required=False,
        max_length=20,
        help_text=_lazy("For each renewal, such as 1.00 or -0.50. Choose a currency, too."),
    )
    field_order = ("products", "cycles", "percent", "amount", "from_date")

    def new_prices(self) -> NewPrices:
        percent, amount = self.cleaned_data["percent"], self.cleaned_data["amount"]
        return NewPrices(percent or 0, self._amount(amount), self.cleaned_data["from_date"])

    def _amount(self, typed: str) -> int:
        if not typed:
            return 0
        if not (code := self.cleaned_data["currency"]):
            self.add_error("currency", _("Choose the currency of the amount."))
            return 0
        sign, text = (-1, typed[1:]) if typed.startswith("-") else (1, typed.removeprefix("+"))
        try:
            return sign * parse_amount(with_decimal_point(text), code)
        except BusinessError as error:
            self.add_error("amount", str(error))
            return 0

    def rows(self) -> "QuerySet[Any]":
        rows = running_services().filter(product__in=self.cleaned_data["products"])
        cycles = self.cleaned_data["cycles"]
        return rows.filter(billing_cycle__in=cycles) if cycles else rows


class RepriceDomainsForm(RepriceForm):
    """Domains, by TLD."""

    tlds = forms.ModelMultipleChoiceField(
        label=_lazy("TLDs"),
        queryset=Tld.objects.order_by("position", "tld"),
        to_field_name="tld",
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ("tlds",)

    def rows(self) -> "QuerySet[Any]":
        names = [row.tld for row in self.cleaned_data["tlds"]]
        return renewable_domains().filter(tld__in=names)


def _shown(one: RepricingResult) -> dict[str, Any]:
    code = one.item.currency_id
    domain = one.item.domain if isinstance(one.item, Service) else ""
    return {
        "item": str(one.item),
        "domain": domain or "–",
        "client": client_title(one.item.client),
        "old": format_money(one.old_amount, code),
        "new": format_money(one.old_amount if one.dropped else one.amount, code),
        "from_date": "–" if one.from_date is None else format_day(one.from_date),
    }


def announce(_record: None, typed: Typed, ctx: Context) -> Done:
    """Announce the prices, client by client; who fails is counted, the others go on."""
    outcomes = list(
        announce_reprice(typed["rows"], reason=typed["reason"], prices=typed["prices"], ctx=ctx)
    )
    failed = sum(isinstance(one, FailedClient) for one in outcomes)
    changed = sum(isinstance(one, RepricingResult) and not one.blocked_reason for one in outcomes)
    text = ngettext(
        "%(number)s price change was announced.",
        "%(number)s price changes were announced.",
        changed,
    ) % {"number": count_text(changed)}
    if failed:
        more = ngettext("%(number)s client failed.", "%(number)s clients failed.", failed)
        text = f"{text} {more % {'number': count_text(failed)}}"
    return Done(text, list_of(PriceChangeAct))
