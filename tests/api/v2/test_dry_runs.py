"""A dry run says what the act then does, and leaves nothing behind (client-api-v2.md 4)."""

import re
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.api.v2.writing import serve
from commerce.api.v2.writing.all_writes import WRITES
from commerce.kit import clock
from tests import make
from tests.api.v2.posting import post, poster
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
            method, path, _ = write
            route = WRITES[f"/api/v2{re.sub('[0-9]+', '{id}', path)}"][method]
            told, wanted = tried.json, done.json
            told.pop("not_checked", None)
            for name in route.unsettled:
                _forget(wanted["data"], name.split("."))
            assert told == wanted, write


def _forget(shown: Any, steps: list[str]) -> None:
    """Make null what nobody knows before."""
    if isinstance(shown, list):
        for one in shown:
            _forget(one, steps)
    elif isinstance(shown, dict) and steps[0] in shown:
        if steps[1:]:
            _forget(shown[steps[0]], steps[1:])
        else:
            shown[steps[0]] = None


def test_one_that_takes_too_long_is_given_up(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "DRY_RUN_SECONDS", 0)
    domain, token = make.make_domain(alice), poster(alice)
    before = table_digests()
    tried = post(f"/api/v2/domains/{domain.pk}/unlock?dry_run=true", token)
    assert (tried.status, tried.json["code"]) == (503, "dry_run.timeout"), tried.body
    assert tried.json["retryable"] is True
    assert "retry-after" in tried.headers
    assert table_digests() == before
    assert post(f"/api/v2/domains/{domain.pk}/unlock", token).status == 202
