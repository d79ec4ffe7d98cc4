"""Counters in a file that the processes of a machine map: exact over all of them, and never in the way."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from commerce.kit import counter_store, shared_table
from commerce.kit.counter_store import CounterResult, SharedCounterStore
from commerce.kit.shared_table import PLACES, SharedTable

HOUR = 3600

TAKER = """
import sys
from pathlib import Path
from commerce.kit.counter_store import SharedCounterStore
path, times, quota = sys.argv[1:]
store = SharedCounterStore(Path(path), seconds=10)
store.prepare(1)
print(flush=True)
sys.stdin.read()
answers = [store.take("a", int(quota), 3600) for _ in range(int(times))]
print(sum(one is None or one.admitted for one in answers), sum(one is None for one in answers))
"""
"""Takes as often as it is told, when all are ready; prints how many were admitted, and how many were not counted."""
HOLDER = """
import sys, time
from pathlib import Path
from commerce.kit.shared_table import SharedTable
with SharedTable(Path(sys.argv[1])):
    print(flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counters"


def started(program: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_many_processes_at_once_get_exactly_the_quota(path: Path) -> None:
    processes = [started(TAKER, path, 2_000, 5_000) for _ in range(4)]
    for one in processes:
        assert one.stdout
        one.stdout.readline()
    said = [one.communicate("")[0].split() for one in processes]
    assert sum(int(uncounted) for _, uncounted in said) == 0
    assert sum(int(admitted) for admitted, _ in said) == 5_000


def test_what_one_process_used_another_has_not(path: Path) -> None:
    assert SharedCounterStore(path).take("a", 1, HOUR) == CounterResult(True, 0, HOUR)
    assert SharedCounterStore(path).take("a", 1, HOUR) == CounterResult(False, 0, HOUR)


def test_a_process_that_is_killed_while_it_counts_holds_nobody_up(path: Path) -> None:
    store = SharedCounterStore(path)
    with started(HOLDER, path) as holder:
        assert holder.stdout
        holder.stdout.readline()
        began = time.monotonic()
        assert store.take("a", 1, HOUR) is None
        assert store.take("a", 1, HOUR) is None  # it rests
        assert time.monotonic() - began < 10
        assert store.failures == 1
        holder.kill()
    store._rest_until = 0.0
    assert store.take("a", 1, HOUR) == CounterResult(True, 0, HOUR)


def test_a_thread_that_stays_in_holds_the_others_up_for_50_ms_only(path: Path) -> None:
    one = SharedTable(path)
    with one:
        began = time.monotonic()
        with pytest.raises(TimeoutError), one:
            pass
        assert time.monotonic() - began < 10
    with one:
        assert one.get("a", (0, 0)) == (0, 0)


def test_a_lock_is_given_back_after_an_error(path: Path) -> None:
    one = SharedTable(path)
    with pytest.raises(ZeroDivisionError), one:
        raise ZeroDivisionError
    with one, pytest.raises(TimeoutError), SharedTable(path):
        pass
    with SharedTable(path):
        pass


@pytest.mark.parametrize("steps", range(5))
def test_an_entry_that_was_half_written_is_whole_or_has_no_window(
    path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    one = SharedTable(path, buckets=1)
    for number in range(PLACES):
        one[str(number)] = (1_000 + number, 7)

    class Killed:
        """Lets so many writes through."""

        def __init__(self, real: object, left: list[int]) -> None:
            self.real, self.left = real, left

        def __getitem__(self, at: object) -> object:
            return self.real[at]  # type: ignore[index]

        def __setitem__(self, at: object, value: object) -> None:
            self.left[0] -= 1
            if self.left[0] < 0:
                raise KeyboardInterrupt
            self.real[at] = value  # type: ignore[index]

        def find(self, *arguments: object) -> object:
            return self.real.find(*arguments)  # type: ignore[attr-defined]

    left = [steps]
    monkeypatch.setattr(one, "_numbers", Killed(one._numbers, left))
    monkeypatch.setattr(one, "_bytes", Killed(one._bytes, left))
    if steps < 4:
        with pytest.raises(KeyboardInterrupt):
            one["new"] = (9_000, 1)
    else:
        one["new"] = (9_000, 1)
    monkeypatch.undo()
    assert one.get("new", (0, 0))[0] in ((9_000,) if steps == 4 else (0,))
    assert one.get("0", (0, 0)) in [(1_000, 7), (0, 7), (0, 0)]
    assert [one.get(str(number), (0, 0)) for number in range(1, PLACES)] == [
        (1_000 + number, 7) for number in range(1, PLACES)
    ]


def test_in_a_full_bucket_the_window_that_ends_first_makes_room(path: Path) -> None:
    one = SharedTable(path, buckets=1)
    for number in range(PLACES):
        one[str(number)] = (1_000 - number, number)
    one["new"] = (2_000, 1)
    assert one.get("new", (0, 0)) == (2_000, 1)
    assert one.get(str(PLACES - 1), (0, 0)) == (0, 0)
    assert one.get("0", (0, 0)) == (1_000, 0)


def test_nobody_works_out_which_keys_share_the_places_of_another(path: Path) -> None:
    """With sixteen addresses in the bucket of a person's limit a stranger had it forgotten, and guessed on."""
    one, other = SharedTable(path), SharedTable(path.with_name("of another installation"))
    keys = [f"sign-in:at:{number}" for number in range(200)]
    assert sum(one._placed(key)[1] == other._placed(key)[1] for key in keys) < 5
    assert [one._placed(key) for key in keys] == [SharedTable(path)._placed(key) for key in keys]


def test_what_was_counted_outlives_the_process_but_not_the_machine_s_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SharedCounterStore(path).take("a", 1, HOUR)
    assert SharedCounterStore(path).take("a", 1, HOUR) == CounterResult(False, 0, HOUR)
    (before,) = path.parent.iterdir()
    monkeypatch.setattr(shared_table, "_boot", lambda: "another")
    assert SharedCounterStore(path).take("a", 1, HOUR) == CounterResult(True, 0, HOUR)
    assert [one.name for one in path.parent.iterdir()] == ["counters-another"]
    assert not before.exists()


def test_its_file_is_the_owner_s_alone_and_has_its_space_at_once(path: Path) -> None:
    before = os.umask(0)
    try:
        SharedTable(path)
    finally:
        os.umask(before)
    (file,) = path.parent.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_blocks * 512 >= file.stat().st_size == 32 * 2**20 + 32


def test_a_file_that_cannot_be_used_is_a_failure_and_no_error(tmp_path: Path) -> None:
    store = SharedCounterStore(tmp_path / "nowhere" / "counters")
    store.prepare(2)
    assert store.take("a", 1, HOUR) is None
    store.give_back("a")
    store.clear("a")
    assert store.failures == 1


def test_a_link_in_place_of_the_file_is_refused(path: Path) -> None:
    target = path.with_name("target")
    target.touch()
    path.with_name(f"counters-{shared_table._boot()}").symlink_to(target)
    assert SharedCounterStore(path).take("a", 1, HOUR) is None
    assert target.stat().st_size == 0


def test_opening_and_closing_the_file_elsewhere_in_the_process_gives_nothing_up(path: Path) -> None:
    one = SharedTable(path)
    (file,) = path.parent.iterdir()
    with one:
        file.read_bytes()
        other = os.open(file, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)


def test_the_first_calls_of_two_threads_open_one_table(path: Path) -> None:
    store = SharedCounterStore(path)
    threads = [threading.Thread(target=store.take, args=("a", 9, HOUR)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert store.take("a", 9, HOUR) == CounterResult(True, 0, HOUR)


def test_a_name_without_a_path_is_no_store() -> None:
    with pytest.raises(ValueError, match="path"):
        counter_store.counter_store_for("shared:counters")


def test_each_key_has_a_place_of_its_own_and_is_taken_out_of_it(path: Path) -> None:
    one = SharedTable(path, buckets=64)
    keys = [f"key {number}" for number in range(100)]
    for number, key in enumerate(keys):
        one[key] = (1_000 + number, number)
    assert [one.get(key, (0, 0)) for key in keys] == [(1_000 + n, n) for n in range(100)]
    assert one.pop(keys[7], (0, 0)) == (1_007, 7)
    assert one.get(keys[7], (0, 5)) == (0, 7)  # its window is over
    assert one.pop("never there", (3, 4)) == (3, 4)
    one[keys[8]] = (1_008, 9)
    assert (one.get(keys[8], (0, 0)), one.get(keys[9], (0, 0))) == ((1_008, 9), (1_009, 9))


def test_a_new_window_takes_the_place_of_the_old_one_of_its_key(path: Path) -> None:
    one = SharedTable(path, buckets=1)
    for number in range(PLACES):
        one[str(number)] = (2_000 - number, number)
    one["0"] = (3_000, 42)
    assert one.get("0", (0, 0)) == (3_000, 42)
    assert one.get(str(PLACES - 1), (0, 0)) == (2_000 - PLACES + 1, PLACES - 1)


def test_who_waits_gets_in_when_another_leaves_in_time(path: Path) -> None:
    waits = SharedTable(path, seconds=30)
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with SharedTable(path):
            inside.set()
            leave.wait(60)

    other = threading.Thread(target=stay)
    other.start()
    inside.wait(60)
    threading.Timer(0.05, leave.set).start()
    with waits:
        assert leave.is_set()
    other.join()
