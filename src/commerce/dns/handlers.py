"""The jobs of a zone: the name server told, delegation signers sent, signing ended (dns.md 3 and 4)."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NoReturn

from django.db import transaction

from commerce.dns.actions.records import request_publication
from commerce.dns.actions.signing import (
    finish_unsigning,
    record_ds_at_registrar,
    record_parent_ds,
    record_publication,
    takes_ds,
    uses_our_nameservers,
)
from commerce.dns.emails import send_server_silent_email
from commerce.dns.job_names import PUBLISH_ZONE, UNSIGN_ZONE
from commerce.dns.models import Zone
from commerce.dns.rules import DnssecStatus, ZoneStatus, has_reached
from commerce.dns.servers.contract import DnsServer, ServedZone, ZoneRefusedError
from commerce.dns.servers.registry import dns_server, our_nameservers
from commerce.domains.job_names import SEND_DS
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DsRecord, RegistrarProblem
from commerce.domains.registrars.registry import domain_name_of, registrar_name_of, registrar_of
from commerce.jobs.handlers import (
    CredentialsRefused,
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RemoteSilent,
    RetryLater,
    job_handler,
)
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit.context import SYSTEM, Actor, Context

SILENT_SECONDS, BEHIND_SECONDS = 60, 5
"""Until a server that did not answer, or answers with an earlier serial, is asked again."""
TELL_AFTER = timedelta(minutes=10)
KEYS_SECONDS = 60
"""Until nameservers that do not answer with the keys of a zone are asked again."""
PARENT_SECONDS = 3_600
"""Until the parent is asked again whether delegation signers are gone."""
SILENT = "The DNS server doesn't answer: "


class TemporaryFailure(Exception):
    """The registrar could not be reached, or is busy: a failed try."""


def _server_name(zone_id: int) -> str:
    del zone_id
    server = dns_server()
    return f"dns {server.slug}" if server else ""


@job_handler(PUBLISH_ZONE, one_at_a_time=True, remote=_server_name)
def publish_zone(run: JobRun) -> JobEffect | None:
    """Have the server hold what the zone is now: its newest version wins, whichever one the job was made for."""
    server, zone = dns_server(), Zone.objects.get(pk=run.subject_id)
    if server is None:
        raise Obsolete("DNS hosting is off.")
    _spare_silent_server(run)
    if zone.status == ZoneStatus.ENDED:
        return _take_away(run, zone, server)
    version, is_signed = zone.newest, zone.dnssec != DnssecStatus.UNSIGNED
    served = ServedZone(zone.name, version.soa_value(), version.record_list(), is_signed)
    try:
        server.put_zone(served)
        ds_records = server.ds_records(zone.name) if is_signed else []
        serial = server.served_serial(zone.name)
        has_keys = not ds_records or server.answers_keys(zone.name, ds_records)
    except OSError as silent:
        _wait(run, server, silent)
    except ZoneRefusedError as refused:
        raise PermanentFailure(f"The DNS server refused the zone: {refused}") from refused
    if not has_reached(serial, version.serial):
        _wait_for_answer(run, server, f"It answers with serial {serial}.")
    if not has_keys:
        _wait_for_answer(run, server, "It doesn't answer with the zone's keys.")
    return lambda: record_publication(
        zone=zone, version=version, ds_records=ds_records, ctx=Context(run.at, SYSTEM)
    )


def _take_away(run: JobRun, zone: Zone, server: DnsServer) -> JobEffect:
    """The zone has ended; a new one of the same name is put again, if it came between."""
    if Zone.objects.live().filter(name=zone.name).exists():
        raise Obsolete("The name has another zone.")
    try:
        server.delete_zone(zone.name)
    except OSError as silent:
        _wait(run, server, silent)
    except ZoneRefusedError as refused:
        raise PermanentFailure(f"The DNS server kept the zone: {refused}") from refused

    def effect() -> None:
        if again := Zone.objects.live().filter(name=zone.name).first():
            ctx = Context(run.at, SYSTEM)
            request_publication(zone=again, occasion=f"after {zone.pk}", ctx=ctx)

    return effect


def _spare_silent_server(run: JobRun) -> None:
    """A server that is silent to one zone is not asked for the others, which would hold up the worker for each."""
    waiting = Job.objects.filter(
        action=PUBLISH_ZONE,
        status=JobStatus.WAITING,
        next_try_at__gt=run.at,
        error__startswith=SILENT,
    ).exclude(pk=run.job_id)
    if soonest := waiting.order_by("next_try_at").first():
        assert soonest.next_try_at is not None  # a waiting job has one
        seconds = (soonest.next_try_at - run.at).total_seconds() + 1
        raise RetryLater(seconds, "The DNS server is silent to others.", max_seconds=math.inf)


def _wait(run: JobRun, server: DnsServer, silent: OSError) -> NoReturn:
    if run.at - run.created_at >= TELL_AFTER:
        with transaction.atomic():
            send_server_silent_email(server=str(server.name), problem=str(silent), at=run.at)
    raise RetryLater(SILENT_SECONDS, f"{SILENT}{silent}", max_seconds=math.inf) from silent


def _wait_for_answer(run: JobRun, server: DnsServer, text: str) -> NoReturn:
    """It has the zone, and does not answer with it yet; where that lasts, staff look at the settings."""
    if run.at - run.created_at < TELL_AFTER:
        raise RetryLater(BEHIND_SECONDS, text, max_seconds=math.inf)
    with transaction.atomic():
        send_server_silent_email(server=str(server.name), problem=text, at=run.at)
    raise RetryLater(SILENT_SECONDS, text, max_seconds=math.inf)


def _registrar(domain_id: int) -> str:
    domain = Domain.objects.filter(pk=domain_id).first()
    return f"registrar {registrar_name_of(domain)}" if domain else ""


def _wanted_ds(zone: Zone) -> list[dict[str, Any]]:
    """The delegation signers that the parent shall have."""
    signed = zone.dnssec == DnssecStatus.SIGNED
    return list(zone.ds_records) if signed else []


def _sent_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    del typed
    if zone := Zone.objects.live().filter(domain=run.subject_id).first():
        record_ds_at_registrar(zone=zone, sent=_wanted_ds(zone), ctx=Context(run.at, actor))


def _prove_keys(zone: Zone, ds_records: Sequence[DsRecord]) -> None:
    """A delegation signer whose key some nameserver does not have would take the name off the Internet."""
    from commerce.dns.delegation import host_without_keys

    if not uses_our_nameservers(zone):
        raise Obsolete("The domain uses other nameservers.")
    try:
        host = host_without_keys(zone.name, our_nameservers(), ds_records)
    except OSError as silent:
        raise RetryLater(KEYS_SECONDS, f"Keys can't be asked for: {silent}") from silent
    if host:
        raise RetryLater(KEYS_SECONDS, f"{host} doesn't answer with the zone's keys.")


@job_handler(
    SEND_DS,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_sent_manually,
    remote=_registrar,
)
def send_ds(run: JobRun) -> JobEffect:
    """Have the registrar publish the delegation signers of the zone's keys, or none while signing ends."""
    domain = Domain.objects.get(pk=run.subject_id)
    zone = Zone.objects.live().filter(domain=domain).first()
    if zone is None or not takes_ds(domain):
        raise Obsolete("Its registrar takes no DS records from us now.")
    wanted = _wanted_ds(zone)
    if wanted == zone.ds_at_registrar:
        raise Obsolete("The registrar has them.")
    ds_records = [DsRecord(**each) for each in wanted]
    if wanted:
        _prove_keys(zone, ds_records)
    result = registrar_of(domain).set_ds_records(domain_name_of(domain), ds_records)
    if result.is_silent:
        raise RemoteSilent(result.message)
    if result.problem == RegistrarProblem.AUTH:
        raise CredentialsRefused(result.message)
    if result.problem == RegistrarProblem.RETRY:
        raise TemporaryFailure(result.message)
    if not result.ok:
        raise PermanentFailure(f"{result.problem}: {result.message}")
    return lambda: record_ds_at_registrar(zone=zone, sent=wanted, ctx=Context(run.at, SYSTEM))


@job_handler(UNSIGN_ZONE)
def unsign_zone_at_last(run: JobRun) -> JobEffect:
    """Drop the keys once the parent has had no delegation signer for as long as one may be remembered."""
    from commerce.dns.delegation import look_up_delegation

    zone, ctx = Zone.objects.get(pk=run.subject_id), Context(run.at, SYSTEM)
    if zone.status != ZoneStatus.LIVE or zone.dnssec != DnssecStatus.UNSIGNING:
        raise Obsolete(f"The zone is {zone.status} and {zone.dnssec}.")
    try:
        found = look_up_delegation(zone.name, with_serials=False)
    except OSError as silent:
        raise RetryLater(
            PARENT_SECONDS, f"The parent can't be asked: {silent}", max_seconds=math.inf
        ) from silent
    since = record_parent_ds(zone=zone, ds_ttl=found.ds_ttl if found.ds_records else None, ctx=ctx)
    if since is None:
        raise RetryLater(PARENT_SECONDS, "The parent still has DS records.", max_seconds=math.inf)
    left = since + timedelta(seconds=zone.ds_ttl) - run.at
    if left > timedelta():
        raise RetryLater(
            left.total_seconds(), "DS records may be remembered.", max_seconds=math.inf
        )
    return lambda: finish_unsigning(zone=zone, ctx=ctx)
