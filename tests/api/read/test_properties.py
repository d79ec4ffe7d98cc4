"""Parameters against an oracle written from the contract: whatever is asked for, the answer is the one it says."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import event, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.api.core import replies
from commerce.api.core.errors import ApiProblem
from commerce.api.read import query_params
from commerce.hosting.models import Service
from tests.api.read.oracle import expected_answer, moment
from tests.make import AT, make_client, make_token
from tests.make.api import call_api
from tests.make.draws import draws
from tests.make.service_lists import make_many_services

FREE = override_settings(COMMERCE_API_RATE=(10**9, 60))
STATES = {
    "active": {"active"},
    "suspended": {"suspended"},
    "pending": {"pending"},
    "cancelled": {"cancelled", "terminated"},
}

names = st.sampled_from(
    [
        "page",
        "per_page",
        "status",
        "updated_since",
        "p%61ge",
        "per%5Fpage",
        "PAGE",
        "page[]",
        "x",
        "",
    ]
)
integers = st.one_of(
    st.integers(-3, 120).map(str),
    st.sampled_from(
        ["007", "-0", "--1", "+1", "%2B1", "1.0", "1e1", "1_0", "0x1", "%31", "１", "²"]
    ),
    st.sampled_from(
        ["2147483647", "2147483648", str(2**63), str(2**64), "9" * 400, "-" + "9" * 400]
    ),
    st.sampled_from(["", "%00", "1%00", "1%0A", "%20" + "1", "1+", "true", "null", "%FF", "٣"]),
)
words = st.sampled_from(
    [*STATES, "terminated", "ACTIVE", "act%69ve", "active%20", "", "%FF", "active,pending", "draft"]
)
moments = st.one_of(
    st.datetimes(
        AT.replace(tzinfo=None) - timedelta(seconds=9),
        AT.replace(tzinfo=None) + timedelta(seconds=60),
    ).map(lambda at: at.isoformat() + "Z"),
    st.builds(
        "{}-{:02}-{:02}{}{:02}:{:02}:{:02}{}{}".format,
        st.sampled_from(["2026", "0000", "0001", "9999", "1900", "2024", "12026"]),
        st.integers(0, 13),
        st.integers(0, 32),
        st.sampled_from("TTTTt +_"),
        st.integers(0, 25),
        st.integers(0, 61),
        st.integers(0, 62),
        st.sampled_from(["", "", ".5", ".", ".000000000000000000001", ",5", ".1234567"]),
        st.sampled_from(
            [
                "Z",
                "z",
                "",
                "%2B02:00",
                "+02:00",
                "-12:30",
                "%2B24:00",
                "-00:60",
                "%20" + "01:00",
                "+0100",
            ]
        ),
    ),
    st.sampled_from(["", "now", "2026-04-08", "1775658790", "%FF"]),
)
values = st.one_of(integers, words, moments, st.text(st.characters(max_codepoint=255), max_size=8))
sensible = st.one_of(
    st.tuples(st.sampled_from(["page", "per_page"]), integers),
    st.tuples(st.just("status"), words),
    st.tuples(st.just("updated_since"), moments),
    st.tuples(names, values),
)
queries = st.one_of(
    st.lists(sensible, max_size=4).map(lambda pairs: "&".join(f"{n}={v}" for n, v in pairs)),
    st.text(st.characters(max_codepoint=255), max_size=60),
    st.text(st.sampled_from("page=&%+1 F0per_stau-:TZ;"), max_size=40),
).map(lambda query: query.encode("utf-8", "replace").decode("latin-1"))


def answer_of(query: str) -> tuple[int, Any]:
    """What reading the parameters comes to: 200 with them, or the problem's status and body."""
    try:
        return 200, query_params.parse_list_query(query, STATES.keys())
    except ApiProblem as problem:
        return problem.status, json.loads(problem.body)


@hypothesis(max_examples=draws(500))
@given(queries)
@example("page=1;per_page=x")
@example("page=1&page=%31")
@example("updated_since=0000-02-29T23:59:60%2B23:59")
@example("updated_since=9999-12-31T23:59:60-23:59")
@example("page=" + "0" * 60_000 + "1&per_page=-" + "0" * 60_000)
def test_reading_agrees_with_the_contract(query: str) -> None:
    said = expected_answer(query, set(STATES))
    status, found = answer_of(query)
    event(f"{status}")
    assert status == said.status
    if status != 200:
        assert found == said.body
        return
    assert (found.page, found.per_page, found.status) == (said.page, said.per_page, said.only)
    assert (found.updated_since is None) == (said.since is None)


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),  # noqa: DTZ001 - the offset is another argument
    st.text("0123456789", max_size=9),
    st.sampled_from("+- "),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_instants_agree_with_the_contract(
    at: datetime, digits: str, sign: str, hours: int, minutes: int
) -> None:
    text = at.isoformat(timespec="seconds") + (f".{digits}" if digits else "")
    text += f"{sign}{hours:02}:{minutes:02}"
    found, said = query_params.parse_instant(text), moment(text)
    assert found is not None
    assert said is not None
    # What a microsecond cannot tell is rounded up, so that nothing before the instant is found.
    assert found - said == timedelta(microseconds=bool(digits[6:].strip("0")))


@pytest.mark.django_db
def test_answers_agree_with_the_contract() -> None:
    client = make_client()
    _, token = make_token(client)
    make_many_services(client, 50, states=("pending", "cancelled", "terminated", "active"))
    rows = list(Service.objects.for_client(client).order_by("-created_at", "-id"))

    @FREE
    @hypothesis(max_examples=draws(100))
    @given(queries)
    def check(query: str) -> None:
        said = expected_answer(query, set(STATES))
        answer = call_api(f"/services?{query}", token)
        assert answer.status == said.status
        if said.status != 200:
            assert answer.json == said.body
            return
        found = [row.pk for row in rows if said.only is None or row.status in STATES[said.only]]
        if said.since is not None:
            late = {row.pk for row in rows if row.changed_at >= said.since}
            found = [pk for pk in found if pk in late]
        start = (said.page - 1) * said.per_page
        assert answer.ids == found[start : start + said.per_page]
        assert answer.json["meta"]["total"] == len(found)

    check()


@pytest.mark.django_db
def test_single_resources_and_public_pages_ignore_any_query() -> None:
    client = make_client()
    _, token = make_token(client)
    (service,) = make_many_services(client, 1)

    @FREE
    @hypothesis(max_examples=draws(30))
    @given(queries)
    def check(query: str) -> None:
        for target in ("/me", f"/services/{service}", "/api/v1/openapi.json"):
            assert call_api(f"{target}?{query}", token).status == 200

    check()


texts = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80)
dates = st.one_of(
    texts,
    st.builds(
        "{}, {:02} {} {} {:02}:{:02}:{:02} {}".format,
        st.sampled_from(["Wed", "Xyz", ""]),
        st.integers(0, 40),
        st.sampled_from(["Apr", "apr", "13", "Foo"]),
        st.sampled_from(["2026", "26", "0", "99999", "-1", "9" * 5000]),
        st.integers(0, 30),
        st.integers(0, 70),
        st.integers(0, 70),
        st.sampled_from(["GMT", "+0000", "-9999", "+2400", "-0000", "Z", "", "+" + "9" * 50]),
    ),
)


@pytest.mark.django_db
def test_no_header_makes_it_crash() -> None:
    client = make_client()
    _, token = make_token(client)
    (service,) = make_many_services(client, 1)

    @FREE
    @hypothesis(max_examples=draws(60))
    @given(none_match=st.none() | texts, since=dates, encoding=texts, request_id=texts, kind=texts)
    @example(None, "Mon, 01 Jan 0001 00:00:00 +2359", "gzip;q=nan", "", "")
    @example('"' * 5000, "Fri, 31 Dec 9999 23:59:59 -2359", "gzip;q=1e999,;;=,", "", "")
    def check(
        none_match: str | None, since: str, encoding: str, request_id: str, kind: str
    ) -> None:
        sent = {
            "If-Modified-Since": since,
            "Accept-Encoding": encoding,
            "X-Request-Id": request_id,
            "Accept": kind,
            "Range": kind,
            "Cookie": kind,
            "Content-Type": kind,
        }
        if none_match is not None:
            sent["If-None-Match"] = none_match
        for target in ("/services", f"/services/{service}", "/api/v1/openapi.json"):
            assert call_api(target, token, headers=sent).status in (200, 304)

    check()


@pytest.mark.django_db
def test_no_authorization_makes_it_crash() -> None:
    _, token = make_token()

    @FREE
    @override_settings(COMMERCE_API_AUTH_FAILURE_RATE=(10**9, 60))
    @hypothesis(max_examples=draws(60))
    @given(st.one_of(texts, texts.map("Bearer {}".format), texts.map(f"Bearer {token}{{}}".format)))
    def check(value: str) -> None:
        answer = call_api("/me", headers={"Authorization": value})
        words = value.split()
        if words[1:] != [token] or words[0].lower() != "bearer":
            assert (answer.status, answer.json) == (401, {"message": "Unauthenticated."})

    check()


# Named after what happened: a number of 32,000 zeros and a letter took eight seconds to refuse, before the token was
# known to be one of ours.
@pytest.mark.parametrize(
    "value",
    [
        "0" * 60_000 + "x",
        "-" + "0" * 60_000 + ".",
        "9" * 60_000,
        "2026-04-08T14:33:10." + "0" * 60_000 + "x",
        "2026-04-08T14:33:10." + "1" * 60_000 + "+",
        "%" * 60_000,
        "%FF" * 20_000,
        "&" * 60_000,
        "a&" * 30_000,
    ],
)
def test_no_value_takes_long_to_refuse(value: str) -> None:
    began = time.process_time()
    for name in ("page", "per_page", "status", "updated_since", "other"):
        assert answer_of(f"{name}={value}")[0] in (200, 400, 422)
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    "header",
    ['"' * 60_000, "W/" * 30_000, 'W/"' * 20_000, "," * 60_000, '"a",' * 15_000, "x" * 60_000],
)
def test_no_list_of_tags_or_codings_takes_long_to_read(header: str) -> None:
    began = time.process_time()
    assert not replies.etag_matches(header, '"tag"')
    replies.allows_gzip(header)
    replies.is_unchanged_since(header, AT)
    assert time.process_time() - began < 1
