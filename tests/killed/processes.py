"""Work in processes that are killed.

Each act is a fork with a connection to one copy of the database; a killed one dies by SIGKILL right before its n-th
statement, and the work is begun anew until it is done. What comes before, and the same work without a kill, this
process does itself, so that its forks inherit all that it has loaded; it leaves no connection open for them.
"""

import gc
import json
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from commerce.kit import clock
from tests.killed import (
    accounts,
    api_writes,
    api_writes_at_once,
    bulk_actions,
    charges,
    day_of_work,
    deliveries,
    plan_change_requests,
    webhooks,
)
from tests.make.feed_followers import FeedFollower, follow_all
from tests.make.people import AT
from tests.make.proof import proof_violations

KILLS_OF_ONE = 10
STUCK_SECONDS = 60


class Stage(NamedTuple):
    """What is there before, the work that is cut off and begun anew, and the books that must come of it."""

    prepare: Callable[[], None]
    work: Callable[[], None]
    books: Callable[[], dict[str, Any]]


STAGES = {
    "day": Stage(day_of_work.prepare, day_of_work.work_of_the_day, day_of_work.books),
    "bulk": Stage(bulk_actions.prepare, bulk_actions.remind, bulk_actions.books),
    "charges": Stage(charges.prepare, charges.charge_for_two_nights, charges.books_of_charges),
    "accounts": Stage(accounts.prepare, accounts.work_on_accounts, accounts.books_of_accounts),
    "requests": Stage(
        plan_change_requests.prepare,
        plan_change_requests.pay_requests,
        plan_change_requests.books_of_requests,
    ),
    "writes": Stage(api_writes.prepare, api_writes.send_writes, api_writes.books_of_writes),
    "at_once": Stage(
        api_writes_at_once.prepare,
        api_writes_at_once.send_at_once,
        api_writes_at_once.books_of_writes_at_once,
    ),
    "deliveries": Stage(deliveries.prepare, deliveries.bring, deliveries.books_of_deliveries),
    "webhooks": Stage(webhooks.prepare, webhooks.take_messages, webhooks.books_of_messages),
}


class KillAfter:
    """Counts statements; before the one that it is set to, the process dies."""

    def __init__(self, at: int) -> None:
        self.count, self.at = 0, at

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.count += 1
        if 0 < self.at <= self.count:  # several threads count
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)


class DatabaseCopy:
    """A copy of a database, and the processes that work on it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def copy(self, name: str) -> "DatabaseCopy":
        """Another one that is like this one. Whoever is still connected to it, as a thread that an API request started,
        is cut off: PostgreSQL copies nothing that is in use.
        """
        if connection.vendor == "sqlite":
            shutil.copy(self.name, name)
        else:
            cut_off = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            admin(f"{cut_off}'{self.name}'")
            # Files are copied in a fifth of the time of PostgreSQL's usual way, which logs each of their pages.
            admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}" STRATEGY FILE_COPY')
        return DatabaseCopy(name)

    def gone(self) -> None:
        if connection.vendor == "sqlite":
            Path(self.name).unlink()
        else:
            admin(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def act_here(self, act: Callable[[], Any]) -> tuple[Any, int]:
        """What ``act`` returns in this process, with the number of its statements."""
        former, fuse = connection.settings_dict["NAME"], KillAfter(0)
        connection.settings_dict["NAME"] = self.name
        try:
            with connection.execute_wrapper(fuse):
                return json.loads(json.dumps(act())), fuse.count  # as a fork tells it
        finally:
            connection.close()
            connection.settings_dict["NAME"] = former
            gc.freeze()  # or the collector of each fork makes all of it its own

    def act(self, act: Callable[[], Any], *, die_at: int = 0) -> Any:
        """What ``act`` returns in a process of its own, with the number of its statements; None if it was killed.

        Requests of the API start a thread: whoever forks beside one may find a lock that nobody gives back, as that of
        SQLite. A process that says nothing for so long is killed, too, and another one begins.
        """
        while True:
            reader, writer = os.pipe()
            pid = os.fork()
            if not pid:
                self._in_child(act, die_at, writer)
            os.close(writer)
            if select.select([reader], [], [], STUCK_SECONDS)[0]:
                break
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(reader)
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        if status:
            sys.exit(said)
        return json.loads(said)

    def _in_child(self, act: Callable[[], Any], die_at: int, writer: int) -> None:
        code = 1
        with os.fdopen(writer, "w") as pipe:
            try:
                connection.settings_dict["NAME"] = self.name
                fuse = KillAfter(die_at)
                with connection.execute_wrapper(fuse):
                    result = act()
                connection.close()
                json.dump([result, fuse.count], pipe)
                code = 0
            except BaseException:  # noqa: BLE001 - told to the parent, which ends with it
                pipe.write(traceback.format_exc())
        os._exit(code)


def admin(statement: str) -> None:
    """On the server, beside all worlds."""
    import psycopg

    at = connection.settings_dict
    with psycopg.connect(
        host=at["HOST"], port=at["PORT"], user=at["USER"], dbname="postgres", autocommit=True
    ) as there:
        there.execute(statement.encode())


def live(
    stage: Stage, world: DatabaseCopy, dice: random.Random, statements: int, most: int
) -> list[int]:
    """Work on this world that is killed up to ``most`` times, once in each part of it of equal length; where it was."""
    ends = [statements * part // most for part in range(most + 1)]
    points = [dice.randint(first + 1, last) for first, last in pairwise(ends)]
    killed: list[int] = []
    for before, point in zip([0, *points], points, strict=False):
        if world.act(stage.work, die_at=max(point - before, 1)) is not None:
            return killed
        killed.append(point)
    assert world.act(stage.work) is not None
    return killed


def begin_following() -> list[dict[str, Any]]:
    """A program for each client, which has a copy of what the lists say before the work."""
    with clock.freeze_time(AT):
        return [asdict(one) for one in follow_all()]


def feed_differences(followers: list[dict[str, Any]]) -> list[str]:
    """What they have otherwise than the lists after the work, of which the feed told them."""
    found, draw = [], random.Random(0)  # noqa: S311 - the same order each time
    with clock.freeze_time(AT):
        for one in [FeedFollower(**values) for values in followers]:
            one.follow(draw)
            found += one.differences()
    return found


def play(name: str, seed: int, kills: int) -> dict[str, Any]:
    """Kill the work of a stage so many times, and say whether the books came out as without a kill."""
    stage = STAGES[name]

    def seen() -> dict[str, Any]:
        told = feed_differences(followers)
        return {"books": stage.books(), "faults": proof_violations(), "feed": told}

    settings.COMMERCE_API_RATE = (10**6, 60)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    folder = tempfile.mkdtemp() + "/" if connection.vendor == "sqlite" else ""
    empty = str(connection.settings_dict["NAME"])
    ready = DatabaseCopy(empty).copy(f"{folder or empty}_ready")
    try:
        ready.act_here(stage.prepare)
        followers = ready.act(begin_following)[0]
        unkilled = ready.copy(f"{folder or empty}_0")
        before = ready.act(seen)[0]
        _, statements = unkilled.act(stage.work)
        wanted = unkilled.act(seen)[0]
        unkilled.gone()
        dice, killed, wrong = random.Random(seed), [], []  # noqa: S311 - the same points each time
        while len(killed) < kills:
            world = ready.copy(f"{folder or empty}_{len(killed) + 1}")
            points = live(stage, world, dice, statements, min(KILLS_OF_ONE, kills - len(killed)))
            killed += points
            found = world.act(seen)[0]
            if found != wanted:
                wrong.append({"killed": points, "found": found})
            world.gone()
    finally:
        ready.gone()
    return {
        "statements": statements,
        "killed": killed,
        "before": before,
        "wanted": wanted,
        "wrong": wrong,
    }
