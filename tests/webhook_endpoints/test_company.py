"""Webhook endpoints of the company: what staff are told by mail, with a text that chats show (staff-api.md)."""

from datetime import timedelta

import pytest

from commerce.accounts.recipients import send_staff_email
from commerce.accounts.staff_mail.labels import STAFF_EVENT_LABELS
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.mail.models import OutgoingMail
from commerce.webhook_endpoints.access import scopes_seen_by
from commerce.webhook_endpoints.actions.deliveries import record_try, repeat_recent
from commerce.webhook_endpoints.actions.endpoints import change_endpoint, pause_endpoint
from commerce.webhook_endpoints.labels import STAFF_NOTICE_TYPES
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.rules import chat_text
from commerce.webhook_endpoints.sending import end_endpoints_of_nobody, own_body
from tests.make import AT, PASSWORD, make_client
from tests.make.cards import CTX
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of
from tests.make.webhook_endpoints import make_company_endpoint, make_endpoint
from tests.webhook_endpoints.test_sending import FAILED

pytestmark = pytest.mark.django_db


def tell(event: str = "run_missing", key: str = "1") -> None:
    values = {"count": 1, "when": AT}
    send_staff_email(event=event, idempotency_key=key, page="runs", values=values, at=AT)


def test_a_notice_is_brought_to_those_that_want_it_and_may_see_it() -> None:
    wants, _ = make_company_endpoint(types=["staff.run_missing"])
    everything, _ = make_company_endpoint()
    make_company_endpoint(types=["staff.task_to_do"])
    # one whose maker is gone hears of nothing, and none of a client does
    gone, _ = make_company_endpoint()
    gone.maker.staff.is_active = False
    gone.maker.staff.save()
    make_endpoint(make_client())
    for _ in range(2):
        tell()
    made = WebhookDelivery.objects.order_by("endpoint_id")
    assert [one.endpoint_id for one in made] == [wants.pk, everything.pk]
    assert {one.event_id for one in made} == {made[0].event_id}
    body = own_body(made[0])
    assert body["type"] == "staff.run_missing"
    assert body["text"] == f"Daily run that didn't finish: {body['data']['url']}"
    assert body["data"]["url"].endswith("/admin/runs")
    assert {*WebhookEndpoint.objects.due(AT)} == {wants, everything}
    assert [scopes_seen_by(one, AT) for one in (wants, gone)] == [frozenset(), None]


def test_a_text_is_no_markup_and_mentions_nobody() -> None:
    assert chat_text("<!channel> & @here") == "&lt;!channel&gt; &amp; @\u200bhere"


def test_what_is_paused_waits_and_is_sent_again() -> None:
    endpoint, _ = make_company_endpoint()
    pause_endpoint(endpoint=endpoint, ctx=CTX)
    tell()
    assert not WebhookEndpoint.objects.due(AT).exists()
    assert endpoint.deliveries.waiting().count() == 1
    endpoint.status = "active"
    endpoint.save()
    endpoint.deliveries.update(next_try_at=None)
    assert repeat_recent(endpoint=endpoint, hours="1", ctx=CTX) == 1


def test_after_five_days_of_failures_staff_are_told() -> None:
    endpoint, _ = make_company_endpoint()
    tell()
    delivery = endpoint.deliveries.get()
    for days in (0, 5):
        record_try(delivery=delivery, tried=FAILED, at=AT + timedelta(days=days))
    endpoint.refresh_from_db()
    assert endpoint.status == "off"
    mail = OutgoingMail.objects.filter(event="company_webhook_off").first()
    assert mail is not None
    assert mail.values["task_url"].endswith(f"/admin/webhooks/{endpoint.pk}")


def test_it_ends_with_the_access_of_its_maker_and_colleagues_are_told() -> None:
    colleague, maker = make_staff(), make_staff()
    endpoint, _ = make_company_endpoint(maker)
    other, _ = make_company_endpoint(colleague)
    maker.user.is_active = False
    maker.user.save()
    assert [end_endpoints_of_nobody(at=AT) for _ in range(2)] == [1, 0]
    endpoint.refresh_from_db()
    assert endpoint.status == "ended"
    [mail] = OutgoingMail.objects.filter(event="company_webhook_ended")
    assert mail.recipient == colleague.user.email
    assert [one.type for one in other.deliveries.all()] == ["staff.company_webhook_ended"]


def test_who_may_make_one_and_what_it_is_told() -> None:
    with pytest.raises(PermissionDenied):
        make_company_endpoint(make_staff("support"))
    endpoint, _ = make_company_endpoint()
    change_endpoint(endpoint=endpoint, types=["staff.task_to_do"], ctx=CTX)
    with pytest.raises(BusinessError) as refused:
        change_endpoint(endpoint=make_endpoint()[0], types=["staff.task_to_do"], ctx=CTX)
    assert refused.value.code == "webhook_endpoint.type_unknown"
    assert len(STAFF_NOTICE_TYPES) == len(STAFF_EVENT_LABELS) - 1  # the digest tells what was told


def test_staff_make_one_on_its_page_and_see_no_clients() -> None:
    of_client, _ = make_endpoint(make_client())
    web = staff_browser(make_staff())
    page = send(
        web,
        "/admin/webhooks/new",
        address="https://chat.example.com/hook",
        description="Team chat",
        own_password=PASSWORD,
    )
    assert "whsec_" in text_of(page)
    endpoint = WebhookEndpoint.objects.of_company().get()
    assert (endpoint.status, endpoint.deliveries.get().type) == ("new", "webhook.test")
    listed = text_of(web.get("/admin/webhooks"))
    assert "Team chat" in listed
    assert of_client.host not in listed
    assert web.get(f"/admin/webhooks/{of_client.pk}").status_code == 404
    assert "webhook.test" in text_of(web.get(f"/admin/webhooks/{endpoint.pk}"))
    support = staff_browser(make_staff("support"))
    assert support.get("/admin/webhooks").status_code == 403
