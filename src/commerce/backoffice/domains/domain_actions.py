"""The buttons of a domain's record: what its client can do, and what only staff can (domains.md 5 and 9)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import page_of
from commerce.backoffice.domains import domain_forms as forms
from commerce.billing.periods.actions.domain_requests import (
    change_term,
    renew_domain_now,
    restore_domain,
)
from commerce.dns.actions.zones import open_domain_zone
from commerce.domains.actions.changes import (
    contacts_blocked_reason,
    request_contacts,
    request_nameservers,
)
from commerce.domains.models import Domain
from commerce.kit.context import Context
from commerce.record_acts.domains import DOMAIN_ACTS

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.DOMAINS_MANAGE


def _sent_to_registrar() -> str:
    return _("The change is on its way to the registrar.")


def _contacts(domain: Domain, data: Data, ctx: Context) -> str:
    request_contacts(domain=domain, contacts=data["contacts"], ctx=ctx)
    return _sent_to_registrar()


_CONTACTS = RecordAction(
    name="contacts",
    label=_lazy("Contacts"),
    permission=_MANAGE,
    form=forms.ContactsForm,
    submit=_lazy("Save changes"),
    run=_contacts,
    blocked=contacts_blocked_reason,
)
_FORMS = {request_nameservers: forms.NameserversForm, change_term: forms.TermForm}
_LEADS_ON = (renew_domain_now, restore_domain, open_domain_zone)
_ACTIONS = [
    act_button(
        action,
        to=page_of if action in _LEADS_ON else None,
        form=_FORMS.get(action),
    )
    for action in DOMAIN_ACTS
]
_ACTIONS.insert(4, _CONTACTS)
DOMAIN_ACTIONS = tuple(_ACTIONS)
