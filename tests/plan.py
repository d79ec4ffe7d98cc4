"""Which tests run where, and in which order: time is a budget.

The run on SQLite has all of them. The one on PostgreSQL leaves out what cannot come out otherwise there: tests that ask
no database, and those listed here, each with its reason. A file that is not listed runs on both.
"""

import pytest

ONCE = {
    "its statements are those of actions, pages and lists that other files try on both": (
        *("tests/cli", "tests/mail"),
        *("tests/billing/documents", "tests/billing/tax"),
        *(
            "tests/api/test_description.py",
            "tests/api/test_docs_page.py",
            "tests/api/test_query_params.py",
        ),
    ),
    "it is about text, looks, forms and sessions": tuple(
        f"tests/portal/test_{name}.py"
        for name in (
            *("between_the_factors", "brand_colours", "brand_pictures", "cookies"),
            *("custom_fields", "filling", "foreign_ids", "hostile_text", "limits"),
            *("locale_settings", "looks", "money_looks", "notifications", "offered"),
            *("password_reset", "profile", "refusals", "registration", "restored_forms"),
            *("security", "session_limits", "sign_in", "signing_looks", "stopped_addresses"),
            *("terms_of_names", "throttles", "two_factor"),
        )
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
