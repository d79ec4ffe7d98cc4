"""What is asked once for a request or a run, and never outlives it."""

from itertools import count

from commerce.kit.request_cache import (
    cached_for_request,
    clear_request_cache,
    is_caching,
    memoized,
)


def test_within_a_block_each_name_is_asked_once_and_outside_each_time() -> None:
    numbers = count()

    def asked(name: str = "a") -> int:
        return memoized(name, lambda: next(numbers))

    assert (is_caching(), asked(), asked()) == (False, 0, 1)
    with cached_for_request():
        assert is_caching()
        assert (asked(), asked(), asked("b"), asked("a"), asked("b")) == (2, 2, 3, 2, 3)
        clear_request_cache()
        assert (asked(), asked("b"), asked()) == (4, 5, 4)
    assert (is_caching(), asked()) == (False, 6)
    clear_request_cache()
    with cached_for_request():
        assert asked() == 7


def test_a_block_within_another_has_a_memory_of_its_own() -> None:
    with cached_for_request():
        assert memoized("a", lambda: 1) == 1
        with cached_for_request():
            assert memoized("a", lambda: 2) == 2
        assert memoized("a", lambda: 3) == 1


def test_nothing_is_a_value_that_is_remembered() -> None:
    with cached_for_request():
        assert memoized("a", lambda: None) is None
        assert memoized("a", lambda: 1) is None
