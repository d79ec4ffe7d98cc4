"""The watch over revisions finds what it is there to find."""

import sys

import pytest

from tests.house.revisions import RevisionWatch

UPDATED = 'UPDATE "hosting_service" SET "label" = %s WHERE "hosting_service"."id" = %s'
RAISED = (
    'UPDATE "accounts_client" SET "revision" = ("accounts_client"."revision" + %s) WHERE "id" = %s'
)
HERE = sys._getframe()


@pytest.fixture
def in_an_action(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any code may pass for an action here."""
    monkeypatch.setattr("tests.house.revisions.action", lambda: HERE)


def test_a_write_that_forgets_the_revision_is_found(in_an_action: None) -> None:
    assert __file__ in forgotten(UPDATED)[0]


def test_a_write_before_its_revision_is_found(in_an_action: None) -> None:
    """Its event would not know whose act it is."""
    assert __file__ in forgotten(UPDATED, RAISED)[0]


@pytest.mark.parametrize(
    "statements",
    [
        [RAISED, UPDATED],
        ['INSERT INTO "audit_auditentry" ("action") VALUES (%s)'],
        ['SELECT "hosting_service"."id" FROM "hosting_service"'],
    ],
)
def test_other_statements_are_fine(in_an_action: None, statements: list[str]) -> None:
    assert forgotten(*statements) == []


def test_a_product_needs_the_shared_revision(in_an_action: None) -> None:
    renamed = 'UPDATE "catalog_product" SET "name" = %s'
    assert forgotten(renamed, RAISED) != []
    assert forgotten(renamed, 'UPDATE "catalog_sharedrevision" SET "number" = %s') == []


def forgotten(*statements: str) -> list[str]:
    watch = RevisionWatch()
    for statement in statements:
        watch(lambda *_: None, statement)
    return watch.forgotten()
