import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from commerce.domains.rdap.lookup import RdapUnknown, is_registered, look_up
from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import ProviderSilentError
from tests.doubles.rdap import FakeRdap, domain_document


def test_a_registered_name_is_shown_as_its_registry_shows_it(registry: FakeRdap) -> None:
    registry.shows_domain("example.com")
    found = look_up("example.com")
    assert found is not None
    assert (found.name, found.registrar) == ("example.com", "Elsewhere Names Ltd")
    assert found.statuses == ("client delete prohibited", "client transfer prohibited")
    assert found.is_locked
    assert found.nameservers == ("ns1.elsewhere.example", "ns2.elsewhere.example")
    assert found.registered == date(2020, 3, 1)
    assert found.expiry == date(2027, 3, 1)  # in UTC
    assert found.transferred == date(2026, 1, 10)
    assert found.transferable_from == date(2026, 3, 11)
    assert not found.is_signed
    [(path, accept)] = registry.asked
    assert path == "/domain/example.com"
    assert accept.startswith("application/rdap+json")
    assert is_registered("example.com") is True


def test_dates_at_the_end_of_time_are_taken_as_they_are(registry: FakeRdap) -> None:
    events = [
        {"eventAction": action, "eventDate": "9999-12-31T23:59:59Z"}
        for action in ("registration", "expiration")
    ]
    registry.shows_domain("example.com", events=events)
    found = look_up("example.com")
    assert found is not None
    assert found.expiry == found.transferable_from == date.max


def test_a_name_without_dates_and_holder_is_shown_without_them(registry: FakeRdap) -> None:
    """Registries of countries leave much out, the handle too."""
    registry.shows("/domain/shop.co.uk", {"objectClassName": "domain", "ldhName": "shop.co.uk"})
    found = look_up("shop.co.uk")
    assert found is not None
    assert (found.registrar, found.statuses, found.nameservers) == ("", (), ())
    assert (found.registered, found.expiry, found.transferable_from) == (None, None, None)
    assert not found.is_locked


def test_an_idn_is_asked_in_its_ascii_form(registry: FakeRdap) -> None:
    registry.shows_domain("xn--e1afmkfd.xn--p1ai", unicodeName="пример.рф")
    found = look_up("xn--e1afmkfd.xn--p1ai")
    assert found is not None
    assert found.name == "xn--e1afmkfd.xn--p1ai"


@pytest.mark.parametrize("body", [b"", b'{"errorCode": 404}'])
def test_a_name_that_the_registry_has_not_is_none(registry: FakeRdap, body: bytes) -> None:
    registry.shows("/domain/free.com", body, 404)
    assert look_up("free.com") is None
    assert is_registered("free.com") is False


def test_a_page_where_a_server_once_was_says_nothing(registry: FakeRdap) -> None:
    """Otherwise each name of a registry that moved would look free."""
    registry.shows("/domain/moved.com", b"<h1>Not found</h1>", 404, Content_Type="text/html")
    with pytest.raises(OSError, match="404"):
        look_up("moved.com")
    assert is_registered("moved.com") is None


def test_a_tld_without_a_known_server_cannot_be_asked(registry: FakeRdap) -> None:
    with pytest.raises(RdapUnknown):
        look_up("example.nowhere")
    assert is_registered("example.nowhere") is None
    assert registry.asked == []


def test_what_is_no_name_is_refused_before_anybody_is_asked(registry: FakeRdap) -> None:
    with pytest.raises(BusinessError):
        look_up("../help?x.com")
    assert registry.asked == []


NONSENSE = {
    "another name": domain_document("other.com"),
    "an address": {"objectClassName": "ip network", "handle": "NET-192"},
    "a list": [],
    "a date that is none": domain_document("example.com", events=[{"eventAction": 7}]),
    "words": b"try again later",
    "half a document": b'{"objectClassName": "dom',
}


@pytest.mark.parametrize("document", NONSENSE.values(), ids=NONSENSE)
def test_an_answer_that_is_not_understood_is_none(registry: FakeRdap, document: Any) -> None:
    registry.shows("/domain/example.com", document)
    with pytest.raises(OSError, match=r"understood|JSON"):
        look_up("example.com")
    assert is_registered("example.com") is None


@pytest.mark.parametrize("status", [302, 400, 500, 503])
def test_any_other_status_is_no_answer(registry: FakeRdap, status: int) -> None:
    """A redirect is not followed either: it could lead into our own network."""
    registry.shows("/domain/example.com", b"", status, Location=f"{registry.url}/domain/free.com")
    assert is_registered("example.com") is None
    assert len(registry.asked) == 1


def test_a_document_without_end_is_left(registry: FakeRdap) -> None:
    registry.shows_domain("example.com", remarks=[{"description": ["x" * 600_000]}])
    assert is_registered("example.com") is None


@pytest.fixture
def silent_server(registry: FakeRdap) -> Iterator[str]:
    """It takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_silent_server_costs_the_seconds_that_were_given(
    registry: FakeRdap, silent_server: str, tmp_path: Any
) -> None:
    servers = (tmp_path / "rdap-servers.json").read_text().replace(registry.url, silent_server)
    (tmp_path / "rdap-servers.json").write_text(servers)
    with pytest.raises(OSError, match="no answer"):
        look_up("example.com", seconds=0.2)


@pytest.mark.parametrize(
    ("headers", "about"),
    [
        ({"Retry_After": "40"}, 40),
        ({"Retry_After": "86400"}, 3600),
        ({"Retry_After": "soon"}, 60),
        ({}, 60),
        (
            {
                "Retry_After": "Wed, 08 Apr 2026 10:01:30 GMT",
                "Date": "Wed, 08 Apr 2026 10:00:00 GMT",
            },
            90,
        ),
    ],
)
def test_a_registry_that_wants_fewer_questions_gets_none_meanwhile(
    registry: FakeRdap, headers: dict[str, str], about: int
) -> None:
    registry.shows("/domain/example.com", b"", 429, **headers)
    registry.shows_domain("other.com")
    assert is_registered("example.com") is None
    with pytest.raises(OSError, match=rf"for {about} s"):
        look_up("other.com")
    assert len(registry.asked) == 1


def test_a_client_that_others_wrote_reads_the_stand_in(registry: FakeRdap) -> None:
    """OpenRDAP of Debian, so that the documents are not only what our own reader takes."""
    program = shutil.which("rdap")
    if program is None:
        pytest.skip("rdap is not installed: .ci/run brings it")
    registry.shows_domain("example.com")
    asked = [program, "--server", registry.url, "--type", "domain", "--whois", "example.com"]
    shown = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "Domain Name: EXAMPLE.COM" in shown
    assert "Registrar: Elsewhere Names Ltd" in shown
    assert "client transfer prohibited" in shown


@pytest.mark.parametrize("name", ["-1", "a..b", "x" * 300, "-.com", "exa mple.com", "\u0007", "."])
def test_an_answer_with_a_name_that_is_none_is_not_understood(
    registry: FakeRdap, name: str
) -> None:
    """``BusinessError`` went through, which the page has no answer for."""
    registry.shows_domain("example.com", ldhName=name)
    with pytest.raises(ProviderSilentError, match="not understood"):
        look_up("example.com")
    assert is_registered("example.com") is None
