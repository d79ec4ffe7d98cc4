"""What is told of a transfer before money is taken: the present registrar, its lock, expiry and the 60-day rule."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from commerce.kit import clock
from tests.doubles.rdap import FakeRdap, serve_rdap
from tests.doubles.registrar import RemoteRegistry
from tests.make.browser import make_browser
from tests.make.names import names_on_sale
from tests.make.people import AT


@pytest.fixture
def registry(db: None, settings: Settings, tmp_path: Path) -> Iterator[FakeRdap]:
    """The RDAP server of .com."""
    settings.COMMERCE_DATA_DIR = tmp_path
    with serve_rdap() as stand, clock.freeze_time(AT):
        servers = {"version": "1.0", "services": [[["com"], [f"{stand.url}/"]]]}
        (tmp_path / "rdap-servers.json").write_text(json.dumps(servers))
        yield stand


@pytest.fixture
def remote(registry: FakeRdap) -> Iterator[RemoteRegistry]:
    with names_on_sale("com", "net") as found:
        found.taken |= {"mine.com", "mine.net"}
        yield found


def events(**days: int) -> list[dict[str, str]]:
    """Events so many days before or after today."""
    found = {name: (AT + timedelta(days=count)).isoformat() for name, count in days.items()}
    return [{"eventAction": name, "eventDate": at} for name, at in found.items()]


def test_a_transfer_shows_where_the_name_is_and_what_is_in_its_way(
    remote: RemoteRegistry, registry: FakeRdap
) -> None:
    registry.shows_domain("mine.com", events=events(registration=-10, expiration=355))
    page = make_browser().get("/domains/transfer?domain=mine.com").content.decode()
    assert "Elsewhere Names Ltd" in page
    assert "mine.com is locked." in page
    assert re.search(r"It can be transferred from <time [^>]*>May 28, 2026<", page)
    assert "has expired" not in page


def test_a_name_that_is_free_to_go_has_no_warning(
    remote: RemoteRegistry, registry: FakeRdap
) -> None:
    given = events(registration=-400, expiration=-3)
    registry.shows_domain("mine.com", status=["active"], events=given)
    page = make_browser().get("/domains/transfer?domain=mine.com").content.decode()
    assert "is locked" not in page
    assert "60 days" not in page
    assert "mine.com has expired." in page


def test_a_registry_that_tells_nothing_is_said(remote: RemoteRegistry) -> None:
    page = make_browser().get("/domains/transfer?domain=mine.net").content.decode()
    assert "We couldn&#x27;t look up its current state." in page or (
        "We couldn't look up its current state." in page
    )


def test_the_cart_tells_it_of_its_own_transfers_alone(
    remote: RemoteRegistry, registry: FakeRdap
) -> None:
    registry.shows_domain("mine.com")
    web = make_browser()
    web.post("/domains/transfer", {"domain": "mine.com", "auth_code": "x"})
    page = web.get("/cart").content.decode()
    assert 'hx-get="/domains/transfer/facts?domain=mine.com"' in page
    assert '<a href="/domains/transfer?domain=mine.com">' in page
    notes = web.get("/domains/transfer/facts?domain=mine.com").content.decode()
    assert "Locked: unlock it at your current registrar." in notes
    assert "Now at Elsewhere Names Ltd." in notes
    assert make_browser().get("/domains/transfer/facts?domain=mine.com").status_code == 404


def test_a_name_that_nobody_has_registered_is_not_looked_up(
    remote: RemoteRegistry, registry: FakeRdap
) -> None:
    make_browser().get("/domains/transfer?domain=free.com")
    assert registry.asked == []


def test_what_is_no_name_or_not_sold_cannot_be_transferred(remote: RemoteRegistry) -> None:
    web = make_browser()
    page = web.get("/domains/transfer?domain=mine.zz").content.decode()
    assert "Transfers of .zz domains aren't available in USD." in page
    for typed in ("mine", "-", "mine.com.", "x" * 300):
        assert web.get("/domains/transfer", {"domain": typed}).status_code == 200
    answer = web.post("/domains/transfer", {"domain": "mine"})
    assert answer.status_code == 422
