"""A dry run says what the act then does, and leaves nothing behind (client-api-v2.md 4)."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from commerce.accounts.models import Client
from commerce.api.v2.writing import serve
from commerce.api.v2.writing.all_writes import WRITES
from commerce.kit import clock
from tests import make
from tests.api.v2.posting import post, poster
from tests.api.v2.walks.random_writes import RandomWrites, Write, random_writes
from tests.make.api import ApiAnswer, call_api
from tests.make.draws import draws
from tests.make.table_digests import table_digests
from tests.make.traces import folder_digests, noted_traces

DRAWN = 36
SHOWN_ONCE = {
    **dict.fromkeys(("webhook-endpoints", "rotate"), ("secret",)),
    "panel-session": ("url",),
    "show-password": ("password",),
    "authorization-code": ("authorization_code",),
}
"""What is told in the answer to the act alone, by the end of its path."""


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(draws(2)))
def test_what_a_dry_run_says_is_what_the_act_does(seed: int, settings: Any, tmp_path: Path) -> None:
    """Whatever state its records are in; and until then there is no row, file, mail, unit of a limit or call."""
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)
    done: list[int] = []
    with (
        clock.freeze_time(make.AT),
        random_writes(seed, tmp_path) as world,
        noted_traces() as noted,
    ):

        def left() -> Any:
            files = folder_digests(tmp_path), folder_digests(settings.COMMERCE_DATA_DIR)
            return table_digests(), files, len(mail.outbox), world.calls(), [*noted]

        for number in range(DRAWN):
            write = world.write()
            before = left()
            began = time.monotonic()
            tried = ask(world, write, f"key {number}", "?dry_run=true")
            assert time.monotonic() - began < serve.DRY_RUN_SECONDS
            assert left() == before, write
            compare(write, tried, acted := ask(world, write, f"key {number}"))
            done.append(acted.status)
    assert sum(status < 300 for status in done) > DRAWN / 4
    assert sum(status >= 400 for status in done) > 0


def ask(world: RandomWrites, write: Write, key: str, query: str = "") -> ApiAnswer:
    named = write.headers | ({} if query else {"Idempotency-Key": key})
    return call_api(
        f"/api/v2{write.path}{query}",
        world.token,
        method=write.method,
        body=write.body,
        headers=named,
    )


def compare(write: Write, tried: ApiAnswer, done: ApiAnswer) -> None:
    """They differ in what nobody knows before, and in what others were not asked."""
    assert tried.status == done.status, (write, tried.body, done.body)
    if not done.body:
        assert not tried.body
        return
    told, wanted = tried.json, done.json
    if done.status >= 400:
        for one in (told, wanted):
            del one["instance"]
            one.pop("quote", None)
    else:
        assert tried.headers["dry-run"] == "true"
        told.pop("not_checked", None)
        route = WRITES[f"/api/v2{re.sub('/[0-9]+', '/{id}', write.path)}"][write.method]
        for name in (*route.unsettled, *SHOWN_ONCE.get(write.path.rpartition("/")[2], ())):
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
