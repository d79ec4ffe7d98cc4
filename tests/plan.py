"""Which tests run where, and in which order: time is a budget.

The run on SQLite has all of them. The one on PostgreSQL leaves out what cannot come out otherwise there: tests that ask
no database, and those listed here, each with its reason. A file that is not listed runs on both.
"""

import pytest


def _files(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/test_{name}.py" for name in names.split())


ONCE = {
    "its statements are those of actions, pages and lists that other files try on both": (
        *("tests/cli", "tests/mail"),
        *("tests/billing/documents", "tests/billing/tax"),
        *_files("tests/api/docs", "description docs_page"),
        *_files("tests/api/read", "query_params"),
    ),
    "it is about text, looks, forms and sessions": (
        "tests/portal/account/sign_in",
        *_files("tests/portal/account", "notifications profile stopped_addresses"),
        *_files(
            "tests/portal/account/security",
            "between_the_factors locale_settings security signing_looks two_factor",
        ),
        *_files(
            "tests/portal/base",
            "brand_colours brand_pictures cookies custom_fields foreign_ids hostile_text looks"
            " offered refusals restored_forms throttles",
        ),
        *_files("tests/portal/base/middleware", "session_limits"),
        *_files("tests/portal/billing", "money_looks"),
        *_files("tests/portal/shop", "filling terms_of_names"),
    ),
}

LONG = (
    *("tests/cli/test_demo.py", "tests/demo/", "tests/house/test_filled_migrations.py"),
    *("tests/house/test_schema.py", "tests/killed/", "tests/flows/test_two_years.py"),
)
"""Begun first, so that no core waits for the other one at the end."""


def leave_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that another database would not let come out otherwise."""
    once = tuple(path for paths in ONCE.values() for path in paths)
    return [item for item in items if item.nodeid.startswith(once) or not asks_a_database(item)]


def asks_a_database(item: pytest.Item) -> bool:
    """Whether a test may open a connection."""
    names = set(getattr(item, "fixturenames", ()))
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or bool(names & {"db", "transactional_db", "django_db_setup"})


def longest_first(items: list[pytest.Item]) -> None:
    """In place; all others stay in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
