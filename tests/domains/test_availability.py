"""Names asked of their registrars: side by side, for a bounded time, never "available" without an answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.domains import availability
from commerce.domains.availability import NameState, check_names, seconds_to_wait
from commerce.domains.offers import search_names
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.kit.errors import BusinessError
from tests import make
from tests.doubles.registrar import RegistrarDouble, RemoteRegistry
from tests.make.names import names_on_sale, sell_tld


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    with names_on_sale("com", "net", "co.uk") as registry:
        yield registry


def states(*names: str, seconds: float = 5) -> list[NameState]:
    return [one.state for one in check_names(names, "EUR", seconds=seconds).values()]


def test_each_answer_of_a_registrar_has_its_state(remote: RemoteRegistry) -> None:
    remote.taken.add("taken.com")
    remote.premium.add("best.com")
    found = states("free.com", "taken.com", "best.com", "free.xyz")
    assert found == ["available", "taken", "premium", "not_sold"]


def test_a_name_that_is_live_here_is_taken_without_a_question(remote: RemoteRegistry) -> None:
    make.make_domain(status="expired", domain_name="ours.com")
    make.make_domain(status="cancelled", domain_name="once.com")
    assert states("ours.com", "once.com") == ["managed_here", "available"]
    assert remote.questions == [("once", ("com",))]


def test_a_label_under_several_tlds_is_one_question(remote: RemoteRegistry) -> None:
    assert states("shop.com", "shop.net", "shop.co.uk") == ["available"] * 3
    assert remote.questions == [("shop", ("com", "net", "co.uk"))]


def test_an_answer_is_kept_for_a_minute(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert states("kept.com") == states("kept.com") == ["available"]
    assert len(remote.questions) == 1
    remote.taken.add("kept.com")
    now = time.monotonic()
    monkeypatch.setattr(availability.time, "monotonic", lambda: now + 61)
    assert states("kept.com") == ["taken"]


def test_a_registrar_that_fails_says_never_available(remote: RemoteRegistry) -> None:
    remote.is_down = True
    assert states("free.com") == ["unknown"]


def test_a_fault_of_an_adapter_is_its_failure_and_no_other_registrars(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(RegistrarDouble):
        slug = "faulty"

        def check_bulk(self, label: str, tlds: object) -> dict[str, object]:
            raise ZeroDivisionError

    monkeypatch.setitem(REGISTRAR_CLASSES, "faulty", Faulty)
    sell_tld("org", registrar="faulty")
    assert states("free.org", "free.com") == ["unknown", "available"]


def answer_of(name: str) -> NameState | None:
    """What is kept of a name, once its registrar has answered."""
    ends = time.monotonic() + 60
    while availability._known.is_asked(("remote", name)) and time.monotonic() < ends:
        time.sleep(0.01)
    return availability._known.get(("remote", name))


def test_what_is_late_is_unknown_and_kept_for_who_asks_again(remote: RemoteRegistry) -> None:
    remote.answers_after = Event()
    began = time.monotonic()
    (first,) = check_names(["late.com"], "EUR", seconds=0.2).values()
    (second,) = check_names(["late.com"], "EUR", seconds=0).values()
    assert time.monotonic() - began < 8  # of the 10 s of the other side
    assert first == second
    assert (first.state, first.is_pending) == ("unknown", True)
    remote.answers_after.set()
    assert answer_of("late.com") == "available"
    (third,) = check_names(["late.com"], "EUR").values()
    assert (third.state, third.is_pending) == ("available", False)
    assert len(remote.questions) == 1


def test_an_answer_to_what_was_asked_before_all_was_forgotten_is_not_kept(
    remote: RemoteRegistry,
) -> None:
    remote.answers_after = Event()
    known, key = availability._known, ("remote", "late.com")
    assert states("late.com", seconds=0) == ["unknown"]
    availability.forget_answers()
    remote.answers_after.set()
    known.wait([key], 60)
    assert (known.get(key), availability._known.get(key)) == ("available", None)


def test_one_request_at_a_time_waits_and_the_others_take_a_glance() -> None:
    with seconds_to_wait() as first, seconds_to_wait() as second:
        assert (first, second) == (availability.WAIT_SECONDS, availability.GLANCE_SECONDS)
    with seconds_to_wait() as third:
        assert third == first


def test_a_question_that_no_thread_began_in_time_is_dropped(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "START_SECONDS", -1)
    assert states("word.com") == ["unknown"]
    assert remote.questions == []
    assert not check_names(["word.com"], "EUR")["word.com"].is_pending


@contextmanager
def other_registrar() -> Iterator[RemoteRegistry]:
    """Another registrar, ``other``, within the block."""
    registry = RemoteRegistry()
    made = type("Other", (RegistrarDouble,), {"slug": "other", "remote": registry})
    REGISTRAR_CLASSES["other"] = made
    try:
        yield registry
    finally:
        del REGISTRAR_CLASSES["other"]


def test_a_registrar_that_hangs_holds_up_no_other_and_few_threads(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "THREADS_OF_REGISTRAR", 2)
    availability._threads.clear()
    with other_registrar() as other:
        sell_tld("org", registrar="other")
        remote.answers_after = Event()
        for number in range(3):
            assert states(f"hangs{number}.com", seconds=0) == ["unknown"]
            assert states(f"free{number}.org") == ["available"]
        assert (len(remote.questions), len(other.questions)) == (2, 3)
        remote.answers_after.set()
    availability._threads.clear()


def test_the_registries_of_names_by_hand_hold_up_one_another_no_longer(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, asked = Event(), list[str]()

    class ByHand(RegistrarDouble):
        slug = "manual"

        def check_bulk(self, label: str, tlds: Any) -> Any:
            asked.extend(tlds)
            if tlds == ("hangs",):
                hangs.wait(10)
            return super().check_bulk(label, tlds)

    ByHand.remote = remote
    monkeypatch.setitem(REGISTRAR_CLASSES, "manual", ByHand)
    monkeypatch.setattr(availability, "THREADS_OF_REGISTRAR", 4)
    monkeypatch.setattr(availability, "THREADS_OF_REGISTRY", 2)
    monkeypatch.setattr(availability, "TURN_SECONDS", 0.05)
    availability._threads.clear()
    for tld in ("hangs", "quick"):
        sell_tld(tld, registrar="manual")
    for number in range(5):
        assert states(f"n{number}.hangs", seconds=0.2) == ["unknown"]
    assert states("free.quick") == ["available"]
    assert asked == ["hangs", "hangs", "quick"]
    hangs.set()
    availability._threads.clear()


def test_a_registrar_is_asked_about_so_many_names_a_minute(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "MAX_NAMES_ASKED", 2)
    with other_registrar() as other:
        sell_tld("org", registrar="other")
        assert states("one.com", "two.com") == ["available"] * 2
        assert states("three.com", "one.com", "one.org") == ["unknown", "available", "available"]
        assert (len(remote.questions), len(other.questions)) == (2, 1)
    assert not check_names(["three.com"], "EUR")["three.com"].is_pending


def test_a_visitor_may_not_ask_and_still_sees_what_is_known(remote: RemoteRegistry) -> None:
    assert states("known.com") == ["available"]
    counted = list[int]()
    found = check_names(
        ["known.com", "new.com", "new.net"],
        "EUR",
        may_ask=lambda count: bool(counted.append(count)),
    )
    assert [one.state for one in found.values()] == ["available", "unknown", "unknown"]
    assert (counted, remote.questions) == ([2], [("known", ("com",))])


def test_threads_that_cannot_start_hold_no_place(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoThread(Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(availability, "THREADS_OF_REGISTRAR", 1)
    availability._threads.clear()
    with monkeypatch.context() as patch:
        patch.setattr(availability, "Thread", NoThread)
        (found,) = check_names(["word.com"], "EUR").values()
    assert (found.state, found.is_pending) == ("unknown", False)
    assert states("word.com") == ["available"]
    availability._threads.clear()


def test_fifty_names_are_asked_side_by_side(remote: RemoteRegistry) -> None:
    names = [f"name{number}.com" for number in range(50)]
    remote.taken.add("name7.com")
    found = check_names(names, "EUR")
    assert list(found) == names
    assert [name for name, one in found.items() if one.state != "available"] == ["name7.com"]


TLDS = ["com", "net", "co.uk", "uk"]


@pytest.mark.parametrize(
    ("typed", "label", "asked"),
    [
        ("shop", "shop", ""),
        (" My Shop ", "myshop", ""),
        ("SHOP.com.", "shop", "shop.com"),
        ("www.shop.co.uk", "shop", "shop.co.uk"),
        ("https://www.shop.net/about", "shop", "shop.net"),
        ("bücher", "xn--bcher-kva", ""),
        ("xn--bcher-kva.com", "xn--bcher-kva", "xn--bcher-kva.com"),
        ("Bücher.com", "xn--bcher-kva", "xn--bcher-kva.com"),
        ("shop.zz", "shop", ""),
    ],
)
def test_a_search_takes_a_word_a_name_or_an_address(typed: str, label: str, asked: str) -> None:
    found = search_names(typed, TLDS)
    assert (found.label, found.asked) == (label, asked)
    names = [asked, *found.others] if asked else found.others
    assert sorted(names) == sorted(f"{label}.{tld}" for tld in TLDS)


def test_a_search_says_which_tld_is_not_sold() -> None:
    assert search_names("shop.zz", TLDS).unsold_tld == "zz"
    assert search_names("shop.com", TLDS).unsold_tld == search_names("shop", TLDS).unsold_tld == ""


@pytest.mark.parametrize("typed", ["", ".", "-shop", "sh_op", "straße", "a" * 64, "!"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(BusinessError):
        search_names(typed, TLDS)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_search_or_refused(typed: str) -> None:
    try:
        found = search_names(typed, TLDS)
    except BusinessError:
        return
    assert found.label
    assert all(name.isascii() for name in found.others)
