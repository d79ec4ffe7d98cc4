"""What test mode refuses to start with: whatever would really charge, register or set up (importing.md 7)."""

from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from commerce.dns.servers import registry as name_servers
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, get_registrar
from commerce.hosting.models import Server
from commerce.hosting.modules.registry import SANDBOXES, module_class
from commerce.kit.crypto import DecryptionError
from commerce.payments.gateways import registry as gateways
from commerce.site_settings.adapter_fields import AdapterField, adapter_settings


def live_remotes() -> list[str]:
    """The gateways, registrars, servers and name servers whose stored keys are no test's, used or not."""
    return [
        *(
            f"payment gateway {slug}"
            for slug in gateways.offerable_slugs()
            if _has_secret(f"gateway.{slug}", gateways.GATEWAY_CLASSES[slug].fields)
            and not gateways.get_gateway(slug).is_test_mode
        ),
        *(
            f"registrar {slug}"
            for slug, adapter in REGISTRAR_CLASSES.items()
            if _has_secret(f"registrar.{slug}", adapter.fields)
            and not get_registrar(slug).is_sandbox
        ),
        *(
            f"server {server.name}"
            for server in Server.objects.order_by("name")
            if not module_class(server.module).is_manual
            and module_class(server.module) not in SANDBOXES
        ),
        *(
            f"DNS server {slug}"
            for slug, adapter in name_servers.SERVER_CLASSES.items()
            if _has_secret(f"dns.{slug}", adapter.fields)
        ),
    ]


def _has_secret(prefix: str, fields: Sequence[AdapterField]) -> bool:
    secrets = [each for each in fields if each.secret]
    return any(adapter_settings(prefix, secrets).values())


def live_keys_in_test_mode() -> list[CheckMessage]:
    """An error in test mode while a live key is stored; also asked before each start, worker and daily run."""
    if not settings.COMMERCE_TEST_MODE or not (live := live_remotes()):
        return []
    return [
        Error(
            f"COMMERCE_TEST_MODE is on, but live keys are stored ({', '.join(live)}).",
            hint="Replace or remove them, delete such servers, or unset COMMERCE_TEST_MODE.",
            id="commerce.E032",
        )
    ]


@register(Tags.database)
def check_test_mode(
    *, databases: Sequence[str] | None = None, **_: object
) -> Sequence[CheckMessage]:
    """The same for `commerce check`, which names its database. A key that opens nothing is E024's to tell."""
    try:
        return live_keys_in_test_mode() if databases else []
    except (DatabaseError, DecryptionError):
        return []
