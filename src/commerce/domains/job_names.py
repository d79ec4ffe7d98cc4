"""Names of the work that is done for a domain."""

from django.utils.translation import gettext_lazy as _

from commerce.domains.models import Domain
from commerce.domains.rules import ChangeKind
from commerce.jobs.models import Job, JobQuerySet
from commerce.jobs.words import JobWords, details, titled

REGISTER_DOMAIN, TRANSFER_DOMAIN, RENEW_DOMAIN = (
    "domain.register",
    "domain.transfer",
    "domain.renew",
)
BRING_DOMAIN_BACK = "domain.bring_back"
CANCEL_TRANSFER = "domain.cancel_transfer"
SEND_DS = "zone.send_ds"
SYNC_DOMAIN = "domain.sync"
CHANGE_JOBS = {
    ChangeKind.NAMESERVERS: "domain.nameservers",
    ChangeKind.LOCK: "domain.lock",
    ChangeKind.PRIVACY: "domain.privacy",
    ChangeKind.CONTACTS: "domain.contacts",
}
DROPPED_WITH_DOMAIN = (
    REGISTER_DOMAIN,
    TRANSFER_DOMAIN,
    SYNC_DOMAIN,
    *CHANGE_JOBS.values(),
)
"""What is pointless once a name has ended. A renewal finds out by itself, and gives back what was paid."""
SENT = "sent"
"""The argument of a job that may have told the registrar to do it: written before, and kept by all later tries."""
WITHDRAWN = "withdrawn"
"""The argument of a renewal that shall not be carried out any more, since what was paid for it was given back."""


def domain_job_subject(domain: Domain) -> tuple[str, int]:
    """Whom jobs about a domain are about."""
    return "domain", domain.pk


def sent_jobs(domain: Domain, *actions: str) -> JobQuerySet:
    """Jobs of these actions that may have had their effect at the registrar."""
    return Job.objects.of(domain_job_subject(domain)).filter(action__in=actions, args__has_key=SENT)


def may_be_ours(domain: Domain) -> bool:
    """Whether the registrar may have a name because it was ordered for this domain, and not for somebody before."""
    return bool(domain.remote_id) or sent_jobs(domain, REGISTER_DOMAIN, TRANSFER_DOMAIN).exists()


_TITLES = {
    REGISTER_DOMAIN: _("register {domain} for {client}"),
    TRANSFER_DOMAIN: _("transfer {domain} of {client}"),
    RENEW_DOMAIN: _("renew {domain} of {client}"),
    BRING_DOMAIN_BACK: _("restore {domain} of {client}"),
    CANCEL_TRANSFER: _("cancel the transfer of {domain} of {client}"),
    SYNC_DOMAIN: _("ask the registrar about {domain} of {client}"),
    SEND_DS: _("send the DNSSEC keys of {domain} of {client} to the registrar"),
    CHANGE_JOBS[ChangeKind.NAMESERVERS]: _("change the nameservers of {domain} of {client}"),
    CHANGE_JOBS[ChangeKind.LOCK]: _("change the transfer lock of {domain} of {client}"),
    CHANGE_JOBS[ChangeKind.PRIVACY]: _("change the WHOIS privacy of {domain} of {client}"),
    CHANGE_JOBS[ChangeKind.CONTACTS]: _("change the contacts of {domain} of {client}"),
}


def describe_domain_job(job: Job) -> JobWords:
    """What a job about a domain does. Its page has the holder and what the registry asks for."""
    domain = Domain.objects.select_related("client").filter(pk=job.subject_id).first()
    if domain is None:
        return JobWords(titled(None, job))
    client = domain.client
    title = titled(
        _TITLES.get(job.action),
        job,
        domain=domain.domain_name,
        client=client.company or client.name,
    )
    return JobWords(title, client, details([(_("Domain"), domain.domain_name)]))
