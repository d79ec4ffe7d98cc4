"""What is kept of calls to registrars: all that a dispute is about, and no secret (domains.md 6)."""

from contextlib import suppress

import pytest

from commerce.domains.registrars.contract import Registrar
from commerce.kit.json_log import log_context
from commerce.kit.remote.calls import LOGGED_BYTES, CallNote
from tests.domains.registrars.contract_cases import CODE, OPERATIONS, each_operation, prepare
from tests.domains.registrars.sides import RegistrarSide

type Kept = list[tuple[str, CallNote]]


@pytest.fixture
def kept(registrar: Registrar) -> Kept:
    """Each call with the name that it is about."""
    found: Kept = []

    def note_calls(about: str):  # type: ignore[no-untyped-def]
        return lambda call: found.append((about, call))

    registrar.note_calls = note_calls  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("is_echoed", [False, True])
def test_each_operation_keeps_its_calls_without_a_secret(
    side: RegistrarSide, registrar: Registrar, kept: Kept, *, is_echoed: bool
) -> None:
    """Codes that lead a name away, our keys, and passwords that are made: neither sent nor told back."""
    for operation in each_operation(registrar):
        side.account.names.clear()
        prepare(side, operation)
        if is_echoed:
            side.echoes()
        kept.clear()
        with log_context(job_id=7):
            OPERATIONS[operation](registrar)
        assert kept or (side.slug, operation) == ("epp", "test")  # a login, which is not
        if operation not in ("check_one", "test", "price_list", "read_messages"):
            assert {about for about, _call in kept} == {"alice.com"}
        codes = {CODE}
        with suppress(KeyError):
            codes.add(side.account.names["alice.com"].code)
        for _about, call in kept:
            text = f"{call.path}\n{call.request}\n{call.answer}"
            assert [one for one in (*side.secrets, *codes) if one in text] == [], operation
            assert len(call.answer.encode()) <= LOGGED_BYTES


def test_what_was_asked_and_answered_is_kept_also_without_an_answer(
    side: RegistrarSide, registrar: Registrar, kept: Kept
) -> None:
    prepare(side, "set_nameservers")
    assert OPERATIONS["set_nameservers"](registrar).ok
    assert any("a.dns.example" in call.request for _about, call in kept)
    assert all(call.status and call.answer for _about, call in kept)
    kept.clear()
    prepare(side, "set_nameservers")
    side.fails("set_nameservers", "dead")
    OPERATIONS["set_nameservers"](registrar)
    assert [call.status for _about, call in kept if not call.status] == [0]


def test_what_a_visitor_searches_for_is_kept_nowhere(registrar: Registrar, kept: Kept) -> None:
    """A stranger could fill the disk."""
    registrar.check_one("alice", "com")
    registrar.check_bulk("alice", ["com", "net"])
    assert kept == []


def test_a_call_that_cannot_be_kept_was_made_all_the_same(
    side: RegistrarSide, registrar: Registrar
) -> None:
    def full(about: str):  # type: ignore[no-untyped-def]
        def note(call: CallNote) -> None:
            raise OSError(f"the disk is full: {about}")

        return note

    registrar.note_calls = full  # type: ignore[attr-defined]
    prepare(side, "set_lock")
    assert OPERATIONS["set_lock"](registrar).ok
