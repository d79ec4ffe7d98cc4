"""Names of the work that is done for a domain."""

from commerce.domains.models import Domain

REGISTER, TRANSFER, RENEW = "domain.register", "domain.transfer", "domain.renew"
ALL = (REGISTER, TRANSFER, RENEW)


def subject_of(domain: Domain) -> tuple[str, int]:
    """Whom jobs about a domain are about."""
    return "domain", domain.pk
