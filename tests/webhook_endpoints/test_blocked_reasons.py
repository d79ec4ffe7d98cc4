"""Why an action on a webhook endpoint is not possible now: what is asked before says what it raises."""

from datetime import timedelta

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.webhook_endpoints.actions import creating, deliveries, endpoints
from commerce.webhook_endpoints.models import WebhookEndpoint
from tests import make
from tests.make.blocked_reasons import Acts, blocked_codes
from tests.make.staff import as_staff, make_staff
from tests.make.webhook_endpoints import make_company_endpoint, make_endpoint

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)

ENDPOINT_ACTS: Acts = {
    "change": (
        endpoints.ended_blocked_reason,
        lambda one: endpoints.change_endpoint(endpoint=one, description="Other", ctx=CTX),
    ),
    "rotate": (
        endpoints.rotate_endpoint_blocked_reason,
        lambda one: endpoints.rotate_endpoint_secret(endpoint=one, ctx=CTX),
    ),
    "pause": (
        endpoints.pause_blocked_reason,
        lambda one: endpoints.pause_endpoint(endpoint=one, ctx=CTX),
    ),
    "resume": (
        endpoints.resume_blocked_reason,
        lambda one: endpoints.resume_endpoint(endpoint=one, ctx=CTX),
    ),
    "test": (
        endpoints.test_blocked_reason,
        lambda one: endpoints.send_test(endpoint=one, ctx=CTX),
    ),
    "repeat": (
        deliveries.repeat_since_blocked_reason,
        lambda one: deliveries.repeat_recent(endpoint=one, hours="24", ctx=CTX),
    ),
    "end": (
        endpoints.ended_blocked_reason,
        lambda one: endpoints.end_endpoint(endpoint=one, ctx=CTX),
    ),
}
ENDED = dict.fromkeys(ENDPOINT_ACTS, "webhook_endpoint.ended")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", {"resume": "webhook_endpoint.not_off"}),
        ("off", dict.fromkeys(("pause", "test", "repeat"), "webhook_endpoint.not_active")),
        ("ended", ENDED),
    ],
)
def test_what_is_said_of_an_endpoint_is_what_is_raised(
    status: str, expected: dict[str, str]
) -> None:
    endpoint, _secret = make_endpoint(status=status)
    assert blocked_codes(ENDPOINT_ACTS, endpoint, CTX) == expected


def test_a_secret_is_changed_once_an_hour() -> None:
    endpoint, _secret = make_endpoint()
    WebhookEndpoint.objects.update(rotated_at=CTX.at - timedelta(minutes=59))
    endpoint.refresh_from_db()
    assert blocked_codes(ENDPOINT_ACTS, endpoint, CTX)["rotate"] == (
        "webhook_endpoint.rotated_recently"
    )


def test_a_test_is_sent_once_and_not_tried_again() -> None:
    endpoint, _secret = make_endpoint()
    endpoints.send_test(endpoint=endpoint, ctx=CTX)
    assert blocked_codes(ENDPOINT_ACTS, endpoint, CTX)["test"] == "webhook_endpoint.test_is_waiting"
    acts: Acts = {
        "repeat": (
            deliveries.repeat_blocked_reason,
            lambda one: deliveries.repeat_delivery(delivery=one, ctx=CTX),
        )
    }
    expected = {"repeat": "webhook_delivery.not_tried_again"}
    assert blocked_codes(acts, endpoint.deliveries.get(), CTX) == expected


def test_the_company_has_so_many_endpoints_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "MAX_ENDPOINTS", 1)
    grace = make_staff()
    ctx = Context(make.AT, as_staff(grace))
    acts: Acts = {
        "new": (
            creating.company_endpoint_blocked_reason,
            lambda _none: creating.create_company_endpoint(
                address="https://chat.example.com/hooks/y", ctx=ctx
            ),
        )
    }
    assert blocked_codes(acts, None, ctx) == {}
    make_company_endpoint(grace)
    assert blocked_codes(acts, None, ctx) == {"new": "webhook_endpoint.too_many"}
