"""T9: what staff keep to themselves reaches no reply of the API."""

import pytest

from commerce.accounts.actions.custom_fields import set_custom_value
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import set_order_notes
from tests import make
from tests.make.api import call_api

pytestmark = pytest.mark.django_db


def test_notes_and_custom_values_are_in_no_reply() -> None:
    client = make.make_client()
    field = make.make_custom_field("Inner-score", admin_only=True)
    set_custom_value(client=client, field=field, value="pays-late", ctx=Context(make.AT, SYSTEM))
    order = make.make_order(client)
    set_order_notes(order=order, notes="call-first", ctx=Context(make.AT, SYSTEM))
    ids = {
        "services": make.make_service(client).pk,
        "domains": make.make_domain(client).pk,
        "orders": order.pk,
        "invoices": make.make_invoice(client).pk,
    }
    paths = ["/me", *(f"/{noun}" for noun in ids), *(f"/{noun}/{pk}" for noun, pk in ids.items())]
    plain = make.make_token(client)[1]
    answers = [call_api(path, plain) for path in paths]
    assert {answer.status for answer in answers} == {200}
    said = "".join(answer.body.decode() for answer in answers)
    assert order.number in said
    assert [word for word in ("Inner-score", "pays-late", "call-first") if word in said] == []
