"""What is set for a guest: its size by package and options, and its address out of the server's pool."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_address, summarize_address_range
from typing import Self
from zlib import crc32

from commerce.hosting.modules.contract import Account
from commerce.hosting.modules.panel import PanelRefusal

FIRST_NUMBER = 700_000_000


@dataclass(frozen=True, slots=True)
class GuestSize:
    """Processor cores, memory in MiB, disk in GiB, and what it is made from."""

    cores: int
    memory: int
    disk: int
    template: str

    @property
    def is_container(self) -> bool:
        """A machine is cloned from one with a number; a container's template is a file of a storage."""
        return not self.template.isdigit()

    def __str__(self) -> str:
        return f"cores={self.cores}, memory={self.memory}, disk={self.disk}"


def guest_size(account: Account, template: str) -> GuestSize:
    """The size of an account's guest. Raises ``PanelRefusal``."""
    return size_of_package(account.package, account.options, template)


def size_of_package(package: str, options: Mapping[str, str], template: str) -> GuestSize:
    """By the product's package, ``cores=2, memory=2048, disk=20``, where no option of the client says otherwise. A
    package can name a template of its own. Raises ``PanelRefusal``.
    """
    said = dict(re.findall(r"(\w+)\s*=\s*([^\s,]+)", package))
    said |= {name.lower(): value for name, value in options.items() if name.lower() in _SIZES}
    wrong = [
        name for name in ("cores", "memory", "disk") if not _NUMBER.fullmatch(said.get(name, ""))
    ]
    if wrong:
        raise PanelRefusal(
            f'The package of the product is not understood: "{package}" lacks {", ".join(wrong)}. '
            "Write it like cores=2, memory=2048, disk=20: memory in MiB, disk in GiB."
        )
    cores, memory, disk = (int(said[name]) for name in ("cores", "memory", "disk"))
    return GuestSize(cores, memory, disk, said.get("template", template))


_SIZES = frozenset({"cores", "memory", "disk", "template"})
_NUMBER = re.compile(r"[1-9]\d{0,7}")


@dataclass(frozen=True, slots=True)
class AddressPool:
    """The addresses of a server's guests. Each has a number that only a guest with this address gets, so that it is
    Proxmox that never gives one twice: 198.51.100.7 makes guest 751100007.
    """

    networks: tuple[IPv4Network, ...]
    gateway: IPv4Interface

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Self:
        """As staff set it: ``198.51.100.10-198.51.100.60, 203.0.113.0/28``. Raises ``PanelRefusal``."""
        try:
            parts = [each for each in re.split(r"[\s,]+", settings["addresses"]) if each]
            networks = [network for each in parts for network in _networks(each)]
            if not networks:
                raise ValueError("there are none")
            return cls(tuple(networks), IPv4Interface(settings["gateway"]))
        except ValueError as error:
            raise PanelRefusal(
                f"The addresses of the server are not understood: {error}."
            ) from error

    def beginning_at(self, key: str) -> Iterator[IPv4Address]:
        """All of them, from a place on that is this key's own: one that was just given back is not the next."""
        count = sum(network.num_addresses for network in self.networks)
        first = crc32(key.encode()) % count
        for place in range(first, first + count):
            address = self._at(place % count)
            if address != self.gateway.ip:
                yield address

    def has_number(self, number: int) -> bool:
        """Whether a guest of this number may have one of these addresses."""
        return any(
            number_of(network[0]) <= number <= number_of(network[-1]) for network in self.networks
        )

    def _at(self, place: int) -> IPv4Address:
        for network in self.networks:
            if place < network.num_addresses:
                return network[place]
            place -= network.num_addresses
        raise IndexError(place)

    def with_prefix(self, address: IPv4Address) -> str:
        """As a guest is told its own."""
        return f"{address}/{self.gateway.network.prefixlen}"


def _networks(part: str) -> Iterator[IPv4Network]:
    first, dash, last = part.partition("-")
    if dash:
        yield from summarize_address_range(IPv4Address(first), IPv4Address(last))
        return
    network = IPv4Network(part)
    if network.num_addresses <= 2:
        yield network
    else:  # without those of the network itself and of all its members
        yield from summarize_address_range(network[1], network[-2])


def number_of(address: IPv4Address) -> int:
    """The number of the guest with this address: the last three parts of it, three digits each."""
    _, second, third, fourth = address.packed
    return FIRST_NUMBER + second * 1_000_000 + third * 1_000 + fourth


def address_in(setting: str) -> str:
    """The address in ``ip=198.51.100.7/24,gw=…`` of a guest; empty if there is none."""
    found = re.search(r"(?:^|,)ip=([^/,]+)", setting)
    try:
        return str(ip_address(found[1])) if found else ""
    except ValueError:
        return ""
