"""Parts of an address, roles, rights and scopes in words for people, for pages and mails."""

from collections.abc import Sequence

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.erasure.rules import ErasureBlocker
from commerce.accounts.rules import CustomFieldType, MemberRole
from commerce.accounts.staff_rules import ShippedRole, StaffPermission
from commerce.accounts.vat import vat_form_country
from commerce.presentation.labels import Text

ADDRESS_LABELS = {
    "address1": _("Address"),
    "postcode": _("Postal code"),
    "city": _("City"),
    "state": _("State or region"),
    "country": _("Country"),
}

CLIENT_FIELD_LABELS: dict[str, Text] = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "company": _("Company"),
    "email": _("Billing email"),
    "phone": _("Phone"),
    "address2": _("Address line 2"),
    **ADDRESS_LABELS,
    "currency_code": _("Currency"),
    "tax_id": _("Tax ID"),
    "locale": _("Language"),
}
"""What a client's members may change."""


def tax_number_label(number: str, country: str) -> Text:
    """What the law of a place calls this tax number of somebody there: a VAT number by its own name."""
    match vat_form_country(number):
        case "":
            return pgettext_lazy("Spain", "Tax ID") if country == "ES" else _("Tax ID")
        case "AT":
            return pgettext_lazy("Austria", "VAT number")
    return pgettext_lazy("on papers", "VAT number")


ROLE_LABELS: dict[str, Text] = {
    MemberRole.OWNER: _("Owner"),
    MemberRole.BILLING: pgettext_lazy("role", "Billing"),
    MemberRole.TECHNICAL: _("Technical"),
}

CUSTOM_FIELD_TYPE_LABELS: dict[str, Text] = {
    CustomFieldType.TEXT: _("Single line of text"),
    CustomFieldType.TEXTAREA: _("Several lines of text"),
    CustomFieldType.DROPDOWN: _("Dropdown"),
    CustomFieldType.CHECKBOX: _("Checkbox"),
    CustomFieldType.DATE: _("Date"),
}

SHIPPED_ROLE_LABELS: dict[str, Text] = {
    ShippedRole.SUPER_ADMIN: _("Super admin"),
    ShippedRole.ADMIN: _("Admin"),
    ShippedRole.SUPPORT: _("Support"),
    ShippedRole.BILLING: _("Billing"),
}
"""The roles that come with the installation, the mightiest first."""

RIGHT_LABELS = {
    "profile.view": _("View profile"),
    "profile.manage": _("Change name, address, and tax ID"),
    "members.manage": _("Invite, change, and remove members"),
    "services.view": _("View services"),
    "services.manage": _("Change and cancel services, open control panels"),
    "invoices.view": _("View invoices"),
    "invoices.pay": _("Pay invoices and manage saved cards"),
    "orders.view": _("View orders"),
    "orders.place": _("Place orders"),
    "domains.view": _("View domains"),
    "domains.manage": _("Manage domains"),
    "tokens.manage": _("Create and revoke API tokens"),
}
"""Rights of what this release has; those of parts to come are kept with a member, and offered and shown nowhere."""

SCOPE_LABELS = {
    "profile:read": _("Account name, address, and status"),
    "services:read": _("Services"),
    "invoices:read": _("Invoices with line items and payments"),
    "orders:read": _("Orders"),
    "domains:read": _("Domains"),
    "payments:read": _("Payments and credit balance"),
    "payment-methods:read": _("Saved payment methods"),
    "events:read": _("Events: what changes, as far as the other scopes show it"),
    "catalog:read": _("Products and TLDs with your prices"),
    "profile:write": _("Change the account's details, language, and email notifications"),
    "invoices:write": _("Keep references with invoices"),
    "services:write": _(
        "Rename services, cancel them at the end of their period, and keep references"
    ),
    "services:access": _("Open control panels of services, and set and show their passwords"),
    "services:destroy": _("End services at once"),
    "orders:write": _("Place orders, cancel unpaid ones, and keep references with orders"),
    "payments:write": _("Pay from credit and by saved payment methods"),
    "domains:write": _(
        "Change nameservers, contacts, locks, and WHOIS privacy of domains, and keep references"
    ),
    "domains:transfer": _("Unlock domains for a transfer away, and show authorization codes"),
    "dns:read": _("DNS zones with their records"),
    "dns:write": _("Create DNS zones, and change their records and DNSSEC"),
    "dns:destroy": _("End DNS zones"),
    "webhooks:write": _("Manage webhook endpoints"),
}

ERASURE_BLOCKER_LABELS: dict[str, Text] = {
    "service": _("Service"),
    "domain": _("Domain"),
    "invoice": _("Unpaid invoice"),
    "credit": _("Credit balance"),
    "payment": _("Payment in progress"),
    "attempt": _("Payment in progress"),
    "refund": _("Refund in progress"),
    "dispute": _("Disputed payment"),
}
"""What stands in the way of an erasure."""

BLOCKERS_LISTED, BLOCKERS_IN_LINE = 20, 5


def blocker_lines(blockers: Sequence[ErasureBlocker], most: int = BLOCKERS_LISTED) -> list[Text]:
    """A line for each record that stands in the way of an erasure; of many, the first ones."""
    lines: list[Text] = [
        format_lazy(
            _("{label}: {value}"), label=ERASURE_BLOCKER_LABELS[one.kind], value=one.name or "–"
        )
        for one in blockers[:most]
    ]
    return [*lines, "…"] if len(blockers) > most else lines


def named_blockers(blockers: Sequence[ErasureBlocker]) -> str:
    """The same in one line."""
    return "; ".join(str(line) for line in blocker_lines(blockers, BLOCKERS_IN_LINE))


_P = StaffPermission
PERMISSION_LABELS: dict[StaffPermission, Text] = {
    _P.CLIENTS_VIEW: _("See clients"),
    _P.CLIENTS_CREATE: _("Create clients"),
    _P.CLIENTS_EDIT: _("Edit clients and their members"),
    _P.CLIENTS_SUSPEND: _("Suspend and close clients"),
    _P.CLIENTS_NOTES: _("Write notes and tags"),
    _P.CLIENTS_IMPERSONATE: _("Sign in as a client"),
    _P.CLIENTS_TOKENS: _("Revoke API tokens and set their rate"),
    _P.CLIENTS_ERASE: _("Export and erase a client's data"),
    _P.INVOICES_VIEW: _("See invoices and credit"),
    _P.INVOICES_CREATE: _("Create and issue invoices"),
    _P.INVOICES_EDIT: _("Edit draft invoices"),
    _P.INVOICES_VOID: _("Void invoices and issue credit notes"),
    _P.INVOICES_REFUND: _("Refund payments"),
    _P.INVOICES_RECORD_PAYMENT: _("Record payments"),
    _P.INVOICES_APPLY_CREDIT: _("Apply credit"),
    _P.PAYMENTS_VIEW: _("See payments and gateway events"),
    _P.PAYMENTS_MANAGE: _("Assign payments and rerun gateway events"),
    _P.ORDERS_VIEW: _("See orders"),
    _P.ORDERS_MANAGE: _("Place, approve, and cancel orders"),
    _P.SERVICES_VIEW: _("See services and their logs"),
    _P.SERVICES_HELP: _("Help clients: resume services, new passwords, reset links"),
    _P.SERVICES_MANAGE: _("Suspend and edit services, decide on changes"),
    _P.SERVICES_PROVISION: _("Set up services and retry jobs"),
    _P.SERVICES_TERMINATE: _("Terminate and cancel services"),
    _P.SERVICES_OVERRIDE: _("Set a service's status by hand"),
    _P.DOMAINS_VIEW: _("See domains"),
    _P.DOMAINS_MANAGE: _("Manage domains"),
    _P.TICKETS_VIEW: _("See tickets"),
    _P.TICKETS_REPLY: _("Reply to tickets"),
    _P.TICKETS_ASSIGN: _("Assign, move, and merge tickets"),
    _P.TICKETS_DELETE: _("Remove text and files from tickets"),
    _P.PRODUCTS_VIEW: _("See the catalog"),
    _P.PRODUCTS_MANAGE: _("Edit the catalog"),
    _P.SERVERS_VIEW: _("See servers and registrars"),
    _P.SERVERS_MANAGE: _("Edit and test servers and registrars"),
    _P.CONTENT_VIEW: _("See content"),
    _P.CONTENT_MANAGE: _("Edit content"),
    _P.REPORTS_VIEW: _("See and export reports"),
    _P.REPORTS_MONEY: _("See what the business earns and is owed"),
    _P.REPORTS_CLOSE: _("Close months of the books"),
    _P.RUNS_VIEW: _("See daily runs"),
    _P.AUDIT_VIEW: _("See the audit log"),
    _P.SETTINGS_VIEW: _("See settings"),
    _P.SETTINGS_MANAGE: _("Change settings"),
    _P.STAFF_VIEW: _("See staff"),
    _P.STAFF_MANAGE: _("Manage staff"),
}
"""What each permission of staff allows."""
