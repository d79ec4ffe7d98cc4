"""Errors have a code for programs and a text for people, in the language of who reads it."""

import copy
import pickle
from collections.abc import Iterator

import pytest
from django.utils.translation import gettext_lazy, override

from commerce.kit import errors
from commerce.kit.errors import (
    BusinessError,
    PermissionDenied,
    StateConflict,
    TwoTexts,
    error_code,
)

ERRORS = {
    "name.missing": gettext_lazy("This field is required."),  # a text that Django translates
    "name.under_review": TwoTexts(member="We're checking %(name)s.", staff="%(name)s looks false."),
}


@pytest.fixture
def own_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The texts of this file in place of the product's, of which no language but English exists."""
    monkeypatch.setattr(errors, "_table_modules", [__name__])
    errors.error_texts.cache_clear()
    yield
    errors.error_texts.cache_clear()


def test_an_error_says_its_text_with_its_values() -> None:
    error = BusinessError("billing_cycle.not_valid", billing_cycle="weekly", field="cycle")
    assert str(error) == "weekly isn't a billing cycle."
    assert (error.code, error.field) == ("billing_cycle.not_valid", "cycle")
    assert error.values == {"billing_cycle": "weekly"}


def test_a_percent_sign_of_a_text_or_a_value_stays_one() -> None:
    assert (
        str(BusinessError("promo_code.discount_not_valid"))
        == "Enter a discount of up to 100%, or an amount."
    )
    error = BusinessError("billing_cycle.not_valid", billing_cycle="50 %(off)s")
    assert str(error) == "50 %(off)s isn't a billing cycle."


def test_an_error_without_a_text_says_its_code() -> None:
    assert str(BusinessError("nobody.knows_this", name="x")) == "nobody.knows_this"


def test_the_text_is_in_the_language_of_who_reads_it(own_table: None) -> None:
    error = BusinessError("name.missing")
    assert str(error) == "This field is required."
    with override("de"):
        assert str(error) == "Dieses Feld ist erforderlich."


def test_members_and_staff_may_read_the_same_code_in_other_words(own_table: None) -> None:
    error = BusinessError("name.under_review", name="x")
    assert (str(error), error.staff_text) == ("We're checking x.", "x looks false.")
    assert BusinessError("name.missing").staff_text == "This field is required."


def test_an_error_is_the_same_after_it_was_copied() -> None:
    for error in (
        BusinessError("price.negative", field="price"),
        StateConflict("billed_period.undecided", name="void"),
        PermissionDenied("tokens.manage"),
    ):
        for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
            assert type(same) is type(error)
            assert (str(same), same.code, same.field) == (str(error), error.code, error.field)


def test_a_missing_right_is_named() -> None:
    denied = PermissionDenied("tokens.manage")
    assert (denied.right, denied.code) == ("tokens.manage", "right.missing")
    assert (
        str(denied)
        == "You need the permission tokens.manage to do this. Ask an owner of the account."
    )


def test_only_a_business_error_has_a_code() -> None:
    assert error_code(StateConflict("job.taken")) == "job.taken"
    assert error_code(ValueError("job.taken")) == ""
    assert error_code(None) == ""
