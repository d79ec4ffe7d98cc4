"""The demo's names and zones at its sandboxes: the history was made by hand, and from today on a registrar and a name
server have them.
"""

from datetime import datetime, timedelta

from commerce.demo.company import NAMESERVERS
from commerce.dns.actions.zones import open_zone, publish_zone_again
from commerce.dns.models import Zone
from commerce.dns.sandbox.folder import ZoneFolder
from commerce.dns.servers.registry import SERVER_CLASSES
from commerce.domains.actions.editing import choose_registrar
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainName
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus
from commerce.domains.sandbox import sample_names
from commerce.domains.sandbox.store import SLUG, SandboxName, business_today, open_books
from commerce.jobs.manual import drop_job
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting

SETTINGS = {"domains.registrar": SLUG, "domains.low_balance": "USD 250.00"}
DNS_SETTINGS = {"dns.nameservers": ", ".join(NAMESERVERS), "dns.server": "sandbox"}
TRANSFER_TAKES = timedelta(days=3)
"""Whoever looks around shall see a name that is on its way."""


def hand_names_to_sandbox(at: datetime) -> None:
    """Let the sandbox have the live names, and new ones; where there is none, all stay with staff."""
    if SLUG not in REGISTRAR_CLASSES:
        return
    ctx = Context(at, SYSTEM)
    for key, value in SETTINGS.items():
        set_setting(key=key, value=value, ctx=ctx)
    for domain in Domain.objects.filter(status__in=LIVE_DOMAIN_STATUSES).exclude(registrar=""):
        choose_registrar(domain=domain, registrar=SLUG, ctx=ctx)
        for job in Job.objects.of(("domain", domain.pk)).filter(status=JobStatus.PARKED):
            drop_job(job=job, reason="the sandbox does it", ctx=ctx)


def open_zones_at_sandbox(at: datetime) -> None:
    """Let the sandbox answer for the names that have our name servers; where there is none, zones are off."""
    if DNS_SETTINGS["dns.server"] not in SERVER_CLASSES:
        return
    ctx = Context(at, SYSTEM)
    for key, value in DNS_SETTINGS.items():
        set_setting(key=key, value=value, ctx=ctx)
    for domain in Domain.objects.filter(status=DomainStatus.ACTIVE).order_by("pk"):
        if tuple(domain.nameservers) == NAMESERVERS:
            open_zone(client=domain.client, name=domain.domain_name, ctx=ctx)


def fill_sandbox_from_books() -> None:
    """Give the sandbox what it lacks of our names: its file may be new, or somebody deleted it."""
    names = Domain.objects.filter(status__in=LIVE_DOMAIN_STATUSES, registrar=SLUG)
    with open_books(business_today()) as books:
        for domain in names.order_by("pk"):
            if books.find(domain.domain_name) is None:
                books.save(_as_registered(domain))


def publish_missing_zones(at: datetime) -> None:
    """Have the sandbox told of the zones that it lacks: somebody deleted its folder."""
    if get_setting("dns.server") != DNS_SETTINGS["dns.server"]:
        return
    for zone in Zone.objects.live().order_by("pk"):
        if ZoneFolder(zone.name).read() is None:
            publish_zone_again(zone=zone, ctx=Context(at, SYSTEM))


def _as_registered(domain: Domain) -> SandboxName:
    coming = domain.status == DomainStatus.PENDING_TRANSFER
    name = DomainName(domain.domain_name, domain.tld)
    return SandboxName(
        name=domain.domain_name,
        remote_id=domain.remote_id or f"sb-{domain.pk}",
        registered=domain.registration_date
        or sample_names.registered_there(name, business_today()),
        expires=domain.expiry_date or sample_names.expiry_there(name, business_today()),
        arrival="transferred" if coming else "registered",
        ready_at=clock.now() + TRANSFER_TAKES if coming else None,
        is_locked=domain.is_locked,
        whois_privacy=domain.whois_privacy,
        nameservers=domain.nameservers,
        contacts=domain.contacts,
        code=f"Demo-{domain.pk:04d}",
    )
