"""A dry run says what the act then does, and leaves nothing behind (client-api-v2.md 4)."""

from typing import Any

import pytest

from commerce.kit import clock
from tests import make
from tests.killed import api_writes
from tests.make.api import ApiAnswer, call_api
from tests.make.draws import draws
from tests.make.table_digests import table_digests


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(draws(2)))
def test_what_a_dry_run_says_is_what_the_act_does(seed: int, settings: Any) -> None:
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)
    token, writes = api_writes.make_writes(seed)

    def ask(number: int, query: str = "") -> ApiAnswer:
        method, path, body = writes[number]
        key = {} if query else {"Idempotency-Key": f"key {number}"}
        return call_api(f"/api/v2{path}{query}", token, method=method, body=body, headers=key)

    with clock.freeze_time(make.AT):
        for number, write in enumerate(writes):
            before = table_digests()
            tried = ask(number, "?dry_run=true")
            assert table_digests() == before, write
            done = ask(number)
            assert (tried.status, tried.headers["dry-run"]) == (done.status, "true"), tried.body
            assert _without_ids(tried.json) == _without_ids(done.json), write


def _without_ids(told: dict[str, Any]) -> dict[str, Any]:
    """What both must say: not what was not asked of others, and of an operation not its id."""
    data = told["data"]
    return {"data": data | {"id": None} if "act" in data else data}
