"""Asking the registrar how a name stands (domains.md 4 and 6)."""

from commerce.domains.handlers.answers import domain_of, remote_of
from commerce.domains.job_names import SYNC_DOMAIN
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.domains.sync import ask_registrar
from commerce.jobs.handlers import JobEffect, JobRun, job_handler
from commerce.kit.context import SYSTEM, Context


@job_handler(SYNC_DOMAIN, one_at_a_time=True, pauses=(120,), remote=remote_of)
def sync_domain_at_registrar(run: JobRun) -> JobEffect:
    """Ask it once; no answer changes nothing."""
    return ask_registrar(domain_of(run, *LIVE_DOMAIN_STATUSES), Context(run.at, SYSTEM))
