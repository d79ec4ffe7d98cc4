"""A client whose every text is known, so that one can look where in the database any of it is left."""

from django.db import connection

from commerce.accounts.actions.annotations.notes import add_note
from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.custom_values import save_custom_answers
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.sessions import record_failed_sign_in, record_sign_in
from commerce.accounts.models import ApiToken, Client, User
from commerce.accounts.recipients import send_staff_email
from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.actions import add_credit, remove_credit
from commerce.billing.models import CancellationRequest, PlanChange, VatCheck
from commerce.domains.models import Domain, DomainChange, DomainDrift
from commerce.hosting.models import AccountInfo, Service
from commerce.hosting.panel_servers import call_log
from commerce.jobs.models import Job
from commerce.kit.context import Actor, Context
from commerce.kit.remote.calls import CallNote
from commerce.orders.actions.carts import get_or_create_cart
from commerce.orders.models import CartItem, Order, OrderItem
from commerce.payments.actions.saved_cards import CardConsent, save_card
from commerce.payments.gateways.contract import PaymentCard
from commerce.payments.models import GatewayCustomer
from tests.make.mails import deliver_all
from tests.make.people import AT, make_client, make_custom_field, make_user
from tests.make.records import (
    make_domain,
    make_domain_item,
    make_invoice,
    make_order,
    make_product,
    make_server,
    make_service,
    make_token,
)
from tests.make.webhook_endpoints import (
    make_company_endpoint,
    make_delivery,
    make_endpoint,
    make_notice,
)

PLANTED = ("planted", "198.51.100.")
"""What is in each text and address of the client, and in no other."""

ADDRESS = "198.51.100.7"


def planted_client() -> tuple[Client, User]:
    """A client with a row in each table that says something of them, all of which came to its end; and the owner."""
    owner = make_user("planted.owner@example.com", first_name="Plantedowner", last_name="Planted")
    client = make_client(
        owner=owner,
        first_name="Plantedfirst",
        last_name="Plantedlast",
        company="Planted Ltd",
        email="planted.former@example.com",
        phone="+1 555 0100",
        address1="Planted Street 1",
        address2="Planted Floor",
        city="Plantedcity",
        postcode="10115",
    )
    ctx = Context(AT, Actor("member", owner.pk, owner.email, ADDRESS, "request-1"))
    change_client(
        client=client, ctx=Context(AT, Actor("staff", 9)), email="planted.bills@example.com"
    )
    field = make_custom_field("Nickname")
    save_custom_answers(client=client, answers={field.pk: "Plantednick"}, ctx=ctx)
    invite_member(
        client=client,
        email="planted.guest@example.com",
        role="billing",
        rights=["invoices.view"],
        ctx=ctx,
    )
    record_sign_in(user=owner, methods=["password"], device="Planted browser", ctx=ctx)
    record_failed_sign_in(
        email=owner.email, method="password", ctx=Context(AT, Actor("guest", None, "", ADDRESS))
    )
    write_audit_entry(
        ctx=Context(AT, Actor("staff", 9, "sam@example.net", "203.0.113.1")),
        action="client.noted",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        after={"note": "Planted note", "count": 3, "day": "2026-04-08", "status": "active"},
        reason="planted reason",
    )
    staff = Actor("staff", 9, "sam@example.net", "203.0.113.1")
    add_note(client=client, body="Planted note of staff", ctx=Context(AT, staff))
    _tokens(client, owner, ctx)
    _webhooks(client)
    _services_and_domains(client, owner)
    _orders(client)
    _money(client, ctx)
    Job.objects.create(
        subject_kind="client",
        subject_id=client.pk,
        action="client.check_vat",
        idempotency_key="planted-job",
        args={"number": "Planted"},
        error="Planted",
        status="dropped",
        created_at=AT,
        ended_at=AT,
    )
    deliver_all(AT)
    return client, owner


def _tokens(client: Client, owner: User, ctx: Context) -> None:
    token, _plain = make_token(client, maker=owner, name="Planted token", ctx=ctx)
    ApiToken.objects.filter(pk=token.pk).update(
        networks=["198.51.100.0/24"], last_used_from=ADDRESS
    )


def _webhooks(client: Client) -> None:
    """Programs of the client and of staff that are told of what happened to it; what one of the client's answered."""
    endpoint, _secret = make_endpoint(
        client, "https://hooks.planted.example/planted", description="Planted"
    )
    told = {"answer": "Planted answer", "about_client": client}
    make_delivery(endpoint, answer="Planted answer")
    make_notice(make_company_endpoint()[0], **told)
    note = {"what": "Planted", "details": "planted"}
    told = {"items": [], "single": "Planted", "count": None}
    send_staff_email(
        event="task_to_do",
        idempotency_key="1",
        page="jobs/1",
        permission="services.provision",
        values={**note, **told},
        client=client,
        at=AT,
    )


def _services_and_domains(client: Client, owner: User) -> None:
    service = make_service(client, "cancelled")
    Service.objects.filter(pk=service.pk).update(
        label="Planted name",
        has_own_name=True,
        notes="Planted",
        username="planted",
        remote_id="planted",
    )
    call_log(make_server(), service_id=service.pk)(
        CallNote(AT, "POST", "/planted", "planted=1", 200, "planted", 5)
    )
    AccountInfo.objects.create(
        service=service, state="off", details={"smtp": "planted.example"}, checked_at=AT
    )
    CancellationRequest.objects.create(
        client=client,
        service=service,
        requested_by=owner,
        kind="immediate",
        reason="Planted reason",
        note="Planted",
        status="done",
        created_at=AT,
        ended_at=AT,
    )
    PlanChange.objects.create(
        client=client,
        service=service,
        product=service.product,
        billing_cycle="monthly",
        amount=500,
        credit=0,
        charge=500,
        taxed_as={"vat": {"number": "Planted"}},
        note="Planted",
        status="withdrawn",
        created_at=AT,
        ended_at=AT,
    )
    domain = make_domain(client, "transferred_away")
    contacts = {"registrant": {"name": "Planted", "email": "planted@example.com"}}
    Domain.objects.filter(pk=domain.pk).update(contacts=contacts, notes="Planted")
    DomainChange.objects.create(
        domain=domain,
        kind="contacts",
        wanted=contacts,
        status="done",
        requested_by=owner,
        requested_at=AT,
        ended_at=AT,
    )
    DomainDrift.objects.create(
        domain=domain, field="contacts", ours="Planted", theirs="planted", found_at=AT
    )


def _orders(client: Client) -> None:
    order = make_order(client, "cancelled", items=[make_domain_item()])
    Order.objects.filter(pk=order.pk).update(
        address=ADDRESS, user_agent="Planted", notes="Planted", hold_reason="Planted"
    )
    OrderItem.objects.filter(order=order).update(
        registrant={"name": "Planted"}, extra_fields={"id": "Planted"}, auth_code="Planted"
    )
    CartItem.objects.create(
        cart=get_or_create_cart(client=client, at=AT),
        position=1,
        product=make_product(),
        billing_cycle="monthly",
        registrant={"name": "Planted"},
    )


def _money(client: Client, ctx: Context) -> None:
    make_invoice(client, "paid")
    VatCheck.objects.create(
        client=client,
        number="DE123456789",
        day=AT.date(),
        checked_at=AT,
        answer="valid",
        name="Planted Ltd",
        address="Planted Street",
    )
    staff = Context(AT, Actor("staff", 9))
    for act in (add_credit, remove_credit):
        act(
            client=client,
            currency_code="EUR",
            amount=500,
            note="Planted credit",
            idempotency_key=act.__name__,
            ctx=staff,
        )
    save_card(
        client_id=client.pk,
        gateway="fake",
        card=PaymentCard("visa", "4242", "planted-token", 12, 2030, "planted@example.com"),
        consent=CardConsent("Planted consent", AT),
        ctx=ctx,
    )
    GatewayCustomer.objects.create(
        client=client, gateway="fake", reference="planted-customer", created_at=AT
    )


def columns_with_planted_text() -> set[str]:
    """``table.column`` of every value in the database that has anything of the client, in any table."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {
                    f"{table}.{name}"
                    for name, value in zip(names, row, strict=True)
                    if any(text in _text(value) for text in PLANTED)
                }
    return found


def _text(value: object) -> str:
    if isinstance(value, memoryview):
        value = value.tobytes()
    return (value.decode("latin-1") if isinstance(value, bytes) else str(value)).lower()
