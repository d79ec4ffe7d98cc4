"""The nightly proof looks at each statement of a consumer and the credit notes that it led to."""

import pytest

from commerce.consumers.actions.carrying_out import carry_out_statement
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.plan_changes import bought, plan, wish
from tests.make.records import make_group
from tests.make.statements import state, switch_on_consumers
from tests.proof.planting import each

pytestmark = pytest.mark.django_db


def test_each_statement_gave_back_what_its_credit_notes_say() -> None:
    switch_on_consumers()
    others = [make.make_client() for _ in range(3)]
    [service] = bought(wish(plan(make_group(), 900)))
    statement = state("withdrawal", about=service)
    carry_out_statement(statement=statement, ctx=Context(make.AT, SYSTEM))
    row = f"UPDATE consumers_consumerstatement SET {{}} WHERE id = {statement.pk}"
    each(
        "M11-statements",
        "",
        (
            ("", False),
            (row.format("given_back = given_back + 1"), True),
            (row.format("given_back = NULL"), True),
            (row.format("status = 'received'"), True),
            ("DELETE FROM consumers_statementcreditnote", True),
        ),
    )
    each(
        "M11-statement-clients",
        "",
        (("", False), (row.format(f"client_id = {others[0].pk}"), True)),
    )
