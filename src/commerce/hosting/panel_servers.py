"""Servers and accounts as modules see them, made of our rows."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commerce.hosting.models import ProvisioningCall, Server, Service
from commerce.hosting.modules.connection import PanelServer
from commerce.hosting.modules.contract import Account, HostingModule
from commerce.kit.errors import BusinessError
from commerce.kit.remote.calls import CallNote, NoteCall
from commerce.kit.text import storable
from commerce.site_settings.encryption import key_ring

NO_SERVER = PanelServer(id=0, name="", hostname="", port=0, settings={})
"""Where a service is that has no server."""

FIRST_ERROR_STATUS = 400
"""Of HTTP; a call without an answer has 0."""


def no_note(call: CallNote) -> None:
    """Nobody reads it."""
    del call


def panel_server_of(server: Server, module: type[HostingModule]) -> PanelServer:
    """A server with its settings and secrets. Raises ``DecryptionError`` when their key left the ring."""
    secrets = read_secrets(server)
    return PanelServer(
        id=server.pk,
        name=server.name,
        hostname=server.hostname,
        port=server.port or module.default_port,
        settings={**server.settings, **secrets},
        secrets=tuple(secrets.values()),
        fingerprint=server.fingerprint,
    )


def read_secrets(server: Server) -> dict[str, str]:
    """The secret settings of a server by their names. Raises ``DecryptionError``."""
    return json.loads(key_ring().decrypt(server.secrets)) if server.secrets else {}


def account_of(
    service: Service,
    *,
    first_tried_at: datetime,
    client_address: str = "",
    progress: Mapping[str, Any] | None = None,
) -> Account:
    """The account of a service as its panel is asked about it."""
    return Account(
        key=service.provisioning_key,
        service_id=service.pk,
        label=service.label,
        domain=service.domain,
        username=service.username,
        package=service.product.package,
        email=service.client.email,
        client_name=service.client.name,
        product=service.product.name,
        first_tried_at=first_tried_at,
        remote_id=service.remote_id,
        client_address=client_address,
        options={option["name"]: str(option["value"]) for option in service.options},
        progress=progress or {},
    )


def call_log(
    server: Server | None,
    *,
    service_id: int | None = None,
    job_id: int | None = None,
    only_failed: bool = False,
) -> NoteCall:
    """Keeps each call to a server where staff can read it, at once: a worker that dies leaves what it asked.

    ``only_failed``: those without an answer, and those that were answered with an error.
    """

    def note(call: CallNote) -> None:
        if only_failed and 0 < call.status < FIRST_ERROR_STATUS:
            return
        ProvisioningCall.objects.create(
            server_id=server.pk if server else 0,
            service_id=service_id,
            job_id=job_id,
            at=call.at,
            method=call.method,
            path=storable(call.path)[:500],
            request=storable(call.request),
            status=call.status,
            answer=storable(call.answer),
            milliseconds=call.milliseconds,
        )

    return note


def all_servers() -> list[Server]:
    """By name."""
    return list(Server.objects.order_by("name"))


def find_server(name: str) -> Server:
    """The server of this name. Raises ``BusinessError`` with those that there are."""
    found = Server.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(server.name for server in all_servers())
        if not known:
            raise BusinessError("server.none_there", name=name)
        raise BusinessError("server.unknown", name=name, known=known)
    return found
