"""Servers: the machines that hosting accounts live on."""

from datetime import datetime

from django.db import transaction

from commerce.audit.actions import record
from commerce.catalog.actions import raise_shared_revision
from commerce.hosting.models import Server
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


@transaction.atomic
def create_server(*, name: str, hostname: str, at: datetime, actor: Actor) -> Server:
    """A new active server. Raises ``Refused`` when its name is taken."""
    if Server.objects.filter(name=name).exists():
        raise Refused("A server has this name already.", field="name")
    raise_shared_revision()
    server = Server.objects.create(name=name, hostname=hostname, changed_at=at)
    record(at=at, actor=actor, action="server.created", record=("server", server.pk), name=name)
    return server


@transaction.atomic
def change_hostname(*, server: Server, hostname: str, at: datetime, actor: Actor) -> None:
    """A new hostname, shown for every service on the server from now on."""
    server.refresh_from_db()
    if server.hostname == hostname:
        return
    before = server.hostname
    raise_shared_revision()
    Server.objects.filter(pk=server.pk).update(hostname=hostname, changed_at=at)
    record(
        at=at,
        actor=actor,
        action="server.updated",
        record=("server", server.pk),
        name=server.name,
        before={"hostname": before},
        after={"hostname": hostname},
    )
    server.refresh_from_db()
