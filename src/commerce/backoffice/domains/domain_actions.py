"""The buttons of a domain's record: what its client can do, and what only staff can (domains.md 5 and 9)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.domains import domain_forms as forms
from commerce.backoffice.money.addresses import page_of
from commerce.billing.changes.domain_edits import edit_domain_terms
from commerce.billing.periods.actions.domain_requests import (
    change_term,
    renew_domain_now,
    restore_domain,
    switch_auto_renew,
)
from commerce.billing.periods.domain_offers import (
    RenewalOffer,
    renewal_blocked_reason,
    restore_blocked_reason,
    term_blocked_reason,
)
from commerce.dns.actions.checks import ask_parent_ds
from commerce.dns.actions.zones import domain_zone_blocked_reason, open_domain_zone
from commerce.domains.actions.changes import (
    contacts_blocked_reason,
    nameservers_blocked_reason,
    request_contacts,
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
    transfer_lock_blocked_reason,
    whois_privacy_blocked_reason,
)
from commerce.domains.actions.codes import auth_code_blocked_reason, fetch_auth_code
from commerce.domains.actions.editing import (
    live_only_blocked_reason,
    registered_only_blocked_reason,
)
from commerce.domains.actions.losses import back_blocked_reason
from commerce.domains.actions.staff import override_domain_status, set_domain_notes
from commerce.domains.actions.sync_requests import request_sync, sync_blocked_reason
from commerce.domains.actions.transfers import (
    cancel_transfer,
    cancel_transfer_blocked_reason,
    give_new_code,
    new_code_blocked_reason,
)
from commerce.domains.actions.verifications import resend_blocked_reason, resend_verification
from commerce.domains.handlers.syncing import bring_domain_back_now
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits
from commerce.orders.actions.undelivered import credit_blocked_reason, credit_undelivered_domain

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.DOMAINS_MANAGE


def _sent_to_registrar() -> str:
    return _("The change is on its way to the registrar.")


def _sync(domain: Domain, data: Data, ctx: Context) -> str:
    request_sync(domain=domain, ctx=ctx)
    return _("The registrar is being asked. Reload the page in a moment.")


def _nameservers(domain: Domain, data: Data, ctx: Context) -> str:
    hosts = data["hosts"]
    parent = ask_parent_ds(domain, hosts, ctx)
    request_nameservers(domain=domain, nameservers=hosts, parent=parent, ctx=ctx)
    return _sent_to_registrar()


def _lock(domain: Domain, data: Data, ctx: Context) -> str:
    request_transfer_lock(domain=domain, locked=data["state"] == forms.ON, ctx=ctx)
    return _sent_to_registrar()


def _privacy(domain: Domain, data: Data, ctx: Context) -> str:
    request_whois_privacy(domain=domain, enabled=data["state"] == forms.ON, ctx=ctx)
    return _sent_to_registrar()


def _auto_renew(domain: Domain, data: Data, ctx: Context) -> str:
    enabled, voids = data["state"] == forms.ON, bool(data.get("void"))
    switch_auto_renew(domain=domain, enabled=enabled, void_renewal=voids, ctx=ctx)
    return _("Auto-renew is on.") if enabled else _("Auto-renew is off.")


def _contacts(domain: Domain, data: Data, ctx: Context) -> str:
    request_contacts(domain=domain, contacts=data["contacts"], ctx=ctx)
    return _sent_to_registrar()


def _code(domain: Domain, data: Data, ctx: Context) -> Done:
    try:
        with page_limits():
            code = fetch_auth_code(domain=domain, ctx=ctx)
    except TimeoutError as busy:
        raise BusinessError("domain.code_not_available_now") from busy
    return Done(_("This code is shown only once. The client's owners are told by email."), "", code)


def _verification(domain: Domain, data: Data, ctx: Context) -> str:
    try:
        with page_limits():
            resend_verification(domain=domain, ctx=ctx)
    except TimeoutError as busy:
        raise BusinessError("domain.verification_not_sent") from busy
    return _("The confirmation email was sent again.")


def _renew(domain: Domain, data: Data, ctx: Context) -> Done:
    seen: RenewalOffer = data["offer"]
    invoice = renew_domain_now(domain=domain, years=seen.years, expected=seen, ctx=ctx)
    words = _("Invoice %(number)s issued. The domain renews once it's paid.")
    return Done(words % {"number": invoice.number}, page_of(invoice))


def _restore(domain: Domain, data: Data, ctx: Context) -> Done:
    invoice = restore_domain(domain=domain, expected=data["offer"], ctx=ctx)
    words = _("Invoice %(number)s issued. The domain is restored once it's paid.")
    return Done(words % {"number": invoice.number}, page_of(invoice))


def _term(domain: Domain, data: Data, ctx: Context) -> str:
    change_term(domain=domain, years=data["years"], ctx=ctx)
    return _("Renewal term saved.")


def _terms(domain: Domain, data: Data, ctx: Context) -> str:
    edit_domain_terms(
        domain=domain,
        recurring_amount=data.get("amount"),
        expiry_date=data["expiry_date"],
        reason=data["reason"],
        ctx=ctx,
    )
    return _("Price and dates saved. Issued invoices don't change.")


def _transfer_code(domain: Domain, data: Data, ctx: Context) -> str:
    give_new_code(domain=domain, code=data["code"], ctx=ctx)
    return _("The transfer continues with the new code.")


def _cancel_transfer(domain: Domain, data: Data, ctx: Context) -> str:
    cancel_transfer(domain=domain, ctx=ctx)
    return _("The transfer is being canceled. Its price becomes credit.")


def _credit(domain: Domain, data: Data, ctx: Context) -> str:
    credit_undelivered_domain(domain=domain, ctx=ctx)
    return _("Domain canceled. What was left of its price is credited.")


def _zone(domain: Domain, data: Data, ctx: Context) -> Done:
    zone = open_domain_zone(domain=domain, ctx=ctx)
    return Done(_("Zone created."), page_of(zone))


def _bring_back(domain: Domain, data: Data, ctx: Context) -> str:
    try:
        with page_limits():
            bring_domain_back_now(domain=domain, reason=data["reason"], ctx=ctx)
    except TimeoutError as busy:
        raise BusinessError("domain.registrar_did_not_answer", problem=str(busy)) from busy
    return _("The domain is back. The client is told by email.")


def _notes(domain: Domain, data: Data, ctx: Context) -> str:
    set_domain_notes(domain=domain, notes=data["notes"], ctx=ctx)
    return _("Notes saved.")


def _override(domain: Domain, data: Data, ctx: Context) -> str:
    override_domain_status(
        domain=domain,
        to=DomainStatus(data["to"]),
        reason=data["reason"],
        expiry_date=data["expiry_date"],
        ctx=ctx,
    )
    return _("Status changed. The registrar wasn't contacted.")


_AT_REGISTRAR = (
    RecordAction(
        name="sync",
        label=_lazy("Sync"),
        permission=_MANAGE,
        intro=lambda _domain: _lazy(
            "Asks the registrar now, and takes over dates, lock, privacy, nameservers, and status."
        ),
        run=_sync,
        blocked=sync_blocked_reason,
    ),
    RecordAction(
        name="nameservers",
        label=_lazy("Nameservers"),
        permission=_MANAGE,
        form=forms.NameserversForm,
        submit=_lazy("Save changes"),
        run=_nameservers,
        is_atomic=False,
        blocked=nameservers_blocked_reason,
    ),
    RecordAction(
        name="lock",
        label=_lazy("Transfer lock"),
        permission=_MANAGE,
        form=forms.LockForm,
        submit=_lazy("Save changes"),
        run=_lock,
        blocked=transfer_lock_blocked_reason,
    ),
    RecordAction(
        name="privacy",
        label=_lazy("WHOIS privacy"),
        permission=_MANAGE,
        form=forms.PrivacyForm,
        submit=_lazy("Save changes"),
        run=_privacy,
        blocked=whois_privacy_blocked_reason,
    ),
    RecordAction(
        name="contacts",
        label=_lazy("Contacts"),
        permission=_MANAGE,
        form=forms.ContactsForm,
        submit=_lazy("Save changes"),
        run=_contacts,
        blocked=contacts_blocked_reason,
    ),
    RecordAction(
        name="authorization-code",
        label=_lazy("Authorization code"),
        permission=_MANAGE,
        intro=lambda _domain: _lazy(
            "Whoever has this code can transfer the domain away. Give it only to its owner."
        ),
        submit=_lazy("Show code"),
        run=_code,
        asks_password=True,
        is_atomic=False,
        blocked=auth_code_blocked_reason,
    ),
    RecordAction(
        name="verification",
        label=_lazy("Send confirmation email"),
        permission=_MANAGE,
        intro=lambda _domain: _lazy(
            "Asks the registrar to email the registrant again, who must confirm their email address."
        ),
        run=_verification,
        is_atomic=False,
        blocked=resend_blocked_reason,
    ),
)
_RENEWING = (
    RecordAction(
        name="renew",
        label=_lazy("Renew"),
        permission=_MANAGE,
        form=forms.RenewalForm,
        submit=_lazy("Issue invoice"),
        run=_renew,
        blocked=renewal_blocked_reason,
    ),
    RecordAction(
        name="restore",
        label=pgettext_lazy("button", "Restore"),
        permission=_MANAGE,
        form=forms.RestoreForm,
        intro=forms.restore_text,
        submit=_lazy("Issue invoice"),
        run=_restore,
        blocked=restore_blocked_reason,
    ),
    RecordAction(
        name="auto-renew",
        label=_lazy("Auto-renew"),
        permission=_MANAGE,
        form=forms.AutoRenewForm,
        submit=_lazy("Save changes"),
        run=_auto_renew,
        blocked=live_only_blocked_reason,
    ),
    RecordAction(
        name="term",
        label=_lazy("Renewal term"),
        permission=_MANAGE,
        form=forms.TermForm,
        submit=_lazy("Save changes"),
        run=_term,
        blocked=term_blocked_reason,
    ),
    RecordAction(
        name="terms",
        label=_lazy("Price and dates"),
        permission=(_MANAGE, StaffPermission.SERVICES_MANAGE),
        form=forms.DomainTermsForm,
        submit=_lazy("Save changes"),
        run=_terms,
        asks_reason=True,
        blocked=registered_only_blocked_reason,
    ),
)
_BY_HAND = (
    RecordAction(
        name="bring-back",
        label=_lazy("Bring back"),
        permission=_MANAGE,
        intro=lambda _domain: _lazy(
            "For a domain that was never transferred away. If the registrar has it in this account, it's active again"
            " with the registrar's expiry date, and renews as before."
        ),
        run=_bring_back,
        asks_reason=True,
        is_atomic=False,
        blocked=back_blocked_reason,
    ),
    RecordAction(
        name="transfer-code",
        label=_lazy("New transfer code"),
        permission=_MANAGE,
        form=forms.TransferCodeForm,
        submit=_lazy("Continue transfer"),
        run=_transfer_code,
        blocked=new_code_blocked_reason,
    ),
    RecordAction(
        name="cancel-transfer",
        label=_lazy("Cancel transfer"),
        permission=_MANAGE,
        run=_cancel_transfer,
        is_danger=True,
        blocked=cancel_transfer_blocked_reason,
    ),
    RecordAction(
        name="credit",
        label=_lazy("Cancel and credit"),
        permission=(_MANAGE, StaffPermission.INVOICES_VOID),
        intro=lambda _domain: _lazy(
            "For a domain that can't be registered: it's canceled, and its price becomes credit."
        ),
        run=_credit,
        is_danger=True,
        blocked=credit_blocked_reason,
    ),
    RecordAction(
        name="zone",
        label=_lazy("Create DNS zone"),
        permission=_MANAGE,
        run=_zone,
        is_atomic=False,
        blocked=domain_zone_blocked_reason,
    ),
    RecordAction(
        name="notes",
        label=_lazy("Notes"),
        permission=_MANAGE,
        form=forms.DomainNotesForm,
        submit=_lazy("Save changes"),
        run=_notes,
    ),
    RecordAction(
        name="override",
        label=_lazy("Override status"),
        permission=StaffPermission.SERVICES_OVERRIDE,
        form=forms.DomainOverrideForm,
        intro=lambda _domain: _lazy(
            "For domains that were changed at the registry. The registrar isn't contacted. Ending a"
            " domain voids its open renewal and schedules the end of its DNS zone."
        ),
        run=_override,
        asks_reason=True,
        is_danger=True,
    ),
)
DOMAIN_ACTIONS = (*_AT_REGISTRAR, *_RENEWING, *_BY_HAND)
