"""Who keeps how many threads of this process busy."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from commerce.portal.base.limits.running_requests import RunningRequests


@pytest.mark.parametrize(("threads", "free"), [(1, 1), (2, 1), (3, 2), (8, 7)])
def test_the_last_thread_is_told(threads: int, free: int) -> None:
    running = RunningRequests(threads)
    assert [running.begin(["a"]) for _ in range(free)] == [[]] * free
    assert running.begin(["a", "b"]) == ["a"]
    assert running.begin(["b"]) == (["b"] if free == 1 else [])


def test_what_is_over_counts_no_more() -> None:
    running = RunningRequests(2)
    for _ in range(5):
        assert running.begin(["a", "b"]) == []
        running.end(["a", "b"])
    assert running._running == {}


def test_nobody_is_told_where_no_number_is_known() -> None:
    running = RunningRequests()
    assert [running.begin(["a"]) for _ in range(9)] == [[]] * 9


def test_those_that_begin_at_once_are_counted_apart() -> None:
    running, barrier = RunningRequests(5), Barrier(20)

    def ask(_number: int) -> bool:
        full = running.begin(["a"])
        barrier.wait()
        running.end(["a"])
        return bool(full)

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(ask, range(20))) == 16
    assert running._running == {}
