"""What is set for a guest of Proxmox VE: its size, and its address out of a pool."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from commerce.hosting.modules.panel import PanelRefusal
from commerce.hosting.modules.proxmox.settings import AddressPool, guest_size, number_of
from tests.hosting.modules.sides import ALICE


@pytest.mark.parametrize(
    ("pool", "addresses"),
    [
        ("198.51.100.10", ["198.51.100.10"]),
        ("198.51.100.8/30", ["198.51.100.9", "198.51.100.10"]),
        (
            "198.51.100.1-198.51.100.3, 203.0.113.4/32",
            ["198.51.100.2", "198.51.100.3", "203.0.113.4"],
        ),
    ],
)
def test_a_pool_is_ranges_and_networks_without_its_gateway(pool: str, addresses: list[str]) -> None:
    made = AddressPool.of({"addresses": pool, "gateway": "198.51.100.1/24"})
    assert [str(each) for each in sorted(made.beginning_at("any key"))] == addresses


@pytest.mark.parametrize("pool", ["", "everything", "10.0.0.9-10.0.0.1", "10.0.0.1/8x"])
def test_a_pool_that_is_none_is_refused(pool: str) -> None:
    with pytest.raises(PanelRefusal):
        AddressPool.of({"addresses": pool, "gateway": "10.0.0.1"})


def test_each_address_has_a_number_of_its_own() -> None:
    assert number_of(IPv4Address("198.51.100.7")) == 751_100_007
    assert number_of(IPv4Address("10.0.0.1")) == 700_000_001
    assert number_of(IPv4Address("203.255.255.255")) == 955_255_255


@pytest.mark.parametrize("package", ["", "Starter", "cores=2", "cores=0, memory=1, disk=1"])
def test_a_package_without_sizes_is_refused_with_what_is_missing(package: str) -> None:
    with pytest.raises(PanelRefusal, match="cores=2, memory=2048, disk=20"):
        guest_size(replace(ALICE, package=package), "9000")


def test_a_package_can_name_a_template_of_its_own() -> None:
    package = "cores=2 memory=2048 disk=20 template=9001"
    assert guest_size(replace(ALICE, package=package), "9000").template == "9001"


def test_a_pool_has_the_numbers_of_its_addresses_and_no_others() -> None:
    pool = AddressPool.of(
        {"addresses": "198.51.100.10-198.51.100.60, 203.0.113.7", "gateway": "198.51.100.1/24"}
    )
    assert all(pool.has_number(number_of(each)) for each in pool.beginning_at("any key"))
    for stranger in (9000, 751_100_009, 751_100_061, 700_113_006, 700_113_008):
        assert not pool.has_number(stranger)
