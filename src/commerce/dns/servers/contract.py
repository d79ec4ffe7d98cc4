"""What a name server is: a small adapter that writes no rows here, and has what it was told last (dns.md 4).

The database is the truth: a call that was lost is made again, and changes nothing the second time. None is made inside
a transaction. A server that does not answer raises ``OSError``; what it says no to ``ZoneRefusedError``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from commerce.dns.rules import DnsRecord
from commerce.domains.registrars.contract import DsRecord
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField


class ZoneRefusedError(Exception):
    """The server will not have this zone, now or later: its own words, for staff."""


@dataclass(frozen=True, slots=True)
class ServedZone:
    """A zone as a server has it, or shall have it: ``soa`` is the value of its SOA record, with the serial."""

    name: str
    soa: str
    records: Sequence[DnsRecord]
    is_signed: bool = False

    @property
    def serial(self) -> int:
        """Its serial."""
        return int(self.soa.split()[2])


class DnsServer(Protocol):
    """One way to have zones answered; made with the settings ``dns.<slug>.<field>``."""

    slug: ClassVar[str]
    name: ClassVar[Text]
    fields: ClassVar[tuple[AdapterField, ...]]

    def __init__(self, settings: Mapping[str, Any]) -> None: ...

    @property
    def takes_alias(self) -> bool:
        """Whether it has ALIAS records."""

    @property
    def own_zones(self) -> Sequence[str]:
        """Names of zones by which the server itself works: nobody else gets one of them."""

    def test(self) -> str:
        """A harmless call: its version. Raises ``ZoneRefusedError`` for settings that cannot work."""

    def put_zone(self, zone: ServedZone) -> None:
        """Have exactly these records, signed or not, made if it is new.

        Raises ``ZoneRefusedError`` for a zone that somebody else made at the server, and for a new one below such.
        """

    def get_zone(self, name: str) -> ServedZone | None:
        """The zone as the server has it; none if it has none."""

    def delete_zone(self, name: str) -> None:
        """Have it no more; one that is not there is no error. Raises ``ZoneRefusedError`` for one of somebody else."""

    def ds_records(self, name: str) -> list[DsRecord]:
        """The delegation signers of the keys that it signs with."""

    def answers_keys(self, name: str, ds_records: Sequence[DsRecord]) -> bool:
        """Whether it answers with the keys of these delegation signers, asked over DNS where the settings say how."""

    def served_serial(self, name: str) -> int | None:
        """The serial that it answers with, asked over DNS where the settings say how; none if it does not."""
