"""The forms of `/cancel`: a withdrawal, an ending, and for members the choice of their contract."""

import secrets
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import Client
from commerce.consumers.actions.statements import LONGEST
from commerce.consumers.finding import running_contracts
from commerce.consumers.labels import ENDING_LABELS, label_of
from commerce.consumers.rules import EndingKind
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.portal.base.form_fields import (
    LineField,
    MultilineField,
    PlainEmailField,
    PlainTextField,
)

type Contract = Service | Domain

NAMED_IN_WORDS = "other"


def contracts_of(client: Client) -> dict[str, Contract]:
    """The contracts of a client that still run, by their key in a form."""
    return {f"{one._meta.model_name}-{one.pk}": one for one in running_contracts(client)}


def _choices(contracts: dict[str, Contract]) -> Iterator[tuple[str, str]]:
    for key, one in contracts.items():
        label = label_of(one)
        yield key, _("Domain %(name)s") % {"name": label} if isinstance(one, Domain) else label


class ContractForm(forms.Form):
    """Which contracts a statement is about, for an owner whose contracts it names in words alone."""

    chosen = forms.MultipleChoiceField()

    def __init__(self, client: Client, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contracts = contracts_of(client)
        choices = list(_choices(self.contracts))
        self.fields["chosen"] = forms.MultipleChoiceField(
            label=_("Which contracts is this about?"),
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            initial=[key for key, _label in choices] if len(choices) == 1 else [],
        )

    @property
    def chosen_contracts(self) -> list[Contract]:
        """The contracts that were chosen, one at least."""
        return [self.contracts[key] for key in self.cleaned_data["chosen"]]


class StatementForm(forms.Form):
    """Who states it, about which contract, and where the receipt goes."""

    key = PlainTextField(max_length=64, widget=forms.HiddenInput)
    name = LineField(
        label=_lazy("Your name"),
        max_length=LONGEST["name"],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contract = MultilineField(
        label=_lazy("Contract"),
        max_length=LONGEST["contract"],
        help_text=_lazy(
            "An invoice or order number, a domain, or a description in your own words."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    email = PlainEmailField(
        label=_lazy("Email address for the receipt"),
        max_length=LONGEST["email"],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, client: Client | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", secrets.token_urlsafe(24))
        self.contracts = contracts_of(client) if client is not None else {}
        if self.contracts:
            choices = [*_choices(self.contracts), (NAMED_IN_WORDS, _("Another contract"))]
            self.fields["chosen"] = forms.ChoiceField(
                label=_("Contract"), choices=[("", _("Choose a contract")), *choices]
            )
            self.fields["contract"].required = False
            self.fields["contract"].label = _("Another contract")
            self.order_fields(["key", "name", "chosen"])

    @property
    def chosen(self) -> Contract | None:
        """The contract that a member chose; None where it is named in words."""
        return self.contracts.get(self.cleaned_data.get("chosen", ""))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chosen = values.get("chosen")
        if chosen and not values.get("contract"):
            if chosen == NAMED_IN_WORDS:
                self.add_error("contract", _("Choose a contract, or describe it."))
            else:
                values["contract"] = dict(_choices(self.contracts))[chosen]
        return values

    def stated(self) -> dict[str, Any]:
        """What is stored of the statement."""
        names = ("name", "contract", "email", "ending_kind", "cause", "wished_on")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class EndingForm(StatementForm):
    """The end of a contract: how, and when."""

    ending_kind = forms.ChoiceField(
        label=_lazy("Type of cancellation"),
        choices=ENDING_LABELS,
        widget=forms.RadioSelect,
        initial=EndingKind.ORDINARY,
    )
    cause = MultilineField(
        label=_lazy("Reason"),
        max_length=LONGEST["cause"],
        required=False,
        help_text=_lazy("Only needed for a cancellation for cause."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    wished_on = forms.DateField(
        label=_lazy("End date"),
        required=False,
        help_text=_lazy("Leave this empty to end the contract as early as possible."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("ending_kind") == EndingKind.FOR_CAUSE and not values.get("cause"):
            self.add_error("cause", _("Enter the reason for ending the contract without notice."))
        return values
