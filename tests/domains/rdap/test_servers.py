import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from commerce.domains.rdap import servers
from commerce.domains.rdap.lookup import is_registered
from commerce.domains.rdap.servers import known_servers, refresh_server_list
from tests.doubles.rdap import FakeRdap, serve_rdap

BUNDLED_LIST = Path(servers.__file__).with_name("servers.json")
NOW = datetime(2026, 4, 8, 10, tzinfo=UTC)
LIST = {"version": "1.0", "services": [[["com", "shop"], ["https://rdap.example/"]]]}


@pytest.fixture(autouse=True)
def _own_lists(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _the_run: None
) -> None:
    settings.COMMERCE_DATA_DIR = tmp_path
    monkeypatch.setattr(servers, "BUNDLED_LIST", BUNDLED_LIST)
    monkeypatch.setattr(servers, "WITH_UNLISTED_SERVERS", True)


def server_of(tld: str) -> str:
    [address], _ = known_servers().get_dns_endpoints(tld)
    return str(address)


def test_the_list_of_the_release_is_in_the_form_of_the_rfc() -> None:
    content = json.loads(BUNDLED_LIST.read_text())
    assert datetime.fromisoformat(content["publication"]).year >= 2026
    listed = [tld for tlds, _ in content["services"] for tld in tlds]
    assert len(listed) == len(set(listed)) > 1000
    for tlds, urls in content["services"]:
        assert tlds
        assert all(url.startswith("https://") and url.endswith("/") for url in urls)


def test_names_of_the_largest_tlds_are_asked_at_their_registries() -> None:
    assert server_of("com") == "https://rdap.verisign.com/com/v1/"
    assert server_of("org") == "https://rdap.publicinterestregistry.org/rdap/"
    assert server_of("uk") == "https://rdap.nominet.uk/uk/"
    assert server_of("de") == "https://rdap.denic.de/"  # it is not on IANA's list


def test_the_list_is_fetched_once_a_month() -> None:
    with serve_rdap() as iana:
        iana.shows("/dns.json", LIST)
        url = f"{iana.url}/dns.json"
        assert refresh_server_list(at=NOW, url=url)
        assert server_of("shop") == "https://rdap.example/"
        assert not refresh_server_list(at=NOW + timedelta(days=29), url=url)
        assert len(iana.asked) == 1
        iana.shows("/dns.json", json.dumps(LIST).replace("rdap.example", "new.example").encode())
        assert refresh_server_list(at=NOW + timedelta(days=31), url=url)
        assert server_of("shop") == "https://new.example/"


def test_only_its_owner_can_read_the_list(tmp_path: Path) -> None:
    with serve_rdap() as iana:
        iana.shows("/dns.json", LIST)
        refresh_server_list(at=NOW, url=f"{iana.url}/dns.json")
    [kept] = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


NO_LISTS = {
    "a sign-in page": b"<html>Welcome to the hotel</html>",
    "no servers": {"services": []},
    "another list": {"services": [[["1-1876"], ["https://rdap.example/"]]]},
    "a number": 7,
    "strange services": {"services": [{"com": "https://rdap.example/"}]},
}


@pytest.mark.parametrize("content", NO_LISTS.values(), ids=NO_LISTS)
def test_what_is_no_list_is_not_kept(content: object, tmp_path: Path) -> None:
    with serve_rdap() as iana:
        iana.shows("/dns.json", content)
        assert not refresh_server_list(at=NOW, url=f"{iana.url}/dns.json")
    assert list(tmp_path.iterdir()) == []
    assert server_of("com") == "https://rdap.verisign.com/com/v1/"


def test_without_a_network_the_list_stays() -> None:
    assert not refresh_server_list(at=NOW, url="http://127.0.0.1:1/dns.json")
    assert server_of("com") == "https://rdap.verisign.com/com/v1/"


def test_a_kept_list_that_was_damaged_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "rdap-servers.json").write_text('{"services": [[["com"')
    assert server_of("com") == "https://rdap.verisign.com/com/v1/"


def test_a_server_that_would_be_asked_in_clear_text_is_left_out(
    registry: FakeRdap, tmp_path: Path
) -> None:
    plain = [[["com"], ["http://rdap.example/", registry.url]], [["shop"], ["http://x.example/"]]]
    (tmp_path / "rdap-servers.json").write_text(json.dumps({"services": plain}))
    registry.shows_domain("example.com")
    assert is_registered("example.com") is True
    assert is_registered("example.shop") is None
