"""Each action that an audit entry can have is shown in words, and there are no words for others."""

import pytest

from commerce.accounts.models.metadata import METADATA_KINDS
from commerce.audit.kinds import record_kind
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.rules import INVOICE_MOVES, INVOICE_REVERSAL_MOVES
from commerce.consumers.rules import STATEMENT_MOVES
from commerce.dns.rules import DNSSEC_MOVES
from commerce.domains.rules import ChangeKind
from commerce.hosting.rules import SERVICE_OVERRIDE_MOVES
from commerce.presentation.audit_actions import ACTION_LABELS, action_label
from tests.audit.test_transitions import ENTITIES
from tests.house.audit_actions import written_actions

MOVED = {
    f"{noun}.{to}"
    for noun, moves in [
        *((record_kind(case.model), case.moves) for case in ENTITIES),
        ("invoice", INVOICE_MOVES),
        ("invoice", INVOICE_REVERSAL_MOVES),
        ("service", SERVICE_OVERRIDE_MOVES),
        ("zone", DNSSEC_MOVES),
        ("consumer_statement", STATEMENT_MOVES),
    ]
    for found in moves.values()
    for to in found
}
WITHOUT_ENTRIES = ("daily_run_step.", "domain_change.", "bulk_action.")
"""Their rows are their own record."""
CATALOG = {
    "changed": "currency product product_group option_group option option_value promo_code server_group",
    "deleted": "currency product product_group option_group promo_code server_group",
    "made_default": "currency",
    "rate_set": "currency",
    "rate_held": "currency",
    "moved_to": "product",
    "picture_set": "product",
}
PATTERNS = {
    "*.*": {action for action in MOVED if not action.startswith(WITHOUT_ENTRIES)},
    "credit.*": {f"credit.{reason}" for reason in CreditReason},
    "*": {f"domain.{kind}_{end}" for kind in ChangeKind for end in ("requested", "failed")},
    "*.metadata_changed": {f"{kind}.metadata_changed" for kind in METADATA_KINDS},
    **{f"*.{verb}": {f"{n}.{verb}" for n in nouns.split()} for verb, nouns in CATALOG.items()},
}
"""What the source writes with a noun, a verb or both from elsewhere."""


def test_every_action_has_its_words() -> None:
    actions, patterns = written_actions()
    assert len(actions) > 150
    assert patterns == PATTERNS.keys()
    told = actions.union(*PATTERNS.values())
    # An invoice that is issued moves from draft to unpaid; a client reads that it was issued.
    assert told == ACTION_LABELS.keys() - {"invoice.issued"}


def test_no_two_actions_of_a_noun_read_alike() -> None:
    seen = {(action.partition(".")[0], str(text)) for action, text in ACTION_LABELS.items()}
    assert len(seen) == len(ACTION_LABELS)


@pytest.mark.parametrize("action", ["invoice.melted", ""])
def test_an_action_of_a_former_release_is_shown_as_it_is_stored(action: str) -> None:
    assert action_label(action) == action
