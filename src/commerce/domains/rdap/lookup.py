"""What the registry of a name shows everybody, over RDAP (RFC 9082, RFC 9083): asked each time, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from commerce.domains.rdap.servers import known_servers
from commerce.domains.rules import normalize_name
from commerce.kit.counter_store import CounterStore, counter_store_for
from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import (
    NOT_UNDERSTOOD,
    HttpAnswer,
    ProviderSilentError,
    send_request,
)
from commerce.kit.remote.pauses import pause_seconds
from commerce.kit.text import clean_text

LOOK_UP_SECONDS = 8
MAX_DOCUMENT_BYTES = 512 * 1024
MIN_DAYS_HERE = 60
"""Registries refuse a transfer for so long after a registration or the last transfer."""

_LOCKS = {"client transfer prohibited", "server transfer prohibited"}
_PAUSE_SECONDS = 60


class RdapUnknown(Exception):
    """No RDAP server is known for the name's TLD: nobody can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RdapDomain:
    """A registered name as its registry shows it to everybody; what it leaves out is empty."""

    name: str
    registrar: str = ""
    statuses: tuple[str, ...] = ()
    """In the words of RFC 8056, lower-case: ``client transfer prohibited``."""
    events: Mapping[str, datetime]
    nameservers: tuple[str, ...] = ()
    is_signed: bool = False

    @property
    def is_locked(self) -> bool:
        """Whether a transfer is refused until its holder unlocks it."""
        return bool(_LOCKS & set(self.statuses))

    @property
    def registered(self) -> date | None:
        return self._day("registration")

    @property
    def expiry(self) -> date | None:
        return self._day("expiration")

    @property
    def transferred(self) -> date | None:
        return self._day("transfer")

    @property
    def transferable_from(self) -> date | None:
        """The first day on which its registry lets it go to another registrar, if it tells when it came."""
        came = max(filter(None, (self.registered, self.transferred)), default=None)
        try:
            return came and came + timedelta(days=MIN_DAYS_HERE)
        except OverflowError:  # a registry that says "never" by the last date there is
            return date.max

    def _day(self, action: str) -> date | None:
        at = self.events.get(action)
        return at.date() if at else None


def is_registered(name: str, *, seconds: float = LOOK_UP_SECONDS) -> bool | None:
    """Whether there is such a name; ``None`` if that cannot be told now. What is not registered may be reserved."""
    try:
        return look_up(name, seconds=seconds) is not None
    except (RdapUnknown, OSError):
        return None


def look_up(name: str, *, seconds: float = LOOK_UP_SECONDS) -> RdapDomain | None:
    """What its registry shows of a name in ASCII form; ``None`` if it has none of it.

    Raises ``RdapUnknown``, or ``OSError`` without an answer: also while the registry wants fewer questions.
    """
    name = normalize_name(name)
    if settings.COMMERCE_DEMO:
        return _in_a_demo(name)
    url = _address(name)
    server = urlsplit(url).netloc
    if left := _pause_left(server):
        raise ProviderSilentError(f"{server} wants no questions for {left} s")
    accepted = {"Accept": "application/rdap+json, application/json;q=0.9"}
    answer = send_request(
        "GET", url, headers=accepted, seconds=seconds, max_bytes=MAX_DOCUMENT_BYTES
    )
    if answer.status == 200:
        return _domain(name, answer.data())
    if answer.status == 404 and _is_rdap(answer):
        return None
    if answer.status == 429:
        _pause(server, answer)
    raise ProviderSilentError(f"{server} answered with status {answer.status}")


def _in_a_demo(name: str) -> RdapDomain | None:
    """The registry of its sandbox stands for all others."""
    from commerce.domains.sandbox.public import rdap_document

    document = rdap_document(name)
    return _domain(name, document) if document else None


def _address(name: str) -> str:
    from whoisit.errors import UnsupportedError  # with its clients for HTTP 10 MiB
    from whoisit.query import QueryBuilder

    try:
        _, url, _ = QueryBuilder(known_servers()).build("domain", name)
    except UnsupportedError as error:
        raise RdapUnknown(name) from error
    return str(url)


def _is_rdap(answer: HttpAnswer) -> bool:
    """Whether it is the server that has no such name, and not a page where a server once was."""
    return not answer.body or "json" in answer.headers.get("Content-Type", "").lower()


def _domain(name: str, document: Any) -> RdapDomain:
    from whoisit.errors import WhoisItError
    from whoisit.parser import parse

    try:
        # The library wants a handle, which registries of countries keep for themselves.
        read = parse(known_servers(), "domain", name, {**document, "handle": name})
        if read["name"] and normalize_name(read["name"]) != name:
            raise ValueError("another name")
        events = {event["action"]: _utc(event["date"]) for event in read["events"]}
        registrars: list[dict[str, Any]] = read["entities"].get("registrar", [])
        registrar = registrars[0].get("name", "") if registrars else ""
        return RdapDomain(
            name=name,
            registrar=clean_text(registrar)[:200],
            statuses=tuple(clean_text(status).lower()[:60] for status in read["status"][:30]),
            events=events,
            nameservers=tuple(
                clean_text(host).lower().rstrip(".")[:253] for host in read["nameservers"][:13]
            ),
            is_signed=read["dnssec"],
        )
    except (WhoisItError, BusinessError, *NOT_UNDERSTOOD) as error:
        raise ProviderSilentError(
            f"the answer is not understood: {type(error).__name__}"
        ) from error


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _pause(server: str, answer: HttpAnswer) -> None:
    """Ask it no more until it said that we may (RFC 6585); all processes that share counters keep to it."""
    _counters().take(
        f"rdap-pause:{server}", 1, pause_seconds(answer.headers, unsaid=_PAUSE_SECONDS)
    )


def _pause_left(server: str) -> int:
    paused = _counters().take(f"rdap-pause:{server}", 1, _PAUSE_SECONDS, units=0)
    return 0 if paused is None or paused.admitted else paused.seconds_to_reset


def _counters() -> CounterStore:
    return counter_store_for(settings.COMMERCE_COUNTERS)
