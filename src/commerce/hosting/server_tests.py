"""Whether a server works, and is the one that our accounts are on: another machine at its address has none of them, and
would let us believe that all are gone (decision 106).
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Annotated

from django.db import transaction
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.hosting.job_names import remote_name_of_server
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import (
    HostingModule,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
    ask,
)
from commerce.hosting.modules.registry import module_class, module_for
from commerce.hosting.panel_servers import account_of, call_log
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, DriftKind
from commerce.jobs.manual import parked_jobs_of, resume_remote, retry_parked_jobs
from commerce.jobs.remotes import troubled_remote
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.certificates import certificate_of, fingerprint_of
from commerce.kit.remote.http import NoAnswerError
from commerce.kit.remote.time_limits import calls_end_at, seconds_left

TRIED_ACCOUNTS, TRIAL_SECONDS = 10, 8
"""How many accounts are asked for, and how long that may take: a page waits for it. Those asked by then say enough."""
ACCEPTED_FOR = timedelta(days=1)
"""How long staff's word counts that accounts which are missing are gone."""
NO_ANSWER = (ModuleOutcome.SILENT, ModuleOutcome.UNAUTHORIZED, ModuleOutcome.MOVED)


@dataclass(frozen=True, slots=True)
class ServerTest:
    """What a server answered, and in which time."""

    answer: str
    milliseconds: int


@dataclass(slots=True)
class AccountTrial:
    """How many accounts were asked for, how many the server has, and ``failure``, if it did not say."""

    asked: int = 0
    found: int = 0
    failure: ModuleResult | None = None

    @property
    def has_moved(self) -> bool:
        """It has none of them, or fewer than four of five: some may have been removed there by hand."""
        few = self.asked < 5 and self.found > 0
        return self.asked > 0 and not few and self.found * 5 < self.asked * 4


def try_server_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Of all for which a server is asked: one that is managed by hand has nobody to ask."""
    by_hand = module_class(server.module).is_manual
    return StateConflict("server.nothing_to_ask") if by_hand else None


def try_server(*, server: Server, ctx: Context) -> ServerTest:
    """Ask its panel something harmless, and keep what came of it. Raises ``BusinessError`` with what it says, or that
    it does not.
    """
    if blocked := try_server_blocked_reason(server, ctx):
        raise blocked
    started = time.monotonic()
    result = ask(module_for(server, call_log(server)).test)
    problem = "" if result.ok else result.message or result.outcome
    server.tested_at, server.test_problem = ctx.at, problem[:500]
    Server.objects.filter(pk=server.pk).update(tested_at=ctx.at, test_problem=server.test_problem)
    if not result.ok:
        raise BusinessError("server.test_failed", server=server.name, problem=problem)
    return ServerTest(result.message, int((time.monotonic() - started) * 1000))


def try_accounts(
    server: Server, module: HostingModule, *, without: Service | None = None
) -> AccountTrial:
    """Ask a server for some of the accounts that it must have, ``without`` one whose own fate is in question."""
    trial = AccountTrial()
    if module.is_manual:
        return trial
    with calls_end_at(time.monotonic() + min(TRIAL_SECONDS, seconds_left())):
        for service in _known_accounts(server, without):
            answer = ask(module.info, account_of(service, first_tried_at=service.created_at))
            if answer.outcome in NO_ANSWER:
                if not (trial.asked and not seconds_left()):
                    trial.failure = answer
                break
            if answer.ok or answer.outcome is ModuleOutcome.NOT_FOUND:
                trial.asked += 1
                trial.found += _is_of(answer.account, service)
    return trial


def _known_accounts(server: Server, without: Service | None) -> list[Service]:
    """Those that were there when the server was last compared come first, the oldest before the others."""
    missing = Q(drift_finding__kind=DriftKind.MISSING)
    rows = Service.objects.filter(server_id=server.pk, status__in=RUNNING_SERVICE_STATUSES)
    rows = rows.exclude(remote_id="").select_related("product", "client")
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    return list(rows.order_by(Case(When(missing, then=1), default=0), "pk")[:TRIED_ACCOUNTS])


def _is_of(account: PanelAccount | None, service: Service) -> bool:
    """Whether what was found is the account of a service, and not one of the same name on another machine."""
    if account is None:
        return False
    domains = {account.domain.lower(), service.domain.lower()} - {""}
    return account.is_ours or len(domains) < 2


def accepts_missing_accounts(server: Server, at: datetime) -> bool:
    """Whether staff have said of late that what is missing there is gone."""
    accepted_at = server.missing_accepted_at
    return accepted_at is not None and accepted_at > at - ACCEPTED_FOR


def ask_server_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Nothing waits for a server whose last answer was fine."""
    trouble = troubled_remote(remote_name_of_server(server.name))
    return None if trouble else StateConflict("server.no_trouble")


def ask_server_now(*, server: Server, ctx: Context) -> ServerTest:
    """Try a server that was silent, or refused us: if it works, all that waits for it goes on, and what parked
    meanwhile is tried again. Raises ``BusinessError``.
    """
    if blocked := ask_server_blocked_reason(server, ctx):
        raise blocked
    tested = try_server(server=server, ctx=ctx)
    trial = try_accounts(server, module_for(server, call_log(server)))
    if trial.failure is not None:
        raise BusinessError("server.test_failed", server=server.name, problem=trial.failure.message)
    if trial.has_moved and not accepts_missing_accounts(server, ctx.at):
        raise BusinessError(
            "server.other_machine", server=server.name, found=trial.found, asked=trial.asked
        )
    with transaction.atomic():
        write_audit_entry(
            ctx=ctx, action="server.asked_now", record=("server", server.pk), name=server.name
        )
        resume_remote(remote=remote_name_of_server(server.name), ctx=ctx)
    return tested


def retry_server_jobs_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Only what stopped trying is tried again."""
    parked = parked_jobs_of(remote_name_of_server(server.name))
    return None if parked else StateConflict("server.no_failed_jobs")


def _retried_text(count: int, _server: Server) -> str:
    words = ngettext("%(count)s job is queued.", "%(count)s jobs are queued.", count)
    return words % {"count": count}


@act(
    "server.retry",
    Server,
    label=_("Retry failed jobs"),
    intro=_("For when the server works again. All of them are tried at once."),
    done=_retried_text,
    staff=StaffPermission.SERVICES_PROVISION,
    blocked=retry_server_jobs_blocked_reason,
)
def retry_server_jobs(
    *,
    server: Server,
    ctx: Context,
    since: Annotated[date | None, Day(_("Failed on or after"))] = None,
) -> int:
    """Let all that stopped trying at a server, since the beginning of a day (UTC), try again; how many."""
    if blocked := retry_server_jobs_blocked_reason(server, ctx):
        raise blocked
    start = None if since is None else datetime.combine(since, time_of_day(), UTC)
    return retry_parked_jobs(remote=remote_name_of_server(server.name), since=start, ctx=ctx)


def shown_fingerprint(*, server: Server) -> str:
    """That of the certificate which the server shows now, whoever vouches for it. Raises ``BusinessError``."""
    port = server.port or module_class(server.module).default_port
    try:
        return fingerprint_of(certificate_of(server.hostname, port))
    except (NoAnswerError, ValueError) as problem:
        raise BusinessError(
            "server.no_certificate", server=server.name, problem=problem
        ) from problem
