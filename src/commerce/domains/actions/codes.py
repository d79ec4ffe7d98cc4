"""Authorization codes with which a name leaves us: fetched from the registrar, shown once, kept nowhere."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.db.locks import lock
from commerce.domains.actions.changes import open_changes
from commerce.domains.actions.editing import active_only_blocked_reason
from commerce.domains.events import DomainCodeRevealed
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import ChangeKind
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.shown import ShownOnce
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.page_limits import page_limits
from commerce.site_settings import current

CODES_A_DAY = 5
MAX_CODE_FAILURES = 10
"""An hour, for each client: fetches that gave no code, each of which a registrar may have been asked for."""
_REVEALED = "domain.auth_code_revealed"


def auth_code_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why there is no code; None if the registrar can be asked for it."""
    if not registrar_of(domain).capabilities.code:
        return StateConflict("domain.code_not_offered")
    if reason := active_only_blocked_reason(domain, ctx):
        return reason
    is_locked = domain.is_locked or ChangeKind.LOCK in open_changes(domain)
    return StateConflict("domain.locked") if is_locked else None


def fetch_auth_code(*, domain: Domain, ctx: Context) -> str:
    """The code, from the registrar; that it is shown, and to whom, is noted, the code itself nowhere.

    Call it outside of a transaction. Raises ``BusinessError`` after the fifth of a day (but to who asks on the server),
    and where the registrar gives none now.
    """
    code = ask_for_auth_code(domain, ctx)
    note_auth_code(domain=domain, ctx=ctx)
    return code


def ask_for_auth_code(domain: Domain, ctx: Context) -> str:
    """The first half of ``fetch_auth_code``: nobody may see the code before ``note_auth_code``."""
    check_auth_code(domain=domain, ctx=ctx)
    result = registrar_of(domain).get_code(domain_name_of(domain))
    if result.problem == RegistrarProblem.RETRY:
        raise BusinessError("domain.code_not_available_now")
    if not result.data:
        raise BusinessError("domain.code_not_given")
    return result.data


@act(
    "domain.code",
    Domain,
    label=_("Authorization code"),
    intro=_("Whoever has this code can transfer the domain away. Give it only to its owner."),
    submit=_("Show code"),
    done=_("This code is shown only once. The client's owners are told by email."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=auth_code_blocked_reason,
    asks_password=True,
    is_atomic=False,
)
def show_auth_code(*, domain: Domain, ctx: Context) -> ShownOnce:
    """``fetch_auth_code``, for whoever sees it in the answer."""
    try:
        with page_limits():
            return ShownOnce(fetch_auth_code(domain=domain, ctx=ctx))
    except TimeoutError as busy:
        raise BusinessError("domain.code_not_available_now") from busy


@transaction.atomic
def check_auth_code(*, domain: Domain, ctx: Context) -> None:
    """Raises ``BusinessError`` where no code may be shown now."""
    lock_client(domain.client_id)
    row = lock(domain)
    if reason := auth_code_blocked_reason(row, ctx):
        raise reason
    shown = AuditEntry.objects.filter(
        record_kind="domain",
        record_id=row.pk,
        action=_REVEALED,
        at__gt=ctx.at - timedelta(days=1),
    )
    if ctx.actor.kind != "system" and shown.count() >= CODES_A_DAY:
        raise BusinessError("domain.too_many_codes", most=CODES_A_DAY)


@transaction.atomic
def note_auth_code(*, domain: Domain, ctx: Context) -> None:
    """A code is shown now. Looked at again under the lock, so that no sixth is that was fetched beside the fifth."""
    check_auth_code(domain=domain, ctx=ctx)
    write_audit_entry(
        ctx=ctx,
        action=_REVEALED,
        record=("domain", domain.pk),
        name=str(domain),
        client_id=domain.client_id,
    )
    who, address = ctx.actor.name, ctx.actor.address or ""
    if ctx.actor.kind in ("staff", "system"):  # we, without names, as in the client's history
        who, address = current.get_setting("company.name"), ""
    event = DomainCodeRevealed(domain.pk, "", who, address)
    publish(event, at=ctx.at, client_id=domain.client_id)
