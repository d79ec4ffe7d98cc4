"""Domains as records: made, sent to the registrar, and what may change while they are active (domains.md 1 and 5)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.domains.models import Domain, Tld
from commerce.domains.rules import LIVE, endings, plain_name, tld_of
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused


def hosts_of(nameservers: Sequence[str]) -> dict[str, str]:
    """``ns1`` to ``ns4`` from 2 to 4 distinct host names; none at all empties them."""
    try:
        hosts = [plain_name(host) for host in nameservers]
    except ValueError as error:
        raise Refused(str(error), field="nameservers") from error
    if hosts and (not 2 <= len(hosts) <= 4 or len(set(hosts)) != len(hosts)):
        raise Refused("Give 2 to 4 different nameservers.", field="nameservers")
    return {f"ns{n}": host for n, host in enumerate([*hosts, "", "", "", ""][:4], start=1)}


@contextmanager
def one_live(name: str) -> Iterator[None]:
    """Refuse a name that is live here, also when it became so at this very moment (U9)."""
    taken = Refused(f"{name} is already managed here.", field="domain_name")
    live = Domain.objects.filter(domain_name=name, status__in=LIVE)
    if live.exists():
        raise taken
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if live.exists():
            raise taken from error
        raise


@transaction.atomic
def create_domain(
    *,
    client: Client,
    domain_name: str,
    recurring_amount: int,
    currency_code: str,
    nameservers: Sequence[str],
    at: datetime,
    actor: Actor,
    term_years: int = 1,
    auto_renew: bool = True,
    whois_privacy: bool = False,
) -> Domain:
    """A domain that awaits registration or transfer; only a transfer may leave its nameservers open (``[]``).

    ``recurring_amount`` is the price of one renewal by the term. Raises ``Refused`` for a bad or a live name.
    """
    try:
        name = plain_name(domain_name)
    except ValueError as error:
        raise Refused(str(error), field="domain_name") from error
    if not 1 <= term_years <= 10:
        raise Refused("A domain is registered for 1 to 10 years.", field="term_years")
    hosts = hosts_of(nameservers)
    touch(client.pk)
    with one_live(name):
        domain = Domain.objects.create(
            client=client,
            domain_name=name,
            tld=tld_of(name, Tld.objects.among(endings(name))),
            term_years=term_years,
            recurring_amount=recurring_amount,
            currency_id=currency_code,
            auto_renew=auto_renew,
            whois_privacy=whois_privacy,
            created_at=at,
            changed_at=at,
            **hosts,
        )
    record(
        at=at,
        actor=actor,
        action="domain.created",
        record=("domain", domain.pk),
        name=name,
        client_id=client.pk,
    )
    return domain


def choose_registrar(*, domain: Domain, registrar: str, at: datetime, actor: Actor) -> None:
    """Whom a live domain is managed through from now on, whatever the default becomes (domains.md 1)."""
    change(domain, "registrar_chosen", at=at, actor=actor, states=[*LIVE], registrar=registrar)


def mark_sent(*, domain: Domain, registrar: str, at: datetime, actor: Actor) -> None:
    """The registrar took the order to register; whatever becomes of it now, the API will list the domain."""
    change(
        domain,
        "sent",
        at=at,
        actor=actor,
        states=[Domain.Status.PENDING],
        sent_at=at,
        registrar=registrar,
    )


def choose_nameservers(
    *, domain: Domain, nameservers: Sequence[str], at: datetime, actor: Actor
) -> None:
    """Those with which a name that awaits its registration is registered: 2 to 4."""
    pending = [Domain.Status.PENDING]
    hosts = hosts_of(nameservers)
    change(domain, "nameservers_chosen", at=at, actor=actor, states=pending, **hosts)


def set_nameservers(
    *, domain: Domain, nameservers: Sequence[str], at: datetime, actor: Actor
) -> None:
    """2 to 4 different nameservers, sent as a whole."""
    if not nameservers:
        raise Refused("Give 2 to 4 different nameservers.", field="nameservers")
    change(domain, "nameservers_set", at=at, actor=actor, **hosts_of(nameservers))


def set_lock(*, domain: Domain, on: bool, at: datetime, actor: Actor) -> None:
    """Lock the name against transfers, or unlock it."""
    change(domain, "lock_set", at=at, actor=actor, is_locked=on)


def set_privacy(*, domain: Domain, on: bool, at: datetime, actor: Actor) -> None:
    """Hide the holder in the public record, or show him."""
    change(domain, "privacy_set", at=at, actor=actor, whois_privacy=on)


def set_auto_renew(*, domain: Domain, on: bool, at: datetime, actor: Actor) -> None:
    """Whether the domain is invoiced for another term before it expires."""
    change(domain, "auto_renew_set", at=at, actor=actor, states=LIVE, auto_renew=on)


def change_price(*, domain: Domain, recurring_amount: int, at: datetime, actor: Actor) -> None:
    """What the next renewal by the term costs, in minor units. Raises ``Moved`` once the domain is gone."""
    states = (Domain.Status.ACTIVE, Domain.Status.EXPIRED)
    say: dict[str, Any] = {"at": at, "actor": actor, "states": states}
    change(domain, "price_changed", recurring_amount=recurring_amount, **say)


@transaction.atomic
def change(
    domain: Domain,
    verb: str,
    *,
    at: datetime,
    actor: Actor,
    states: Sequence[str] = (Domain.Status.ACTIVE,),
    **changes: Any,
) -> None:
    """Write columns other than the state, with their audit entry. Raises ``Moved`` in another state."""
    touch(domain.client_id)
    row = Domain.objects.select_for_update().get(pk=domain.pk)
    if row.status not in states:
        raise Moved(f"This domain is {row.status}.")
    before = {key: getattr(row, key) for key in changes}
    Domain.objects.filter(pk=domain.pk).update(changed_at=at, **changes)
    plain = (str, int, bool, type(None))
    record(
        at=at,
        actor=actor,
        action=f"domain.{verb}",
        record=("domain", domain.pk),
        name=row.domain_name,
        client_id=row.client_id,
        before={k: v if isinstance(v, plain) else str(v) for k, v in before.items()},
        after={k: v if isinstance(v, plain) else str(v) for k, v in changes.items()},
    )
    domain.refresh_from_db()
