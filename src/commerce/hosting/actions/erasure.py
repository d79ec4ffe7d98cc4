"""What a client's services say of people, and which of them stand in the way of erasing it (accounts.md 10)."""

from collections.abc import Iterable

from commerce.accounts.erasure.rules import ERASED, ErasureBlocker, ErasureScope
from commerce.accounts.models import Client
from commerce.hosting.models import (
    AccountInfo,
    AccountPassword,
    DriftFinding,
    ProvisioningCall,
    Service,
)
from commerce.hosting.provisioning import is_being_terminated
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.jobs.erasure import erase_job_details
from commerce.kit.context import Context


def services_before_erasure(client: Client, most: int | None) -> Iterable[ErasureBlocker]:
    """Services that have not come to their end."""
    live = Service.objects.for_client(client).filter(status__in=LIVE_SERVICE_STATUSES)
    for pk, label in live.order_by("pk").values_list("pk", "label")[:most]:
        yield ErasureBlocker("service", pk, label)


def erase_service_texts(scope: ErasureScope, ctx: Context) -> None:
    """Notes and user names of the client's services, the names that the client gave them, and what their panels were
    asked and said. The id of an account, which may be a name, stays until it is removed.
    """
    del ctx
    services = Service.objects.for_client(scope.client_id)
    services.filter(has_own_name=True).update(label=ERASED)
    services.update(notes="", username="")
    services.exclude(is_being_terminated()).update(remote_id="")
    ids = list(services.values_list("pk", flat=True))
    for model in (AccountPassword, AccountInfo, DriftFinding):
        model.objects.filter(service_id__in=ids).delete()
    calls = ProvisioningCall.objects.filter(service_id__in=ids)
    calls.update(path=ERASED, request="", answer="")
    erase_job_details("service", ids)
