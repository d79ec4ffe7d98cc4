"""What all jobs of a service share: the service as it is now, the question to its panel, and what an answer means."""

from collections.abc import Callable
from datetime import datetime

from commerce.hosting.account_creation import ask_about, terminate_account_of
from commerce.hosting.job_names import CREATE_ACCOUNT, remote_name_of_server
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import Account, HostingModule, ModuleOutcome, ModuleResult
from commerce.hosting.modules.registry import module_for, module_for_service
from commerce.hosting.panel_servers import account_of, call_log
from commerce.hosting.provisioning import reason_still_holds
from commerce.hosting.server_tests import NO_ANSWER, accepts_missing_accounts, try_accounts
from commerce.jobs.handlers import (
    CredentialsRefused,
    JobRun,
    ManualWork,
    Obsolete,
    PermanentFailure,
    RemoteMoved,
    RemoteSilent,
    RetryLater,
)
from commerce.jobs.models import Job
from commerce.jobs.progress import progress_of, store_progress
from commerce.kit.remote.silence import missing_accounts_text

UNDER_WAY_SECONDS = 5
"""After which a panel is asked again how far it is."""

type PanelQuestion = Callable[[HostingModule, Account], ModuleResult]


class TemporaryFailure(Exception):
    """The panel is busy, or said what nobody understands: a failed try."""


def service_of(run: JobRun) -> Service:
    """The service that a job is about, as it is now."""
    return Service.objects.select_related("product", "server", "client").get(pk=run.subject_id)


def remote_of_service(service_id: int) -> str:
    """Where a service lives; one that has no server yet is told of by its kind of work."""
    server = Service.objects.filter(pk=service_id).values_list("server__name", flat=True).first()
    return remote_name_of_server(server) if server else ""


def remote_of_server(server_id: int) -> str:
    """The same name for work about a whole server."""
    server = Server.objects.filter(pk=server_id).values_list("name", flat=True).first()
    return remote_name_of_server(server) if server else ""


def service_in_state(run: JobRun, *states: str) -> Service:
    """The service, if the job's reason is still there (S8); otherwise the job is dropped."""
    service = service_of(run)
    if service.status not in states:
        raise Obsolete(f"The service is {service.status}.")
    if not run.args.get("at_once") and not reason_still_holds(service.pk, run.args):
        raise Obsolete("Its reason is gone.")
    return service


def module_and_account(run: JobRun, service: Service) -> tuple[HostingModule, Account]:
    """The module of a service, whose calls are kept with this job, and the account to ask it about."""
    note = call_log(service.server, service_id=service.pk, job_id=run.job_id)
    account = account_of(service, first_tried_at=_first_tried_at(run), progress=progress_of(run))
    return module_for_service(service, note), account


def _first_tried_at(run: JobRun) -> datetime:
    """When its account was first asked for: by this job, or by an earlier one to make it."""
    first = Job.objects.of((run.subject_kind, run.subject_id)).filter(action=CREATE_ACCOUNT)
    made = first.order_by("id").values_list("created_at", flat=True).first()
    return min(made or run.created_at, run.created_at)


def ask_panel(run: JobRun, service: Service, question: PanelQuestion) -> ModuleResult:
    """What the panel did about an account that should be there; everything but success ends this try."""
    module, account = module_and_account(run, service)
    answer = ask_about(module, account, lambda there: question(module, there))
    if answer.outcome is ModuleOutcome.NOT_FOUND:
        _check_missing(run, service)
    return require_success(run, answer)


def terminate_at_panel(run: JobRun, service: Service) -> ModuleResult:
    """Have the panel remove the account, or what there is of it. That it is gone already is believed of a server that
    has the accounts of others.
    """
    module, account = module_and_account(run, service)
    answer = terminate_account_of(module, account)
    if answer.outcome is ModuleOutcome.ALREADY:
        _check_missing(run, service)
    return require_success(run, answer)


def _check_missing(run: JobRun, service: Service) -> None:
    if service.remote_id and service.server is not None:
        check_is_itself(run, service.server, without=service)


def check_is_itself(
    run: JobRun, server: Server, *, without: Service | None = None, at_least: int = 1
) -> None:
    """Raises ``RemoteMoved`` for a server that lacks nearly all of the accounts that it is asked for, of ``at_least``
    so many, unless staff have said that they are gone.
    """
    if accepts_missing_accounts(server, run.at):
        return
    module = module_for(server, call_log(server, job_id=run.job_id))
    trial = try_accounts(server, module, without=without)
    if trial.failure is not None:
        raise _no_answer(trial.failure)
    if trial.has_moved and trial.asked >= at_least:
        text = missing_accounts_text(server.hostname, trial.found, trial.asked)
        raise RemoteMoved(text, is_certain=True)


def _no_answer(result: ModuleResult) -> RemoteSilent:
    """What a job is ended by that the server has not answered as itself."""
    if result.outcome is ModuleOutcome.UNAUTHORIZED:
        return CredentialsRefused(result.message)
    if result.outcome is ModuleOutcome.MOVED:
        return RemoteMoved(result.message)
    return RemoteSilent(result.message, may_still_run=result.may_still_run)


def require_success(run: JobRun, result: ModuleResult) -> ModuleResult:
    """What the module did; everything else ends this try."""
    if result.outcome is ModuleOutcome.UNDER_WAY:
        store_progress(run, result.data)
        text = result.message or "The panel is working on it."
        raise RetryLater(UNDER_WAY_SECONDS, text)
    if result.outcome in NO_ANSWER:
        raise _no_answer(result)
    if result.outcome is ModuleOutcome.RETRY:
        _forget_task(run)
        raise TemporaryFailure(result.message)
    if result.ok:
        return result
    if progress_of(run):  # whoever tries again begins anew
        store_progress(run, {})
    if result.outcome is ModuleOutcome.MANUAL:
        raise ManualWork(result.message)
    raise PermanentFailure(result.message or f"The panel says: {result.outcome}.")


def _forget_task(run: JobRun) -> None:
    """A task that has failed stays so: the next try looks at what is there, and begins anew."""
    progress = progress_of(run)
    if "task" in progress:
        store_progress(run, {name: text for name, text in progress.items() if name != "task"})
