"""Parameters: of their type or 400, allowed or 422, and which is named (client-api.md 4)."""

import json
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from commerce.api.core.errors import ApiProblem
from commerce.api.read import query_params
from tests.make import make_client, make_service, make_token
from tests.make.api import call_api

STATUSES = ("active", "cancelled")
INTEGER = "The {} parameter must be an integer."
ONCE = "The {} parameter may be given only once."
INSTANT = "The updated_since parameter must be an RFC 3339 date-time with an offset."
LEAST = {"page": ["The page must be at least 1."]}
MOST = {"page": ["The page must not be greater than 2147483647."]}
PER_PAGE = {"per_page": ["The per page must be between 1 and 100."]}
STATUS = {"status": ["The selected status is invalid."]}

MALFORMED = [
    ("page=abc", INTEGER.format("page")),
    ("page=1.5", INTEGER.format("page")),
    ("page=1_0", INTEGER.format("page")),
    ("page=", INTEGER.format("page")),
    ("page", INTEGER.format("page")),
    ("page=%FF", INTEGER.format("page")),
    ("page=%201", INTEGER.format("page")),
    ("page=+1", INTEGER.format("page")),
    ("page=%2B1", INTEGER.format("page")),
    ("page=1%0A", INTEGER.format("page")),
    ("page=%D9%A1", INTEGER.format("page")),
    ("page=--1", INTEGER.format("page")),
    ("page=0x1", INTEGER.format("page")),
    ("page=1e2", INTEGER.format("page")),
    ("page=1&page=1", ONCE.format("page")),
    ("p%61ge=1&page=2", ONCE.format("page")),
    ("page=a&page=b", ONCE.format("page")),
    ("per_page=x", INTEGER.format("per_page")),
    ("per_page=1&per_page=1", ONCE.format("per_page")),
    ("status=active&status=active", ONCE.format("status")),
    ("updated_since=", INSTANT),
    ("updated_since=2026-04-08", INSTANT),
    ("updated_since=2026-04-08T14:33:10", INSTANT),
    ("updated_since=2026-02-30T14:33:10Z", INSTANT),
    ("updated_since=2026-04-08T24:00:00Z", INSTANT),
    ("updated_since=2026-04-08T14:60:00Z", INSTANT),
    ("updated_since=2026-04-08T14:33:61Z", INSTANT),
    ("updated_since=2026-04-08T14:33:10%2B24:00", INSTANT),
    ("updated_since=2026-04-08T14:33:10%2B0100", INSTANT),
    ("updated_since=2026-04-08+14:33:10Z", INSTANT),
    ("updated_since=1775658790", INSTANT),
    ("updated_since=%D9%A2026-04-08T14:33:10Z", INSTANT),
    (
        "updated_since=2026-04-08T14:33:10Z&updated_since=2026-04-08T14:33:10Z",
        ONCE.format("updated_since"),
    ),
    # Of several, the first of the table is named; 400 goes before 422.
    ("updated_since=x&status=a&status=b&per_page=x&page=x", INTEGER.format("page")),
    ("updated_since=x&status=a&status=b&per_page=x", INTEGER.format("per_page")),
    ("updated_since=x&status=a&status=b", ONCE.format("status")),
    ("page=0&per_page=x", INTEGER.format("per_page")),
    ("status=nonsense&updated_since=x", INSTANT),
]
NOT_ALLOWED = [
    ("page=0", LEAST),
    ("page=-1", LEAST),
    ("page=-0", LEAST),
    ("page=-99999999999999999999999999", LEAST),
    ("page=" + "-" + "9" * 5000, LEAST),
    ("page=2147483648", MOST),
    ("page=" + "9" * 5000, MOST),
    ("per_page=0", PER_PAGE),
    ("per_page=101", PER_PAGE),
    ("per_page=-5", PER_PAGE),
    ("per_page=" + "9" * 30, PER_PAGE),
    ("status=", STATUS),
    ("status=terminated", STATUS),
    ("status=ACTIVE", STATUS),
    ("status=active%20", STATUS),
    ("status=%FF", STATUS),
    ("status=%00", STATUS),
    ("page=0&per_page=0&status=x", LEAST | PER_PAGE | STATUS),
]
ALLOWED = [
    ("", query_params.ListQuery()),
    ("page=007", query_params.ListQuery(page=7)),
    ("page=" + "0" * 5000 + "3", query_params.ListQuery(page=3)),
    ("page=2147483647&per_page=100", query_params.ListQuery(page=2147483647, per_page=100)),
    ("status=active", query_params.ListQuery(status="active")),
    ("PAGE=x&page[]=y&sort=z&sort=z&=&&Status=q", query_params.ListQuery()),
]
NOON = datetime(2026, 4, 8, 12, 0, 0, tzinfo=UTC)
INSTANTS = [
    ("2026-04-08T12:00:00Z", NOON),
    ("2026-04-08t12:00:00z", NOON),
    ("2026-04-08T14:00:00%2B02:00", NOON),
    ("2026-04-08T14:00:00+02:00", NOON),
    ("2026-04-08T14:00:00%2002:00", NOON),
    ("2026-04-08T05:30:00-06:30", NOON),
    ("2026-04-08T12:00:00-00:00", NOON),
    ("2026-04-08T11:59:60Z", NOON),
    ("2026-04-08T12:00:00.5Z", NOON.replace(microsecond=500000)),
    ("2026-04-08T12:00:00.1234561Z", NOON.replace(microsecond=123457)),
    ("2026-04-08T12:00:00.12345600000000000000Z", NOON.replace(microsecond=123456)),
    ("0001-01-01T00:00:00%2B01:00", datetime(1, 1, 1, tzinfo=UTC)),
    ("0000-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ("9999-12-31T23:59:59-23:59", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
]


@pytest.mark.parametrize(("query", "message"), MALFORMED)
def test_a_parameter_that_is_not_of_its_type(query: str, message: str) -> None:
    with pytest.raises(ApiProblem) as raised:
        query_params.parse_list_query(query, STATUSES)
    assert (raised.value.status, json.loads(raised.value.body)) == (400, {"message": message})


@pytest.mark.parametrize(("query", "wrong"), NOT_ALLOWED)
def test_a_parameter_that_is_not_allowed(query: str, wrong: dict[str, list[str]]) -> None:
    with pytest.raises(ApiProblem) as raised:
        query_params.parse_list_query(query, STATUSES)
    assert raised.value.status == 422
    assert json.loads(raised.value.body) == {
        "message": "The given data was invalid.",
        "errors": wrong,
    }


@pytest.mark.parametrize(("query", "ask"), ALLOWED)
def test_what_is_allowed_or_ignored(query: str, ask: query_params.ListQuery) -> None:
    assert query_params.parse_list_query(query, STATUSES)._replace(kept_parameters=()) == ask


@pytest.mark.parametrize(("text", "at"), INSTANTS)
def test_instants(text: str, at: datetime) -> None:
    assert query_params.parse_list_query(f"updated_since={text}", STATUSES).updated_since == at


@pytest.mark.django_db
def test_the_replies_to_wrong_parameters() -> None:
    _, plain = make_token()
    answer = call_api("/services?page=abc", plain)
    assert (answer.status, answer.json) == (
        400,
        {"message": "The page parameter must be an integer."},
    )
    answer = call_api("/services?status=bad&page=0", plain)
    assert (answer.status, answer.json["errors"]) == (422, LEAST | STATUS)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.django_db
def test_single_resources_take_no_parameters() -> None:
    client = make_client()
    service = make_service(client=client)
    _, plain = make_token(client)
    for target in ("/me", f"/services/{service.pk}"):
        assert call_api(f"{target}?page=abc&status=x&updated_since=&page=1", plain).status == 200


@pytest.mark.django_db
@pytest.mark.parametrize("control", ["%00", "%01", "%0A", "%1F", "%7F", "%C2%85"])
def test_control_characters_are_refused_where_they_count_and_ignored_elsewhere(
    control: str,
) -> None:
    _, plain = make_token()
    raw = unquote(control)
    for path in (f"/services{raw}", f"/services/1{raw}", f"/{raw}", f"/me{raw}/"):
        assert call_api(path, plain).status == 404
        assert call_api(path).status == 404
    for name in ("page", "per_page", "updated_since"):
        assert call_api(f"/services?{name}=1{control}", plain).status == 400
    assert call_api(f"/services?status=active{control}", plain).status == 422
    assert call_api(f"/services?x{control}=1&x=1{control}", plain).status == 200
    for path in ("/me", "/openapi.json", "/services"):
        assert call_api(f"{path}?{control}={control}", plain).status == 200
