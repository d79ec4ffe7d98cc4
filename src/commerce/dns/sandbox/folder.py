"""What the name server of a demo has: a folder for each zone, with its zone file and, while it is signed, its key.

It is somebody else's, as the books of the sandbox registrar are: no transaction of ours takes it back.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from commerce.dns.rules import DnsRecord
from commerce.dns.servers.contract import ServedZone
from commerce.domains.registrars.contract import DsRecord


def sandbox_folder() -> Path:
    """Where all zones are; to delete it is to begin anew."""
    folder: Path = settings.COMMERCE_DATA_DIR
    return folder / "sandbox-dns"


@dataclass(frozen=True, slots=True)
class ZoneFolder:
    """One zone at the server, if it has it."""

    name: str

    @property
    def zone_file(self) -> Path:
        return sandbox_folder() / self.name / "zone"

    @property
    def key_file(self) -> Path:
        return sandbox_folder() / self.name / "key.pem"

    def write(self, zone: ServedZone) -> None:
        """Have these records; a zone that stays signed keeps its key."""
        from commerce.dns.sandbox.signing import new_key
        from commerce.dns.zone_files import write_zone_file

        self.zone_file.parent.mkdir(parents=True, exist_ok=True)
        if not zone.is_signed:
            self.key_file.unlink(missing_ok=True)
        elif not self.key_file.exists():
            _put(self.key_file, new_key())
        _put(self.zone_file, write_zone_file(zone.name, zone.records, soa=zone.soa))

    def read(self) -> ServedZone | None:
        """The zone as it was written, values as zone files have them."""
        try:
            lines = self.zone_file.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return None
        soa, records = "", []
        for line in lines:
            if line.startswith("$"):
                continue
            name, ttl, _, kind, value = line.split("\t", 4)
            if kind == "SOA":
                soa = value
            else:
                records.append(DnsRecord(name, kind, int(ttl), value))
        return ServedZone(self.name, soa, records, is_signed=self.key_file.exists())

    def delete(self) -> None:
        shutil.rmtree(self.zone_file.parent, ignore_errors=True)

    def ds_records(self) -> list[DsRecord]:
        """The delegation signer of its key; none of a zone that is not signed."""
        from commerce.dns.sandbox.signing import ds_record

        pem = self._key()
        return [ds_record(self.name, pem)] if pem else []

    def text(self, at: datetime) -> str:
        """Its zone file; a signed one with keys and signatures of now, as a server would answer them."""
        from commerce.dns.sandbox.signing import signed_zone_file

        try:
            text = self.zone_file.read_text("utf-8")
        except FileNotFoundError:
            return ""
        pem = self._key()
        return signed_zone_file(text, pem, at) if pem else text

    def _key(self) -> bytes | None:
        try:
            return self.key_file.read_bytes()
        except FileNotFoundError:
            return None


def _put(path: Path, content: str | bytes) -> None:
    """The whole file or none of it, whoever reads meanwhile."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)
