"""The name server "Sandbox": zone files in a folder, for the demo alone. No port is open, and nobody is answered.

Who looks at it reads its files, or the page `/client/domains/sandbox/{name}`: docs/operations.md says how.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, Concatenate

from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _

from commerce.dns.sandbox.folder import ZoneFolder
from commerce.dns.servers.contract import ServedZone, Text, ZoneRefusedError
from commerce.domains.registrars.contract import DsRecord
from commerce.site_settings.adapter_fields import AdapterField


def _in_a_demo[**P, T](
    operation: Callable[Concatenate["SandboxDnsServer", P], T],
) -> Callable[Concatenate["SandboxDnsServer", P], T]:
    """The operation, which nobody else may use and which an outage leaves unanswered."""

    @wraps(operation)
    def asked_first(server: "SandboxDnsServer", /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not django_settings.COMMERCE_DEMO:
            raise ZoneRefusedError("The sandbox is only available in a demo.")
        if server.settings["outage"]:
            raise TimeoutError("The sandbox doesn't answer.")
        return operation(server, *args, **kwargs)

    return asked_first


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

    @_in_a_demo
    def test(self) -> str:
        return "1.0"

    @_in_a_demo
    def put_zone(self, zone: ServedZone) -> None:
        ZoneFolder(zone.name).write(zone)

    @_in_a_demo
    def get_zone(self, name: str) -> ServedZone | None:
        return ZoneFolder(name).read()

    @_in_a_demo
    def delete_zone(self, name: str) -> None:
        ZoneFolder(name).delete()

    @_in_a_demo
    def ds_records(self, name: str) -> list[DsRecord]:
        return ZoneFolder(name).ds_records()

    @_in_a_demo
    def answers_keys(self, name: str, ds_records: Sequence[DsRecord]) -> bool:
        return set(ds_records) <= set(ZoneFolder(name).ds_records())

    @_in_a_demo
    def served_serial(self, name: str) -> int | None:
        zone = ZoneFolder(name).read()
        return zone.serial if zone else None
