"""Which tests run where, and in which order: time is a budget.

The run on SQLite has all of them. The one on PostgreSQL leaves out what cannot come out otherwise there: tests that ask
no database, and those listed here, each with its reason. A file that is not listed runs on both. SQLite refuses in all
tests what PostgreSQL refuses, and gives rows in an order of its own (`tests/databases.py`).
"""

import re
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[1]


def _files(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/test_{name}.py" for name in names.split())


ONCE: dict[str, tuple[str, ...]] = {
    "its statements are those of actions and lists that other files try on both": (
        *("tests/cli", "tests/mail", "tests/demo", "tests/model"),
        *("tests/portal", "tests/backoffice"),
        *_files("tests/api/docs", "description docs_page"),
        *_files("tests/api/read", "query_params"),
        *_files("tests/api/core", "handler order_of_checks"),
        *_files("tests/api/v2", "description description_of_writes problem_pages"),
        *_files("tests/api/v2", "order_of_checks ends"),
        *_files("tests/house", "strangers command_json record_fields"),
        *_files("tests/proof", "said"),
    ),
    "it is about days: `flows/test_ladder`, `test_days_off` and `runs` try the same steps on both": (
        *_files("tests/flows", "days_and_zones minds_change new_prices two_years"),
        *_files("tests/flows", "registrar_weekend gateway_weekend panel_moved"),
        *_files("tests/runs", "dry_run"),
        *_files("tests/jobs", "remotes"),
    ),
    "SQLite and PostgreSQL cannot differ in what it asks, but for what is in BOTH": (
        *("tests/accounts", "tests/audit", "tests/billing", "tests/catalog", "tests/consumers"),
        *("tests/dns", "tests/domains", "tests/events", "tests/hosting", "tests/orders"),
        *("tests/payments", "tests/presentation", "tests/site_settings"),
        *("tests/api/v2/orders", "tests/api/v2/paying", "tests/api/v2/tokens"),
        *_files("tests/api/v2", "domain_writes posts service_access"),
    ),
}

AT_ONCE = re.compile("(?<![a-z])race|at_once|killed|migrat|trigger|(?<![a-z])(?:dead)?lock|states")
"""Files and tests with such names run on both wherever they stand."""

BOTH = tuple((Path(__file__).parent / "on_both.txt").read_text("utf-8").split())
"""Of what is listed above: what asks a statement that does more than compare, join and order columns, and what fails at
a constraint. `tests/statements.py` says which statements are asked on SQLite only."""

_ONCE = tuple(path for paths in ONCE.values() for path in paths)

LONG = (
    *("tests/cli/test_demo.py", "tests/demo/test_build.py", "tests/demo/test_other_days.py"),
    *_files("tests/backoffice/base", "walk noted_once forms_of_each_status wild_numbers"),
    *("tests/house/test_filled_migrations.py", "tests/house/test_schema.py"),
    *("tests/killed/", "tests/payments/events/test_random_orders.py"),
    "tests/webhook_endpoints/test_real_workers.py",
    *_files("tests/flows", "days_and_zones days_off minds_change new_prices two_years"),
    *_files("tests/flows", "registrar_weekend gateway_weekend panel_moved"),
    *(
        "tests/billing/periods/test_unpaid_period_day_by_day.py",
        "tests/billing/reports/test_past_days.py",
        "tests/domains/life/test_two_years.py",
        "tests/jobs/test_remotes.py",
        "tests/model/",
    ),
    *_files("tests/server", "point_in_time serve slow_callers workers"),
    *_files("tests/api/docs", "manual schemathesis"),
    *("tests/domains/registrars/", "tests/dns/", "tests/payments/disputes/test_model.py"),
    *("tests/payments/refunds/test_model.py", "tests/payments/funds/test_model.py"),
    # Whole companies, and programs beside the test.
    *_files("tests/accounts/data_export", "data_export"),
    *_files("tests/backoffice/money", "each_page"),
    *_files("tests/cli", "backup jobs"),
    *_files("tests/cli/releases", "upgrade"),
    *_files("tests/orders", "one_price"),
    *_files("tests/payments", "conserved money_back success_races"),
    *_files("tests/proof", "restored"),
    *_files("tests/runs", "dry_run runner"),
    *_files("tests/server", "webhooks"),
    # Walks over each page, form or action; the stories of each gateway.
    *_files("tests/audit", "entries_and_events nobody_elses transitions what_the_api_shows"),
    *_files("tests/backoffice/audit", "impersonation"),
    *_files("tests/billing/periods", "domain_renewals domain_requests"),
    *_files("tests/domains/life", "brakes renewing transfers"),
    *_files("tests/portal/base", "foreign_ids hostile_text offered tenancy"),
    *_files("tests/portal/domains", "who_may"),
    *_files("tests/payments/cards", "unanswered"),
    *_files("tests/payments/refunds", "through_the_gateway"),
    *_files("tests/payments/gateways/mollie", "money_back saved_mandates story"),
    *_files("tests/payments/gateways/paypal", "saved_accounts story"),
    *_files("tests/payments/gateways/stripe", "money_back story"),
    *_files("tests/payments/cards", "autopay autopay_stops"),
    *_files("tests/payments/disputes", "again disputes"),
    *_files("tests/payments/funds", "taken_back several"),
    *_files("tests/payments", "contract redirect"),
    *_files("tests/hosting/modules", "contract misbehaviour proxmox"),
    *("tests/demo/test_sixty_days.py", "tests/proof/test_planted.py"),
    *("tests/billing/changes/test_unused_time.py", "tests/accounts/erasure/test_erasing.py"),
    *_files("tests/house", "command_json hostile_answers record_fields"),
    *_files("tests/backoffice/api", "permissions schemathesis"),
    *_files("tests/db", "migration_states"),
    *_files("tests/kit", "remote_answers"),
    *_files("tests/payments/gateways/paypal", "nonsense"),
    *_files("tests/portal/billing", "exports"),
    *_files("tests/portal/base", "lists restored_forms"),
    *_files("tests/portal/base/limits", "work_limits"),
    *_files("tests/portal/account/security", "between_the_factors locale_settings"),
    *_files("tests/api/core", "live_behind_a_proxy"),
    *_files("tests/api/core", "order_of_checks"),
    *_files("tests/api/read", "pagination properties speed_of_queries sync"),
    *_files("tests/api/v2", "description_of_writes domain_searches domain_writes"),
    "tests/api/v2/walks/",
    *_files("tests/api/v2", "order_of_checks reseller zones"),
    *_files("tests/api/v2/reading", "lists what_is_served"),
    *_files("tests/consumers", "carrying_out"),
    *_files("tests/mail", "plan_change_mails"),
    *_files("tests/payments/gateways/stripe", "nonsense"),
    *_files("tests/payments/refunds", "taken_after_refund"),
    *_files("tests/portal/account/sign_in", "known_devices"),
    *_files("tests/portal/services", "one_price_everywhere promises"),
    *_files("tests/proof", "plan_changes said"),
)
"""More than half of all time: lives of years, whole demos, programs that are started and killed, walks and stories.
`make check` runs them, and begins with them, so that no core waits for the other one at the end; `make test` runs those
that are named.
"""

NIGHTLY: dict[str, tuple[str, ...]] = {
    "what it lives for weeks or years, others try on the day on which it happens": (
        "tests/demo/test_build.py::test_its_rows_are_those_of_any_other_day",
        *("tests/demo/test_other_days.py", "tests/demo/test_sixty_days.py"),
        "tests/domains/life/test_two_years.py",
        *_files("tests/flows", "days_and_zones gateway_weekend new_prices panel_moved"),
        *_files("tests/flows", "registrar_weekend two_years"),
        "tests/runs/test_dry_run.py::test_the_acts_of_two_months_are_those_that_the_dry_run_told",
    ),
    "it starts and kills whole programs; what they do is tried inside of one, and how they start changes seldom": (
        "tests/api/docs/test_manual.py::test_its_programs_run",
        *_files("tests/server", "nginx point_in_time"),
        "tests/server/test_serve.py::TestLife::test_when_one_listener_dies_all_end_with_a_failure",
        "tests/server/test_slow_callers.py::TestHanging",
        "tests/server/test_slow_callers.py::TestRenewal",
        "tests/cli/releases/test_upgrade.py::test_a_server_that_does_not_start_brings_the_old_release_back",
        "tests/cli/releases/test_upgrade.py::test_a_step_that_fails_leaves_the_old_release_in_use",
        "tests/cli/releases/test_upgrade.py::test_what_was_interrupted_before_the_proof_is_proven_when_it_is_run_again",
        "tests/cli/test_backup.py::test_a_backup_of_a_newer_release_is_refused",
        "tests/cli/test_backup.py::test_a_backup_without_keys_needs_them_elsewhere",
        "tests/killed/test_bulk_action_killed.py::test_5000_invoices_are_reminded_of_once",
        "tests/killed/test_same_books.py::test_an_event_arrives_whoever_is_killed",
        "tests/killed/test_same_books.py::test_messages_of_a_gateway_are_processed_once",
        "tests/killed/test_same_books.py::test_writes_of_several_threads_have_one_effect_each",
        "tests/payments/test_success_races.py::test_told_by_20_at_once_on_a_file",
        "tests/portal/billing/test_exports.py::test_a_table_does_not_stand_in_memory",
        "tests/proof/test_restored.py",
        "tests/server/test_serve.py::TestLife::test_who_dies_is_replaced_a_signal_renews_all_and_every_line_is_json",
        "tests/server/test_workers.py",
        "tests/webhook_endpoints/test_real_workers.py",
    ),
    "the same walk has been gone by another role, in another language or look, or without the network": (
        "tests/api/docs/test_schemathesis.py::test_no_check_fails[v2-examples,fuzzing-3-100]",
        "tests/backoffice/api/test_schemathesis.py::test_each_answer_is_one_that_is_described[admin]",
        "tests/backoffice/api/test_schemathesis.py::test_each_answer_is_one_that_is_described[super_admin]",
        "tests/browser/test_api_docs.py::test_everybody_can_use_it[1280-dark]",
        "tests/browser/test_consumers.py::test_who_states_what_they_want_gets_it_to_the_unit[de]",
    ),
    "the way back of older migrations, which do not change; the two newest of each app go it by day": (
        "tests/house/test_filled_migrations.py::test_filled_tables_go_back_to_their_first_form_and_forth_again",
        "tests/house/test_schema.py::test_migrations_go_back_to_nothing_and_forth_again",
        "tests/house/test_filled_migrations.py::test_a_token_goes_back_with_its_newest_secret_and_forth_with_it_alone",
        "tests/house/test_filled_migrations.py::test_states_of_now_go_back_as_the_former_release_has_them",
    ),
}
"""Seconds each, with a reason why a day later is soon enough: not in `make check`, but in `make nightly` and where they
are named."""

NIGHTLY_ON_POSTGRESQL = (
    *_files("tests/accounts/data_export", "data_export"),
    *_files("tests/api/v2", "reseller"),
    *(
        "tests/api/v2/orders/test_blind_orders.py::"
        f"test_a_program_that_obeys_the_states_has_each_thing_once[{seed}]"
        for seed in range(1, 5)
    ),
    *_files("tests/api/v2/walks", "dry_runs each_scope tenancy"),
    *_files("tests/api/v2/paying", "blind_program"),
    *_files("tests/backoffice/money", "each_page"),
    *_files("tests/cli", "rehearse_postgres"),
    *_files("tests/flows", "days_off languages"),
    *(
        f"tests/jobs/test_engines.py::test_{name}"
        for name in (
            "each_job_has_one_effect_in_the_order_of_its_subject[own]",
            "a_job_of_an_ended_worker_runs_again_and_what_comes_after_it_waits[own",
            "a_job_of_an_ended_worker_runs_again_and_what_comes_after_it_waits[procrastinate-stuck]",
        )
    ),
    *_files("tests/portal/base", "offered"),
)
"""What `make check` tries on SQLite alone, `make nightly` on both: long stories whose statements other tests ask of
PostgreSQL. Our own worker, in the suite that it shares with Procrastinate, others of `tests/jobs` kill and let hang.
"""

NIGHTLY_ON_SQLITE = (
    *_files("tests/killed", "bulk_action_killed refunds_killed"),
    "tests/killed/test_same_books.py::test_a_saved_card_is_charged_once_for_each_try",
    "tests/killed/test_same_books.py::test_a_service_has_one_account_at_its_panel",
    "tests/killed/test_same_books.py::test_money_for_plan_changes_is_booked_once",
    "tests/killed/test_same_books.py::test_the_books_are_those_of_a_day_without_a_kill",
)
"""The other way round: what is killed on PostgreSQL by day. Others of these files are killed on both."""

ONE_FOR_ALL = {
    "tests/api/v2/walks/test_each_scope.py": "orders:write",
    "tests/domains/registrars/test_misbehaviour.py": "opensrs",
    "tests/hosting/modules/test_misbehaviour.py": "plesk",
}
"""What each adapter or scope meets by night, with the one that meets it by day: they go through the same code."""

BY_THE_CLOCK = (
    *("tests/browser/", "tests/server/", "tests/demo/stripe_double/"),
    *_files("tests/api/core", "limits live live_behind_a_proxy live_shared"),
    *_files("tests/api/docs", "manual schemathesis"),
    *_files("tests/api/read", "properties"),
    *_files("tests/catalog", "exchange_rates"),
    *_files("tests/cli", "backup demo jobs"),
    *_files("tests/db", "outages"),
    *_files("tests/dns", "delegation hostile_servers records server_contract zone_files zones"),
    *_files("tests/domains", "availability"),
    *_files("tests/domains/rdap", "lookup"),
    *_files("tests/domains/registrars", "lost_answers misbehaviour"),
    *_files("tests/domains/registrars/epp", "foreign_clients sessions"),
    *_files("tests/hosting/modules", "contract misbehaviour modoboa proxmox"),
    *_files("tests/house", "hostile_answers"),
    *_files("tests/jobs", "killed engines remotes"),
    *_files("tests/kit", "counter_store json_log shared_counters silence valkey_client"),
    *_files("tests/mail", "delivery"),
    *_files("tests/payments/gateways/stripe", "localstripe page_calls webhooks"),
    *_files("tests/portal/account/security", "signing_looks"),
    *_files("tests/portal/shop", "domain_search"),
    *_files("tests/webhook_endpoints", "real_workers"),
)
"""What is tested there are real clocks, sockets, programs and browsers. A machine that does something else for a second
lets any of them fail: each is tried once more, five seconds later, and the summary of the run says so."""


def is_postgresql_alone(config: pytest.Config) -> bool:
    """Whether this is the run that leaves out; files and tests that are named run anyway."""
    named = any("::" in word or word.endswith(".py") for word in config.args)
    return connection.vendor == "postgresql" and not named


def is_left_out(path: Path, config: pytest.Config) -> bool:
    """Whether nothing of a file or folder is going to run."""
    place = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""
    if (
        config.option.markexpr.startswith("browser")
        and path.name.startswith("test_")
        and path.is_file()
    ):
        return "mark.browser" not in path.read_text("utf-8")
    if not is_postgresql_alone(config) or not place.startswith(_ONCE):
        return False
    runs = any(one.startswith(place) or place.startswith(one) for one in BOTH)
    return not runs and path.is_file() and not AT_ONCE.search(place + _names_in(path))


def _names_in(path: Path) -> str:
    """The names of the tests of a file."""
    return " ".join(re.findall(r"^ *def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))


def leave_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that another database would not let come out otherwise."""
    return [
        item
        for item in items
        if not asks_a_database(item)
        or (
            item.nodeid.startswith(_ONCE)
            and not item.nodeid.startswith(BOTH)
            and not AT_ONCE.search(item.nodeid.partition("[")[0])
        )
    ]


def asks_a_database(item: pytest.Item) -> bool:
    """Whether a test may open a connection, or has its programs meet this PostgreSQL."""
    names = set(getattr(item, "fixturenames", ()))
    is_marked = item.get_closest_marker("django_db") is not None
    needs = [mark.kwargs.get("reason") for mark in item.iter_markers("skipif")]
    is_about_data = names & {"db", "transactional_db", "django_db_setup"}
    return is_marked or "no PostgreSQL here" in needs or bool(is_about_data)


def longest_first(items: list[pytest.Item], config: pytest.Config) -> None:
    """In place; all others stay in their order. Those that nobody named are marked ``long``.

    Each process begins with a share of its own of the list (``worksteal``): the long ones stand at the head of both
    halves, so that what is left for the end is short.
    """
    named = tuple(word for word in config.args if word != "tests")
    long = [item for item in items if item.nodeid.startswith(LONG)]
    short = [item for item in items if not item.nodeid.startswith(LONG)]
    for item in long:
        if not item.nodeid.startswith(named):
            item.add_marker("long")
    first, second = _every_other_file(long)
    place = max(len(items) // 2 - len(first), 0)
    items[:] = [*first, *short[:place], *second, *short[place:]]


def leave_for_the_night(items: list[pytest.Item], config: pytest.Config) -> None:
    """Those that nobody named are marked ``nightly``."""
    nightly = tuple(path for paths in NIGHTLY.values() for path in paths)
    nightly += NIGHTLY_ON_POSTGRESQL if connection.vendor == "postgresql" else NIGHTLY_ON_SQLITE
    named = tuple(word for word in config.args if word != "tests")
    for item in items:
        if item.nodeid.startswith(named):
            continue
        path, _, case = item.nodeid.partition("[")
        by_day = ONE_FOR_ALL.get(path.partition("::")[0])
        is_another = bool(by_day and case) and by_day not in re.split(r"[-\]]", case)
        if is_another or item.nodeid.startswith(nightly):
            item.add_marker("nightly")


def twice_by_the_clock(items: list[pytest.Item]) -> None:
    """Those of ``BY_THE_CLOCK`` are tried again if they fail, by pytest-rerunfailures."""
    for item in items:
        if item.nodeid.startswith(BY_THE_CLOCK):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))


def _every_other_file(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Not every other test: what a file's tests share is made once."""
    places = {path: place for place, path in enumerate(dict.fromkeys(i.path for i in items))}
    first = [item for item in items if places[item.path] % 2 == 0]
    return first, [item for item in items if places[item.path] % 2]
