"""The name server "Sandbox": zone files in a folder, for the demo alone. No port is open, and nobody is answered.

Who looks at it reads its files, or the page `/client/domains/sandbox/{name}`: docs/operations.md says how.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _

from commerce.dns.sandbox.folder import ZoneFolder
from commerce.dns.servers.contract import ServedZone, ZoneRefusedError
from commerce.domains.registrars.contract import DsRecord
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField


class SandboxDnsServer:
    """Keeps zones and signs them with real keys."""

    slug: ClassVar[str] = "sandbox"
    name: ClassVar[Text] = _("Sandbox")
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "outage",
            _("Outage"),
            kind="switch",
            help=_("Leave every call unanswered, as if the DNS server were down."),
        ),
    )
    takes_alias = False
    own_zones = ()

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def test(self) -> str:
        self._check_answers()
        return "1.0"

    def put_zone(self, zone: ServedZone) -> None:
        self._folder(zone.name).write(zone)

    def get_zone(self, name: str) -> ServedZone | None:
        return self._folder(name).read()

    def delete_zone(self, name: str) -> None:
        self._folder(name).delete()

    def ds_records(self, name: str) -> list[DsRecord]:
        return self._folder(name).ds_records()

    def answers_keys(self, name: str, ds_records: Sequence[DsRecord]) -> bool:
        return set(ds_records) <= set(self._folder(name).ds_records())

    def served_serial(self, name: str) -> int | None:
        zone = self._folder(name).read()
        return zone.serial if zone else None

    def _folder(self, name: str) -> ZoneFolder:
        self._check_answers()
        return ZoneFolder(name)

    def _check_answers(self) -> None:
        """Nobody else may use it, and an outage leaves every call unanswered."""
        if not django_settings.COMMERCE_DEMO:
            raise ZoneRefusedError("The sandbox is only available in a demo.")
        if self.settings["outage"]:
            raise TimeoutError("The sandbox doesn't answer.")
