"""Names of the work that is done for a domain."""

from commerce.domains.models import Domain
from commerce.domains.rules import ChangeKind

REGISTER_DOMAIN, TRANSFER_DOMAIN, RENEW_DOMAIN = (
    "domain.register",
    "domain.transfer",
    "domain.renew",
)
CANCEL_TRANSFER = "domain.cancel_transfer"
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
    RENEW_DOMAIN,
    SYNC_DOMAIN,
    *CHANGE_JOBS.values(),
)
"""What is pointless once a name has ended."""


def domain_job_subject(domain: Domain) -> tuple[str, int]:
    """Whom jobs about a domain are about."""
    return "domain", domain.pk
