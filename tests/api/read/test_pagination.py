"""Pages: what they hold, what they say of themselves, and that walking them skips nothing (client-api.md 1)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.accounts.models import Client
from commerce.api.core import replies
from commerce.api.read import deep_pages, query_params
from commerce.api.read.statement import ReadResult, ReadStatement
from commerce.api.v1.services import SERVICES
from tests.make import AT, make_client, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.service_lists import make_many_services

pytestmark = pytest.mark.django_db

BASE = "https://localhost:8443/api/v1/services"


@pytest.fixture(autouse=True)
def _much(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a hundred rows is a long one already, and a page after so many a deep one."""
    settings.COMMERCE_API_RATE = (1_000_000, 60)  # type: ignore[attr-defined]
    for name in ("_DEEP", "_LARGE", "_APART"):
        monkeypatch.setattr(deep_pages, name, getattr(deep_pages, name) // 10)


def newcomer(services: int = 0) -> tuple[Client, str, list[int]]:
    """A client with this many services, his token, and their ids, newest first."""
    client = make_client()
    ids = make_many_services(client, services)
    return client, make_token(client)[1], ids


def links(answer: ApiAnswer) -> dict[str, str]:
    """The targets of a ``Link`` header by relation, read as RFC 8288 writes it."""
    header = answer.headers["link"]
    found = re.findall(r'<([^<>"\s]*)>; rel="([a-z]+)"(?:, |\Z)', header)
    assert ", ".join(f'<{target}>; rel="{rel}"' for target, rel in found) == header
    assert len({rel for _, rel in found}) == len(found)
    return {rel: target for target, rel in found}


def numbers(answer: ApiAnswer) -> dict[str, int]:
    """The page that each link names."""
    return {
        rel: int(re.findall(r"[?&]page=([0-9]+)", target)[0])
        for rel, target in links(answer).items()
    }


def follow(target: str, token: str) -> ApiAnswer:
    parts = urlsplit(target)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BASE
    return call_api(f"{parts.path}?{parts.query}", token)


def test_an_empty_list() -> None:
    _, token, _ = newcomer()
    for path in ("/services", "/invoices", "/orders", "/domains"):
        answer = call_api(path, token)
        meta = b'{"current_page":1,"last_page":1,"per_page":15,"total":0}'
        assert answer.body == b'{"data":[],"meta":' + meta + b"}"
        assert numbers(answer) == {"first": 1, "last": 1}
    answer = call_api("/services?page=7&per_page=3", token)
    assert answer.json["meta"] == {"current_page": 7, "last_page": 1, "per_page": 3, "total": 0}
    assert numbers(answer) == {"first": 1, "prev": 1, "last": 1}


@pytest.mark.parametrize(
    ("query", "meta", "rows", "linked"),
    [
        ("", (1, 4, 15, 52), (0, 15), {"first": 1, "next": 2, "last": 4}),
        ("page=2&per_page=25", (2, 3, 25, 52), (25, 50), {"prev": 1, "next": 3}),
        ("page=4", (4, 4, 15, 52), (45, 52), {"prev": 3}),
        ("page=5", (5, 4, 15, 52), (52, 52), {"prev": 4}),
        ("page=900", (900, 4, 15, 52), (52, 52), {"prev": 4}),
        ("page=2147483647&per_page=100", (2_147_483_647, 1, 100, 52), (52, 52), {"prev": 1}),
        ("per_page=100", (1, 1, 100, 52), (0, 52), {}),
        ("per_page=52", (1, 1, 52, 52), (0, 52), {}),
        ("per_page=51&page=2", (2, 2, 51, 52), (51, 52), {"prev": 1}),
        ("per_page=1&page=52", (52, 52, 1, 52), (51, 52), {"prev": 51}),
        ("per_page=26&page=2", (2, 2, 26, 52), (26, 52), {"prev": 1}),
    ],
)
def test_what_a_page_says(
    query: str, meta: tuple[int, ...], rows: tuple[int, int], linked: dict[str, int]
) -> None:
    _, token, ids = newcomer(52)
    answer = call_api(f"/services?{query}", token)
    assert answer.status == 200
    names = ("current_page", "last_page", "per_page", "total")
    assert list(answer.json["meta"].items()) == list(zip(names, meta, strict=True))
    assert answer.ids == ids[slice(*rows)]
    assert numbers(answer) == {"first": 1, "last": meta[1]} | linked


def test_single_resources_have_no_links() -> None:
    _, token, ids = newcomer(1)
    for target in ("/me", f"/services/{ids[0]}"):
        answer = call_api(target, token)
        assert "link" not in answer.headers
        assert list(answer.json) == ["data"]


KEPT = [
    "per_page=2",
    "per_page=002",
    "status=pending&per_page=2",
    "updated_since=2020-01-01T00:00:00%2B02:00&per_page=2",
    "updated_since=2020-01-01T00:00:00+02:00&per_page=2",
]
NOT_KEPT = [
    "page=01",
    "%70age=2",
    "q=a+b%20c%2Bd&q=&=x&flag&&e=%26%3D%23%3F",
    "x=%ff%fe%00&y=%",
    "x=%zz&y=%4&z=%u0041",
    "x=%0d%0aSet-Cookie:%20a=b&%0aLink=<evil>",
    'x=">; rel="next", <https://evil.example/',
    "x=</script>;a,b;\"'\\^`{|}~",
    "x=\u00fc\u00e9\u007f\u0085",
    "x=%E6%9D%B1%F0%9F%98%80",
    "pages=1&Page=9&page%00=3&page[]=4&per_page%20=9",
    f"x={'a' * 60_000}",
    "&".join(f"x{n}={n}" for n in range(5000)),
]


def others(query: str) -> list[tuple[bytes, bytes]]:
    """The parameters of a query but ``page``, as the bytes that they mean."""
    found = []
    for part in filter(None, query.replace("+", " ").split("&")):
        name, _, value = part.partition("=")
        pair = tuple(unquote_to_bytes(half.encode("latin-1")) for half in (name, value))
        if pair[0] != b"page":
            found.append(pair)
    return found


@pytest.mark.parametrize("more", ["", *NOT_KEPT], ids=range(len(NOT_KEPT) + 1))
@pytest.mark.parametrize("query", KEPT)
def test_links_keep_the_parameters_of_the_list_and_no_others(query: str, more: str) -> None:
    answer = _replied(f"{query}&{more}")
    assert set(links(answer)) == {"first", "prev", "next", "last"}
    for rel, target in links(answer).items():
        assert others(urlsplit(target).query) == others(query), rel
        assert re.fullmatch(r"[!-;=?-~]+", target.replace("&", "")), "only what a URL may hold"


def _replied(query: str) -> ApiAnswer:
    """What a list of 9 pages says on its second, without a database."""
    ask = query_params.parse_list_query(query, SERVICES.statuses)
    said = replies.page_links(BASE, ask._replace(page=2), 9)
    return ApiAnswer(200, {"link": said}, b"")


def test_links_lead_through_a_list_with_its_filters() -> None:
    _, token, ids = newcomer(6)
    for query in KEPT:
        answer = call_api(f"/services?{query}&x=%0d%0aSet-Cookie:%20a=b", token)
        walked = answer.ids
        while "next" in links(answer):
            answer = follow(links(answer)["next"], token)
            walked += answer.ids
        assert walked == ids


@given(
    st.text("0", max_size=5000),
    st.integers(1, 100),
    st.text("0123456789", max_size=5000),
    st.sampled_from(["Z", "-23:59", "%2B23:59", "+23:59"]),
    st.integers(1, query_params.MAX_PAGE),
)
@example("0" * 9000, 100, "0" * 9000, "%2B23:59", query_params.MAX_PAGE)
def test_links_stay_below_4_kib_and_mean_the_same(
    zeros: str, per_page: int, fraction: str, offset: str, page: int
) -> None:
    """An integer, and a fraction of a second, may have any length."""
    point = f".{fraction}" if fraction else ""
    query = f"per_page={zeros}{per_page}&status=suspended&updated_since=2020-02-29T23:59:60{point}{offset}"
    ask = query_params.parse_list_query(query, SERVICES.statuses)
    said = replies.page_links(
        f"https://{'h' * 190}/api/v1/services", ask._replace(page=page), page + 1
    )
    assert len(f"Link: {said}\r\n".encode("latin-1")) < 4096
    again = query_params.parse_list_query(
        urlsplit(said[1 : said.index(">")]).query, SERVICES.statuses
    )
    assert again._replace(kept_parameters=(), page=0) == ask._replace(kept_parameters=(), page=0)


def test_links_name_the_configured_address_not_the_one_that_was_asked() -> None:
    _, token, _ = newcomer(1)
    sent = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    answer = call_api("/services", token, headers=sent)
    assert all(target.startswith(f"{BASE}?") for target in links(answer).values())
    assert "evil" not in repr(answer)


def test_links_lead_forth_and_back() -> None:
    _, token, ids = newcomer(23)
    answer = call_api("/services?per_page=5", token)
    pages = [answer.ids]
    while "next" in links(answer):
        answer = follow(links(answer)["next"], token)
        pages.append(answer.ids)
    assert [pk for page in pages for pk in page] == ids
    back = [answer.ids]
    while "prev" in links(answer):
        answer = follow(links(answer)["prev"], token)
        back.append(answer.ids)
    assert back[::-1] == pages
    assert follow(links(answer)["last"], token).ids == pages[-1]
    beyond = call_api("/services?per_page=5&page=80", token)
    assert follow(links(beyond)["prev"], token).ids == pages[-1]


# --- Long lists: their counts are remembered, and pages past the middle are read from the other end ----------------


def slices(token: str, ids: list[int], sizes: dict[int, range], more: str = "") -> None:
    """Each page of these sizes is the plain slice of the list."""
    for per_page, pages in sizes.items():
        last = max(1, -(-len(ids) // per_page))
        for page in pages:
            answer = call_api(f"/services?per_page={per_page}&page={page}{more}", token)
            assert answer.json["meta"] == {
                "current_page": page,
                "last_page": last,
                "per_page": per_page,
                "total": len(ids),
            }
            assert answer.ids == ids[(page - 1) * per_page : page * per_page], (per_page, page)


MANY = 400


def test_each_page_of_a_long_list_is_its_slice() -> None:
    _, token, ids = newcomer(345)
    sizes = {100: range(1, 6), 49: range(1, 10), 23: range(16, 1, -1), 7: range(50, 20, -3)}
    sizes |= {1: range(1, 347, 57), 13: range(27, 13, -1)}
    slices(token, ids, sizes)


def test_long_lists_with_filters() -> None:
    client, token, _ = newcomer()
    every = make_many_services(
        client, MANY, states=("pending", "cancelled", "terminated", "active")
    )
    ended = [pk for n, pk in enumerate(every) if (len(every) - 1 - n) % 4 in (1, 2)]
    sizes = {20: range(1, 12), 13: range(17, 9, -1)}
    slices(token, ended, sizes, "&status=cancelled")
    slices(token, every[:180], {20: range(10, 0, -1)}, "&updated_since=" + since(180))
    mine = [pk for pk in ended if pk in set(every[:380])]
    more = "&status=cancelled&updated_since=" + since(380)
    slices(token, mine, {20: range(7, 12)}, more)


def since(newest: int) -> str:
    """The instant from which on ``make_many_services`` of ``MANY`` made the newest so many."""
    return (AT + timedelta(seconds=MANY - newest)).isoformat().replace("+", "%2B")


def test_counts_are_right_just_after_each_write() -> None:
    client, token, ids = newcomer(110)
    deep, first = "/services?per_page=10&page=11", "/services?per_page=10"
    for n in range(3):
        assert call_api(deep, token).ids == ids[100:110]
        assert call_api(first, token).ids == ids[:10]
        ids = make_many_services(client, 1, start=5000 + n) + ids
        for target in (deep, first) if n % 2 else (first, deep):
            assert call_api(target, token).json["meta"]["total"] == 111 + n
    client.services.filter(pk__in=ids[:20]).delete()
    make_many_services(client, 0)
    for target, found in ((first, ids[20:30]), (deep, [])):
        answer = call_api(target, token)
        assert (answer.ids, answer.json["meta"]["total"]) == (found, 93)
    make_many_services(client, 10, start=9000)
    assert call_api(deep, token).json["meta"]["total"] == 103


def test_a_remembered_count_belongs_to_its_token_resource_and_filter() -> None:
    _, token, ids = newcomer(150)
    _, theirs, few = newcomer(120)
    for _ in range(2):
        for target, who, total in (
            ("/services?page=9", token, 150),
            ("/services?page=8", theirs, 120),
            ("/services?page=9&status=pending", token, 150),
            ("/services?page=9&status=active", token, 0),
            ("/orders?page=9", token, 0),
        ):
            assert call_api(target, who).json["meta"]["total"] == total
    assert call_api("/services?page=10", token).ids == ids[135:]
    assert call_api("/services?page=8", theirs).ids == few[105:]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Client]]:
    """Somebody adds a service to these clients after each statement of the API."""
    clients: list[Client] = []
    run = ReadStatement.run

    def and_write(self: ReadStatement, values: dict[str, object]) -> ReadResult:
        found = run(self, values)
        for client in clients:
            make_many_services(client, 1, start=next(later))
        return found

    later = iter(range(50_000, 60_000))
    monkeypatch.setattr(ReadStatement, "run", and_write)
    yield clients
    clients.clear()


def test_a_writer_between_count_and_rows_does_not_tear_them_apart(busy: list[Client]) -> None:
    client, token, ids = newcomer(140)
    busy.append(client)
    for page in (12, 12, 14, 1, 14):
        answer = call_api(f"/services?per_page=10&page={page}", token)
        total = answer.json["meta"]["total"]
        then = list(client.services.order_by("-created_at", "-id").values_list("id", flat=True))
        then = then[len(then) - total :]
        assert answer.ids == then[(page - 1) * 10 : page * 10]
        assert then[-140:] == ids


# --- Walking while rows arrive ------------------------------------------------------------------------------------


def walk(client: Client, token: str, per_page: int, arrivals: list[int]) -> list[int]:
    """All ids that a caller sees who follows ``next``, while rows arrive between his requests."""
    seen: list[int] = []
    answer = call_api(f"/services?per_page={per_page}", token)
    for moment in range(10_000):
        seen += answer.ids
        target = links(answer).get("next")
        if target is None:
            return seen
        if moment < len(arrivals):
            make_many_services(client, arrivals[moment], start=100_000 + 1000 * moment)
        answer = follow(target, token)
    raise AssertionError("the walk has no end")


def in_order(seen: list[int], old: list[int]) -> bool:
    """Whether each old row was seen, and for the first time in their order."""
    first = list(dict.fromkeys(pk for pk in seen if pk in set(old)))
    return first == old


def test_walking_while_rows_arrive_skips_nothing() -> None:
    @hypothesis(max_examples=40)
    @given(
        st.integers(0, 30), st.integers(1, 7), st.lists(st.integers(0, 5), min_size=0, max_size=12)
    )
    def check(rows: int, per_page: int, arrivals: list[int]) -> None:
        client, token, old = newcomer(rows)
        assert in_order(walk(client, token, per_page, arrivals), old)

    check()


def test_walking_a_long_list_while_rows_arrive_skips_nothing() -> None:
    client, token, old = newcomer(170)
    arrivals = [0, 3, 1, 10, 0, 25, 1] * 4
    assert in_order(walk(client, token, 10, arrivals), old)
