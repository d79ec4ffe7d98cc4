"""Names of the work that is done for a zone."""

from django.utils.translation import gettext_lazy as _

from commerce.dns.models import Zone
from commerce.jobs.models import Job
from commerce.jobs.words import JobWords, titled

PUBLISH_ZONE, UNSIGN_ZONE = "zone.publish", "zone.unsign"


def zone_job_subject(zone: Zone) -> tuple[str, int]:
    """Whom jobs about a zone are about."""
    return "zone", zone.pk


_TITLES = {
    PUBLISH_ZONE: _("publish the DNS zone {zone}"),
    UNSIGN_ZONE: _("turn off DNSSEC for {zone}"),
}


def describe_zone_job(job: Job) -> JobWords:
    """What a job about a zone does."""
    zone = Zone.objects.select_related("client").filter(pk=job.subject_id).first()
    name = zone.name if zone else job.subject_id
    title = titled(_TITLES.get(job.action), job, zone=name)
    return JobWords(title, zone.client if zone else None)
