"""Registrars that refuse, are silent or slow, answer nonsense, or tell our secrets back (domains.md 6)."""

import logging
import time

import pytest

from commerce.domains.registrars.contract import Registrar, RegistrarProblem
from tests.domains.registrars.contract_cases import (
    ALICE,
    CODE,
    OPERATIONS,
    each_operation,
    expiry,
    prepare,
)
from tests.domains.registrars.sides import CONTACTS, RegistrarSide


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ("register", RegistrarProblem.RETRY),
        ("register", RegistrarProblem.REFUSED),
        ("register", RegistrarProblem.TAKEN),
        ("register", RegistrarProblem.AUTH),
        ("renew", RegistrarProblem.REFUSED),
        ("renew", RegistrarProblem.NOT_FOUND),
        ("transfer", RegistrarProblem.WRONG_CODE),
        ("transfer", RegistrarProblem.REFUSED),
        ("info", RegistrarProblem.NOT_FOUND),
        ("info", RegistrarProblem.AUTH),
        ("set_nameservers", RegistrarProblem.REFUSED),
        ("test", RegistrarProblem.AUTH),
    ],
)
def test_each_problem_has_its_name(
    side: RegistrarSide, registrar: Registrar, operation: str, problem: RegistrarProblem
) -> None:
    if problem not in side.problems:
        pytest.skip("this registrar tells it later, by info")
    prepare(side, operation)
    side.refuses(operation, problem)
    result = OPERATIONS[operation](registrar)
    assert result.problem == problem, result
    assert result.message
    assert result.data is None


def test_a_key_that_is_not_accepted_is_told_by_each_operation(side: RegistrarSide) -> None:
    registrar = side.registrar(wrong_key=True)
    for name in each_operation(registrar):
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.AUTH, name


@pytest.mark.parametrize("kind", ["dead", "error", "garbage"])
def test_silence_is_to_be_tried_again(side: RegistrarSide, registrar: Registrar, kind: str) -> None:
    for name in each_operation(registrar):
        prepare(side, name)
        side.fails(name, kind)
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.RETRY, name
        side.account.names.clear()
        side.account.elsewhere.clear()


def test_no_answer_of_another_form_raises_anything(side: RegistrarSide) -> None:
    registrar = side.registrar(seconds=2)
    for body in side.hostile:
        side.says(body)
        for name in each_operation(registrar):
            result = OPERATIONS[name](registrar)
            assert result.problem in RegistrarProblem, (name, body[:60], result)


def test_an_answer_without_end_is_not_read(side: RegistrarSide, registrar: Registrar) -> None:
    side.fails("info", "huge")
    began = time.monotonic()
    assert registrar.info(ALICE).problem == RegistrarProblem.RETRY
    assert time.monotonic() - began < 15


def test_an_operation_ends_within_its_time_however_many_calls_it_takes(
    side: RegistrarSide,
) -> None:
    registrar = side.registrar(seconds=0.4)
    for name in ("register", "transfer", "info"):
        prepare(side, name)
        side.fails(name, "hangs")
        began = time.monotonic()
        assert OPERATIONS[name](registrar).problem == RegistrarProblem.RETRY, name
        assert time.monotonic() - began < 10, name
        side.account.names.clear()
        side.account.elsewhere.clear()


def test_no_secret_stands_in_a_message_a_log_or_a_repr(
    side: RegistrarSide, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    registrar = side.registrar()
    told = [repr(registrar), str(registrar)]
    for name in each_operation(registrar):
        if name != "get_code":  # what it gives is one
            prepare(side, name)
            told.append(repr(OPERATIONS[name](registrar)))
    side.account.hold("alice.com", expiry())
    assert registrar.get_code(ALICE).ok == registrar.capabilities.code
    side.echoes()
    for name in each_operation(registrar):
        result = OPERATIONS[name](registrar)
        assert not result.ok, name
        told.append(repr(result))
    told += [record.getMessage() for record in caplog.records]
    told += [str(record.exc_text or "") for record in caplog.records]
    everything = "\n".join(told)
    hidden = [*side.secrets, CODE, side.account.names["alice.com"].code]
    assert [secret for secret in hidden if secret in everything] == []
    assert caplog.records


def test_codes_never_stand_in_an_address(side: RegistrarSide, registrar: Registrar) -> None:
    side.account.elsewhere["alice.com"] = CODE
    assert registrar.transfer(ALICE, code=CODE, contacts=CONTACTS, key="1").ok
    assert [sent for sent in side.sent() if CODE in sent] == []
