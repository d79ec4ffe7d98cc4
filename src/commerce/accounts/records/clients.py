"""Clients, members, invitations and tokens for reading (accounts.md 1 to 3): their fields, and who has each."""

from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.custom_fields import custom_value_text
from commerce.accounts.labels import CLIENT_FIELD_LABELS, ROLE_LABELS, SCOPE_LABELS
from commerce.accounts.models import (
    ApiToken,
    Client,
    CustomValue,
    Erasure,
    Invitation,
    Membership,
    SearchKey,
)
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.presentation.countries import country_name
from commerce.presentation.formats import as_typed
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordLink,
    RecordStatus,
    RecordSwitch,
    plain_fields,
)


def client_title(client: Client) -> str:
    """What staff call a client: the company, or else the person."""
    return client.company or client.name


def _scope_words(scopes: list[str]) -> str:
    return ", ".join(str(SCOPE_LABELS.get(scope, scope)) for scope in scopes)


def _network_words(networks: list[str]) -> str:
    return ", ".join(networks) or _t("Any network")


OF_CLIENT = (
    RecordField("client_id", STAFF),
    RecordLink("client", STAFF, _("Client"), text=client_title),
)
"""Whose a record is."""

CLIENT_FIELDS = RecordFields(
    Client,
    (
        *plain_fields("id first_name last_name", EXPORT | API),
        RecordField(
            "title",
            STAFF,
            _("Client"),
            source=client_title,
            reads="company first_name last_name",
        ),
        RecordField("name", STAFF, _("Contact person"), reads="first_name last_name"),
        RecordField(
            "company", EXPORT | API, CLIENT_FIELD_LABELS["company"], show=as_typed, ends="erasure"
        ),
        RecordField("email", EXPORT | API, CLIENT_FIELD_LABELS["email"], ends="erasure"),
        RecordField("pending_email", EXPORT | API, _("Unconfirmed billing email"), ends="erasure"),
        RecordField(
            "phone", EXPORT | API, CLIENT_FIELD_LABELS["phone"], show=as_typed, ends="erasure"
        ),
        RecordField(
            "address1", EXPORT | API, CLIENT_FIELD_LABELS["address1"], show=as_typed, ends="erasure"
        ),
        RecordField(
            "address2", EXPORT | API, CLIENT_FIELD_LABELS["address2"], show=as_typed, ends="erasure"
        ),
        RecordField(
            "postcode", EXPORT | API, CLIENT_FIELD_LABELS["postcode"], show=as_typed, ends="erasure"
        ),
        RecordField(
            "city", EXPORT | API, CLIENT_FIELD_LABELS["city"], show=as_typed, ends="erasure"
        ),
        RecordField(
            "state", EXPORT | API, CLIENT_FIELD_LABELS["state"], show=as_typed, ends="erasure"
        ),
        RecordField("country", EXPORT | API, CLIENT_FIELD_LABELS["country"], show=country_name),
        RecordField("currency", EXPORT | API, _("Currency"), source="currency_code"),
        RecordField("tax_id", EXPORT | API, _("Tax ID"), ends="erasure"),
        RecordSwitch("tax_exempt", EXPORT),
        RecordField("tax_exempt_reason", STAFF, ends="erasure"),
        RecordDay("tax_exempt_until", STAFF, _("Exempt until")),
        RecordField("group", STAFF, _("Client group"), source="group__name"),
        RecordStatus("status", EXPORT | API | AUDIT, of="client"),
        RecordSwitch("autopay", EXPORT | API, _("Autopay")),
        RecordSwitch("dunning", STAFF, _("Dunning")),
        RecordField("api_rate", STAFF, _("API rate"), permission=StaffPermission.CLIENTS_TOKENS),
        RecordField(
            "api_write_rate",
            STAFF,
            _("API write rate"),
            permission=StaffPermission.CLIENTS_TOKENS,
        ),
        RecordChoice(
            "language",
            EXPORT | API,
            _("Language"),
            source="locale",
            labels=dict(settings.LANGUAGES),
        ),
        RecordInstant("created_at", EXPORT | API, _("Client since"), order="pk"),
    ),
    apart="revision access_revision changed_at version"
    " event_sequence event_stamp event_base event_actor event_at",
)


def _last_login_ip(member: Membership) -> str | None:
    """Of a member of this client alone (``data_export/rows.py``)."""
    return getattr(member, "last_login_ip", None)


MEMBER_FIELDS = RecordFields(
    Membership,
    (
        *OF_CLIENT,
        RecordField("email", EXPORT, _("Sign-in email"), source="user__email"),
        RecordField(
            "name",
            EXPORT,
            _("Name"),
            source=lambda member: member.user.get_full_name(),
            reads="user__first_name user__last_name",
        ),
        RecordField("locale", EXPORT, source="user__locale"),
        RecordField("time_zone", EXPORT, source="user__time_zone"),
        RecordChoice("role", EXPORT, _("Role"), labels=ROLE_LABELS),
        RecordField("rights", EXPORT, ends="erasure"),
        RecordField("active", STAFF, source="user__is_active"),
        RecordInstant("last_sign_in", EXPORT, _("Last sign-in"), source="user__last_login_at"),
        RecordField("terms_version", EXPORT, source="user__terms_version"),
        RecordInstant("terms_accepted_at", EXPORT, source="user__terms_accepted_at"),
        RecordField("last_login_ip", EXPORT, source=_last_login_ip, reads="user__last_login_ip"),
        RecordInstant("created_at", EXPORT, _("Member since")),
    ),
    apart="id invited_by_id",
)

INVITATION_FIELDS = RecordFields(
    Invitation,
    (
        RecordField("email", EXPORT, _("Email"), ends="erasure"),
        RecordChoice("role", EXPORT, _("Role"), labels=ROLE_LABELS),
        *plain_fields("rights created_at", EXPORT),
        RecordStatus("status", EXPORT, of="invitation"),
        RecordInstant("expires_at", EXPORT, _("Expires")),
    ),
    apart="id client_id invited_by_id token_hash",
)

TOKEN_FIELDS = RecordFields(
    ApiToken,
    (
        RecordField("id", EXPORT | API),
        RecordField("name", EXPORT | API, _("Name"), ends="erasure"),
        *OF_CLIENT,
        RecordStatus("status", EXPORT, of="token"),
        RecordField("scopes", EXPORT | API, _("Scopes"), show=_scope_words),
        RecordField("networks", EXPORT | API, _("Networks"), show=_network_words, ends="erasure"),
        RecordDay("expires_on", EXPORT | API, _("Expires")),
        RecordField("made_by", EXPORT, _("Created by"), source="maker__email"),
        RecordInstant("created_at", EXPORT | API, _("Created")),
        RecordInstant("rotated_at", EXPORT | API, _("Rotated")),
        RecordInstant("last_used_at", EXPORT, _("Last used")),
        RecordField("last_used_from", EXPORT, _("Last used from"), ends="erasure"),
        RecordInstant("revoked_at", EXPORT, _("Revoked on")),
    ),
    apart="token_hash idempotency_key",
)


def _custom_value(row: CustomValue) -> str:
    return custom_value_text(row.field.type, row.value)


CUSTOM_VALUE_FIELDS = RecordFields(
    CustomValue,
    (
        RecordField("field", EXPORT, _("Field"), source="field__name"),
        RecordField("value", EXPORT, ends="erasure"),
        RecordField("value_text", STAFF, _("Value"), source=_custom_value, reads="value"),
    ),
    apart="id client_id",
)

SEARCH_KEY_FIELDS = RecordFields(
    SearchKey, (), apart="id form key field record_kind record_id client_id"
)
"""For searching alone: what it says stands in its record."""

ERASURE_FIELDS = RecordFields(
    Erasure,
    (*plain_fields("status requested_at erase_on ended_at", EXPORT),),
    apart="id client_id requested_by_id reason user_ids records_erased_at",
)

SIGN_IN_FIELDS = RecordFields(
    AuditEntry,
    (
        *plain_fields("id at actor_kind actor_name action", EXPORT | API),
        *plain_fields("address after", EXPORT),
        *plain_fields("actor_id for_client_id request_id", STAFF),
        *plain_fields(
            "record_kind record_id record_name client_id before reason staff_only", STAFF
        ),
    ),
)
"""Entries of the audit log; an export has those about the sign-ins of its client's members."""
