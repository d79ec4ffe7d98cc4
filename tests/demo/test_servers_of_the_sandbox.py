"""The demo's servers at their panels "Sandbox": handed over when the demo is made, and filled again at each start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commerce.catalog.models import Product
from commerce.demo.sandbox_servers import (
    PACKAGES,
    SERVERS,
    fill_sandbox_panels_from_books,
    hand_servers_to_sandbox,
)
from commerce.hosting.actions.server_groups import create_server_group
from commerce.hosting.models import Server, Service
from commerce.hosting.sandbox.panel import open_panel, sandbox_file
from commerce.hosting.sandbox.usage import PACKAGES as SANDBOX_PACKAGES
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.sandbox import sandbox_panels

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db: None, tmp_path: Path) -> Iterator[None]:
    create_server_group(name="vps", ctx=Context(make.AT, SYSTEM))
    with sandbox_panels(tmp_path):
        yield


def hosted(status: str = "active", *, server: str = "web1") -> Service:
    """A service of the history: made by hand, on a server of the demo."""
    for name in SERVERS:
        if not Server.objects.filter(name=name).exists():
            make.make_server(name=name, hostname=f"{name}.example")
    product = Product.objects.filter(name="Starter hosting").first()
    service = make.make_service(
        status=status,
        product=product or make.make_product(name="Starter hosting"),
        server=Server.objects.get(name=server),
        username=f"user{Service.objects.count()}",
        domain="acme.example",
    )
    Service.objects.filter(pk=service.pk).update(remote_id=f"sb-{service.pk}")
    service.refresh_from_db()
    return service


@pytest.mark.usefixtures("demo")
def test_the_panels_have_the_accounts_of_the_history() -> None:
    active, off, ended = hosted(), hosted("suspended", server="web2"), hosted("terminated")
    hand_servers_to_sandbox(make.AT)
    product = Product.objects.get(name="Starter hosting")
    assert (product.module, product.package) == ("sandbox", "starter")
    assert Server.objects.get(name="vps1").module == "sandbox_vm"
    for _start in range(2):
        fill_sandbox_panels_from_books(make.AT)
    with open_panel() as panel:
        found = panel.account(active.remote_id)
        assert found is not None
        assert (found.username, found.domain) == (active.username, "acme.example")
        assert (found.package, found.key) == ("starter", active.provisioning_key)
        assert found.is_suspended is False
        suspended = panel.account(off.remote_id)
        assert suspended is not None
        assert (suspended.is_suspended, suspended.server_name) == (True, "web2")
        assert panel.account(ended.remote_id) is None


@pytest.mark.usefixtures("demo")
def test_what_happened_at_the_panel_is_kept_at_the_next_start() -> None:
    service = hosted()
    hand_servers_to_sandbox(make.AT)
    fill_sandbox_panels_from_books(make.AT)
    with open_panel() as panel:
        found = panel.account(service.remote_id)
        assert found is not None
        found.package = "business"
        panel.save(found)
    fill_sandbox_panels_from_books(make.AT)
    with open_panel() as panel:
        kept = panel.account(service.remote_id)
        assert kept is not None
        assert kept.package == "business"
    sandbox_file().unlink()
    fill_sandbox_panels_from_books(make.AT)
    with open_panel() as panel:
        again = panel.account(service.remote_id)
        assert again is not None
        assert again.package == "starter"


def test_the_sandbox_knows_every_package_that_the_demo_sells() -> None:
    assert set(PACKAGES.values()) == set(SANDBOX_PACKAGES)


def test_without_sandboxes_all_servers_stay_with_staff() -> None:
    hosted()
    hand_servers_to_sandbox(make.AT)
    assert set(Server.objects.values_list("module", flat=True)) == {"manual"}
    assert Product.objects.get(name="Starter hosting").module == "manual"
