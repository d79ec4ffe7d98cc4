"""Parts of an address, roles, rights and scopes in words for people, for pages and mails."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.rules import MemberRole
from commerce.presentation.labels import Text

ADDRESS_LABELS = {
    "address1": _("Address"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "state": _("State or region"),
    "country": _("Country"),
}

ROLE_LABELS: dict[str, Text] = {
    MemberRole.OWNER: _("Owner"),
    MemberRole.BILLING: _("Billing"),
    MemberRole.TECHNICAL: _("Technical"),
}

RIGHT_LABELS = {
    "profile.view": _("See the profile"),
    "profile.manage": _("Change name, address and tax number"),
    "members.manage": _("Invite, change and remove members"),
    "services.view": _("See services"),
    "services.manage": _("Change and cancel services, sign in to panels"),
    "invoices.view": _("See invoices"),
    "invoices.pay": _("Pay invoices, keep cards"),
    "orders.view": _("See orders"),
    "orders.place": _("Place orders"),
    "domains.view": _("See domains"),
    "domains.manage": _("Change domains"),
    "tokens.manage": _("Make and revoke API tokens"),
}
"""Rights of what this release has; those of parts to come are kept with a member, and offered and shown nowhere."""

SCOPE_LABELS = {
    "profile:read": _("name, address and status of the account"),
    "services:read": _("services"),
    "invoices:read": _("invoices with lines and payments"),
    "orders:read": _("orders"),
    "domains:read": _("domains"),
}
