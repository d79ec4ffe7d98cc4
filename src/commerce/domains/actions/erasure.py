"""What a client's domains say of people, and which of them stand in the way of erasing it (accounts.md 10)."""

from collections.abc import Iterable

from commerce.accounts.erasure.rules import ERASED, ErasureBlocker, ErasureScope
from commerce.accounts.models import Client
from commerce.domains.models import (
    Domain,
    DomainChange,
    DomainDrift,
    RegistrantVerification,
    RegistryMessage,
)
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, ChangeStatus
from commerce.jobs.erasure import erase_job_details
from commerce.jobs.remote_calls import erase_calls_about
from commerce.kit.context import Context


def domains_before_erasure(client: Client, most: int | None) -> Iterable[ErasureBlocker]:
    """Names that have not come to their end."""
    live = Domain.objects.for_client(client).filter(status__in=LIVE_DOMAIN_STATUSES)
    for pk, name in live.order_by("domain_name").values_list("pk", "domain_name")[:most]:
        yield ErasureBlocker("domain", pk, name)


def erase_domain_contacts(scope: ErasureScope, ctx: Context) -> None:
    """Contacts and notes of the client's names, and what was to be changed of them. The names stay, as on invoices."""
    del ctx
    domains = Domain.objects.for_client(scope.client_id)
    domains.update(contacts={}, notes="")
    ended = DomainChange.objects.filter(domain__client_id=scope.client_id)
    ended.exclude(status=ChangeStatus.REQUESTED).update(wanted={})
    DomainDrift.objects.filter(domain__client_id=scope.client_id).update(ours="", theirs="")
    RegistrantVerification.objects.filter(domain__client_id=scope.client_id).update(email="")
    names = domains.values_list("domain_name", flat=True)
    RegistryMessage.objects.filter(about__in=list(names)).update(text="")
    erase_calls_about(names, ERASED)
    erase_job_details("domain", domains.values_list("pk", flat=True))
