"""Machine accounts for reading: their fields, all for staff alone."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import MachineAccount
from commerce.presentation.records import (
    AUDIT,
    STAFF,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordSwitch,
)

MACHINE_ACCOUNT_FIELDS = RecordFields(
    MachineAccount,
    (
        RecordField("id", STAFF),
        RecordField("name", STAFF, _("Name"), source="machine_name", ends="stays"),
        RecordField("owner", AUDIT, _("Owner"), source="owner__user__email"),
        RecordField("role", AUDIT, _("Role"), source="role_id"),
        RecordSwitch("is_active", AUDIT, _("Active")),
        RecordDay("confirmed_on", AUDIT, _("Last confirmed as needed")),
        RecordDay("stops_after", AUDIT, _("Stops after")),
        RecordInstant("created_at", STAFF, _("Created")),
    ),
    apart="user_id extra_permissions removed_permissions former_role former_permissions last_sign_in_at"
    " last_sign_in_from list_columns spent_on spent keyboard_shortcuts",
)
