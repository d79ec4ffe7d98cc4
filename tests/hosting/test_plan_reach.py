"""Which plans the panel of a service can reach, without a call to it (billing.md 8)."""

import pytest

from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import AccountSize, PlanReach
from commerce.hosting.modules.cpanel.module import CpanelModule
from commerce.hosting.modules.opterius.module import OpteriusModule
from commerce.hosting.modules.proxmox.module import ProxmoxModule
from tests import make

SMALL = AccountSize("cores=2, memory=2048, disk=20")
TEMPLATE = {"template": "9000"}


@pytest.mark.parametrize(
    ("package", "options", "reach"),
    [
        ("cores=2, memory=2048, disk=20", {}, PlanReach.REACHED),
        ("cores=2, memory=2048, disk=40", {}, PlanReach.REACHED),
        ("cores=4, memory=2048, disk=20", {}, PlanReach.NEEDS_STOP),
        ("cores=2, memory=1024, disk=40", {}, PlanReach.NEEDS_STOP),
        ("cores=4, memory=4096, disk=10", {}, PlanReach.OUT_OF_REACH),
        ("cores=4, memory=4096, disk=10", {"Disk": "30"}, PlanReach.NEEDS_STOP),
        ("cores=2, memory=2048, disk=20, template=debian.tar.zst", {}, PlanReach.OUT_OF_REACH),
        ("large", {}, PlanReach.OUT_OF_REACH),
    ],
)
def test_a_machine_keeps_its_disk_and_is_stopped_for_cores_and_memory(
    package: str, options: dict[str, str], reach: PlanReach
) -> None:
    assert ProxmoxModule.plan_reach(SMALL, AccountSize(package, options), TEMPLATE) == reach


def test_a_container_takes_its_size_while_it_runs() -> None:
    wanted = AccountSize("cores=4, memory=4096, disk=20")
    settings = {"template": "local:vztmpl/debian.tar.zst"}
    assert ProxmoxModule.plan_reach(SMALL, wanted, settings) == PlanReach.REACHED


def test_of_a_package_that_is_not_understood_only_the_panel_knows_the_size() -> None:
    assert ProxmoxModule.plan_reach(AccountSize(""), SMALL, TEMPLATE) == PlanReach.NEEDS_STOP


def test_a_panel_that_changes_no_package_reaches_only_the_same() -> None:
    starter, pro = AccountSize("starter"), AccountSize("pro")
    assert OpteriusModule.plan_reach(starter, pro, {}) == PlanReach.OUT_OF_REACH
    assert OpteriusModule.plan_reach(starter, AccountSize("starter"), {}) == PlanReach.REACHED
    assert CpanelModule.plan_reach(starter, pro, {}) == PlanReach.REACHED


@pytest.fixture
def service() -> Service:
    """Small on a server of its group, with Large beside it."""
    at_panel = {"module": "cpanel", "server_group": "eu"}
    small = make.make_product(name="Small", prices=[("EUR", "monthly", 500)])
    make.make_product(name="Large", group=small.group, prices=[("EUR", "monthly", 900)])
    Product.objects.update(package="pro", **at_panel)
    server = make.make_server(module="cpanel", group="eu")
    return make.make_service(product=Product.objects.get(name="Small"), server=server)


def offered(service: Service) -> list[str]:
    row = Service.objects.get(pk=service.pk)
    return [offer.product.name for offer in plan_offers(row, make.AT.date())]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "elsewhere",
    [{"module": "plesk"}, {"module": "manual"}, {"server_group": "us"}, {"type": "other"}],
)
def test_a_plan_on_other_servers_is_not_offered(
    service: Service, elsewhere: dict[str, str]
) -> None:
    assert offered(service) == ["Large"]
    Product.objects.filter(name="Large").update(**elsewhere)
    assert offered(service) == []


@pytest.mark.django_db
def test_without_a_server_staff_do_it_by_hand(service: Service) -> None:
    Service.objects.update(server=None)
    Product.objects.filter(name="Large").update(server_group="us")
    assert offered(service) == ["Large"]


@pytest.mark.django_db
def test_a_plan_that_needs_a_stop_says_so() -> None:
    small = make.make_product(name="Small", prices=[("EUR", "monthly", 500)])
    large = make.make_product(name="Large", group=small.group, prices=[("EUR", "monthly", 900)])
    Product.objects.update(module="proxmox", package="cores=2, memory=2048, disk=20")
    server = make.make_server(module="proxmox", settings=TEMPLATE)
    service = make.make_service(product=Product.objects.get(pk=small.pk), server=server)
    [offer] = plan_offers(service, make.AT.date())
    assert not offer.needs_stop
    Product.objects.filter(pk=large.pk).update(package="cores=4, memory=2048, disk=20")
    [offer] = plan_offers(service, make.AT.date())
    assert offer.needs_stop
