"""Which tests run where, and in which order: time is a budget.

The run on SQLite has all of them. The one on PostgreSQL leaves out what cannot come out otherwise there: tests that ask
no database, and those listed here, each with its reason. A file that is not listed runs on both.
"""

from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[1]


def _files(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/test_{name}.py" for name in names.split())


ONCE = {
    "its statements are those of actions and lists that other files try on both": (
        *("tests/cli", "tests/mail", "tests/billing/documents", "tests/billing/tax"),
        *_files("tests/api/docs", "description docs_page"),
        *_files("tests/api/read", "query_params"),
        *_files("tests/api/core", "handler"),
        *_files("tests/house", "strangers command_json"),
    ),
    "pages write through actions, and what they read is read there by BOTH": (
        *("tests/portal", "tests/backoffice", "tests/payments/funds/test_pages.py"),
    ),
    "Python decides it from a table, and the one statement is that of `test_states`": (
        *_files("tests/audit", "entries_and_events transitions what_the_api_shows"),
    ),
    "it is about days: `flows/test_ladder`, `test_days_off` and `runs` try the same steps on both": (
        "tests/billing/periods/test_unpaid_period_day_by_day.py",
        *_files("tests/flows", "days_and_zones minds_change new_prices two_years"),
        *("tests/domains/life/test_two_years.py", *_files("tests/runs", "dry_run")),
    ),
    "it is about sums: `billing/changes`, `orders` and `payments` try the same actions on both": (
        "tests/model",
        *_files("tests/orders", "one_price"),
        *_files("tests/payments", "conserved"),
        *_files("tests/payments/events", "random_orders"),
        *_files("tests/payments/funds", "model"),
        *_files("tests/payments/refunds", "model"),
    ),
    "the provider is the same, and what its reports do `payments` tries on both with the fake one": (
        *("tests/payments/gateways", "tests/payments/test_contract.py"),
    ),
    "a demo is made and lived on by actions and steps that other files try on both": (
        "tests/demo",
    ),
    "the conditions of an action say whose rows it takes, and its own tests try them on both": (
        *_files("tests/audit", "nobody_elses"),
        *_files("tests/orders", "nobody_elses"),
    ),
}

BOTH = (
    *_files("tests/backoffice/base", "walk"),
    *("tests/backoffice/dashboard", "tests/backoffice/reports"),
    *_files("tests/backoffice/audit", "entries"),
    *_files("tests/backoffice/money", "each_page"),
    *_files("tests/backoffice/people", "clients"),
    "tests/flows/test_days_and_zones.py::test_one_client_s_broken_row_stops_nobody_else",
    "tests/flows/test_new_prices.py::test_a_price_that_is_announced_by_20_while_the_renewal_is_issued_is_one",
    *_files("tests/portal/account", "activity dashboard"),
    "tests/portal/account/test_members.py::test_full_lists_cost_as_many_queries_as_short_ones",
    *_files("tests/portal/base", "access lists tenancy"),
    "tests/portal/base/test_foreign_ids.py::test_the_same_addresses_answer_for_ones_own",
    "tests/portal/base/test_offered.py::test_a_suspended_client_was_offered_what_was_then_refused",
    *_files("tests/portal/base/middleware", "outage request_checks"),
    *_files("tests/portal/billing", "document_pages exports invoices pay pay_elsewhere"),
    *("tests/portal/domains", "tests/portal/services"),
    *_files("tests/portal/shop", "cart checkout orders store"),
)
"""Of what is listed above: each page with its rows and each form, searches, orders of rows, text that a database may
refuse, races, a statement that fails."""

_ONCE = tuple(path for paths in ONCE.values() for path in paths)

LONG = (
    *("tests/cli/test_demo.py", "tests/demo/test_build.py", "tests/demo/test_other_days.py"),
    "tests/backoffice/base/test_walk.py",
    *("tests/house/test_filled_migrations.py", "tests/house/test_schema.py"),
    *("tests/killed/", "tests/payments/events/test_random_orders.py"),
    *_files("tests/flows", "days_and_zones days_off minds_change new_prices two_years"),
    *(
        "tests/billing/periods/test_unpaid_period_day_by_day.py",
        "tests/domains/life/test_two_years.py",
    ),
    *_files("tests/server", "serve slow_callers workers"),
    *_files("tests/api/docs", "manual schemathesis"),
    *("tests/domains/registrars/", "tests/dns/", "tests/payments/disputes/test_model.py"),
    *("tests/payments/refunds/test_model.py", "tests/payments/funds/test_model.py"),
)
"""A third of all time: lives of years, whole demos, programs that are started and killed. `make check` runs them, and
begins with them, so that no core waits for the other one at the end; `make test` runs those that are named.
"""


def is_postgresql_alone(config: pytest.Config) -> bool:
    """Whether this is the run that leaves out; files and tests that are named run anyway."""
    named = any("::" in word or word.endswith(".py") for word in config.args)
    return connection.vendor == "postgresql" and not named


def is_left_out(path: Path, config: pytest.Config) -> bool:
    """Whether nothing of a file or folder is going to run."""
    place = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""
    if config.option.markexpr == "browser" and path.name.startswith("test_") and path.is_file():
        return "mark.browser" not in path.read_text("utf-8")
    runs = any(one.startswith(place) or place.startswith(one) for one in BOTH)
    return is_postgresql_alone(config) and place.startswith(_ONCE) and not runs


def leave_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that another database would not let come out otherwise."""
    return [
        item
        for item in items
        if (item.nodeid.startswith(_ONCE) and not item.nodeid.startswith(BOTH))
        or not asks_a_database(item)
    ]


def asks_a_database(item: pytest.Item) -> bool:
    """Whether a test may open a connection."""
    names = set(getattr(item, "fixturenames", ()))
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or bool(names & {"db", "transactional_db", "django_db_setup"})


def longest_first(items: list[pytest.Item], config: pytest.Config) -> None:
    """In place; all others stay in their order. Those that nobody named are marked ``long``."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    named = tuple(word for word in config.args if word != "tests")
    for item in items:
        if not item.nodeid.startswith(LONG):
            break
        if not item.nodeid.startswith(named):
            item.add_marker("long")
