"""Several workers as one: a limit that is exact, and a revocation that all of them see. Needs a Valkey."""

import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.serving import call, serving

SHARED = os.environ.get("COMMERCE_COUNTERS", "")
pytestmark = pytest.mark.skipif(not SHARED.startswith("valkey"), reason="no Valkey here")


def test_fifty_callers_on_four_workers_get_exactly_the_quota_and_see_a_revocation(
    data: Path,
) -> None:
    made = (
        *("client", "create", "--owner", "alice@example.com", "--first-name", "Jane"),
        *("--last-name", "Smith", "--country", "US", "--currency", "USD"),
    )
    client = call(data, *made).stdout.strip()
    token = call(data, "token", "create", client, "--name", "load")
    (number,) = re.findall(r"Token (\d+),", token.stderr)
    bearer = {"Authorization": f"Bearer {token.stdout.strip()}"}
    with serving(
        data,
        "serve",
        *("--workers", "4"),
        COMMERCE_COUNTERS=SHARED,
        COMMERCE_API_RATE="80/60s",
        COMMERCE_API_AUTH_FAILURE_RATE="1000/60s",
    ) as server:
        assert len(server.workers()) == 4

        def ask(_: int) -> int:
            return server.ask("/api/v1/me", headers=bearer).status

        with ThreadPoolExecutor(50) as callers:
            assert Counter(callers.map(ask, range(200))) == {200: 80, 429: 120}
            assert call(data, "token", "revoke", number).returncode == 0
            assert Counter(callers.map(ask, range(40))) == {401: 40}
