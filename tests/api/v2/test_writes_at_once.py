"""Idempotency keys under threads: one effect for each, the same bytes for all (client-api-v2.md 3)."""

import random
from collections import defaultdict
from collections.abc import Callable

import pytest
from django.db import connection

from commerce.accounts.models import IdempotentReply, RecordMetadata
from commerce.audit.models import AuditEntry
from tests.flows.test_races import at_once
from tests.make import make_client, make_service, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.draws import draws

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
THREADS = 4
SENT = 5


def test_each_of_many_writes_sent_by_several_threads_has_one_effect(settings: object) -> None:
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (100_000, 60)  # type: ignore[attr-defined]
    alice = make_client()
    token = make_token(alice, scopes=["services:read", "services:write"])[1]
    services = [make_service(alice) for _ in range(3)]
    draw = random.Random(11)  # noqa: S311 - the same each time
    writes = [
        (
            f"/api/v2/services/{draw.choice(services).pk}",
            f"key-{n}",
            {"metadata": {f"k{n % 15}": str(n)}},
        )
        for n in range(draws(20))
    ]
    order = [one for one in writes for _ in range(SENT)]
    draw.shuffle(order)
    answers: dict[str, list[ApiAnswer]] = defaultdict(list)

    def sender(part: list[tuple[str, str, object]]) -> Callable[[], None]:
        def send() -> None:
            for path, key, body in part:
                while True:
                    answer = call_api(
                        path, token, method="PATCH", body=body, headers={"Idempotency-Key": key}
                    )
                    if answer.status != 409:
                        break
                    assert answer.json["code"] == "idempotency.in_progress"
                    assert answer.headers["retry-after"] == "1"
                answers[key].append(answer)

        return send

    at_once([sender(order[n::THREADS]) for n in range(THREADS)])
    for key, given in answers.items():
        assert {one.status for one in given} == {200}, key
        assert len({one.body for one in given}) == 1, key
        assert sum("idempotent-replayed" not in one.headers for one in given) == 1, key
    assert len(answers) == len(writes) == IdempotentReply.objects.count()
    changed = AuditEntry.objects.filter(action="service.metadata_changed").count()
    # A value that was there already is no change, and has no entry.
    assert changed <= len(writes)
    for service in services:
        version = call_api(f"/api/v2/services/{service.pk}", token).json["data"]["version"]
        service.refresh_from_db()
        assert version == service.version
    assert RecordMetadata.objects.count() <= 15 * len(services)


def test_of_changes_to_one_version_one_is_made() -> None:
    alice = make_client()
    token = make_token(alice, scopes=["services:read", "services:write"])[1]
    path = f"/api/v2/services/{make_service(alice).pk}"
    tag = call_api(path, token).headers["etag"]

    def rename(n: int) -> int:
        headers = {"If-Match": tag}
        return call_api(path, token, method="PATCH", body={"name": f"n{n}"}, headers=headers).status

    found = at_once([lambda n=n: rename(n) for n in range(8)])
    assert sorted(found) == [200, *[412] * 7]
