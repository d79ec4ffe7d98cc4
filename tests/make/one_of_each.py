"""One record of each kind that the staff area has a page for, made through the actions."""

from datetime import date
from typing import Any

from django.db.models import Model

from commerce.accounts.actions.annotations.notes import add_note
from commerce.accounts.actions.annotations.tags import create_tag
from commerce.accounts.actions.client_groups import create_client_group
from commerce.accounts.models import Client
from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import BooksMonth, PlanChange
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.promos import create_promo
from commerce.daily_steps import DAILY_STEPS
from commerce.domains.models import Tld
from commerce.hosting.actions.server_groups import create_server_group
from commerce.hosting.models import ProvisioningCall
from commerce.hosting.panel_servers import call_log
from commerce.jobs.models import Job, RemoteCall
from commerce.jobs.remote_calls import record_calls
from commerce.kit.context import SYSTEM, Context
from commerce.kit.remote.calls import CallNote
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.gateway_events import store_gateway_event, store_refused_message
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.gateways.contract import VerifiedEvent
from commerce.payments.models import GatewayEvent, RefusedMessage
from commerce.runs.models import DailyRun
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.support.actions import create_faq_entry
from commerce.support.consumers.actions import current_instruction
from tests.make.payments import declare_transfer, dispute_payment, make_requested_refund
from tests.make.people import AT, make_client, make_custom_field, make_member
from tests.make.quotes import make_draft_quote
from tests.make.records import (
    make_credit_note,
    make_domain,
    make_invoice,
    make_order,
    make_payment,
    make_product,
    make_required_option,
    make_server,
    make_service,
    make_token,
)
from tests.make.repricing import announce_price_change, make_service_with_dearer_product, make_tld
from tests.make.statements import state
from tests.make.zones import make_stored_zone

CTX = Context(AT, SYSTEM)


def make_one_of_each() -> list[Model]:
    """The records, of different kinds; an action that needs a state may still refuse one and say why."""
    client = make_client()
    return [
        *_people(client),
        *_catalog(),
        *_sales(client),
        *_money(client),
        *_system(),
        create_faq_entry(question="Do you move my website?", answer="Yes.", ctx=CTX),
    ]


def _people(client: Client) -> list[Model]:
    return [
        client,
        make_member(client),
        create_client_group(name="Friends", ctx=CTX),
        create_tag(name="VIP", ctx=CTX),
        add_note(client=client, body="Called today.", ctx=CTX),
        make_token(client)[0],
        make_custom_field(),
    ]


def _catalog() -> list[Model]:
    product = make_product(prices=[("EUR", "monthly", 500)])
    option = make_required_option(product, "dropdown", 100)
    make_tld()
    return [
        *(product, product.group, option, option.group, option.values.get()),
        product.prices.get().currency,
        create_promo(code="TWENTY", percent=2000, ctx=CTX),
        add_tax_rule(country="DE", rate=19000, category="S", valid_from=AT.date(), ctx=CTX),
        Tld.objects.get(),
    ]


def _sales(client: Client) -> list[Model]:
    dearer, other = make_service_with_dearer_product(client=client), make_service(client)
    change = announce_price_change(dearer)
    assert change.act is not None
    return [
        *(make_order(client, "active"), make_server(), dearer),
        create_server_group(name="eu", ctx=CTX),
        *(make_domain(client), make_stored_zone(client)),
        *(change, change.act),
        request_cancellation(service=other, kind="immediate", reason="", ctx=CTX),
        _plan_change(client),
        make_draft_quote(client),
        state(about=dearer),
        current_instruction("en", CTX),
    ]


def _plan_change(client: Client) -> PlanChange:
    small = make_product()
    make_product(group=small.group, prices=[("EUR", "monthly", 900)])
    service = make_service(client, product=small)
    [offer] = plan_offers(service, AT.date())
    return request_plan_change(
        vat_refresh=None,
        service=service,
        product_id=offer.product.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        ctx=CTX,
    )


def _money(client: Client) -> list[Model]:
    payment = make_payment(make_invoice(client))
    came: dict[str, Any] = {"gateway": "bank_transfer", "transaction_id": "t-1", "amount": 500}
    came |= {"currency_code": "EUR", "received_on": AT.date(), "reason": "reference"}
    return [
        *(make_invoice(client), make_credit_note(client), payment),
        make_requested_refund(make_payment(make_invoice(client)), 500),
        dispute_payment(payment=payment, reason="fraudulent", ctx=CTX),
        record_unallocated_payment(**came, ctx=CTX),
        declare_transfer(make_invoice(client)),
        BooksMonth.objects.create(month=date(2026, 3, 1), last_day=date(2026, 3, 31)),
        *_gateway_messages(),
        add_credit(client=client, currency_code="EUR", amount=5000, ctx=CTX).account,
    ]


def _gateway_messages() -> list[Model]:
    """An event of a gateway, its job, and a message that could not be verified."""
    event = VerifiedEvent(id="evt_1", kind="payment.succeeded", body=b"{}")
    store_gateway_event(gateway="stripe", event=event, headers={}, ctx=CTX)
    store_refused_message(gateway="stripe", reason="signature", headers={}, body=b"{}", ctx=CTX)
    kinds: tuple[type[Model], ...] = (GatewayEvent, RefusedMessage)
    return [kind._default_manager.get() for kind in kinds]


def _system() -> list[Model]:
    call = CallNote(AT, "GET", "/accounts", "", 200, "[]", 12)
    call_log(make_server())(call)
    record_calls("registrar sandbox", "example.com")(call)
    run_daily(DAILY_STEPS[:1], day=RunDay(AT.date(), AT), started_by="test")
    return [
        *(DailyRun.objects.get(), ProvisioningCall.objects.get(), RemoteCall.objects.get()),
        *(OutgoingMail.objects.all()[0], Job.objects.all()[0]),
    ]
