"""What no browser sends is refused before anything reads it, and nothing that is sent makes a header endless."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django import forms
from django.test import Client
from django.utils import translation

from commerce import portal
from commerce.kit.proxy_headers import LONGEST_ADDRESS
from commerce.portal.base.form_fields import LineField, MultilineField, with_decimal_point
from commerce.portal.base.redirects import DASHBOARD_PATH, MAX_NEXT_LENGTH, path_on_this_site
from tests.house.test_strangers import path, routes
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.people import make_client
from tests.make.table_digests import table_digests
from tests.portal.base.test_foreign_ids import VISITS
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.django_db

ROUTES = sorted(set(routes()))
CONTROLS = ["%00", "%01", "%0B", "%1F", "%7F", "%C2%85"]
IN_PATHS = [*CONTROLS, "%0A", "%09"]
SENT = "key form_key name label next client credential country currency gateway token email shown_items".split()
"""Names of fields that views read, some of them without a form."""


@pytest.fixture
def visitors(cast: PortalCast) -> list[HttpsTestClient]:
    return [make_browser(), cast.browse(cast.alice)]


def asked(web: Client, target: str, method: str = "get", form: Any = None, **more: str) -> Any:
    """Ask for an address as it is written, byte by byte."""
    where, _, query = target.partition("?")
    web.raise_request_exception = False
    return web.generic(
        method.upper(),
        where,
        form or "",
        "application/x-www-form-urlencoded",
        QUERY_STRING=query,
        **more,
    )


@pytest.mark.parametrize("control", IN_PATHS)
def test_a_control_character_in_a_path_is_400(
    visitors: list[HttpsTestClient], control: str
) -> None:
    """Each route with one of them: which it is, is looked for before there is a route."""
    before = table_digests(without=VISITS)
    for web in visitors:
        for route in ROUTES[IN_PATHS.index(control) :: len(IN_PATHS)]:
            for target in {f"{path(route)}{control}", path(route).replace("aaa", f"a{control}a")}:
                if control in target:
                    assert asked(web, target).status_code == 400, target
        assert asked(web, f"/static/{control}.css").status_code == 400
    assert table_digests(without=VISITS) == before


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_character_in_a_query_is_400(
    visitors: list[HttpsTestClient], control: str
) -> None:
    for web in visitors:
        for query in (f"q=a{control}b", f"a{control}b=1", f"page={control}", f"next=/{control}"):
            for route in ("", "client/services", "client/login", "store"):
                assert asked(web, f"/{route}?{query}").status_code == 400
        assert asked(web, "/store?q=a%0D%0Ab%09c").status_code == 200
        assert asked(web, "/store?q=%E6%9D%B1%F0%9F%98%80%C3%9C").status_code == 200


def test_nul_in_a_form_is_400_whatever_reads_it_and_nothing_is_kept(
    visitors: list[HttpsTestClient],
) -> None:
    """PostgreSQL would have raised, and SQLite would have kept it."""
    before = table_digests(without=VISITS)
    value = "&".join(f"{name}=a%00b" for name in SENT)
    for web in visitors:
        for route in ROUTES:
            for form in (value, "a%00b=1"):
                assert asked(web, path(route), "post", form).status_code == 400, route
    assert table_digests(without=VISITS) == before


def form_classes() -> Iterator[type[forms.Form]]:
    for found in pkgutil.walk_packages(portal.__path__, "commerce.portal."):
        module = importlib.import_module(found.name)
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, forms.Form):
                yield one


def test_every_text_field_refuses_control_characters_and_says_so() -> None:
    fields = {
        f"{one.__name__}.{name}": field
        for one in form_classes()
        for name, field in one.base_fields.items()
        if isinstance(field, forms.CharField)
    }
    assert len(fields) > 40
    for name, field in fields.items():
        for control in "\0\x01\x0b\x1f\x7f\x85":
            wanted = '"a{}b"@example.com' if isinstance(field, forms.EmailField) else "a{}b"
            with pytest.raises(forms.ValidationError) as raised:
                field.clean(wanted.format(control))
            assert "Remove them, or type it again." in str(raised.value), name


def test_an_address_that_is_kept_is_nobody_elses() -> None:
    """A sign that nobody sees is dropped on the way, and the mail reaches whoever has the address without it."""
    fields = {
        f"{one.__name__}.{name}": field
        for one in form_classes()
        for name, field in one.base_fields.items()
        if isinstance(field, forms.EmailField)
    }
    looked_up = {"ForgotPasswordForm.email"}
    assert len(fields) > 8
    for name, field in fields.items():
        assert field.clean("alice@example.com") == "alice@example.com"
        for address in ("alice@example.com\u200b", "root@localhost", "a@[127.0.0.1]"):
            if name in looked_up:
                continue
            with pytest.raises(forms.ValidationError) as raised:
                field.clean(address)
            assert raised.value.messages == ["Enter a valid email address."], name


def test_what_was_typed_beside_a_control_character_is_kept(cast: PortalCast) -> None:
    answer = cast.browse(cast.alice).post(
        "/client/profile", {"first_name": "A\x0bice", "city": "Oslo"}
    )
    assert answer.status_code == 422
    assert "Remove them, or type it again." in answer.content.decode()
    assert 'value="Oslo"' in answer.content.decode()


def test_line_breaks_and_tabs_are_allowed_in_texts(cast: PortalCast) -> None:
    field = MultilineField()
    assert field.clean("a\tb\r\nc\n") == "a\tb\nc"
    assert LineField().clean("a\tb\r\nc\n") == "a b c"


def edges(where: str) -> list[str]:
    """The longest address that a page leads back to, in which each sign becomes three, and the longest at all."""
    return [
        where + "?" + "&" * (most - len(where) - 1) for most in (MAX_NEXT_LENGTH, LONGEST_ADDRESS)
    ]


def test_no_header_of_a_page_reaches_4_kib(cast: PortalCast) -> None:
    """``Location`` and ``Set-Cookie`` say again what was sent; Alice has two clients and has not chosen."""
    make_client(owner=cast.alice)
    alice, guest, over_http = (
        make_browser(cast.alice),
        make_browser(),
        Client(headers={"host": "localhost"}),
    )
    alice.cookies["django_language"] = "x" * 5000
    led = set()
    for route in ROUTES:
        where = path(route).replace("starter", "s" * 900)
        short, long = edges(where)
        referer = "https://localhost" + edges("/client/x")[0]
        form = f"next={quote(edges('/client/x')[0])}&country=GB&email=x@example.com"
        answers = [asked(guest, short), asked(guest, long), asked(alice, short)]
        answers.append(asked(over_http, long))
        answers += [asked(web, where, "post", form, HTTP_REFERER=referer) for web in (guest, alice)]
        for answer in answers:
            lines = [f"{name}: {value}" for name, value in answer.items()]
            lines += [one.output() for one in answer.cookies.values()]
            assert max(map(len, lines)) < 4096 - 2, (route, answer.status_code)
            led.add(len(answer.headers.get("Location", "")) > 2500)
    assert led == {True, False}


def test_an_address_without_end_is_414(visitors: list[HttpsTestClient]) -> None:
    for web in visitors:
        assert asked(web, "/store?" + "x" * (LONGEST_ADDRESS - len("/store?"))).status_code == 200
        assert (
            asked(web, "/store?" + "x" * (LONGEST_ADDRESS - len("/store?") + 1)).status_code == 414
        )
        assert asked(web, "/" + "%C3%9C" * 600).status_code == 414


def test_a_page_leads_back_to_no_address_without_end() -> None:
    assert path_on_this_site("/" + "a" * (MAX_NEXT_LENGTH - 1)) == "/" + "a" * (MAX_NEXT_LENGTH - 1)
    assert path_on_this_site("/" + "a" * MAX_NEXT_LENGTH) == DASHBOARD_PATH
    assert path_on_this_site("/" + "ü" * 400) == DASHBOARD_PATH


def test_an_amount_is_typed_in_the_reader_s_form_with_one_separator() -> None:
    with translation.override("de"):
        assert [with_decimal_point(typed) for typed in ("12,50", "12.50", "1.234,50")] == [
            "12.50",
            "12.50",
            "1,234,50",
        ]
        assert with_decimal_point("1.000") == "1,000"  # a thousand, which is no number here
    with translation.override("ar"):
        assert with_decimal_point("1,000") == "1,000"
    with translation.override("en"):
        assert with_decimal_point("12,50") == "12,50"


def test_every_whole_number_of_a_form_takes_ascii_digits_only() -> None:
    fields = [
        field
        for one in form_classes()
        for field in one.base_fields.values()
        if isinstance(field, forms.IntegerField | forms.DecimalField | forms.FloatField)
    ]
    assert len(fields) >= 3
    for field in fields:
        for typed in ("1_0", "1e1", "١", "1.0", "1\n0"):
            with pytest.raises(forms.ValidationError):
                field.clean(typed)
        assert field.clean(" 7 ") == 7
