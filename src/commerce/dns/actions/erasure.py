"""What a client's zones say of people (accounts.md 10)."""

from commerce.accounts.erasure.rules import ERASED, ErasureScope
from commerce.dns.models import Zone, ZoneVersion
from commerce.jobs.erasure import erase_job_details
from commerce.jobs.remote_calls import erase_calls_about
from commerce.kit.context import Context


def erase_zone_authors(scope: ErasureScope, ctx: Context) -> None:
    """Who made each version of the client's zones."""
    del ctx
    ZoneVersion.objects.filter(zone__client_id=scope.client_id).update(made_by="")
    zones = Zone.objects.for_client(scope.client_id)
    erase_calls_about(zones.values_list("name", flat=True), ERASED)
    erase_job_details("zone", zones.values_list("pk", flat=True))
