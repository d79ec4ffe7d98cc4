"""Several workers as one: a limit that is exact, and a revocation that all of them see.

Here they count in a file; with Valkey, and on PostgreSQL, `tests/api/core/test_live_shared.py` has the same story.
"""

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.server.running import http_get, once, run_command, running_server

pytestmark = once


def test_fifty_callers_on_four_workers_get_exactly_the_quota_and_see_a_revocation(
    data: Path,
) -> None:
    made = (
        *("client", "create", "--owner", "alice@example.com", "--first-name", "Jane"),
        *("--last-name", "Smith", "--country", "US", "--currency", "USD"),
    )
    client = run_command(data, *made).stdout.strip()
    token = run_command(data, "token", "create", client, "--name", "load")
    (number,) = re.findall(r"Token (\d+),", token.stderr)
    bearer = {"Authorization": f"Bearer {token.stdout.strip()}"}
    with running_server(
        data,
        *("serve", "--no-worker", "--workers", "4"),
        plain=False,
        COMMERCE_API_RATE="80/60s",
        COMMERCE_API_AUTH_FAILURE_RATE="1000/60s",
    ) as server:
        assert len(server.workers()) == 4

        # Shaking hands costs most and is over before it counts: the store has 50 ms, also on a busy machine.
        everybody = threading.Barrier(50)

        def calls(_: int) -> list[int]:
            connection = server.connection()
            try:
                http_get(connection, "/api/v1/me", headers={"Authorization": "Bearer none"})
                everybody.wait(30)
                found = [
                    http_get(connection, "/api/v1/me", headers=bearer).status for _ in range(4)
                ]
                if everybody.wait(30) == 0:
                    words = ("token", "revoke", number, "--reason", "Leaked", "--yes")
                    assert run_command(data, *words).returncode == 0
                everybody.wait(30)
                return [*found, http_get(connection, "/api/v1/me", headers=bearer).status]
            finally:
                connection.close()

        with ThreadPoolExecutor(50) as callers:
            answers = list(callers.map(calls, range(50)))
    assert Counter(status for one in answers for status in one[:4]) == {200: 80, 429: 120}
    assert Counter(status for one in answers for status in one[4:]) == {401: 50}
