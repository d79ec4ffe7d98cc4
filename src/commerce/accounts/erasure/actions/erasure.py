"""Erasing what is personal of a client (accounts.md 10): who they were is gone, what the law wants kept is kept."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.actions.clients import close_client
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.data_export.actions import expire_exports_of
from commerce.accounts.erasure import emails
from commerce.accounts.erasure.erasure_list import write_erasure_list
from commerce.accounts.erasure.hooks import (
    erasure_blockers,
    run_erasers,
    run_record_erasers,
)
from commerce.accounts.erasure.rules import (
    ERASED,
    ERASURE_MOVES,
    ErasureScope,
    ErasureStatus,
    erased_email,
    without_personal_text,
)
from commerce.accounts.models import (
    ApiToken,
    Client,
    ClientNote,
    CustomValue,
    Erasure,
    IdempotentReply,
    Invitation,
    Membership,
    RecordMetadata,
    TokenNetwork,
    User,
)
from commerce.accounts.recipients import client_recipients
from commerce.accounts.rules import ClientStatus
from commerce.audit.actions import write_audit_entry
from commerce.audit.erasure import delete_entries, erase_from_entries
from commerce.audit.models import AuditEntry
from commerce.audit.states import move
from commerce.db.triggers import allow_retention
from commerce.events.erasure import erase_from_events
from commerce.jobs.erasure import erase_job_details
from commerce.kit.context import Context
from commerce.mail.actions.announcing import muted_mails
from commerce.mail.actions.erasure import erase_mails
from commerce.site_settings.current import business_date


@transaction.atomic
def erase_client(*, erasure: Erasure, ctx: Context, despite_open_records: bool = False) -> bool:
    """Erase what is personal of a client and of the users who belong to no other, nor to staff; it is closed for good.

    Invoices, credit notes, payments and the evidence of their tax stay until ``erase_kept_records``. False: something
    is still open, and nothing was done; ``despite_open_records`` is for a database that was restored.
    """
    client = lock_client(erasure.client_id)
    if not despite_open_records and erasure_blockers(client):
        return False
    bump_revision(client.pk, ctx)
    owners = client_recipients(client, "security")
    scope = _scope(client)
    with allow_retention():
        with muted_mails():
            expire_exports_of(client.pk, at=ctx.at)
            _end_access(client, scope, ctx)
            if client.status != ClientStatus.CLOSED:
                close_client(client=client, reason=ERASED, ctx=ctx)
            run_erasers(scope, ctx)
        _erase_users(scope)
        _erase_details(client, ctx)
        erase_mails(client_id=client.pk, emails=scope.emails, at=ctx.at, marker=ERASED)
        erase_job_details("client", [client.pk])
        erase_job_details("user", scope.user_ids)
        erase_from_events(client_id=client.pk, without_text=without_personal_text)
        erase_from_entries(
            client_id=client.pk,
            user_ids=scope.user_ids,
            marker=ERASED,
            without_text=without_personal_text,
        )
    Erasure.objects.filter(client=client).update(reason="")
    move(
        erasure,
        ErasureStatus.DONE,
        allowed=ERASURE_MOVES,
        ctx=ctx,
        client_id=client.pk,
        ended_at=ctx.at,
        user_ids=sorted(scope.user_ids),
    )
    emails.send_erasure_done_email(erasure_id=erasure.pk, owners=owners, at=ctx.at)
    transaction.on_commit(write_erasure_list)
    return True


def _scope(client: Client) -> ErasureScope:
    users = User.objects.of_client_alone(client.pk)
    invited = Invitation.objects.for_client(client).values_list("email", flat=True)
    emails = {client.email, client.pending_email, *invited}
    emails |= {user.email for user in users}
    emails |= set(EmailAddress.objects.filter(user__in=users).values_list("email", flat=True))
    emails |= _former_addresses(client.pk, [user.pk for user in users])
    return ErasureScope(client.pk, frozenset(user.pk for user in users), frozenset(emails - {""}))


def _former_addresses(client_id: int, user_ids: list[int]) -> set[str]:
    """Addresses that the client and these users had before, as the audit log has them."""
    changes = AuditEntry.objects.filter(
        Q(client_id=client_id, action="client.updated")
        | Q(record_kind="user", record_id__in=user_ids, action__startswith="user.email_change")
    )
    pairs = changes.values_list("before", "after")
    return {str(values.get("email", "")) for pair in pairs for values in pair}


def _end_access(client: Client, scope: ErasureScope, ctx: Context) -> None:
    for token in ApiToken.objects.for_client(client).live():
        revoke_token(token=token, ctx=ctx)
    for user in User.objects.filter(pk__in=scope.user_ids):
        end_sessions(user=user, keep_session=None, ctx=ctx)


def _erase_users(scope: ErasureScope) -> None:
    users = User.objects.filter(pk__in=scope.user_ids)
    # Who joins another client meanwhile waits: what their tokens may do there depends on who they are.
    list(users.select_for_update().order_by("pk").values_list("pk"))
    EmailAddress.objects.filter(user__in=users).delete()
    Authenticator.objects.filter(user__in=users).delete()
    for pk in scope.user_ids:
        users.filter(pk=pk).update(
            email=erased_email("user", pk),
            email_verified_at=None,
            first_name=ERASED,
            last_name="",
            password=make_password(None),
            time_zone="",
            last_login_at=None,
            last_login_ip=None,
            is_active=False,
        )


def _erase_details(client: Client, ctx: Context) -> None:
    texts = (
        "company phone address1 address2 city state postcode tax_id tax_exempt_reason pending_email"
    )
    Client.objects.filter(pk=client.pk).update(
        first_name=ERASED,
        last_name="",
        email=erased_email("client", client.pk),
        **dict.fromkeys(texts.split(), ""),
        changed_at=ctx.at,
    )
    Membership.objects.for_client(client).delete()
    Invitation.objects.for_client(client).delete()
    CustomValue.objects.for_client(client).delete()
    ClientNote.objects.for_client(client).update(body=ERASED)
    RecordMetadata.objects.for_client(client).delete()
    IdempotentReply.objects.for_client(client).delete()
    tokens = ApiToken.objects.for_client(client)
    TokenNetwork.objects.filter(token__in=tokens).delete()
    tokens.update(name=ERASED, networks=[], last_used_from=None)


@transaction.atomic
def erase_again(*, client: Client, ctx: Context) -> None:
    """Erase once more what a restored backup brought back; nobody is told again."""
    done = Erasure.objects.for_client(client).exclude(status=ErasureStatus.WITHDRAWN).first()
    if done is None:
        done = Erasure.objects.create(
            client=client, requested_at=ctx.at, erase_on=business_date(ctx.at)
        )
    if done.status != ErasureStatus.DONE:
        with muted_mails():
            erase_client(erasure=done, ctx=ctx, despite_open_records=True)


@transaction.atomic
def erase_kept_records(*, erasure: Erasure, ctx: Context) -> None:
    """Erase what is personal in the documents that had to be kept, and the entries about the client."""
    client = bump_revision(erasure.client_id, ctx)
    with allow_retention():
        run_record_erasers(ErasureScope(client.pk, frozenset(erasure.user_ids), frozenset()), ctx)
        deleted = delete_entries(client_id=client.pk, user_ids=erasure.user_ids)
    Erasure.objects.filter(pk=erasure.pk).update(records_erased_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="erasure.records_erased",
        record=("erasure", erasure.pk),
        name=str(erasure),
        client_id=client.pk,
        after={"audit_entries": deleted},
    )
