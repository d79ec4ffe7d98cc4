"""Why a domain does not take an act now: what its page says on the button; None where it does (backoffice.md 3)."""

from django.utils.translation import gettext_lazy as _lazy

from commerce.billing.periods.domain_offers import (
    has_open_renewal,
    renewal_blocked_reason,
    restore_blocked_reason,
)
from commerce.dns.models import Zone
from commerce.dns.servers.registry import zones_are_on
from commerce.domains.actions.changes import is_privacy_offered, open_changes
from commerce.domains.actions.losses import back_blocked_reason
from commerce.domains.actions.verifications import resend_blocked_reason
from commerce.domains.job_names import REGISTER_DOMAIN, TRANSFER_DOMAIN, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import (
    LIVE_DOMAIN_STATUSES,
    REGISTERED_DOMAIN_STATUSES,
    ChangeKind,
    DomainStatus,
    TransferHold,
)
from commerce.jobs.models import Job
from commerce.jobs.rules import OPEN_STATES
from commerce.kit import clock
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date


def _active(domain: Domain) -> Text | None:
    return None if domain.status == DomainStatus.ACTIVE else _lazy("Only active domains.")


def _changing(domain: Domain, kind: ChangeKind) -> Text | None:
    if reason := _active(domain):
        return reason
    is_open = kind in open_changes(domain)
    return _lazy("This is already being changed.") if is_open else None


def living(domain: Domain) -> Text | None:
    """Not of a name that has ended."""
    return None if domain.status in LIVE_DOMAIN_STATUSES else _lazy("This domain has ended.")


def registered(domain: Domain) -> Text | None:
    """Only of a name that is registered."""
    is_so = domain.status in REGISTERED_DOMAIN_STATUSES
    return None if is_so else _lazy("Only registered domains.")


def bring_back(domain: Domain) -> Text | None:
    """Only of one that ended as transferred away, at a registrar that can be asked."""
    reason = back_blocked_reason(domain)
    return None if reason is None else str(reason)


def sync(domain: Domain) -> Text | None:
    """Not where nobody can be asked, and not before the registrar was sent anything."""
    if reason := living(domain):
        return reason
    if not registrar_of(domain).capabilities.is_connected:
        return _lazy("This registrar is managed by hand, so it can't be asked.")
    if domain.status == DomainStatus.PENDING and domain.sent_at is None:
        return _lazy("The registration hasn't been sent yet.")
    return None


def nameservers(domain: Domain) -> Text | None:
    return _changing(domain, ChangeKind.NAMESERVERS)


def lock(domain: Domain) -> Text | None:
    return _changing(domain, ChangeKind.LOCK)


def privacy(domain: Domain) -> Text | None:
    if domain.whois_privacy or is_privacy_offered(domain):
        return _changing(domain, ChangeKind.PRIVACY)
    return _lazy("WHOIS privacy isn't available for this domain.")


def contacts(domain: Domain) -> Text | None:
    if registrar_of(domain).capabilities.contacts:
        return _changing(domain, ChangeKind.CONTACTS)
    return _lazy("This registrar doesn't take changes of contacts.")


def code(domain: Domain) -> Text | None:
    if not registrar_of(domain).capabilities.code:
        return _lazy("This registrar doesn't hand out codes here.")
    if reason := _active(domain):
        return reason
    is_locked = domain.is_locked or ChangeKind.LOCK in open_changes(domain)
    return _lazy("Turn off the transfer lock first.") if is_locked else None


def renew(domain: Domain) -> Text | None:
    if domain.status not in (DomainStatus.ACTIVE, DomainStatus.EXPIRED):
        return _lazy("Only active or expired domains.")
    return renewal_blocked_reason(domain, business_date(clock.now())) or None


def restore(domain: Domain) -> Text | None:
    if domain.status != DomainStatus.REDEMPTION:
        return _lazy("Only domains in redemption.")
    return restore_blocked_reason(domain) or None


def term(domain: Domain) -> Text | None:
    if domain.status not in (DomainStatus.ACTIVE, DomainStatus.EXPIRED):
        return _lazy("Only active or expired domains.")
    return _lazy("A renewal is open.") if has_open_renewal(domain) else None


def transfer_code(domain: Domain) -> Text | None:
    waits = (TransferHold.CODE_MISSING, TransferHold.CODE_WRONG)
    return None if domain.transfer_hold in waits else _lazy("No transfer is waiting for a code.")


def cancel_transfer(domain: Domain) -> Text | None:
    if domain.status != DomainStatus.PENDING_TRANSFER:
        return _lazy("No transfer is in progress.")
    is_ending = domain.transfer_hold == TransferHold.BEING_CANCELLED
    return _lazy("The transfer is already being canceled.") if is_ending else None


def verification(domain: Domain) -> Text | None:
    """Only where the registrar waits for the holder."""
    reason = _active(domain)
    blocked = None if reason else resend_blocked_reason(domain)
    return reason or (str(blocked) if blocked else None)


def credit(domain: Domain) -> Text | None:
    """Only of a name that never came, and that the registrar is not at work on."""
    if domain.registration_date is not None:
        return _lazy("This domain was registered.")
    if domain.status not in (DomainStatus.PENDING, DomainStatus.CANCELLED):
        return _lazy("Only domains that couldn't be registered.")
    jobs = Job.objects.of(domain_job_subject(domain)).filter(status__in=OPEN_STATES)
    if jobs.filter(action__in=[REGISTER_DOMAIN, TRANSFER_DOMAIN]).exists():
        return _lazy("The registrar is still working on it.")
    return None


def zone(domain: Domain) -> Text | None:
    if not zones_are_on():
        return _lazy("No DNS server is set up.")
    if reason := registered(domain):
        return reason
    has_one = Zone.objects.live().filter(name=domain.domain_name, ends_on=None).exists()
    return _lazy("This domain has a zone.") if has_one else None
