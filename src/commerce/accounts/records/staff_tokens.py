"""Tokens of the staff API for reading: their fields, all for staff alone."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.models import StaffToken, StaffTokenWrite
from commerce.accounts.staff_rules import StaffPermission
from commerce.presentation.records import (
    AUDIT,
    STAFF,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    plain_fields,
)


def _permission_words(held: list[str]) -> str:
    return ", ".join(str(PERMISSION_LABELS[one]) for one in StaffPermission if one in held)


def _words(several: list[str]) -> str:
    return ", ".join(several)


def _network_words(networks: list[str]) -> str:
    return ", ".join(networks) or _t("Any")


STAFF_TOKEN_FIELDS = RecordFields(
    StaffToken,
    (
        RecordField("id", STAFF),
        RecordField("name", STAFF, _("Name")),
        RecordField(
            "staff",
            STAFF,
            _("Created for"),
            source=lambda token: str(token.staff),
            reads="staff__user__email staff__machine_name",
        ),
        RecordStatus("status", AUDIT, of="token"),
        RecordField("permissions", AUDIT, _("Permissions"), show=_permission_words),
        RecordField("acts", AUDIT, _("Actions that ask for your password"), show=_words),
        RecordField("networks", AUDIT, _("Networks"), show=_network_words, ends="stays"),
        RecordField("spending_limit", AUDIT, _("Spending limit")),
        RecordDay("expires_on", AUDIT, _("Last day")),
        RecordInstant("created_at", STAFF, _("Created")),
        RecordInstant("last_used_at", STAFF, _("Last used")),
        RecordField("last_used_from", STAFF, _("Last used from"), ends="stays"),
        RecordInstant("revoked_at", STAFF, _("Revoked on")),
    ),
    apart="token_hash",
)

STAFF_TOKEN_WRITE_FIELDS = RecordFields(
    StaffTokenWrite,
    (
        RecordInstant("at", STAFF, _("Time")),
        RecordField("path", STAFF, _("Path")),
        RecordField("status", STAFF, _("Status")),
        RecordField("code", STAFF, _("Code")),
        *plain_fields("amount", STAFF),
    ),
    apart="id token_id",
)
