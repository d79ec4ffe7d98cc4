"""`/client/domains/{id}/contacts`: who stands behind a name, by role (domains.md 1 and 5)."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts.models import Client
from commerce.domains.actions.changes import contacts_blocked_reason, request_contacts
from commerce.domains.labels import CONTACT_ROLE_LABELS
from commerce.domains.models import Domain
from commerce.domains.registrants import MAX_LENGTHS
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.form_fields import ContactFields
from commerce.portal.domains.domain_access import (
    MANAGE_RIGHT,
    for_domain,
    to_domain,
)
from commerce.presentation.labels import Text

REGISTRANT = "registrant"
CONTACT_FIELDS = tuple(MAX_LENGTHS)
WIDE_FIELDS = {"company", "address1", "address2"}


class ContactForm(ContactFields):
    """Name and address of one contact, as registries take them."""

    def controls(self) -> list[tuple[forms.BoundField, bool]]:
        """The fields of the contact, each with whether it takes the whole row."""
        names = [name for name in self.fields if name in CONTACT_FIELDS]
        return [(self[name], name in WIDE_FIELDS) for name in names]

    def contact(self) -> dict[str, str]:
        """The contact as it is kept."""
        return {name: str(self.cleaned_data[name]) for name in CONTACT_FIELDS}


class OtherContactForm(ContactForm):
    """A contact that is the registrant, unless it is somebody else."""

    same = forms.BooleanField(label=_lazy("Same as registrant"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["same"].value():
            for name in CONTACT_FIELDS:
                self.fields[name].depends = self.fields[name].required  # type: ignore[attr-defined]
                self.fields[name].required = False

    def clean_phone(self) -> str:
        return "" if self["same"].value() else super().clean_phone()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("same"):  # what stands in the fields doesn't count
            for name in CONTACT_FIELDS:
                self.errors.pop(name, None)
        return values


class ContactsForm:
    """The four roles in one form; each form stands under its role as prefix.

    ``shown`` are the contacts that the page was made with: of two open pages the later one asks again.
    """

    def __init__(
        self,
        domain: Domain,
        client: Client,
        data: QueryDict | None = None,
        *,
        typed: QueryDict | None = None,
    ) -> None:
        """``typed`` is what comes back after the session has ended."""
        self.data, self.present = data, _present(domain)
        registrant = self.present.get(REGISTRANT) or _client_contact(client)
        self.roles: list[tuple[str, Text, ContactForm]] = []
        for role, label in CONTACT_ROLE_LABELS.items():
            kept = self.present.get(role) or registrant
            initial: dict[str, Any] = {**_readable(kept), "same": True}
            kind: type[ContactForm] = ContactForm
            if role != REGISTRANT:
                initial["same"], kind = kept == registrant, OtherContactForm
            if typed is not None:
                initial = {name: typed.get(f"{role}-{name}", "") for name in initial}
            self.roles.append((role, label, kind(data, prefix=role, initial=initial)))
        self.problem = ""

    @property
    def shown(self) -> str:
        """What the page was made with, for the hidden field."""
        return json.dumps(self.present, sort_keys=True)

    def is_valid(self) -> bool:
        """Whether each contact can be sent, and nobody else changed them meanwhile."""
        judged = [form.is_valid() for _role, _label, form in self.roles]
        good, shown = all(judged), self.data.get("shown", "") if self.data else ""
        if good and shown and shown != self.shown:
            self.problem = _(
                "The contacts were changed after you opened the page. Save again to replace them."
            )
        return good and not self.problem

    def has_errors(self) -> bool:
        """Whether a field has one."""
        return any(form.errors for _role, _label, form in self.roles)

    def contacts(self) -> dict[str, dict[str, str]]:
        """All four, by role."""
        found: dict[str, dict[str, str]] = {}
        for role, _label, form in self.roles:
            same = isinstance(form, OtherContactForm) and form.cleaned_data["same"]
            found[role] = found[REGISTRANT] if same else form.contact()
        return found


def _present(domain: Domain) -> dict[str, dict[str, str]]:
    return {role: dict(domain.contacts.get(role) or {}) for role in CONTACT_ROLE_LABELS}


def _readable(contact: Mapping[str, str]) -> dict[str, str]:
    """A kept contact as people write it: a phone number without the registries' dot."""
    return {**contact, "phone": contact.get("phone", "").replace(".", " ", 1)}


def _client_contact(client: Client) -> dict[str, str]:
    """What is asked for first where nothing is kept: the client."""
    return {name: str(getattr(client, name) or "") for name in CONTACT_FIELDS}


def contacts_shown(domain: Domain) -> list[tuple[Text, Mapping[str, str], bool]]:
    """The contacts of a domain's page: label, contact, and whether it is the registrant's; none if nothing is kept."""
    kept = _present(domain)
    registrant = kept[REGISTRANT]
    return [
        (label, _readable(kept[role]), role != REGISTRANT and kept[role] == registrant)
        for role, label in CONTACT_ROLE_LABELS.items()
        if kept[role]
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@restored_forms.restores(names=tuple(f"{role}-*" for role in CONTACT_ROLE_LABELS))
@for_domain(contacts_blocked_reason)
def domain_contacts(request: ClientRequest, domain: Domain) -> HttpResponse:
    """The form with its four roles, and what a registry may do when the registrant changes."""
    client = request.acting.client
    if request.method != "POST":
        typed = restored_forms.restored_input(request)
        return _page(request, domain, ContactsForm(domain, client, typed=typed))
    form = ContactsForm(domain, client, request.POST)
    if form.is_valid():
        wanted = form.contacts()
        if wanted == form.present:
            messages.info(request, _("Nothing was changed. The domain already has these contacts."))
            return to_domain(domain)
        if _requested(request, domain, form, wanted):
            return to_domain(domain)
    return _page(request, domain, form, status=422)


def _page(
    request: ClientRequest, domain: Domain, form: ContactsForm, status: int = 200
) -> HttpResponse:
    context = {"domain": domain, "form": form}
    return render(request, "portal/domains/contacts.html", context, status=status)


def _requested(
    request: ClientRequest, domain: Domain, form: ContactsForm, wanted: dict[str, dict[str, str]]
) -> bool:
    try:
        request_contacts(domain=domain, contacts=wanted, ctx=member_context(request))
    except StateConflict as conflict:
        messages.info(request, str(conflict))
    except BusinessError as error:
        form.problem = str(error)
        return False
    else:
        messages.success(request, _("We're changing the contacts."))
    return True
