"""O4: migrations run over filled tables, backwards and forwards, and every row is there as before.

A migration of data gets a case of its own beside this: what an older release left is planted, and found mended.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from django.apps import apps as apps_of_now
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation
from django.db.migrations.recorder import MigrationRecorder

from commerce.accounts.models import (
    ApiToken,
    ApiTokenSecret,
    Client,
    IdempotentReply,
    RecordMetadata,
    TokenCommitment,
)
from commerce.billing.models import CancellationRequest, Invoice, PlanChange, PriceChange
from commerce.catalog.models import SharedRevision
from commerce.db import triggers
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.jobs.models import Job, RemoteState
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.carts import get_or_create_cart
from commerce.orders.models import CartItem, Order, PriceQuote
from commerce.payments.models import (
    Attempt,
    CardSetup,
    GatewayCustomer,
    Refund,
    SavedCard,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.site_settings.actions import set_setting
from tests.audit import first_rows as rows
from tests.house import test_uniqueness as keys
from tests.house.going_back import go_back, go_back_newest
from tests.house.test_schema import go_back_to_nothing, own_migrations
from tests.make.company import make_company
from tests.make.payments import dispute_payment
from tests.make.people import AT, make_client
from tests.make.records import (
    make_domain_item,
    make_operation,
    make_order,
    make_payment,
    make_product,
)
from tests.make.registrants import REGISTRANT
from tests.make.staff import make_machine_account, make_staff, make_staff_token
from tests.make.statements import state
from tests.make.table_digests import table_digests
from tests.make.webhook_endpoints import make_delivery, make_endpoint

FIRST_ROWS = "catalog.0002_shared_revision_row"
"""Its row is there after each ``migrate``, so it finds one whichever way it goes."""
CONTACTS_OF_NAMES = "orders.0002_contacts_of_names"
"""So are its contacts, which the order had."""
NAMED_SERVICES = "hosting.0003_mark_named_services"
"""Its column is among the digests: what it marks on the way forth is what was marked before."""
PRODUCTS_OF_LINES = "orders.0003_products_of_invoice_lines"
"""So is what they tell: what each line said when it was written."""

SECRETS_OF_TOKENS = "accounts.0018_secrets_of_tokens"
"""So is the hash of each token, by which it is found again."""
JOBS_THAT_ASK = "jobs.0004_jobs_that_ask_servers"
"""So is the mark of jobs that ask a server."""

SHIPPED_ROLES = "accounts.0029_shipped_staff_roles"
"""Its rows are there for all staff of these tests."""
SEARCH_KEYS = "backoffice.0001_fill_search_keys"
"""Its case is in ``tests/accounts/test_search_keys.py``."""
SERVER_GROUPS = "hosting.0012_fill_server_groups"
"""Its case is in ``tests/hosting/test_servers.py``."""
ROLES_OF_PEOPLE = "accounts.0031_staff_get_roles"
"""Its case is ``tests/accounts/test_roles_migration.py``."""
RENAMED = {
    "audit.0004_nouns_of_two_words",
    "audit.0005_days_and_price_of_services",
    "jobs.0009_reactions_that_send_emails",
    "site_settings.0002_show_impersonation",
}
"""So are the names that stand in rows: of actions and fields, of reactions that wait, of a setting."""

ENDS_OF_OPERATIONS = "events.0005_ends_of_operations"
"""One without a carrier has succeeded."""
CUSTOMERS = "payments.0016_one_customer_when_taken_back"
"""With two of a client, the way back would end at a constraint."""
ONLY_BACK = {
    "accounts.0011_back_from_blocked_and_failed",
    "accounts.0024_back_without_staff_replies",
    "accounts.0026_back_from_words_of_invoices_and_items",
    "accounts.0036_back_without_machine_accounts",
    "mail.0004_back_from_the_digest",
    "mail.0008_back_from_held_mails",
}
"""What they write is for the former release: ``test_states_of_now_go_back_as_the_former_release_has_them``."""

SHARES_OF_LINES = {"billing.0006_void_waiting_plan_changes", "billing.0007_share_out_lines"}
"""Their cases are in ``tests/billing/test_share_migration.py``: on the way back their rows go, or have ended."""


def fill() -> None:
    """A company with rows in every table that a migration changes."""
    # What an invoice lacks of its tax is known since billing.0025.
    set_setting(key="tax.accounting_currency", value="EUR", ctx=Context(AT, SYSTEM))
    make_company()
    for model in (Attempt, CardSetup, Refund, TransferNotice, UnallocatedPayment):
        rows.of_payments(model)
    make_staff(with_factor=False)
    set_setting(key="portal.show_impersonation", value="on", ctx=Context(AT, SYSTEM))
    client = make_client()
    RecordMetadata.objects.create(client=client, kind="order", record_id=1, key="a", value="1")
    consent = {"consent_text": "Charge it.", "consented_at": AT}
    SavedCard.objects.create(client=client, gateway="fake", token="c", created_at=AT, **consent)
    for account in ("live a", "live b"):
        GatewayCustomer.objects.create(
            client=client, gateway="fake", account=account, reference=account, created_at=AT
        )
    # What a gateway said of it is known since payments.0007.
    Refund.objects.update(accepted_at=None, is_outside=False)
    dispute_payment(payment=make_payment(), reason="unknown", ctx=Context(AT, SYSTEM))
    rows.asked(PlanChange, **keys.CHANGE)
    rows.asked(CancellationRequest, kind="immediate", reason="Too dear")
    rows.asked(PriceChange, old_amount=1, amount=2, from_date=rows.DAY)
    for make in (
        *(rows.an_invitation, rows.a_reminder, rows.a_mail, rows.an_asked_export, rows.an_erasure),
        *(keys.a_group_price, keys.an_option_price, keys.a_tld_price, keys.a_tax_rule),
        *(keys.a_token, keys.an_account, keys.a_late_fee, rows.a_gateway_event, rows.a_zone),
    ):
        make()
    PriceQuote.objects.create(
        client=client,
        key="q",
        currency_id="EUR",
        cart_lines=[],
        frozen_prices=[],
        total=1,
        answer="{}",
        created_at=AT,
        expires_at=AT,
    )
    TokenCommitment.objects.create(
        client=client, token=ApiToken.objects.latest("pk"), act="x", currency_code="EUR", amount=1
    )
    _reply("1", client)
    make_operation(client, ApiToken.objects.latest("pk").pk)
    # What is wrong with it is known since jobs.0005.
    RemoteState.objects.create(name="server web1", silent_since=AT)
    make_delivery(make_endpoint(client)[0])
    cart = get_or_create_cart(client=make_client(), at=AT)
    CartItem.objects.create(cart=cart, position=1, product=make_product(), billing_cycle="monthly")
    stopped = Order.objects.filter(status="pending").latest("pk")
    Order.objects.filter(pk=stopped.pk).update(status="fraud")
    Invoice.objects.filter(pk=stopped.invoice_id).update(is_stopped=True)
    Invoice.objects.filter(status="draft").update(due_date=date(2026, 5, 1))
    make_order(items=[make_domain_item(registrant=REGISTRANT)])
    state()
    Domain.objects.update(next_sync_at=None)  # after a way back each is asked about anew
    named = Service.objects.latest("pk")
    Service.objects.filter(pk=named.pk).update(label="Our shop", has_own_name=True)


def _reply(digit: str, client: Client | None) -> None:
    hashes = {"key_hash": digit * 64, "body_hash": digit * 64}
    IdempotentReply.objects.create(client=client, status=200, body=b"{}", created_at=AT, **hashes)


COUNTED_ANEW = {"version", "event_sequence", "event_base", "event_stamp", "event_actor", "event_at"}
"""Columns that begin again when they are made anew."""


def changed_later() -> set[str]:
    """Tables that a migration after their first one changes: those must have rows."""
    made = {
        (migration.app_label, operation.name_lower): migration.name
        for migration in own_migrations()
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    return {
        f"{migration.app_label}.{operation.model_name_lower}"
        for migration in own_migrations()
        for operation in migration.operations
        if isinstance(operation, FieldOperation | IndexOperation)
        and made[migration.app_label, operation.model_name_lower] != migration.name
    }


def empty() -> set[str]:
    return {
        model._meta.label_lower
        for model in apps_of_now.get_models()
        if not model._default_manager.exists()
    }


def _later() -> set[tuple[str, str]]:
    """All migrations but the first of each app."""
    known = {(migration.app_label, migration.name) for migration in own_migrations()}
    return {key for key in known if not key[1].startswith("0001_")}


def _first_apps() -> dict[str, str]:
    """Apps that were there when none had changed, and the name of their first migration."""
    firsts = [m for m in own_migrations() if m.name.startswith("0001_")]
    return {m.app_label: m.name for m in firsts if not _later() & set(m.dependencies)}


def made_later() -> set[str]:
    """Tables that are no longer there at the first migrations, and those that are filled again."""
    created = {
        f"{migration.app_label}.{operation.name}"
        for migration in own_migrations()
        if not migration.name.startswith("0001") or migration.app_label not in _first_apps()
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    return created | {SharedRevision._meta.label}


def go_back_to_first_forms() -> None:
    """All apps at once: for each command, Django works out anew what each migration of all apps leaves.

    An app that came when others had changed goes away with their changes.
    """
    known = {(migration.app_label, migration.name) for migration in own_migrations()}
    targets = list(_first_apps().items())
    go_back(*targets)
    assert MigrationRecorder(connection).applied_migrations().keys() & known == set(targets)


def go_on_to_nothing() -> None:
    """Whatever is in the first tables goes with them; then all is there again, from a copy."""
    with closing(sqlite3.connect(":memory:")) as copy:
        connection.connection.backup(copy)
        go_back_to_nothing()
        copy.backup(connection.connection)


FORMER_NAMES = {
    ("action", "billedperiod.paid"),
    ("key", "registration_date"),
    ("job", "ServiceActivated: tell_of_activation"),
    ("setting", "portal.tell_impersonation"),
}


def former_names() -> set[tuple[str, str]]:
    """Which of those names the former release finds."""
    asked = {
        "action": "SELECT action FROM audit_auditentry WHERE record_kind = 'billedperiod'",
        "job": "SELECT action FROM jobs_job WHERE status = 'queued'",
        "setting": "SELECT key FROM site_settings_sitesetting",
    }
    found = set()
    with connection.cursor() as cursor:
        for kind, sql in asked.items():
            cursor.execute(sql)
            found |= {(kind, name) for (name,) in cursor.fetchall()}
        cursor.execute("SELECT after FROM audit_auditentry WHERE action = 'service.active'")
        keys = [json.loads(after) if isinstance(after, str) else after for (after,) in cursor]
    return FORMER_NAMES & (found | {("key", key) for after in keys for key in after})


@pytest.fixture
def _up_to_date_again() -> Iterator[None]:
    """Whatever becomes of the test, the next ones have their tables."""
    yield
    call_command("migrate", verbosity=0)


_once = pytest.mark.skipif(
    connection.vendor == "postgresql",
    reason="of their statements PostgreSQL is asked when all tables go back, and rows decide the rest",
)


def test_each_migration_of_data_is_tried() -> None:
    with_code = {
        f"{migration.app_label}.{migration.name}"
        for migration in own_migrations()
        for operation in migration.operations
        if isinstance(operation, migrations.RunPython | migrations.RunSQL)
    }
    assert with_code == {
        *(SHIPPED_ROLES, ROLES_OF_PEOPLE, SEARCH_KEYS, SERVER_GROUPS),
        *(FIRST_ROWS, NAMED_SERVICES, CONTACTS_OF_NAMES, JOBS_THAT_ASK),
        *(PRODUCTS_OF_LINES, CUSTOMERS, SECRETS_OF_TOKENS),
        *RENAMED,
        ENDS_OF_OPERATIONS,
        *(*SHARES_OF_LINES, *ONLY_BACK),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_up_to_date_again")
def test_filled_tables_go_back_by_the_newest_migrations_and_forth_again() -> None:
    fill()
    before = table_digests(without=made_later(), apart=COUNTED_ANEW)
    go_back_newest(2)
    call_command("migrate", verbosity=0)
    assert table_digests(without=made_later(), apart=COUNTED_ANEW) == before
    assert triggers.trigger_differences() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_up_to_date_again")
def test_filled_tables_go_back_to_their_first_form_and_forth_again() -> None:
    """As long as it takes: an installation has one database, and it is full."""
    fill()
    assert changed_later() & empty() == set()
    assert set(Service.objects.values_list("has_own_name", flat=True)) == {False, True}
    assert set(Job.objects.values_list("asks_remote", flat=True)) == {False, True}
    before = table_digests(without=made_later(), apart=COUNTED_ANEW)
    go_back_to_first_forms()
    assert former_names() == FORMER_NAMES
    if connection.vendor == "sqlite":
        go_on_to_nothing()
    call_command("migrate", verbosity=0)
    assert table_digests(without=made_later(), apart=COUNTED_ANEW) == before
    assert SharedRevision.objects.count() == 1
    assert REGISTRANT in [each.contacts.get("tech") for each in Domain.objects.all()]
    assert triggers.trigger_differences() == []


@_once
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_up_to_date_again")
def test_a_token_goes_back_with_its_newest_secret_and_forth_with_it_alone() -> None:
    token = keys.a_token()
    secrets = ApiTokenSecret.objects.filter(token_id=token.pk)
    secrets.update(works_until=AT)
    ApiTokenSecret.objects.create(token_id=token.pk, token_hash="2" * 64, created_at=AT)
    go_back(("accounts", "0016_spending"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_hash FROM accounts_apitoken")
        assert cursor.fetchall() == [("2" * 64,)]
    call_command("migrate", verbosity=0)
    assert list(secrets.values_list("token_hash", "works_until")) == [("2" * 64, None)]


@_once
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_up_to_date_again")
def test_states_of_now_go_back_as_the_former_release_has_them() -> None:
    export, erasure, mail = rows.an_asked_export(), rows.an_erasure(), rows.a_mail()
    type(export).objects.filter(pk=export.pk).update(status="failed")
    type(erasure).objects.filter(pk=erasure.pk).update(status="blocked")
    type(mail).objects.filter(pk=mail.pk).update(status="digest")
    _reply("1", make_client())
    _reply("2", None)
    grace = make_staff(with_factor=False)
    make_staff_token(make_machine_account(grace))
    for kind in ("order", "invoice", "orderitem"):
        RecordMetadata.objects.create(client=export.client, kind=kind, record_id=1, value="1")
    go_back(("accounts", "0022_spent_funds_count_once"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_hash FROM accounts_idempotentreply")
        assert cursor.fetchall() == [("1" * 64,)]
        cursor.execute("SELECT kind FROM accounts_recordmetadata")
        assert cursor.fetchall() == [("order",)]
        cursor.execute("SELECT id FROM accounts_staff")
        assert cursor.fetchall() == [(grace.pk,)]
    go_back(("accounts", "0009_staff_mail_choices"), ("mail", "0002_addresses_and_unsent"))
    found = []
    with connection.cursor() as cursor:
        for row in (export, erasure, mail):
            cursor.execute(f"SELECT status FROM {row._meta.db_table}")
            found += [status for (status,) in cursor.fetchall()]
    assert found == ["expired", "requested", "skipped"]
