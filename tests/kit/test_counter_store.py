"""Counters for limits, the same promises from all stores; Valkey's where the run has one."""

import itertools
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commerce.kit import counter_store, process_metrics
from commerce.kit.counter_store import (
    CounterResult,
    CounterStore,
    MemoryCounterStore,
    SharedCounterStore,
    ValkeyCounterStore,
    counter_store_for,
    forget_counter_stores,
)
from commerce.kit.valkey_client import LuaScript, ServerErrorReply, ValkeyClient

VALKEY = os.environ.get("COMMERCE_COUNTERS", "")


@pytest.fixture(
    params=[
        "memory",
        "shared",
        pytest.param("valkey", marks=pytest.mark.skipif(not VALKEY, reason="no Valkey here")),
    ]
)
def one(request: pytest.FixtureRequest, tmp_path: Path) -> CounterStore:
    stores: dict[str, Callable[[], CounterStore]] = {
        "memory": MemoryCounterStore,
        "shared": lambda: SharedCounterStore(tmp_path / "counters", seconds=10),
        "valkey": lambda: ValkeyCounterStore(VALKEY, seconds=10),
    }
    return stores[request.param]()


def test_a_window_admits_its_quota_and_no_more(one: CounterStore) -> None:
    answers = [one.take("a", 3, 60) for _ in range(5)]
    assert answers == [
        CounterResult(True, 2, 60),
        CounterResult(True, 1, 60),
        CounterResult(True, 0, 60),
        CounterResult(False, 0, 60),
        CounterResult(False, 0, 60),
    ]


def test_several_are_counted_together_while_one_is_left(one: CounterStore) -> None:
    assert one.take("a", 10, 60, units=4) == CounterResult(True, 6, 60)
    assert one.take("a", 10, 60, units=5) == CounterResult(True, 1, 60)
    assert one.take("a", 10, 60, units=50) == CounterResult(True, 0, 60)
    assert one.take("a", 10, 60, units=1) == CounterResult(False, 0, 60)


def test_keys_do_not_share_a_window(one: CounterStore) -> None:
    one.take("a", 1, 60)
    assert one.take("b", 1, 60) == CounterResult(True, 0, 60)


def test_looking_counts_nothing_and_starts_no_window(one: CounterStore) -> None:
    assert one.take("a", 2, 60, units=0) == CounterResult(True, 2, 60)
    assert one.take("a", 2, 1) == CounterResult(True, 1, 1)
    assert one.take("a", 2, 60, units=0) == CounterResult(True, 1, 1)
    one.take("a", 2, 60)
    assert one.take("a", 2, 60, units=0) == CounterResult(False, 0, 1)


def test_whoever_waits_as_long_as_told_is_admitted(one: CounterStore) -> None:
    one.take("a", 1, 1)
    refused = one.take("a", 1, 1)
    assert refused == CounterResult(False, 0, 1)
    time.sleep(refused.seconds_to_reset)
    assert one.take("a", 1, 1) == CounterResult(True, 0, 1)


def test_a_lower_quota_counts_at_once(one: CounterStore) -> None:
    for _ in range(3):
        one.take("a", 5, 60)
    assert one.take("a", 2, 60) == CounterResult(False, 0, 60)


def test_a_unit_given_back_can_be_taken_again(one: CounterStore) -> None:
    one.take("a", 2, 60)
    one.take("a", 2, 60)
    one.give_back("a")
    assert one.take("a", 2, 60) == CounterResult(True, 0, 60)


def test_whoever_is_refused_uses_nothing_up(one: CounterStore) -> None:
    for _ in range(3):
        one.take("a", 1, 60)
    one.give_back("a")
    assert one.take("a", 1, 60) == CounterResult(True, 0, 60)


@pytest.mark.parametrize("times", [1, 2])
def test_a_window_of_which_all_was_given_back_has_not_started(
    one: CounterStore, times: int
) -> None:
    one.take("a", 2, 1)
    for _ in range(times):
        one.give_back("a")
    assert one.take("a", 2, 60) == CounterResult(True, 1, 60)


def test_a_cleared_key_starts_anew(one: CounterStore) -> None:
    one.take("a", 1, 60)
    one.clear("a")
    assert one.take("a", 1, 60) == CounterResult(True, 0, 60)


def test_many_callers_at_once_get_exactly_the_quota(one: CounterStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: one.take("a", 50, 60), range(200)))
    assert sum(answer.admitted for answer in answers if answer) == 50


def test_the_seconds_never_exceed_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = MemoryCounterStore()
    for at in range(0, 10**12, 12_345_678_901):
        monkeypatch.setattr(counter_store.time, "monotonic_ns", lambda at=at: at)
        assert memory.take(f"{at}", 9, 60) == CounterResult(True, 8, 60)


def test_a_part_of_a_second_is_waited_for_as_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, now = MemoryCounterStore(), [0]
    monkeypatch.setattr(counter_store.time, "monotonic_ns", lambda: now[0])
    memory.take("a", 1, 2)
    now[0] = 999_999_999
    assert memory.take("a", 1, 2) == CounterResult(False, 0, 2)
    now[0] = 1_000_000_000
    assert memory.take("a", 1, 2) == CounterResult(False, 0, 1)


def test_memory_forgets_kept_that_ended_when_it_has_twice_as_many_as_lived_or_10_000(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory, now, name = MemoryCounterStore(), [0], itertools.count()
    monkeypatch.setattr(counter_store.time, "monotonic_ns", lambda: now[0])

    def kept_after(number: int) -> int:
        for _ in range(number):
            memory.take(f"{next(name)}", 1, 1)
        return len(memory._windows)

    for _ in range(2):
        assert kept_after(10_000 - len(memory._windows)) == 10_000
        now[0] += 1_000_000_000  # all of them end
        assert kept_after(1) == 1
    assert kept_after(10_000) == 10_001  # all live: the next look is at twice as many
    now[0] += 1_000_000_000
    assert kept_after(10_001) == 20_002
    assert kept_after(1) == 10_002


def test_memory_has_an_end_and_forgets_first_what_ends_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Strangers have any number of networks, each of which is a counter for an hour."""
    monkeypatch.setattr(counter_store, "MAX_WINDOWS", 20_000)
    memory = MemoryCounterStore()
    memory.take("short", 1, 60)
    for number in range(50_000):
        memory.take(f"network {number}", 1, 3600)
        assert len(memory._windows) <= 20_001
    assert memory.take("short", 1, 60).admitted
    assert not memory.take("network 49999", 1, 3600).admitted


def test_two_first_requests_at_once_count_in_one_store() -> None:
    forget_counter_stores()
    with ThreadPoolExecutor(8) as pool:
        barrier = threading.Barrier(8)
        found = list(pool.map(lambda _: (barrier.wait(), counter_store_for("memory"))[1], range(8)))
    assert len({id(each) for each in found}) == 1
    assert isinstance(found[0], MemoryCounterStore)


def test_each_address_has_a_store_of_its_own_until_all_are_forgotten() -> None:
    memory, shared = counter_store_for("memory"), counter_store_for("valkey://127.0.0.1:1/0")
    assert (type(memory), type(shared)) == (MemoryCounterStore, ValkeyCounterStore)
    assert (counter_store_for("memory"), counter_store_for("valkey://127.0.0.1:1/0")) == (
        memory,
        shared,
    )
    forget_counter_stores()
    assert counter_store_for("memory") is not memory


@pytest.mark.skipif(not VALKEY, reason="no Valkey here")
class TestValkey:
    def test_two_processes_worth_of_stores_share_one_window(self) -> None:
        one, other = ValkeyCounterStore(VALKEY), ValkeyCounterStore(VALKEY)
        assert one.take("a", 1, 60) == CounterResult(True, 0, 60)
        assert other.take("a", 1, 60) == CounterResult(False, 0, 60)

    def test_a_server_that_forgot_its_scripts_is_told_again(self) -> None:
        one = ValkeyCounterStore(VALKEY)
        one.take("a", 3, 60)
        one.client.ask("SCRIPT", "FLUSH")
        assert one.take("a", 3, 60) == CounterResult(True, 1, 60)
        assert one.failures == 0

    def test_a_connection_that_the_server_closed_is_made_anew_without_a_failure(self) -> None:
        one = ValkeyCounterStore(VALKEY)
        one.take("a", 3, 60)
        ValkeyClient(VALKEY, seconds=1).ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(0.3)
        assert one.take("a", 3, 60) == CounterResult(True, 1, 60)
        assert one.failures == 0

    def test_a_count_without_an_end_does_not_refuse_for_ever(self) -> None:
        one = ValkeyCounterStore(VALKEY)
        one.client.ask("SET", "commerce:a", 5)
        assert one.take("a", 1, 60) == CounterResult(False, 0, 60)
        assert one.client.ask("PTTL", "commerce:a") != -1

    def test_errors_leave_the_connection_usable(self) -> None:
        client = ValkeyClient(VALKEY, seconds=1)
        with pytest.raises(ServerErrorReply) as caught:
            client.ask("NOSUCHCOMMAND")
        assert caught.value.code == "ERR"
        assert client.run(LuaScript("return {1, 'two', false, {3}}"), "a") == [1, "two", None, [3]]


def test_a_store_that_failed_is_asked_again_a_second_later_and_each_failure_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_metrics, "this_process", process_metrics.ProcessMetrics())
    process_metrics.publish_in_folder(str(tmp_path), "pages")
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    store = ValkeyCounterStore("valkey://127.0.0.1:1/0")
    for later, failures in ((0.0, 1), (0.999, 1), (0.001, 2)):
        now[0] += later
        assert store.take("a", 5, 60) is None
        assert store.failures == failures
    ((_, counted),) = process_metrics.read_folder(tmp_path)
    assert counted.events["counters.failed"] == 2
