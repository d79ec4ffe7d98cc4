"""Registering by hand: whether a name is free is asked of its registry, all else is a to-do."""

from threading import Barrier

import pytest

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.registry import get_registrar
from tests.doubles.rdap import FakeRdap


def test_a_name_that_its_registry_has_is_taken(registry: FakeRdap) -> None:
    registry.shows_domain("example.com")
    manual = get_registrar("manual")
    taken, free = (manual.check_one(label, "com") for label in ("example", "harbour-lights"))
    assert taken.data is not None
    assert not taken.data.is_available
    assert free.data is not None
    assert free.data.is_available


def test_a_name_that_cannot_be_looked_up_is_not_available(registry: FakeRdap) -> None:
    registry.shows("/domain/example.com", b"", 503)
    manual = get_registrar("manual")
    for answer in (manual.check_one("example", "com"), manual.check_one("example", "nowhere")):
        assert (answer.data, answer.problem) == (None, RegistrarProblem.MANUAL)
        assert answer.message.startswith("Check whether example.")


def test_tlds_are_asked_side_by_side(registry: FakeRdap, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.shows_domain("example.co.uk")
    asked, answer_to = Barrier(3, timeout=60), registry.answer_to

    def answer_when_all_are_asked(path: str) -> tuple[int, dict[str, str], bytes]:
        asked.wait()
        return answer_to(path)

    monkeypatch.setattr(registry, "answer_to", answer_when_all_are_asked)
    found = get_registrar("manual").check_bulk("example", ["com", "co.uk", "xn--p1ai", "nowhere"])
    available = {tld: answer.data and answer.data.is_available for tld, answer in found.items()}
    assert available == {"com": True, "co.uk": False, "xn--p1ai": True, "nowhere": None}
