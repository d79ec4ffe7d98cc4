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


def _tests(file: str, names: str) -> tuple[str, ...]:
    return tuple(f"{file}::test_{name}" for name in names.split())


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
        *_files("tests/payments/disputes", "model"),
        *_files("tests/payments/events", "random_orders"),
        *_files("tests/payments/funds", "model"),
        *_files("tests/payments/refunds", "model"),
    ),
    "the provider is the same, and what its reports do `payments` tries on both with the fake one": (
        *("tests/payments/gateways", "tests/payments/test_contract.py"),
    ),
    "no statement is theirs alone but for those of the tests in BOTH (docs/testing.md says how it was counted)": (
        *_files("tests/billing/changes", "credit_back days_paid_since"),
        *_files("tests/billing/periods", "domain_renewals domain_requests paid_for_nothing"),
        *_files("tests/domains/life", "renewing syncing transfers"),
        *_files("tests/orders", "lifecycle price_overrides"),
        *_files("tests/payments", "redirect"),
        *_files("tests/payments/cards", "autopay autopay_stops refused_key unanswered"),
        *_files("tests/payments/disputes", "again"),
        *_files("tests/payments/events", "door"),
        *_files("tests/payments/funds", "taken_back"),
        *_files("tests/payments/refunds", "through_the_gateway"),
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
    *_tests(
        "tests/backoffice/base/test_walk.py",
        "each_page_answers_whoever_may_read_it a_refused_page_is_in_the_audit_log",
    ),
    *("tests/backoffice/dashboard", "tests/backoffice/reports"),
    *_files("tests/backoffice/audit", "entries"),
    *_files("tests/backoffice/money", "each_page"),
    *_files("tests/backoffice/people", "clients"),
    *_tests("tests/flows/test_days_and_zones.py", "one_client_s_broken_row_stops_nobody_else"),
    *_tests(
        "tests/flows/test_new_prices.py",
        "a_price_that_is_announced_by_20_while_the_renewal_is_issued_is_one",
    ),
    *_files("tests/portal/account", "activity dashboard"),
    *_tests(
        "tests/portal/account/test_members.py", "full_lists_cost_as_many_queries_as_short_ones"
    ),
    *_files("tests/portal/base", "access lists"),
    *_tests("tests/portal/base/test_foreign_ids.py", "the_same_addresses_answer_for_ones_own"),
    *_tests(
        "tests/portal/base/test_offered.py",
        "a_suspended_client_was_offered_what_was_then_refused",
    ),
    *_tests(
        "tests/portal/base/test_tenancy.py",
        "x14_no_post_counts_without_its_token x19_a_registration_takes_nothing_but_its_form"
        " x19_a_token_takes_nothing_but_its_form",
    ),
    *_files("tests/portal/base/middleware", "outage"),
    *_files("tests/portal/billing", "document_pages exports invoices pay"),
    *_tests(
        "tests/portal/billing/test_pay_elsewhere.py",
        "pressed_while_the_payment_is_on_its_way_it_leads_to_its_result",
    ),
    *_files("tests/portal/domains", "bulk nameservers sandbox transfers"),
    *_tests(
        "tests/portal/domains/test_auth_code.py",
        "while_the_lock_is_on_it_is_neither_offered_nor_fetched",
    ),
    *_tests(
        "tests/portal/domains/test_domains.py", "a_name_is_found_as_it_is_read_and_as_it_is_stored"
    ),
    *_tests("tests/portal/domains/test_renewals.py", "a_price_of_before_is_not_charged"),
    *_tests("tests/portal/domains/test_switches.py", "privacy_is_offered_where_the_tld_has_it"),
    *_tests(
        "tests/portal/domains/test_who_may.py",
        "no_page_names_the_registrar without_the_right_nothing_is_offered_and_nothing_done",
    ),
    *_tests(
        "tests/portal/domains/test_zones.py",
        "our_nameservers_are_not_taken_while_the_parent_says_that_another_signs"
        " use_our_dns_makes_the_zone_and_changes_the_nameservers versions_are_restored_and_reset",
    ),
    "tests/portal/services",
    *_files("tests/portal/shop", "orders"),
    *_tests(
        "tests/portal/shop/test_cart.py",
        "a_guests_cart_was_lost_when_the_browser_was_closed"
        " nobody_reaches_the_cart_of_another_session"
        " a_guests_cart_comes_along_when_he_signs_in nobody_makes_up_the_key_of_a_cart",
    ),
    *_tests(
        "tests/portal/shop/test_checkout.py",
        "the_form_of_one_client_never_orders_for_another_one an_order_goes_on_to_its_pay_page"
        " another_currency_is_not_what_was_shown"
        " the_review_asks_the_database_no_more_for_more_items",
    ),
    *_tests(
        "tests/portal/shop/test_store.py",
        "an_option_of_another_product_was_ignored a_product_that_needs_a_name_asks_for_it"
        " a_group_has_its_own_list_and_an_unknown_one_shows_all"
        " a_client_whose_currency_is_not_sold_in_is_told_before_he_chooses",
    ),
    *_tests(
        "tests/billing/changes/test_credit_back.py",
        "after_a_change_of_cycle_that_left_something_over_credit_still_has_its_tax"
        " the_unused_part_keeps_its_tax_when_the_buyer_becomes_exempt"
        " a_downgrade_on_the_same_day_gives_back_all_that_was_promised"
        " the_unused_part_has_the_rate_at_which_it_was_paid",
    ),
    *_tests(
        "tests/billing/periods/test_domain_renewals.py",
        "a_tld_has_its_own_days the_late_fee_of_a_lapsed_name_ends_with_its_renewal"
        " of_two_names_on_one_invoice_only_the_lost_one_is_taken_back"
        " a_name_that_was_lost_was_renewed_when_the_rest_of_its_invoice_was_paid",
    ),
    *_tests(
        "tests/billing/periods/test_domain_requests.py",
        "another_term_costs_its_share_and_what_was_announced_follows",
    ),
    *_tests(
        "tests/billing/periods/test_paid_for_nothing.py",
        "while_a_renewal_waits_at_the_registrar_no_other_is_billed"
        " a_term_that_was_paid_twice_is_for_staff_who_credit_it"
        " a_restore_whose_invoice_staff_void_can_be_asked_for_again",
    ),
    *_tests(
        "tests/domains/life/test_renewing.py",
        "one_that_is_withdrawn_while_it_runs_is_not_sent",
    ),
    *_tests(
        "tests/domains/life/test_syncing.py",
        "lock_privacy_and_nameservers_are_taken_over"
        " due_names_are_asked_about_once_and_those_by_hand_never"
        " one_that_is_not_found_is_ours_until_the_next_day"
        " and_is_given_up_after_two_weeks_although_staff_did_nothing",
    ),
    *_tests(
        "tests/domains/life/test_transfers.py",
        "the_client_is_asked_for_its_code_and_it_goes_on",
    ),
    *_tests(
        "tests/orders/test_lifecycle.py",
        "a_paid_order_is_set_up_once an_order_unpaid_for_too_long_is_cancelled_by_the_run"
        " rules_hold_and_never_reject",
    ),
    *_tests(
        "tests/orders/test_price_overrides.py",
        "a_name_has_an_agreed_price_for_its_first_term_alone"
        " the_database_keeps_no_agreed_price_without_a_reason"
        " a_free_first_period_stays_free_when_staff_move_the_due_date"
        " the_mail_of_an_order_without_an_invoice_asks_for_no_money",
    ),
    *_tests(
        "tests/payments/cards/test_autopay.py",
        "a_joint_charge_that_is_declined_is_a_try_of_each",
    ),
    *_tests(
        "tests/payments/cards/test_autopay_stops.py",
        "a_dry_run_says_which_card_would_be_charged_and_charges_none no_try_is_made"
        " no_client_pays_by_hand_what_is_being_charged_by_the_same_gateway_in_their_presence"
        " after_days_without_a_run_the_latest_step_alone_is_tried",
    ),
    *_tests(
        "tests/payments/cards/test_refused_key.py",
        "a_charge_that_the_gateway_did_not_take_is_no_try_and_the_next_run_makes_it",
    ),
    *_tests(
        "tests/payments/disputes/test_again.py",
        "a_lost_one_that_took_nothing_gives_nothing_back",
    ),
    *_tests(
        "tests/payments/events/test_door.py",
        "a_body_of_256_kib_is_taken_and_none_above no_session_is_made_and_no_cookie_looked_at"
        " what_is_not_verified_is_a_400_of_which_the_beginning_is_kept",
    ),
    *_tests(
        "tests/payments/funds/test_taken_back.py",
        "what_was_spent_while_the_gateway_was_asked_is_a_to_do"
        " a_reversal_opens_all_its_invoices_and_takes_what_became_credit"
        " a_refund_from_outside_of_all_is_of_each_invoice_and_of_what_became_credit",
    ),
    *_tests(
        "tests/payments/test_redirect.py",
        "what_ends_an_attempt_over_an_old_amount_is_said_in_the_language_of_the_client"
        " one_that_was_paid_before_its_amount_changed_is_booked",
    ),
    "tests/payments/test_redirect.py::TestOfWhomNobodyHears",
    *_tests(
        "tests/payments/refunds/test_through_the_gateway.py",
        "two_payments_of_an_invoice_are_not_refunded_beyond_what_it_holds",
    ),
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
    # Whole companies, and programs beside the test.
    *_tests(
        "tests/accounts/data_export/test_data_export.py",
        "it_has_what_is_kept_of_the_client_and_no_secret",
    ),
    *_files("tests/backoffice/money", "each_page"),
    *_files("tests/cli", "backup jobs"),
    *_files("tests/orders", "one_price"),
    *_files("tests/payments", "conserved success_races"),
    *_files("tests/proof", "restored"),
    *_files("tests/runs", "dry_run"),
    *_files("tests/server", "webhooks"),
    # Walks over each page, form or action; the stories of each gateway.
    *_files("tests/audit", "nobody_elses what_the_api_shows"),
    *_files("tests/backoffice/audit", "impersonation"),
    *_files("tests/billing/periods", "domain_renewals domain_requests"),
    *_files("tests/domains/life", "renewing transfers"),
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
    *_files("tests/hosting/modules", "contract misbehaviour"),
    *("tests/demo/test_sixty_days.py", "tests/proof/test_planted.py"),
    *("tests/billing/changes/test_credit_back.py", "tests/accounts/erasure/test_erasing.py"),
    *_files("tests/house", "adapters"),
    *_files("tests/portal/base", "lists"),
    *_files("tests/portal/account/security", "between_the_factors locale_settings"),
    *_files("tests/api/core", "live_behind_a_proxy"),
    *_files("tests/api/read", "pagination properties speed_of_queries sync"),
)
"""More than half of all time: lives of years, whole demos, programs that are started and killed, walks and stories.
`make check` runs them, and begins with them, so that no core waits for the other one at the end; `make test` runs those
that are named.
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
