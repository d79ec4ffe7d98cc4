"""Sessions are found by their keys, until they end."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F

from commerce.accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db


def test_a_session_is_found_until_it_ends() -> None:
    made = SessionStore()
    made["kept"] = "ä"
    made.save()
    found = SessionStore(made.session_key)
    assert (found["kept"], found.session_key) == ("ä", made.session_key)
    day = timedelta(days=1)
    Session.objects.update(expire_date=F("expire_date") - day - timedelta(hours=12))
    ended = SessionStore(made.session_key)
    assert (ended.get("kept"), ended.session_key) == (None, None)


@pytest.mark.parametrize("key", ["of-nobody-at-all", None])
def test_an_unknown_key_is_no_session(key: str | None) -> None:
    store = SessionStore(key)
    assert (store.get("kept"), store.session_key) == (None, None)
