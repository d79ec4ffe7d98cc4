"""What pages call the contacts of a domain, and what is changed of it at its registrar."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.domains.rules import ChangeKind, ChangeStatus, MessageKind

CONTACT_ROLE_LABELS: Mapping[str, Promise] = {
    "registrant": _("Registrant"),
    "admin": _("Administrative contact"),
    "tech": _("Technical contact"),
    "billing": _("Billing contact"),
}
CONTACT_FIELD_LABELS: Mapping[str, Promise] = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "company": _("Company"),
    "email": _("Email"),
    "phone": _("Phone"),
    "address1": _("Address"),
    "address2": _("Address line 2"),
    "city": _("City"),
    "state": _("State or region"),
    "postcode": _("Postal code"),
    "country": _("Country"),
}
CHANGE_KIND_LABELS: Mapping[str, Promise] = {
    ChangeKind.NAMESERVERS: _("Nameservers"),
    ChangeKind.LOCK: _("Transfer lock"),
    ChangeKind.PRIVACY: _("WHOIS privacy"),
    ChangeKind.CONTACTS: _("Contacts"),
    ChangeKind.RESTORE: _("Restore"),
}
CHANGE_STATUS_LABELS: Mapping[str, Promise] = {
    ChangeStatus.REQUESTED: _("In progress"),
    ChangeStatus.DONE: _("Done"),
    ChangeStatus.FAILED: _("Failed"),
}
MESSAGE_LABELS: Mapping[str, Promise] = {
    MessageKind.TRANSFER_AWAY: _("Transfer away"),
    MessageKind.DELETION: _("Deletion"),
    MessageKind.LOW_BALANCE: _("Low balance"),
    MessageKind.OTHER: _("Other"),
}
