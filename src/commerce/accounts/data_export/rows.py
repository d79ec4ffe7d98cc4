"""What an export has of users, tokens, mails and sign-ins."""

from typing import Any

from django.db.models import Case, F, QuerySet, When

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.accounts.models import (
    ApiToken,
    Client,
    CustomValue,
    Erasure,
    Invitation,
    Membership,
    User,
)
from commerce.accounts.records.clients import (
    CLIENT_FIELDS,
    CUSTOM_VALUE_FIELDS,
    ERASURE_FIELDS,
    INVITATION_FIELDS,
    MEMBER_FIELDS,
    SIGN_IN_FIELDS,
    TOKEN_FIELDS,
)
from commerce.audit.models import AuditEntry
from commerce.mail.models import OutgoingMail
from commerce.mail.records import MAIL_FIELDS


def _sign_ins(client_id: int) -> "QuerySet[Any]":
    """Those at the clients' door, of members who could not have come for another client."""
    users = User.objects.of_client_alone(client_id).values("pk")
    entries = AuditEntry.objects.filter(
        record_kind="user", record_id__in=users, action__startswith="user.sign"
    )
    return entries.exclude(actor_kind="staff").exclude(after__has_key="staff")


def _members(client_id: int) -> "QuerySet[Any]":
    own = Case(
        When(user__in=User.objects.of_client_alone(client_id), then=F("user__last_login_ip"))
    )
    return Membership.objects.for_client(client_id).annotate(last_login_ip=own)


def _mails(client_id: int) -> "QuerySet[Any]":
    return OutgoingMail.objects.for_client(client_id).filter(sent_at__isnull=False)


def account_rows() -> tuple[ExportedRows, ...]:
    """Profile, members, tokens without their hashes, sign-ins, mails."""
    return (
        ExportedRows("profile.json", Client.objects.for_client, CLIENT_FIELDS),
        ExportedRows(
            "custom_fields.json",
            lambda pk: CustomValue.objects.for_client(pk).filter(field__admin_only=False),
            CUSTOM_VALUE_FIELDS,
        ),
        ExportedRows("members.json", _members, MEMBER_FIELDS),
        ExportedRows("invitations.json", Invitation.objects.for_client, INVITATION_FIELDS),
        ExportedRows("tokens.json", ApiToken.objects.for_client, TOKEN_FIELDS),
        ExportedRows("sign_ins.json", _sign_ins, SIGN_IN_FIELDS),
        ExportedRows("mails.json", _mails, MAIL_FIELDS),
        ExportedRows("erasures.json", Erasure.objects.for_client, ERASURE_FIELDS),
    )
