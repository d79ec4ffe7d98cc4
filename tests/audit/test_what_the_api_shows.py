"""Every action that changes what the API shows raises the revision, and moves the time of change of the row shown.

What changed is not declared here but seen: all that the API shows of a client is compared before and after.
"""

from importlib import import_module
from inspect import getmembers, isfunction, signature
from types import ModuleType
from typing import Any

import pytest
from django.db.models import Model

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.catalog.actions.products import rename_product
from commerce.catalog.models import SharedRevision
from commerce.domains.models import Domain
from commerce.hosting.actions.servers import change_server
from commerce.hosting.models import Service
from commerce.orders.models import Order
from tests import make
from tests.audit import cases_of_changes, cases_of_domains, cases_of_payments
from tests.audit.cases import CASES, CTX, LATER
from tests.house.source import PACKAGE, modules

UNSEEN = {
    "billing.close_requests_of_service",
    *(
        "billing.change_draft",
        "billing.delete_draft",
        "billing.send_reminder",
        "billing.send_invoice_again",
        "billing.remind_of_invoice",
        "billing.release_period",
    ),
    *("orders.change_quote_draft", "orders.withdraw_quote"),
    *("billing.add_credit", "billing.remove_credit", "billing.pay_out_credit"),
    *("billing.post_credit", "billing.book_failed_refund"),
    *("domains.mark_domain_sent", "domains.create_domain", "domains.choose_first_nameservers"),
    *("billing.draft_invoice", "billing.draft_manual_invoice", "billing.change_manual_draft"),
    *("orders.set_order_notes", "hosting.set_service_notes"),
    *cases_of_payments.UNSEEN,
    *cases_of_changes.UNSEEN,
    *cases_of_domains.UNSEEN,
}
"""What the API does not show, or not yet."""

WITHOUT_CONTEXT = {"orders.create_order"}
"""It is told the context with what is ordered."""

PARTS = {
    *("billing.apply_decisions", "billing.complete_paid_invoice", "billing.create_credit_note"),
    *("billing.create_waived_period", "billing.credit_unused_days", "billing.carry_out"),
    *("billing.carry_out_or_ask_for_payment", "billing.forget_given_days", "billing.lapse"),
    *(
        "billing.issue_locked_draft",
        "billing.number_invoice",
        "billing.record_draft",
        "billing.release_paid_periods",
        "billing.move_plan_change",
    ),
    *("billing.renew_domain_of_period", "billing.resume_paid_services"),
    *(
        "billing.lapse_for_renewal",
        "billing.lapse_plan_change",
        "billing.lapse_as_not_confirmed",
        "billing.expect_payment",
    ),
    *("domains.update_domain", "hosting.update_service"),
    *("billing.lock_draft", "billing.lock_invoice", "billing.lock_service"),
    *("hosting.change_service_plan", "hosting.change_service_price"),
    *("orders.continue_paid_order", "orders.end_domain_of_order", "orders.provision_order"),
    "orders.continue_new_order",
    *(
        "orders.move_quote",
        "orders.start_quote_draft",
        "orders.lock_quote_draft",
        "orders.mark_accepted",
    ),
    *("orders.end_former_version", "orders.lock_accepted_quote"),
    *(
        "payments.book_payment",
        "payments.book_payment_of_invoices",
        "payments.decide_transfer_notice",
        "payments.move_attempt",
    ),
    *("payments.add_payment", "payments.record_booking", "payments.bind_attempt"),
    *("payments.consent_columns", "payments.record_reported_money"),
    *("payments.bind_card_charge", "payments.bind_charge_of_invoices"),
    *("payments.succeed_attempt", "payments.end_what_waits"),
    *("billing.take_from_credit", "payments.take_back", "payments.give_back_won"),
    *("billing.reopen_credit_uses", "billing.give_back_credit_use", "billing.reopen_invoice"),
    "payments.give_back_to_credit",
    "payments.record_card_refusal",
    *("payments.finish_refund", "payments.mark_payment_refunded", "payments.move_refund"),
    *("payments.reverse_locked_payment", "payments.apply_gateway_report"),
    *cases_of_domains.PARTS,
    *("payments.book_plan_change_payment", "payments.settle_share", "payments.add_to_credit"),
    *("payments.end_what_waits_for_request", "billing.ask_for_payment"),
}
"""What other actions consist of, and show with them."""

ON_THEIR_OWN = {
    *("billing.request_plan_change", "billing.approve_plan_change", "billing.reject_plan_change"),
    *("billing.withdraw_plan_change", "billing.withdraw_plan_change_for_staff"),
    *("billing.waive_first_period", "billing.retax_manual_draft"),
    *("billing.carry_out_with_money", "billing.carry_out_on_account"),
    "billing.state_paid_elsewhere",
    *("billing.renew_domains", "billing.renew_paid_domains", "billing.abandon_domain_renewal"),
    "billing.renew_services_of_several",
    *("billing.check_vat_number", "billing.check_client_vat_number"),
    *("billing.mark_vat_number_valid", "billing.refresh_vat_check"),
    *("billing.close_requests_of_ended_service", "billing.withdraw_refunded_renewals"),
    *("domains.erase_domain_contacts", "hosting.erase_service_texts", "orders.erase_order_texts"),
    *("payments.start_attempt_for_invoices", "payments.start_top_up"),
    *("payments.charge_card_for_invoices", "payments.record_shared_payment"),
    *("payments.begin_card_setup", "payments.try_saved_card", "payments.release_card_charge"),
    *("payments.finish_card_charge", "payments.withdraw_card_charge", "payments.forget_customer"),
    *("billing.renew_vat_check", "billing.make_documents", "billing.record_invoice_export"),
    *("payments.apply_dispute_report", "payments.record_received"),
    "payments.pay_back_credit",
    *("payments.start_attempt_for_plan_change", "payments.charge_card_for_plan_change"),
    *("payments.record_plan_change_payment", "payments.record_manual_plan_change_payment"),
    "payments.submit_transfer_notice_for_plan_change",
    *("billing.hold_for_transfer", "billing.pay_request_from_credit", "billing.expect_payment"),
    *cases_of_domains.ON_THEIR_OWN,
    *(
        "hosting.prepare_account",
        "hosting.record_account_made",
        "hosting.record_account_reinstalled",
    ),
    *("hosting.store_account_info", "hosting.record_usage", "hosting.store_differences"),
    *("hosting.reveal_password", "billing.use_credit", "orders.cancel_own_order"),
    *("orders.make_price_quote", "orders.store_price_quote"),
    *("orders.draft_quote_for_client", "orders.draft_quote_for_caller"),
    *("orders.set_client_of_quote", "orders.delete_quote_draft", "orders.place_draft"),
    *("orders.send_quote", "orders.revise_quote", "orders.lapse_quote", "orders.cart_of_quote"),
    *("orders.quote_plan_change", "orders.quote_renewal", "orders.quote_restore"),
    *("payments.charge_card_for_top_up", "payments.request_card_setup"),
    *("orders.move_cart", "orders.expire_cart", "orders.merge_carts", "orders.reveal_auth_code"),
    *("orders.store_auth_code", "orders.reencrypt_auth_codes", "domains.set_auto_renew_held"),
}
"""Their own tests say what they change; as in every test, the watch over revisions is there (``tests/house``)."""

OF_NO_CLIENT = {
    *("hosting.create_server", "hosting.change_server", "hosting.delete_server"),
    *("hosting.add_server", "hosting.edit_server", "hosting.save_server"),
    *(f"hosting.{one}_server_group" for one in ("create", "rename", "delete")),
    *("hosting.request_server_test", "hosting.try_server_now", "hosting.try_server_of_service"),
    *("hosting.stop_new_accounts", "hosting.resume_new_accounts"),
    *("hosting.request_comparison", "hosting.end_comparison", "hosting.accept_missing_accounts"),
    "domains.read_messages",
    *("domains.set_tld", "domains.set_tld_price", "domains.switch_tlds", "domains.import_tlds"),
    *("domains.set_tld_price_table", "domains.add_tld", "domains.edit_tld"),
    "domains.switch_sale_of_tlds",
    *(
        "payments.store_gateway_event",
        "payments.store_refused_message",
        "payments.fail_gateway_event",
    ),
    *("payments.resume_gateway_event", "payments.retry_gateway_event"),
    "domains.record_price_list",
    *("domains.record_tld_change", "billing.add_tax_rule", "billing.remove_tax_rule"),
}
"""What belongs to the whole installation."""


APPS = ("hosting", "domains", "billing", "payments", "orders")
BESIDE_ACTIONS = tuple(f"commerce.billing.changes.{one}_edits" for one in ("domain", "service"))
"""Modules whose functions act, under another name."""


def action_modules() -> list[ModuleType]:
    """The modules of these apps whose public functions act."""
    files = [path for app in APPS for path in modules(PACKAGE / app)]
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in files]
    return [
        import_module(name.removesuffix(".__init__"))
        for name in names
        if "actions" in name.split(".") or name in BESIDE_ACTIONS
    ]


def actions() -> set[str]:
    """Public functions that are told in which context they act, as ``app.function``."""
    return {
        f"{module.__name__.split('.')[1]}.{name}"
        for module in action_modules()
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and not name.endswith("_blocked_reason")
        and "ctx" in signature(function).parameters
    }


def test_no_action_is_left_out() -> None:
    assert actions() - PARTS - ON_THEIR_OWN - OF_NO_CLIENT == set(CASES) - WITHOUT_CONTEXT


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CASES))
def test_what_changed_says_so(name: str) -> None:
    client = make.make_client()
    act = CASES[name](client)
    client.refresh_from_db()
    before, revision = shown(client), client.revision
    act()
    client.refresh_from_db()
    after = shown(client)
    changed = {row for row, says in after.items() if before.get(row) != says}
    gone = before.keys() - after.keys()
    assert bool(changed | gone) == (name not in UNSEEN)
    if changed | gone:
        assert client.revision > revision
    stale = [row for row in changed if row[0]._default_manager.get(pk=row[1]).changed_at != LATER]  # type: ignore[attr-defined]
    assert stale == []


@pytest.mark.django_db
def test_shared_names_raise_the_shared_revision_and_move_their_rows() -> None:
    product, server = make.make_product(), make.make_server()
    number = SharedRevision.objects.get().number
    rename_product(product=product, name="Renamed", ctx=CTX)
    change_server(server=server, hostname="other.example.net", ctx=CTX)
    assert SharedRevision.objects.get().number == number + 2
    assert (product.changed_at, server.changed_at) == (LATER, LATER)
    assert (product.name, server.hostname) == ("Renamed", "other.example.net")


@pytest.mark.django_db
def test_the_same_name_again_changes_nothing() -> None:
    product, server = make.make_product(), make.make_server()
    number = SharedRevision.objects.get().number
    rename_product(product=product, name=product.name, ctx=CTX)
    change_server(server=server, hostname=server.hostname, ctx=CTX)
    assert SharedRevision.objects.get().number == number
    assert product.changed_at == make.AT


OUTSIDE = (
    *("changed_at", "notes", "provisioning_key", "anchor_date", "remote_id"),
    *("contacts", "synced_at", "next_sync_at", "transfer_hold"),
)
"""Columns that no reply holds (``notes`` of an invoice apart)."""


def shown(client: Client) -> dict[tuple[type[Model], int], dict[str, Any]]:
    """All that the API shows of a client, by row."""
    found: dict[tuple[type[Model], int], dict[str, Any]] = {}
    for model, rows in (
        (Service, Service.objects.for_client(client)),
        (Domain, Domain.objects.for_client(client).shown_by_api()),
        (Invoice, Invoice.objects.for_client(client)),
        (Order, Order.objects.for_client(client)),
    ):
        for row in rows:
            says = {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields}
            found[model, row.pk] = {k: v for k, v in says.items() if k not in OUTSIDE}
            found[model, row.pk] |= parts(row)
    return found


def parts(row: Model) -> dict[str, Any]:
    """What belongs to a row, and is shown with it."""
    if isinstance(row, Invoice):
        paid = row.payments.listed_on_invoices().order_by("pk")  # type: ignore[attr-defined]
        return {
            "notes": row.notes,
            "lines": list(row.lines.order_by("pk").values()),
            "payments": list(paid.values("pk", "gateway", "amount", "booked_at")),
        }
    if isinstance(row, Order):
        return {"items": list(row.items.order_by("pk").values())}
    return {}
