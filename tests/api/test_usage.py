"""When and from where a token was last used (client-api.md 3)."""

from datetime import timedelta

import pytest

from commerce.api import usage
from commerce.kit import clock
from tests.make import AT, make_token
from tests.make.api import call

pytestmark = pytest.mark.django_db


def test_a_use_is_written_at_most_once_a_minute_and_changes_no_tag() -> None:
    token, plain = make_token()
    with clock.frozen(AT):
        etag = call("/me", plain, address="2001:db8::7").headers["etag"]
        usage.write_pending()
        token.refresh_from_db()
        assert (token.last_used_at, token.last_used_from) == (AT, "2001:db8::7")
    with clock.frozen(AT + timedelta(seconds=59)):
        assert call("/me", plain).headers["etag"] == etag
        usage.write_pending()
        token.refresh_from_db()
        assert token.last_used_at == AT
    with clock.frozen(AT + timedelta(seconds=61)):
        call("/me", plain)
        usage.write_pending()
        token.refresh_from_db()
        assert token.last_used_at == AT + timedelta(seconds=61)


def test_a_failure_to_write_it_fails_no_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise OSError("the disk is full")

    _, plain = make_token()
    monkeypatch.setattr(usage, "note_use", fail)
    assert call("/me", plain).status == 200
    usage.write_pending()
    assert "could not be written" in caplog.text


def test_a_refused_token_notes_nothing() -> None:
    token, plain = make_token(networks=["192.0.2.0/24"])
    call("/me", plain)
    call("/me", plain[:-1])
    usage.write_pending()
    token.refresh_from_db()
    assert token.last_used_at is None
