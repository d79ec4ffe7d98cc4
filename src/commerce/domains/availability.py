"""Whether names can be registered: registrars are asked side by side, outside of transactions (domains.md 7).

Threads of their own ask, and keep each answer for a minute, in each process. Whoever wants to know waits a little and
then takes what there is: a page must not hold one of the server's few threads while a registrar is slow. What is not
answered, or not answered yet, is unknown, which is never "available".
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from threading import BoundedSemaphore, Condition, Thread

from django.db import connections

from commerce.domains.models import Domain
from commerce.domains.offers import TldOffer, offers_for_names
from commerce.domains.registrars.contract import (
    CALL_SECONDS,
    Availability,
    Registrar,
    RegistrarProblem,
    RegistrarResult,
)
from commerce.domains.registrars.registry import BY_HAND, get_registrar
from commerce.domains.rules import (
    LIVE_DOMAIN_STATUSES,
    is_domain_name,
)
from commerce.kit.counter_store import MemoryCounterStore
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting

log = logging.getLogger(__name__)

WAIT_SECONDS = 3
"""So long whoever wants to know waits for all answers together."""
GLANCE_SECONDS = 0.3
"""So long a page waits that asks again by itself, or that has no turn to wait."""
KEPT_SECONDS = 60
KEPT_UNKNOWN_SECONDS = 5
"""A failure is soon asked again, but not by each reload."""
MAX_KEPT = 20_000
START_SECONDS = 8
"""A question that no thread has begun by then is dropped: nobody waits for it any more."""
THREADS_OF_SEARCH = 8
THREADS_OF_REGISTRAR = 32
"""Of one process: a registrar that hangs takes no more of them, and leaves those of the others alone."""
THREADS_OF_REGISTRY = 8
TURN_SECONDS = 1
"""By hand each TLD is asked of its own registry: one that hangs leaves threads to the others, which wait no longer."""
MAX_SEARCHES = 10
"""A minute, for each visitor and each network address, or for each client over the API."""
MAX_NAMES_SEARCHED = 220
"""A minute, for the same: ten searches under twenty TLDs and one that was typed."""
MAX_NAMES_ASKED = 1200
"""A minute, of one registrar by one process: some sixty searches, while its account, which also registers and renews,
is refused when strangers at many addresses ask for more."""

type MayAsk = Callable[[int], bool]
"""Whether registrars may be asked about so many names more, which are counted then."""


class NameState(StrEnum):
    """Whether a name can be registered."""

    AVAILABLE = "available"
    PREMIUM = "premium"
    """Available at a price of its own, and not sold automatically."""
    TAKEN = "taken"
    MANAGED_HERE = "managed_here"
    """Taken, by a client of ours."""
    UNKNOWN = "unknown"
    """It could not be checked."""
    NOT_SOLD = "not_sold"
    """Its TLD is not on sale, or not in this currency."""


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """What is known of a name, and what it is offered for, where its TLD is on sale."""

    name: str
    state: NameState
    offer: TldOffer | None = None
    is_pending: bool = False
    """Its registrar is being asked: the state is unknown for now."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A label under some TLDs of one registrar."""

    label: str
    tlds: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [f"{self.label}.{tld}" for tld in self.tlds]


type _Key = tuple[str, str]
"""The registrar and the name."""


@dataclass(slots=True)
class _KnownStates:
    """States by registrar and name, each until its time is over, and which are being asked for until when."""

    states: dict[_Key, tuple[float, NameState]] = field(default_factory=dict)
    asked: dict[_Key, float] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)

    def get(self, key: _Key) -> NameState | None:
        ends, state = self.states.get(key, (0.0, None))
        return state if ends > time.monotonic() else None

    def is_asked(self, key: _Key) -> bool:
        return self.asked.get(key, 0) > time.monotonic()

    def begin(self, keys: Iterable[_Key]) -> None:
        """These are being asked for."""
        with self.changed:
            self.asked |= dict.fromkeys(keys, time.monotonic() + START_SECONDS + CALL_SECONDS)

    def end(self, states: Mapping[_Key, NameState | None]) -> None:
        """These are answered, or nobody asks any more (``None``)."""
        now = time.monotonic()
        with self.changed:
            if len(self.states) >= MAX_KEPT:
                self.states = {key: one for key, one in self.states.items() if one[0] > now}
            for key, state in states.items():
                self.asked.pop(key, None)
                if state is not None and len(self.states) < MAX_KEPT:
                    unknown = state == NameState.UNKNOWN
                    ends = now + (KEPT_UNKNOWN_SECONDS if unknown else KEPT_SECONDS)
                    self.states[key] = (ends, state)
            self.changed.notify_all()

    def wait(self, keys: Sequence[_Key], seconds: float) -> None:
        """Wait until none of these is being asked for any more, or the time is over."""
        with self.changed:
            self.changed.wait_for(lambda: not any(map(self.is_asked, keys)), timeout=seconds)


_known = _KnownStates()
_threads: dict[str, BoundedSemaphore] = {}
_names_asked = MemoryCounterStore()
_turn = BoundedSemaphore(1)


@contextmanager
def seconds_to_wait() -> Iterator[float]:
    """How long this request may wait for others on the network: of a process's few threads, one at a time waits."""
    has_turn = _turn.acquire(blocking=False)
    try:
        yield WAIT_SECONDS if has_turn else GLANCE_SECONDS
    finally:
        if has_turn:
            _turn.release()


def forget_answers() -> None:
    """Ask anew: a registrar was set up otherwise. Answers that are still on their way are not kept."""
    global _known, _names_asked
    _known = _KnownStates()
    _names_asked = MemoryCounterStore()


def check_names(
    names: Iterable[str],
    currency_code: str,
    *,
    seconds: float = WAIT_SECONDS,
    may_ask: MayAsk = lambda _: True,
) -> dict[str, NameAnswer]:
    """What is known of names (in ASCII form), asked of their registrars where it is not known yet and ``may_ask``.

    Not inside a transaction: it may take all of ``seconds``.
    """
    names = list(dict.fromkeys(names))
    offers = offers_for_names(filter(is_domain_name, names), currency_code)
    return check_offered(names, offers, seconds=seconds, may_ask=may_ask)


def check_offered(
    names: Sequence[str],
    offers: Mapping[str, TldOffer],
    *,
    seconds: float = WAIT_SECONDS,
    may_ask: MayAsk = lambda _: True,
) -> dict[str, NameAnswer]:
    """As ``check_names``, of names whose offers are known; one without an offer is not sold."""
    sold = {name for name in names if name in offers and _is_sold(offers[name])}
    rows = Domain.objects.filter(domain_name__in=sold, status__in=LIVE_DOMAIN_STATUSES)
    here = set(rows.values_list("domain_name", flat=True))
    default = str(get_setting("domains.registrar"))
    keys = {
        name: (offers[name].registrar or default, name) for name in names if name in sold - here
    }
    known = _known
    _ask(known, keys, offers, may_ask)
    known.wait(list(keys.values()), seconds)
    found = dict.fromkeys(here, NameState.MANAGED_HERE)
    found |= {name: known.get(key) or NameState.UNKNOWN for name, key in keys.items()}
    return {
        name: NameAnswer(
            name,
            found.get(name, NameState.NOT_SOLD),
            offers.get(name),
            is_pending=name in keys and known.is_asked(keys[name]),
        )
        for name in names
    }


def _is_sold(offer: TldOffer) -> bool:
    return offer.is_sold("register") or offer.is_sold("transfer")


def _ask(
    known: _KnownStates,
    keys: Mapping[str, _Key],
    offers: Mapping[str, TldOffer],
    may_ask: MayAsk,
) -> None:
    """Have registrars asked about the names of which nothing is known, and nobody asks already."""
    new = {
        name: slug
        for name, (slug, _) in keys.items()
        if known.get(keys[name]) is None and not known.is_asked(keys[name])
    }
    if not new or not may_ask(len(new)):
        return
    wanted: dict[str, dict[str, list[str]]] = {}
    for name, slug in new.items():
        tld = offers[name].tld
        label = name.removesuffix(f".{tld}")
        wanted.setdefault(slug, {}).setdefault(label, []).append(tld)
    for slug, labels in wanted.items():
        questions = [_Question(label, tuple(tlds)) for label, tlds in labels.items()]
        _ask_registrar(known, slug, questions)


def _ask_registrar(known: _KnownStates, slug: str, questions: list[_Question]) -> None:
    """Put these to a registrar; to none where it is not set up, or hangs already.

    Threads are daemons: no answer is worth a late shutdown.
    """
    try:
        registrar = get_registrar(slug)
    except BusinessError as error:
        log.warning("Names can't be checked at %s: %s", slug, error)
        return
    if slug == BY_HAND:  # each TLD is asked of a registry of its own, which may be late
        questions = [_Question(one.label, (tld,)) for one in questions for tld in one.tlds]
    names = [name for one in questions for name in one.names]
    if not _names_asked.take(slug, MAX_NAMES_ASKED, 60, units=len(names)).admitted:
        log.warning("Names aren't checked at %s for a minute: too many were", slug)
        return
    slots = _threads.setdefault(slug, BoundedSemaphore(THREADS_OF_REGISTRAR))
    free = sum(slots.acquire(blocking=False) for _ in questions[:THREADS_OF_SEARCH])
    if not free:
        return
    known.begin((slug, name) for name in names)
    waiting, ends = deque(questions), time.monotonic() + START_SECONDS
    for started in range(free):
        work = (copy_context().run, _work, known, slug, registrar, waiting, ends, slots)
        try:
            Thread(target=work[0], args=work[1:], daemon=True).start()
        except RuntimeError:  # the machine has no more threads
            log.exception("No thread to check names at %s", slug)
            slots.release(free - started)
            if not started:
                known.end(dict.fromkeys((slug, name) for name in names))
            return


def _work(
    known: _KnownStates,
    slug: str,
    registrar: Registrar,
    waiting: deque[_Question],
    ends: float,
    slots: BoundedSemaphore,
) -> None:
    """Ask one question after the other, together with the other threads of the same search."""
    try:
        while waiting:
            try:
                question = waiting.popleft()
            except IndexError:
                return
            is_late = time.monotonic() > ends
            states = {} if is_late else _states_in_turn(slug, registrar, question)
            known.end({(slug, name): states.get(name) for name in question.names})
    finally:
        connections.close_all()
        slots.release()


def _states_in_turn(slug: str, registrar: Registrar, question: _Question) -> dict[str, NameState]:
    """The states; by hand, none while the registry of the TLD has enough to answer."""
    if slug != BY_HAND:
        return _states(slug, registrar, question)
    registry = f"{slug}.{question.tlds[0]}"
    turns = _threads.setdefault(registry, BoundedSemaphore(THREADS_OF_REGISTRY))
    if not turns.acquire(timeout=TURN_SECONDS):
        return {}
    try:
        return _states(slug, registrar, question)
    finally:
        turns.release()


def _states(slug: str, registrar: Registrar, question: _Question) -> dict[str, NameState]:
    try:
        answers = registrar.check_bulk(question.label, question.tlds)
    except Exception:
        # An adapter's fault is the registrar's failure to whoever searches.
        log.exception("%s failed to check names", slug)
        answers = {}
    return {f"{question.label}.{tld}": _state(answers.get(tld)) for tld in question.tlds}


def _state(answer: RegistrarResult[Availability] | None) -> NameState:
    if answer is not None and answer.problem == RegistrarProblem.TAKEN:
        return NameState.TAKEN
    if answer is None or not answer.ok or answer.data is None:
        return NameState.UNKNOWN
    if not answer.data.is_available:
        return NameState.TAKEN
    return NameState.PREMIUM if answer.data.is_premium else NameState.AVAILABLE
