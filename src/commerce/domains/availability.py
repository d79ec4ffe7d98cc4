"""Whether names can be registered: registrars are asked side by side, outside of transactions (domains.md 7).

An answer is kept for a minute, by each process. A registrar that fails, or is late, leaves a name unknown, which is
never "available"; what it says late is kept for whoever asks again.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from queue import Empty, Queue
from threading import BoundedSemaphore, Lock, Thread

from django.db import connections

from commerce.domains.models import Domain
from commerce.domains.offers import TldOffer, offers_for_names
from commerce.domains.registrars.contract import (
    Availability,
    Registrar,
    RegistrarProblem,
    RegistrarResult,
)
from commerce.domains.registrars.registry import BY_HAND, get_registrar
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, normalize_name, possible_tlds
from commerce.kit.errors import BusinessError
from commerce.presentation.idn import stored_name
from commerce.site_settings.current import get_setting

log = logging.getLogger(__name__)

SEARCH_SECONDS = 8
"""So long a page waits for all answers together."""
KEPT_SECONDS = 60
KEPT_UNKNOWN_SECONDS = 5
"""A failure is soon asked again, but not by each reload."""
MAX_KEPT = 20_000
THREADS_OF_SEARCH = 8
THREADS_OF_REGISTRAR = 32
"""Of one process: a registrar that hangs takes no more of them, and leaves those of the others alone."""


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


@dataclass(frozen=True, slots=True)
class SearchedNames:
    """What a search is about: the name that was ``asked`` for, if its TLD was typed, and the same under other TLDs."""

    label: str
    asked: str
    others: tuple[str, ...]
    unsold_tld: str = ""
    """The TLD that was typed, if it is not on sale."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A label under some TLDs of one registrar."""

    label: str
    tlds: tuple[str, ...]


type _Key = tuple[str, str]
"""The registrar and the name."""


@dataclass(slots=True)
class _KeptStates:
    """States by registrar and name, each until its time is over."""

    states: dict[_Key, tuple[float, NameState]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: _Key) -> NameState | None:
        ends, state = self.states.get(key, (0.0, None))
        return state if ends > time.monotonic() else None

    def keep(self, key: _Key, state: NameState) -> None:
        now = time.monotonic()
        seconds = KEPT_UNKNOWN_SECONDS if state == NameState.UNKNOWN else KEPT_SECONDS
        with self.lock:
            if len(self.states) >= MAX_KEPT:
                self.states = {k: v for k, v in self.states.items() if v[0] > now}
            if len(self.states) < MAX_KEPT:
                self.states[key] = (now + seconds, state)

    def clear(self) -> None:
        with self.lock:
            self.states = {}


_kept = _KeptStates()
_threads: dict[str, BoundedSemaphore] = {}


def forget_answers() -> None:
    """Ask anew: a registrar was set up otherwise."""
    _kept.clear()


def search_names(typed: str, tlds: Sequence[str]) -> SearchedNames:
    """What to look for when a word, a name or an address of a page was typed. Raises ``BusinessError`` for none."""
    text = "".join(typed.lower().split()).rpartition("://")[2].partition("/")[0]
    name = stored_name(text).removesuffix(".")
    endings = possible_tlds(name) if "." in name else []
    tld = next((ending for ending in endings if ending in tlds), "")
    if tld:
        label = name.removesuffix(f".{tld}").rpartition(".")[2]
    else:
        label = name.removeprefix("www.").partition(".")[0]
    normalize_name(f"{label}.{tld or 'com'}", field="q")
    others = [f"{label}.{one}" for one in tlds if one != tld]
    return SearchedNames(
        label=label,
        asked=f"{label}.{tld}" if tld else "",
        others=tuple(one for one in others if len(one) <= 253),
        unsold_tld=endings[-1] if endings and not tld else "",
    )


def check_names(
    names: Iterable[str], currency_code: str, *, seconds: float = SEARCH_SECONDS
) -> dict[str, NameAnswer]:
    """What is known of names (in ASCII form), asked of their registrars where it is not known yet.

    Not inside a transaction: it may take all of ``seconds``.
    """
    names = list(dict.fromkeys(names))
    offers = offers_for_names(filter(_is_name, names), currency_code)
    return check_offered(names, offers, seconds=seconds)


def _is_name(text: str) -> bool:
    try:
        return normalize_name(text) == text
    except BusinessError:
        return False


def check_offered(
    names: Sequence[str], offers: Mapping[str, TldOffer], *, seconds: float = SEARCH_SECONDS
) -> dict[str, NameAnswer]:
    """As ``check_names``, of names whose offers are known; one without an offer is not sold."""
    sold = {name for name in names if name in offers and _is_sold(offers[name])}
    here = set(
        Domain.objects.filter(domain_name__in=sold, status__in=LIVE_DOMAIN_STATUSES).values_list(
            "domain_name", flat=True
        )
    )
    open_names = {name: offers[name].tld for name in names if name in sold - here}
    states = dict.fromkeys(here, NameState.MANAGED_HERE)
    states |= _ask_registrars(open_names, offers, seconds)
    return {
        name: NameAnswer(name, states.get(name, NameState.NOT_SOLD), offers.get(name))
        for name in names
    }


def _is_sold(offer: TldOffer) -> bool:
    return offer.is_sold("register") or offer.is_sold("transfer")


def _ask_registrars(
    tlds: Mapping[str, str], offers: Mapping[str, TldOffer], seconds: float
) -> dict[str, NameState]:
    """The state of each name, kept or asked for now; ``tlds`` by name."""
    default = str(get_setting("domains.registrar"))
    found: dict[str, NameState] = {}
    wanted: dict[str, dict[str, list[str]]] = {}
    for name, tld in tlds.items():
        slug = offers[name].registrar or default
        if (state := _kept.get((slug, name))) is not None:
            found[name] = state
        else:
            label = name.removesuffix(f".{tld}")
            wanted.setdefault(slug, {}).setdefault(label, []).append(tld)
    search = _Search(seconds)
    for slug, labels in wanted.items():
        search.ask(slug, [_Question(label, tuple(some)) for label, some in labels.items()])
    return dict.fromkeys(tlds, NameState.UNKNOWN) | found | search.answers()


class _Search:
    """The questions of one search, which threads put to registrars; daemons, as no answer is worth a late shutdown."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._open = 0
        self._answered: Queue[dict[str, NameState]] = Queue()

    def ask(self, slug: str, questions: Sequence[_Question]) -> None:
        """Put these to one registrar; to none where it is not set up, or hangs already."""
        try:
            registrar = get_registrar(slug)
        except BusinessError as error:
            log.warning("Names can't be checked at %s: %s", slug, error)
            return
        if slug == BY_HAND:  # each TLD is asked of a registry of its own, which may be late
            questions = [_Question(one.label, (tld,)) for one in questions for tld in one.tlds]
        waiting, slots = deque(questions), _slots_of(slug)
        started = 0
        for _ in range(min(len(questions), THREADS_OF_SEARCH)):
            if slots.acquire(blocking=False):
                work = (copy_context().run, self._work, slug, registrar, waiting, slots)
                Thread(target=work[0], args=work[1:], daemon=True).start()
                started += 1
        self._open += len(questions) if started else 0

    def answers(self) -> dict[str, NameState]:
        """All that was answered in time."""
        found: dict[str, NameState] = {}
        while self._open:
            try:
                found |= self._answered.get(timeout=max(self._ends - time.monotonic(), 0))
            except Empty:
                break
            self._open -= 1
        return found

    def _work(
        self, slug: str, registrar: Registrar, waiting: deque[_Question], slots: BoundedSemaphore
    ) -> None:
        try:
            while waiting and time.monotonic() < self._ends:
                try:
                    question = waiting.popleft()
                except IndexError:
                    return
                states = _states(slug, registrar, question)
                for name, state in states.items():
                    _kept.keep((slug, name), state)
                self._answered.put(states)
        finally:
            connections.close_all()
            slots.release()


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


def _slots_of(slug: str) -> BoundedSemaphore:
    return _threads.setdefault(slug, BoundedSemaphore(THREADS_OF_REGISTRAR))
