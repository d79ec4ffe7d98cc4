"""Names of the work that is done for a domain."""

from commerce.domains.models import Domain

REGISTER_DOMAIN, TRANSFER_DOMAIN, RENEW_DOMAIN = (
    "domain.register",
    "domain.transfer",
    "domain.renew",
)
ALL_DOMAIN_JOBS = (REGISTER_DOMAIN, TRANSFER_DOMAIN, RENEW_DOMAIN)


def domain_job_subject(domain: Domain) -> tuple[str, int]:
    """Whom jobs about a domain are about."""
    return "domain", domain.pk
