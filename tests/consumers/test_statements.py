"""support-and-content.md 9: until when staff decide a statement, what is guessed of it, what erasure leaves."""

from datetime import date

import pytest

from commerce.accounts.erasure.rules import ErasureScope
from commerce.consumers.actions.matching import match_contract
from commerce.consumers.erasure import erase_statements
from commerce.consumers.rules import next_working_day
from commerce.db.triggers import allow_retention
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make
from tests.make.records import make_invoice
from tests.make.statements import state, switch_on_consumers

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.mark.parametrize(
    ("made", "due"),
    [
        (date(2026, 4, 8), date(2026, 4, 9)),
        (date(2026, 4, 10), date(2026, 4, 13)),
        (date(2026, 4, 11), date(2026, 4, 13)),
    ],
)
def test_staff_have_until_the_end_of_the_next_working_day(made: date, due: date) -> None:
    assert next_working_day(made) == due


def test_words_name_a_contract_by_domain_invoice_or_order() -> None:
    client = make.make_client(email="jane@example.com")
    service = make.make_service(client, domain="web.example")
    name = make.make_domain(client, domain_name="mine.example")
    order = make.make_order(make.make_client(email="other@example.com"), "active")
    unit = order.items.get().units.get()
    invoice = make_invoice(client)
    cases = {
        "please end web.example.": (client, service),
        "MINE.example and nothing else": (client, name),
        f"order {order.number}": (order.client, unit.service),
        f"invoice {invoice.number}": (client, None),
        "mine.example, web.example": (client, None),
        "my contract": (client, None),
    }
    for words, found in cases.items():
        assert match_contract(state(contract=words)) == found, words
    assert match_contract(state(contract="x", email="nobody@example.com")) == (None, None)
    # Contracts of two clients: the address says whose is meant.
    both = f"{order.number} mine.example"
    assert match_contract(state(contract=both)) == (client, name)
    assert match_contract(state(contract=both, email="nobody@example.com")) == (None, None)


def test_what_was_written_is_erased_and_that_it_was_made_stays() -> None:
    client = make.make_client()
    own = state(about=make.make_service(client), ending_kind="for_cause", cause="They said no")
    unknown = state(email="jane@example.com", contract="nobody knows")
    other = state(email="joe@example.com", contract="of another")
    scope = ErasureScope(client.pk, frozenset(), frozenset({"jane@example.com"}))
    with allow_retention():
        erase_statements(scope, CTX)
    for statement in (own, unknown, other):
        statement.refresh_from_db()
    assert own.name == own.contract == own.cause == unknown.contract == "[erased]"
    assert "jane" not in own.email + unknown.email
    assert (own.made_at, other.contract) == (make.AT, "of another")


def test_a_statement_is_refused_without_its_words_and_in_the_future() -> None:
    for wrong in ({"name": " "}, {"contract": ""}, {"cause": "x" * 2001}):
        with pytest.raises(BusinessError):
            state(**wrong)
    with pytest.raises(BusinessError):
        state(sent_on=date(2026, 4, 9))
    switch_on_consumers()
    assert state(sent_on=date(2026, 4, 1)).made_at.date() == date(2026, 4, 1)
