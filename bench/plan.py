"""What is measured: the sections that ``--only`` names, and their cases."""

from bench import data, wrk
from bench.measure import BenchmarkCase, BenchmarkPace
from bench.wrk import LISTING, ApiCall

QUICK = BenchmarkPace(
    rounds=3, deep_rounds=2, warm=1, seconds=2, cold_starts=1, memory_requests=20_000
)
FULL = BenchmarkPace(
    rounds=5, deep_rounds=5, warm=3, seconds=10, cold_starts=5, memory_requests=100_000
)

SECTIONS = {
    "list": ("limit", "ours", "values", "drf"),
    "v2": ("limit", "ours", "ours_v2"),
    "304": ("ours", "ours_304"),
    "valkey": ("ours", "ours_valkey"),
    "sqlite": ("ours", "ours_sqlite"),
    "workers": ("limit_2", "ours_2", "ours_2_valkey"),
    "deep": ("small_first", "large_first", "large_middle", "large_last"),
    "memory": ("memory",),
}
"""Each section and its cases. Those that one worker answers are measured in the same rounds."""

TOGETHER = ("list", "v2", "304", "valkey", "sqlite")
PER_PAGE = 25


def all_cases(
    size: data.DataSize, tags: list[str], cursors: dict[str, str] | None = None
) -> dict[str, BenchmarkCase]:
    """Every case by key; ``tags`` are those of the calls in turn, empty when the 304 is not measured, as ``cursors`` by
    token are when version 2 is not.
    """
    turns = wrk.calls_in_turn(size.tokens())
    conditional = [call._replace(tag=tag) for call, tag in zip(turns, tags, strict=False)]
    answerers = (
        *("limit", "ours", "ours_valkey", "ours_sqlite", "values", "drf"),
        *("limit_2", "ours_2", "ours_2_valkey"),
    )
    found = [BenchmarkCase(key, key, turns) for key in answerers]
    found.append(BenchmarkCase("ours_304", "ours", conditional, 304))
    found.append(BenchmarkCase("ours_v2", "ours", wrk.calls_of_v2(cursors or {})))
    found.append(BenchmarkCase("memory", "ours", turns))
    return {case.key: case for case in found} | deep_page_cases(size)


def deep_page_cases(size: data.DataSize) -> dict[str, BenchmarkCase]:
    """Of a client with 60 services the first page; of the largest the first, those around the middle, and the last.

    The middle is 101 pages in no order, so that what is kept of one page does not answer for another.
    """
    small, large = size.tokens()[-1], data.token_of(data.LARGE)
    last = data.LARGE_SERVICES // PER_PAGE
    around = [last // 2 + (step * 37) % 101 - 50 for step in range(101)]
    pages = {
        "small_first": (small, [1]),
        "large_first": (large, [1]),
        "large_middle": (large, around),
        "large_last": (large, [last]),
    }
    return {
        key: BenchmarkCase(key, "ours", [_page(token, page) for page in wanted])
        for key, (token, wanted) in pages.items()
    }


def warming_case(size: data.DataSize) -> BenchmarkCase:
    """All pages of the other callers: each kind of statement is prepared, the clients to be measured stay unknown."""
    others = size.tokens()[:100]
    pages = range(1, -(-data.CALLER_SERVICES // PER_PAGE) + 1)
    return BenchmarkCase(
        "warming", "ours", [_page(token, page) for token in others for page in pages]
    )


def _page(token: str, page: int) -> ApiCall:
    return ApiCall(f"{LISTING}?page={page}&per_page={PER_PAGE}", token)
