"""What a client and the registrar's word do to a transfer to us (domains.md 1 and 4)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.db.locks import lock
from commerce.domains.actions.editing import transfer_only_blocked_reason, update_domain
from commerce.domains.actions.states import cancel_domain
from commerce.domains.events import DomainTransferFailed, DomainTransferHeld
from commerce.domains.job_names import CANCEL_TRANSFER, TRANSFER_DOMAIN, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.order_data import store_auth_code
from commerce.domains.rules import DomainStatus, TransferHold, TransferProblem
from commerce.events.publish import publish
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.jobs.rules import JobPriority
from commerce.kit import ids
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Secret
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts

MAX_CODE_LENGTH = 255


def new_code_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why no other code can be given; None while a transfer waits for one."""
    waits = (TransferHold.CODE_MISSING, TransferHold.CODE_WRONG)
    if domain.status == DomainStatus.PENDING_TRANSFER and domain.transfer_hold in waits:
        return None
    return StateConflict("domain.no_code_needed")


@act(
    "domain.transfer_code",
    Domain,
    label=_("New transfer code"),
    submit=_("Continue transfer"),
    done=TwoTexts(
        member=_("We're sending the new code. This can take a few days."),
        staff=_("The transfer continues with the new code."),
    ),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=new_code_blocked_reason,
)
@transaction.atomic
def give_new_code(
    *,
    domain: Domain,
    code: Annotated[
        str,
        Secret(
            _("Authorization code"), about=_("From the current provider."), most=MAX_CODE_LENGTH
        ),
    ],
    ctx: Context,
) -> None:
    """Another authorization code for a transfer, which is sent with it at once.

    Raises ``StateConflict`` unless the transfer waits for one.
    """
    code = code.strip()
    if not code:
        raise BusinessError("domain.code_missing", field="code")
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := new_code_blocked_reason(row, ctx):
        raise reason
    store_auth_code(row, code, ctx)
    update_domain(
        row, "code_given", ctx=ctx, blocked=transfer_only_blocked_reason, transfer_hold=""
    )
    enqueue(
        domain_job_subject(row),
        TRANSFER_DOMAIN,
        f"code {ids.random_key()}",
        ctx.at,
        {"years": row.term_years, "from": None},
        priority=JobPriority.URGENT,
    )
    domain.refresh_from_db()


def cancel_transfer_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why there is no transfer that can be called off; None if there is."""
    if reason := transfer_only_blocked_reason(domain, ctx):
        return reason
    is_ending = domain.transfer_hold == TransferHold.BEING_CANCELLED
    return StateConflict("domain.transfer_being_canceled") if is_ending else None


@act(
    "domain.cancel_transfer",
    Domain,
    label=_("Cancel transfer"),
    done=TwoTexts(
        member=_("We're canceling the transfer."),
        staff=_("The transfer is being canceled. Its price becomes credit."),
    ),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=cancel_transfer_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def cancel_transfer(*, domain: Domain, ctx: Context) -> None:
    """Call a transfer off: the registrar is told to stop it, then the price goes to credit.

    Raises ``StateConflict`` unless it is under way.
    """
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := cancel_transfer_blocked_reason(row, ctx):
        raise reason
    call_transfer_off(domain=row, problem=TransferProblem.CANCELLED, ctx=ctx)
    domain.refresh_from_db()


def call_transfer_off(*, domain: Domain, problem: TransferProblem, ctx: Context) -> None:
    """Have the registrar stop it, unless nobody was asked for it yet."""
    subject = domain_job_subject(domain)
    drop_obsolete(subject, [TRANSFER_DOMAIN], at=ctx.at, reason="The transfer is called off.")
    if domain.transfer_hold == TransferHold.CODE_MISSING:
        end_transfer(domain=domain, problem=problem, ctx=ctx)
        return
    hold = TransferHold.BEING_CANCELLED
    update_domain(
        domain, "transfer_ending", ctx=ctx, blocked=transfer_only_blocked_reason, transfer_hold=hold
    )
    cause = f"{problem} {ids.random_key()}"
    enqueue(subject, CANCEL_TRANSFER, cause, ctx.at, {"problem": problem})


@transaction.atomic
def hold_transfer(*, domain: Domain, hold: TransferHold, ctx: Context) -> None:
    """The registrar waits for its code, or for the right one: the client is asked."""
    update_domain(
        domain, "transfer_held", ctx=ctx, blocked=transfer_only_blocked_reason, transfer_hold=hold
    )
    publish(DomainTransferHeld(domain.pk, "", hold), at=ctx.at, client_id=domain.client_id)


def resume_transfer(*, domain: Domain, remote_id: str, ctx: Context) -> None:
    """The registrar took it, with the right code."""
    if domain.transfer_hold or (remote_id and remote_id != domain.remote_id):
        update_domain(
            domain,
            "transfer_resumed",
            ctx=ctx,
            blocked=transfer_only_blocked_reason,
            transfer_hold="",
            remote_id=remote_id or domain.remote_id,
        )


@transaction.atomic
def end_transfer(*, domain: Domain, problem: TransferProblem, ctx: Context) -> None:
    """It did not come to us: the domain is cancelled; its price goes to credit, and the client is told why."""
    cancel_domain(domain=domain, ctx=ctx)
    publish(DomainTransferFailed(domain.pk, "", problem), at=ctx.at, client_id=domain.client_id)
