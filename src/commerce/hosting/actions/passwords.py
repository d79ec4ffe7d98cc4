"""Passwords of accounts: made here, handed to the panel, read once by a member, then forgotten
(services-and-provisioning.md 4).

None is mailed or logged. What nobody has read after 14 days is deleted.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.hosting.account_names import generate_password
from commerce.hosting.actions.editing import active_only_blocked_reason
from commerce.hosting.job_names import SET_PASSWORD, service_job_subject
from commerce.hosting.models import AccountPassword, Service
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import StateConflict
from commerce.site_settings.encryption import key_ring

PASSWORD_DAYS = 14


def password_to_set(service: Service, at: datetime) -> tuple[str, bool]:
    """The password that the panel is to be given, and whether it was made now: a try that is repeated gives the same.

    What was set before is replaced: the panel is about to forget it.
    """
    stored = AccountPassword.objects.filter(service=service, set_at=None).first()
    if stored is not None:
        try:
            return key_ring().decrypt(stored.encrypted), False
        except DecryptionError:  # a ring that was lost: another one, then
            pass
    password = generate_password()
    AccountPassword.objects.update_or_create(
        service=service,
        defaults={"encrypted": key_ring().encrypt(password), "made_at": at, "set_at": None},
    )
    return password, True


def store_password(service: Service, at: datetime) -> None:
    """The panel has taken the password: a member may read it."""
    AccountPassword.objects.filter(service=service, set_at=None).update(set_at=at, made_at=at)


def forget_password(service: Service) -> None:
    """It is not that of the account."""
    AccountPassword.objects.filter(service=service).delete()


def reveal_password_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Blocks showing a password that the panel has not taken yet, that was read before, or that is being replaced."""
    if reason := active_only_blocked_reason(service, ctx):
        return reason
    jobs = Job.objects.of(service_job_subject(service))
    if jobs.filter(action=SET_PASSWORD, status__in=UNFINISHED_STATES).exists():
        return StateConflict("service.password_being_set")
    stored = AccountPassword.objects.filter(service=service, set_at__isnull=False)
    return None if stored.exists() else StateConflict("service.no_password")


@act(
    "service.show_password",
    Service,
    label=_("Show password"),
    done="",
    member="services.manage",
    reveals=True,
    blocked=reveal_password_blocked_reason,
)
@transaction.atomic
def reveal_password(*, service: Service, ctx: Context) -> str:
    """The password of the account, this once: it is forgotten here. Raises ``BusinessError`` when there is none."""
    bump_revision(service.client_id, ctx)
    row = lock(service)
    if blocked := reveal_password_blocked_reason(row, ctx):
        raise blocked
    stored = AccountPassword.objects.select_for_update().get(service=service)
    try:
        password = key_ring().decrypt(stored.encrypted)
    except DecryptionError as error:
        raise StateConflict("service.no_password") from error
    stored.delete()
    write_audit_entry(
        ctx=ctx,
        action="service.password_revealed",
        record=("service", service.pk),
        name=service.label,
        client_id=service.client_id,
    )
    return password


def forget_old_passwords(*, at: datetime) -> int:
    """Delete what nobody has read for 14 days; how many."""
    old = AccountPassword.objects.filter(made_at__lt=at - timedelta(days=PASSWORD_DAYS))
    return old.delete()[0]


def reencrypt_passwords() -> int:
    """Put every password under the first key of the ring; how many."""
    done = 0
    for stored in AccountPassword.objects.order_by("pk"):
        with suppress(DecryptionError):
            row = AccountPassword.objects.filter(pk=stored.pk, encrypted=stored.encrypted)
            done += row.update(encrypted=key_ring().rotate(stored.encrypted))
    return done
