"""The demo's names at its registrar "Sandbox": handed over when the demo is made, and given again at each start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commerce.demo.sandbox_names import (
    TRANSFER_TAKES,
    fill_sandbox_from_books,
    hand_names_to_sandbox,
)
from commerce.domains.models import Domain
from commerce.domains.rdap.lookup import look_up
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.sandbox.store import sandbox_file
from commerce.kit import clock
from commerce.site_settings.current import get_setting
from tests import make
from tests.make.sandbox import sandbox_registrar

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[None]:
    with sandbox_registrar(tmp_path, as_default=False):
        yield


def named(name: str, *, registrar: str = "manual", **over: Any) -> Domain:
    domain = make.make_domain(domain_name=name, **over)
    Domain.objects.filter(pk=domain.pk).update(registrar=registrar)
    domain.refresh_from_db()
    return domain


def info(domain: Domain) -> DomainInfo:
    domain.refresh_from_db()
    found = registrar_of(domain).info(domain_name_of(domain)).data
    assert found is not None
    return found


@pytest.mark.usefixtures("demo")
def test_the_sandbox_has_the_names_of_the_history() -> None:
    active = named("acme.example", whois_privacy=True)
    coming = named("acme.shop", status="pending_transfer")
    gone = named("old.example", status="transferred_away")
    hand_names_to_sandbox(make.AT)
    assert get_setting("domains.registrar") == "sandbox"
    with clock.freeze_time(make.AT):
        for _start in range(2):
            fill_sandbox_from_books()
        found = info(active)
        assert (found.state, found.expiry) == (RegistrarState.ACTIVE, active.expiry_date)
        assert (found.is_locked, found.whois_privacy) == (True, True)
        assert list(found.nameservers) == active.nameservers
        assert info(coming).state == RegistrarState.PENDING_TRANSFER
        shown = look_up("acme.shop")
        assert shown is not None
        assert shown.statuses == ("pending transfer",)
    with clock.freeze_time(make.AT + TRANSFER_TAKES):
        assert info(coming).state == RegistrarState.ACTIVE
    gone.refresh_from_db()
    assert gone.registrar == "manual"


@pytest.mark.usefixtures("demo")
def test_what_happened_at_the_sandbox_is_kept_at_the_next_start() -> None:
    domain = named("acme.example", registrar="sandbox")
    with clock.freeze_time(make.AT):
        fill_sandbox_from_books()
        sandbox = registrar_of(domain)
        assert sandbox.set_lock(domain_name_of(domain), locked=False).ok
        fill_sandbox_from_books()
        assert info(domain).is_locked is False
        sandbox_file().unlink()
        fill_sandbox_from_books()
        assert info(domain).is_locked is True


def test_without_a_sandbox_all_names_stay_with_staff() -> None:
    domain = named("acme.example")
    hand_names_to_sandbox(make.AT)
    domain.refresh_from_db()
    assert domain.registrar == "manual"
    assert get_setting("domains.registrar") == "manual"
