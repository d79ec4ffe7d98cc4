"""Parts of an address, roles, rights and scopes in words for people, for pages and mails."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.rules import MemberRole
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

ROLE_LABELS: dict[str, Text] = {
    MemberRole.OWNER: _("Owner"),
    MemberRole.BILLING: pgettext_lazy("role", "Billing"),
    MemberRole.TECHNICAL: _("Technical"),
}

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
}
