"""The jobs about a whole server: what its accounts use, and where it differs from what is known here.

They read only. The server is asked about one service after the other for some minutes, then others have a turn.
"""

import time
from collections.abc import Callable, Iterator

from commerce.hosting.actions.accounts import store_account_info
from commerce.hosting.actions.drift import (
    end_comparison,
    service_ids_being_changed,
    store_differences,
)
from commerce.hosting.actions.usage import record_usage
from commerce.hosting.job_names import COMPARE_SERVER, READ_USAGE
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import (
    Account,
    HostingModule,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
    ask,
)
from commerce.hosting.modules.registry import module_for
from commerce.hosting.panel_jobs import (
    UNDER_WAY_SECONDS,
    check_is_itself,
    remote_of_server,
    require_success,
)
from commerce.hosting.panel_servers import account_of, call_log
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    RemoteSilent,
    RetryLater,
    job_handler,
)
from commerce.jobs.progress import progress_of, store_progress
from commerce.jobs.rules import JobPriority
from commerce.kit.context import SYSTEM, Context
from commerce.kit.remote.calls import NoteCall

RUN_SECONDS = 120
"""How long one run asks: far less than a job may be held."""


def _server(run: JobRun) -> Server:
    server = Server.objects.filter(pk=run.subject_id).first()
    if server is None:
        raise Obsolete("The server is gone.")
    return server


def _failures(run: JobRun, server: Server) -> NoteCall:
    """Of what only reads, the calls that failed are kept (decision 78)."""
    return call_log(server, job_id=run.job_id, only_failed=True)


@job_handler(READ_USAGE, remote=remote_of_server, priority=JobPriority.BULK)
def read_usage(run: JobRun) -> JobEffect | None:
    """Keep what each running account of the server uses today; one that cannot be read is left out."""
    server = _server(run)
    module = module_for(server, _failures(run, server))
    if ModuleCapability.USAGE not in module.capabilities:
        raise Obsolete("Its module does not tell.")
    for service, answer in _answers(run, server, RUNNING_SERVICE_STATUSES, module.usage):
        if answer.ok:
            record_usage(service=service, figures=answer.usage, ctx=Context(run.at, SYSTEM))
    return None


@job_handler(COMPARE_SERVER, remote=remote_of_server, priority=JobPriority.BULK)
def compare_server(run: JobRun) -> JobEffect:
    """Compare each account of the server with what is known here, and keep how it stands. It reports; staff decide.

    A server that has nearly none of them is another machine: nothing is said of its accounts then.
    """
    server, ctx = _server(run), Context(run.at, SYSTEM)
    module = module_for(server, _failures(run, server))
    if module.is_manual:
        raise Obsolete("There is no panel to ask.")
    if not progress_of(run):
        check_is_itself(run, server, at_least=2)
    changing = service_ids_being_changed(server)
    for service, account in _accounts(run, server, module):
        if service.pk in changing:
            continue
        store_differences(service=service, account=account, since=run.at, ctx=ctx)
        if account is not None and service.status in RUNNING_SERVICE_STATUSES:
            store_account_info(service=service, account=account, ctx=ctx)
    return lambda: end_comparison(server=server, since=run.created_at, ctx=ctx)


def _accounts(
    run: JobRun, server: Server, module: HostingModule
) -> Iterator[tuple[Service, PanelAccount | None]]:
    """Each service with its account at the panel, as far as the panel tells."""
    if ModuleCapability.LIST in module.capabilities:
        answer = require_success(run, ask(module.list_accounts))
        listed = {account.remote_id: account for account in answer.accounts}
        for service in _rest(run, server, tuple(ServiceStatus)):
            yield service, listed.get(service.remote_id)
        return
    for service, answer in _answers(run, server, tuple(ServiceStatus), module.info):
        if answer.ok or answer.outcome is ModuleOutcome.NOT_FOUND:
            yield service, answer.account


def _services(server: Server) -> Iterator[Service]:
    rows = Service.objects.filter(server=server).select_related("product", "client")
    yield from rows.order_by("pk").iterator(chunk_size=500)


def _rest(run: JobRun, server: Server, statuses: tuple[str, ...]) -> Iterator[Service]:
    """Those services that earlier runs of the job did not come to; after some minutes the job waits a little."""
    ends_at = time.monotonic() + RUN_SECONDS
    done = int(progress_of(run).get("after", 0))
    for service in _services(server):
        if service.pk <= done or service.status not in statuses or not service.remote_id:
            continue
        if time.monotonic() > ends_at:
            store_progress(run, {"after": str(done)})
            raise RetryLater(UNDER_WAY_SECONDS, "There are more accounts to ask about.")
        yield service
        done = service.pk


def _answers(
    run: JobRun,
    server: Server,
    statuses: tuple[str, ...],
    question: Callable[[Account], ModuleResult],
) -> Iterator[tuple[Service, ModuleResult]]:
    """What the panel says of each; one about which alone it says nothing is left out.

    Raises ``RemoteSilent`` when this run has no answer to two questions, or to the only one.
    """
    silence: str | None = None
    has_answered = False
    for service in _rest(run, server, statuses):
        answer = ask(question, account_of(service, first_tried_at=service.created_at))
        if answer.outcome in (ModuleOutcome.UNAUTHORIZED, ModuleOutcome.MOVED):
            require_success(run, answer)
        if answer.outcome is not ModuleOutcome.SILENT:
            has_answered = True
            yield service, answer
        elif silence is not None and not has_answered:
            raise RemoteSilent(silence)
        else:
            silence = answer.message
    if silence is not None and not has_answered and not progress_of(run):
        raise RemoteSilent(silence)
