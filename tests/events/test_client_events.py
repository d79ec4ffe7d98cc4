"""Triggers tell programs of each change that they read, once for each transaction (client-api-v2.md 7)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.events.client_feed import events_after, newest_position
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Actor, Context
from tests.make import AT, make_client, make_service

pytestmark = pytest.mark.django_db(transaction=True)
MEMBER = Context(AT + timedelta(hours=1), Actor("member", 1))


def types(client: Client, after: int = 0) -> list[str]:
    return [one.type for one in events_after(client.pk, after, 100)]


def change(service: Service, **fields: Any) -> None:
    Service.objects.filter(pk=service.pk).update(**fields)


def test_a_transaction_has_one_event_for_each_resource() -> None:
    client = make_client()
    service = make_service(client, status="pending")
    first = newest_position(client.pk)
    with transaction.atomic():
        bump_revision(client.pk, MEMBER)
        change(service, status="active", label="One")
        bump_revision(client.pk, Context(AT, SYSTEM))
        change(service, domain="two.example")
    (event,) = events_after(client.pk, first, 100)
    assert (event.sequence, event.type) == (first + 1, "service.activated")
    assert (event.actor_kind, event.at) == ("member", MEMBER.at)
    assert (event.status_before, event.status) == ("pending", "active")
    assert sorted(set(event.changed.split())) == ["domain", "name", "status"]
    service.refresh_from_db()
    assert event.version == service.version
