"""`/client/profile`: the client's identity, address, tax number, currency, language, custom fields (accounts.md 8)."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts import labels
from commerce.accounts.actions.billing_emails import cancel_billing_email, confirm_billing_email
from commerce.accounts.billing_email_links import client_of_billing_email_token
from commerce.accounts.locale import enabled_languages
from commerce.accounts.models import Client, CustomField
from commerce.accounts.rules import BILLING_EMAIL_LINKS, custom_field_key
from commerce.catalog.actions.client_details import edit_client
from commerce.catalog.queries import currencies_on_sale
from commerce.kit.acts.act import act_of
from commerce.kit.errors import BusinessError
from commerce.portal.account import history
from commerce.portal.base import errors, restored_forms, throttles
from commerce.portal.base.access import (
    ClientRequest,
    client_page,
    member_context,
    refusal_page,
)
from commerce.portal.base.acts.views import press_view
from commerce.portal.base.custom_fields import CustomFieldsForm
from commerce.portal.base.form_fields import (
    CountryField,
    CountrySelect,
    LineField,
    PlainEmailField,
    add_business_error,
)
from commerce.portal.base.merging import SHOWN_VALUES, MergingForm
from commerce.portal.base.redirects import see_other
from commerce.presentation import countries

RECENT_ENTRIES = 20


def _text(label: Any, length: int, autocomplete: str, *, required: bool = False) -> LineField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return LineField(label=label, max_length=length, required=required, widget=widget)


class ProfileForm(MergingForm, CustomFieldsForm):
    """What a member with ``profile.manage`` may change; the rules of each field are those of accounts.md 1."""

    restored_fields: ClassVar[tuple[str, ...]] = (
        *("first_name", "last_name", "company", "email", "phone"),
        *("address1", "address2", "postcode", "city", "state", "country"),
        *("tax_id", "currency_code", "locale", SHOWN_VALUES),
        *CustomFieldsForm.restored_fields,
    )

    first_name = _text(_lazy("First name"), 100, "given-name", required=True)
    last_name = _text(_lazy("Last name"), 100, "family-name", required=True)
    company = _text(_lazy("Company"), 200, "organization")
    email = PlainEmailField(
        label=_lazy("Billing email"),
        max_length=254,
        help_text=_lazy("We send invoices here. Change your sign-in email under Security."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = LineField(
        label=_lazy("Phone"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    address1 = _text(labels.ADDRESS_LABELS["address1"], 200, "address-line1")
    address2 = _text(_lazy("Address line 2"), 200, "address-line2")
    postcode = _text(labels.ADDRESS_LABELS["postcode"], 20, "postal-code")
    city = _text(labels.ADDRESS_LABELS["city"], 100, "address-level2")
    state = _text(labels.ADDRESS_LABELS["state"], 100, "address-level1")
    country = CountryField(widget=CountrySelect(attrs={"autocomplete": "country"}))
    tax_id = LineField(
        label=_lazy("Tax ID"),
        max_length=50,
        required=False,
        help_text=_lazy(
            "Include the country code, such as DE123456788. This doesn't change existing invoices."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    currency_code = forms.ChoiceField(
        label=_lazy("Currency"),
        help_text=_lazy("For new orders only"),
    )
    locale = forms.ChoiceField(
        label=_lazy("Language of emails and invoices"),
        help_text=_lazy("Change your own language and time zone under Security."),
    )

    def __init__(
        self, client: Client, data: QueryDict | None = None, *, asked: Iterable[CustomField]
    ) -> None:
        stored = {name: getattr(client, name) for name in self.base_fields}
        super().__init__(data, initial=stored)
        self.add_custom_fields(asked, client)
        self._choices("currency_code", _currencies(client))
        self._choices("locale", languages := _languages(client))
        if len(languages) == 1:
            self.fields["locale"].widget = forms.HiddenInput()

    def changed_values(self) -> tuple[dict[str, Any], dict[int, str]]:
        """Fields of the client, and answers by custom field: of a guest all, of a client what was changed here."""
        answers = self.answers()
        if not self.stored_values:
            return self.own_values(), dict(answers)
        changes = self.changes()
        own = {name: value for name, value in changes.items() if name in self.base_fields}
        return own, {pk: text for pk, text in answers.items() if custom_field_key(pk) in changes}

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _currencies(client: Client) -> list[tuple[str, str]]:
    found = {code: f"{code} · {row.name}" for code, row in currencies_on_sale().items()}
    return list(({client.currency_code: client.currency_code} | found).items())


def _languages(client: Client) -> list[tuple[str, str]]:
    return list(({client.locale: client.locale} | dict(enabled_languages())).items())


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("profile.view", while_suspended=True)
@restored_forms.restores(ProfileForm)
def profile(request: ClientRequest) -> HttpResponse:
    """Read with ``profile.view``, changed with ``profile.manage``; below it the last audit entries of the client."""
    if request.method != "POST":
        form = _form(request.acting.client)
        return _page(request, restored_forms.restore_form(form, request), 200)
    if not request.acting.may("profile.manage"):
        return refusal_page(request, reason="right", right="profile.manage")
    form = _form(request.acting.client, request.POST)
    if form.is_valid() and _saved(request, form):
        return see_other("portal:profile")
    return _page(request, form, 422)


def _form(client: Client, data: QueryDict | None = None) -> ProfileForm:
    form = ProfileForm(client, data, asked=CustomField.objects.for_clients())
    form.remember_shown({name: form.initial[name] for name in form.fields})
    return form


def _saved(request: ClientRequest, form: ProfileForm) -> bool:
    client, (values, answers) = request.acting.client, form.changed_values()
    wanted = values.get("email", client.email)
    try:
        with _turn_of_mail(client, wanted) as may_be_mailed:
            if not may_be_mailed and wanted != client.pending_email:
                form.add_error("email", throttles.JUST_MAILED_MESSAGE)
                return False
            if not may_be_mailed:
                del values["email"]  # sent twice
            changed = edit_client(
                client=client, ctx=member_context(request), custom=answers, **values
            )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    messages.success(request, act_of(edit_client).done_text(changed, client, staff=False))
    return True


def _turn_of_mail(client: Client, email: str) -> AbstractContextManager[bool]:
    """Whether a link may go to a new billing address: once a minute to each, and few a day for a client.

    What is refused for another reason mails nobody, and leaves the minute unused.
    """
    if email.lower() == client.email.lower():
        return nullcontext(True)
    key = f"billing-email:{client.pk}"
    throttles.count_attempt([throttles.ThrottleLimit(key, *BILLING_EMAIL_LINKS)])
    return throttles.first_time_within(f"mailed-billing:{throttles.person_key(email)}", 60)


drop_billing_email = press_view(
    cancel_billing_email, None, lambda _client: reverse("portal:profile")
)
"""`/client/profile/billing-email/drop`: keep the present billing address after all."""


@require_http_methods(["GET", "HEAD", "POST"])
def billing_email(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/billing-email/{token}`: the owner of an address agrees to get a client's bills."""
    throttles.count_anonymous_guess(request, "billing-email-link")
    client = client_of_billing_email_token(token)
    if client is not None and request.method != "POST":
        return render(request, "portal/account/sign_in/billing_email.html", {"client": client})
    changed = confirm_billing_email(token=token, ctx=member_context(request))
    if changed is None:
        return errors.gone(request)
    text = _("Invoices for %(name)s now go to %(email)s.")
    name = changed.company or changed.name
    messages.success(request, text % {"name": name, "email": changed.email})
    return see_other("portal:profile" if request.user.is_authenticated else "portal:landing")


def _page(request: ClientRequest, form: ProfileForm, status: int) -> HttpResponse:
    client = request.acting.client
    context = {
        "form": form,
        "client": client,
        "country": countries.country_name(client.country),
        "may_change": request.acting.may("profile.manage"),
        "right_to_change": labels.RIGHT_LABELS["profile.manage"],
        "history": history.latest_history(request.acting, RECENT_ENTRIES),
    }
    return render(request, "portal/account/profile.html", context, status=status)
