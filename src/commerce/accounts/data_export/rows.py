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
from commerce.audit.models import AuditEntry
from commerce.mail.models import OutgoingMail


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
        ExportedRows(
            "profile.json",
            Client.objects.for_client,
            "id first_name last_name company email pending_email phone address1 address2 city state postcode country"
            " currency_code tax_id tax_exempt locale status autopay created_at".split(),
        ),
        ExportedRows(
            "custom_fields.json",
            lambda pk: CustomValue.objects.for_client(pk).filter(field__admin_only=False),
            ["field__name", "value"],
        ),
        ExportedRows(
            "members.json",
            _members,
            "user__email user__first_name user__last_name user__locale user__time_zone user__last_login_at"
            " last_login_ip user__terms_version user__terms_accepted_at role rights created_at".split(),
        ),
        ExportedRows(
            "invitations.json",
            Invitation.objects.for_client,
            "email role rights status created_at expires_at".split(),
        ),
        ExportedRows(
            "tokens.json",
            ApiToken.objects.for_client,
            "name scopes networks status created_at expires_on revoked_at last_used_at last_used_from"
            " maker__email".split(),
        ),
        ExportedRows("sign_ins.json", _sign_ins, "at actor_name action address after".split()),
        ExportedRows("mails.json", _mails, "sent_at event recipient subject text".split()),
        ExportedRows(
            "erasures.json",
            Erasure.objects.for_client,
            "status requested_at erase_on ended_at".split(),
        ),
    )
