"""What staff fill in about a domain."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext_lazy

from commerce.backoffice.base.forms import StaffForm
from commerce.billing.periods.domain_offers import (
    RenewalOffer,
    RestoreOffer,
    has_open_renewal,
    renewal_offers,
    restore_offer,
    term_offers,
)
from commerce.domains.actions.staff import MAX_NOTES_LENGTH
from commerce.domains.actions.transfers import MAX_CODE_LENGTH
from commerce.domains.labels import CONTACT_ROLE_LABELS
from commerce.domains.models import Domain
from commerce.domains.registrants import MAX_LENGTHS
from commerce.domains.rules import DOMAIN_OVERRIDE_MOVES, RENEWABLE_DOMAIN_STATUSES, DomainStatus
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.portal.base.form_fields import (
    AmountField,
    ContactFields,
    LineField,
    MultilineField,
    PlainTextField,
)
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day, number_signs
from commerce.presentation.idn import readable_name, stored_name
from commerce.presentation.labels import status_labels
from commerce.site_settings.current import business_date

HOST_FIELDS = ("ns1", "ns2", "ns3", "ns4")
ON, OFF = "on", "off"


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day, chosen in the browser's calendar."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"], **options)


def _host_field(label: Any, *, required: bool = False) -> LineField:
    attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.TextInput(attrs=attrs)
    return LineField(label=label, max_length=255, required=required, widget=widget)


class NameserversForm(StaffForm):
    """Two to four nameservers, in place of those that the name has."""

    ns1 = _host_field(_lazy("Nameserver 1"), required=True)
    ns2 = _host_field(_lazy("Nameserver 2"), required=True)
    ns3 = _host_field(_lazy("Nameserver 3"))
    ns4 = _host_field(_lazy("Nameserver 4"))

    def prepare(self) -> None:
        for name in HOST_FIELDS:
            self.initial[name] = readable_name(getattr(self.record, name))

    def hosts(self) -> list[str]:
        """Those that were typed, as they are sent."""
        typed = [self.cleaned_data[name] for name in HOST_FIELDS if self.cleaned_data.get(name)]
        return [stored_name(one) for one in typed]

    def clean(self) -> dict[str, Any]:
        return {**self.cleaned_data, "hosts": self.hosts()}


class SwitchForm(StaffForm):
    """On or off; the other of the two is chosen already."""

    state = forms.ChoiceField(
        label=_lazy("New setting"),
        choices=[(ON, _lazy("On")), (OFF, _lazy("Off"))],
        widget=forms.RadioSelect,
    )
    column = ""

    def prepare(self) -> None:
        self.initial["state"] = OFF if getattr(self.record, self.column) else ON


class LockForm(SwitchForm):
    """Whether transfers are locked."""

    column = "is_locked"


class PrivacyForm(SwitchForm):
    """Whether the holder is hidden in the public record."""

    column = "whois_privacy"


class AutoRenewForm(SwitchForm):
    """Whether it renews by itself, and what becomes of a renewal that waits for its payment."""

    column = "auto_renew"
    void = forms.BooleanField(label=_lazy("Void the open renewal invoice"), required=False)

    def prepare(self) -> None:
        super().prepare()
        if not has_open_renewal(self.record):
            del self.fields["void"]


class ContactsForm(StaffForm, ContactFields):
    """Another contact for the roles that are ticked."""

    roles = forms.MultipleChoiceField(
        label=_lazy("Contacts to replace"),
        choices=list(CONTACT_ROLE_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy(
            "For a new registrant, the registry may ask the old and new one to confirm."
        ),
    )

    def prepare(self) -> None:
        kept = self.record.contacts.get("registrant") or {
            name: str(getattr(self.record.client, name) or "") for name in MAX_LENGTHS
        }
        self.initial.update({**kept, "phone": kept.get("phone", "").replace(".", " ", 1)})
        self.initial["roles"] = list(CONTACT_ROLE_LABELS)
        self.order_fields(["roles"])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        contact = {name: str(values.get(name, "")) for name in MAX_LENGTHS}
        return {**values, "contacts": dict.fromkeys(values.get("roles", ()), contact)}


class TermForm(StaffForm):
    """By how many years a name renews from now on, with the price of each term."""

    years = forms.TypedChoiceField(label=_lazy("Renews for"), coerce=int)

    def prepare(self) -> None:
        domain: Domain = self.record
        offers = term_offers(domain)
        shown = [
            (years, f"{_years(years)}: {format_money(amount, domain.currency_id)}")
            for years, amount in offers
        ]
        self.set_choices("years", shown)
        self.initial["years"] = domain.term_years


_PRICES_CHANGED = {
    "invalid_choice": _lazy("The prices or dates have changed. Check them and continue.")
}


class RenewalForm(StaffForm):
    """For how many years a name is renewed now: each choice with its price and the expiry that it leads to."""

    offer = forms.TypedChoiceField(
        label=_lazy("Renewal"),
        widget=forms.RadioSelect,
        coerce=RenewalOffer.of_key,
        error_messages=_PRICES_CHANGED,
    )

    def prepare(self) -> None:
        domain: Domain = self.record
        offers = renewal_offers(domain, business_date(clock.now()))
        self.set_choices(
            "offer", [(one.key, _offer_text(one, domain.currency_id)) for one in offers]
        )
        usual = [one.key for one in offers if one.years == domain.term_years]
        self.initial["offer"] = usual[0] if usual else None


class RestoreForm(StaffForm):
    """The one offer of a restore, as it was seen."""

    offer = forms.TypedChoiceField(
        label=pgettext_lazy("button", "Restore"),
        widget=forms.RadioSelect,
        coerce=RestoreOffer.of_key,
        error_messages=_PRICES_CHANGED,
    )

    def prepare(self) -> None:
        offer = restore_offer(self.record)
        if offer is not None:
            amount = format_money(offer.amount, self.record.currency_id)
            self.set_choices("offer", [(offer.key, _until(amount, offer.renewal.expiry))])
            self.initial["offer"] = offer.key


def _offer_text(offer: RenewalOffer, currency: str) -> str:
    price = format_money(offer.amount, currency)
    return f"{_years(offer.years)}: {_until(price, offer.expiry)}"


def _until(price: str, expiry: date) -> str:
    until = _("expires %(day)s") % {"day": format_day(expiry)}
    return f"{price}, {until}"


def _years(number: int) -> str:
    return ngettext("%(years)s year", "%(years)s years", number) % {"years": number}


def restore_text(domain: Domain) -> str:
    """What a restore costs, and what comes with it."""
    offer, currency = restore_offer(domain), domain.currency_id
    if offer is None:
        return ""
    fee, renewal = format_money(offer.fee, currency), _offer_text(offer.renewal, currency)
    words = _("Restore fee %(fee)s, plus the renewal (%(renewal)s). Restored once it's paid.")
    return words % {"fee": fee, "renewal": renewal}


class DomainTermsForm(StaffForm):
    """What the next renewal costs, and when the name expires."""

    amount = AmountField(help_text=_lazy("For one renewal. Issued invoices don't change."))
    expiry_date = day_field(
        _lazy("Expiry and next due date"),
        help_text=_lazy(
            "The next sync takes over a connected registrar's date. If that's more than 30 days earlier, it's only"
            " shown as a difference."
        ),
    )

    def prepare(self) -> None:
        domain: Domain = self.record
        amount = str(Money(domain.recurring_amount, domain.currency_id).decimal())
        self.initial["amount"] = amount.replace(".", number_signs()[0])
        self.initial["expiry_date"] = domain.expiry_date
        label = _("Renewal price in %(currency)s") % {"currency": domain.currency_id}
        self.fields["amount"].label = label
        if domain.status not in RENEWABLE_DOMAIN_STATUSES:
            del self.fields["amount"]

    def clean_amount(self) -> int:
        try:
            return parse_amount(self.cleaned_data["amount"], self.record.currency_id)
        except BusinessError as error:
            raise forms.ValidationError(error.staff_text) from error


class TransferCodeForm(StaffForm):
    """Another authorization code of a transfer; no page repeats it."""

    code = PlainTextField(
        label=_lazy("Authorization code"),
        max_length=MAX_CODE_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class DomainNotesForm(StaffForm):
    """What staff know of a domain."""

    notes = MultilineField(
        label=_lazy("Notes"),
        required=False,
        max_length=MAX_NOTES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_lazy("Clients never see them."),
    )

    def prepare(self) -> None:
        self.initial["notes"] = self.record.notes


class DomainOverrideForm(StaffForm):
    """A state that is set by hand, and the expiry of a registered name."""

    to = forms.ChoiceField(label=_lazy("New status"))
    expiry_date = day_field(
        _lazy("Expiry date"),
        required=False,
        help_text=_lazy(
            "For active, expired, and restorable domains. Blank keeps the current one."
        ),
    )

    def prepare(self) -> None:
        moves = DOMAIN_OVERRIDE_MOVES[DomainStatus(self.record.status)]
        words = status_labels("domain")
        shown = [(status, words[status]) for status in DomainStatus if status in moves]
        self.set_choices("to", shown)
