"""Names of the work that is done for a zone."""

from commerce.dns.models import Zone

PUBLISH_ZONE, UNSIGN_ZONE, SEND_DS = "zone.publish", "zone.unsign", "zone.send_ds"


def zone_job_subject(zone: Zone) -> tuple[str, int]:
    """Whom jobs about a zone are about."""
    return "zone", zone.pk
