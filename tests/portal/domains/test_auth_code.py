"""The authorization code of a domain: who sees it, how often, and where it never stands (domains.md 5)."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.domains.models import Domain
from commerce.kit import clock
from commerce.kit.remote import page_limits
from commerce.kit.remote.time_limits import seconds_left
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.browser import HttpsTestClient, hidden_field
from tests.make.people import AT, PASSWORD
from tests.make.records import make_domain
from tests.make.table_digests import table_digests
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import read, text_of

CODE = "xX9-secret-code"


class CountedCodes(dict[str, str]):
    """The codes at the registrar: how often one was asked for, and how long that may last."""

    asked = 0
    seconds = 0.0

    def get(self, *name: Any) -> Any:
        self.asked, self.seconds = self.asked + 1, seconds_left()
        return super().get(*name)


@pytest.fixture(autouse=True)
def remote(db: None) -> Iterator[RemoteRegistry]:
    """A registrar that hands out codes."""
    with remote_registrar() as registry:
        registry.codes = CountedCodes()
        yield registry


def asked(remote: RemoteRegistry) -> int:
    """How often a code was fetched there."""
    assert isinstance(remote.codes, CountedCodes)
    return remote.codes.asked


def unlocked(cast: PortalCast, remote: RemoteRegistry, **over: Any) -> Domain:
    """A domain whose code can be seen."""
    domain = make_domain(cast.client)
    Domain.objects.filter(pk=domain.pk).update(**{"registrar": "remote", "is_locked": False} | over)
    domain.refresh_from_db()
    remote.codes[domain.domain_name] = CODE
    return domain


def path_of(domain: Domain) -> str:
    return f"/client/domains/{domain.pk}/authorization-code"


def shown(web: HttpsTestClient, domain: Domain, **over: str) -> Any:
    """The answer to the form as a person sends it."""
    key = hidden_field(web.get(path_of(domain)).content.decode(), "form_key")
    return web.post(path_of(domain), {"form_key": key, "password": PASSWORD} | over)


def test_it_is_in_one_reply_that_nobody_keeps(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.tess)
    assert CODE not in web.get(path_of(domain)).content.decode()
    answer = shown(web, domain)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert CODE in answer.content.decode()
    assert CODE not in web.get(path_of(domain)).content.decode()
    assert CODE not in web.get(f"/client/domains/{domain.pk}").content.decode()


def test_it_stands_in_no_table_and_no_log(
    cast: PortalCast, remote: RemoteRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    with caplog.at_level(logging.DEBUG), CaptureQueriesContext(connection) as queries:
        assert CODE in shown(web, domain).content.decode()
    assert not [one for one in queries.captured_queries if CODE in one["sql"]]
    assert CODE not in caplog.text


def test_without_the_password_there_is_none(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    with clock.freeze_time(AT + timedelta(minutes=11)):  # the password of the sign-in counts for 10
        for wrong in ({"password": ""}, {"password": "wrong"}, {"form_key": ""}):
            answer = shown(web, domain, **wrong)
            assert answer.status_code == 422, wrong
            assert CODE not in answer.content.decode()
            assert 'value="wrong"' not in answer.content.decode()
    assert asked(remote) == 0


def test_a_password_given_lately_is_enough(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    assert shown(web, domain).status_code == 200
    key = hidden_field(web.get(path_of(domain)).content.decode(), "form_key")
    assert CODE in web.post(path_of(domain), {"form_key": key}).content.decode()
    with clock.freeze_time(AT + timedelta(minutes=11)):
        assert web.post(path_of(domain), {"form_key": f"{key}2"}).status_code == 422


def test_the_same_form_twice_shows_it_once(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    key = hidden_field(web.get(path_of(domain)).content.decode(), "form_key")
    form = {"form_key": key, "password": PASSWORD}
    assert CODE in web.post(path_of(domain), form).content.decode()
    again = web.post(path_of(domain), form)
    assert (again.status_code, again["Location"]) == (303, f"/client/domains/{domain.pk}")
    assert "The code was shown only once." in read(web, f"/client/domains/{domain.pk}")
    assert asked(remote) == 1


def test_while_the_lock_is_on_it_is_neither_offered_nor_fetched(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    domain, web = unlocked(cast, remote, is_locked=True), cast.browse(cast.alice)
    for send, form in ((web.get, {}), (web.post, {"form_key": "k", "password": PASSWORD})):
        answer = send(path_of(domain), form)
        assert answer["Location"] == f"/client/domains/{domain.pk}"
        assert "Turn off the transfer lock first." in read(web, f"/client/domains/{domain.pk}")
    assert asked(remote) == 0


def test_five_a_day(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    for _ in range(5):
        assert shown(web, domain).status_code == 200
    sixth = shown(web, domain)
    assert sixth.status_code == 422
    assert CODE not in sixth.content.decode()
    with clock.freeze_time(AT + timedelta(days=1, minutes=1)):
        web = cast.browse(cast.alice)
        assert shown(web, domain).status_code == 200


def test_a_registrar_that_is_silent_costs_no_try_and_the_form_can_be_sent_again(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    key = hidden_field(web.get(path_of(domain)).content.decode(), "form_key")
    form = {"form_key": key, "password": PASSWORD}
    remote.is_down = True
    before = table_digests(without={"sessions.Session", "usersessions.UserSession"})
    answer = web.post(path_of(domain), form)
    assert answer.status_code == 422
    assert "no answer" not in answer.content.decode()
    assert table_digests(without={"sessions.Session", "usersessions.UserSession"}) == before
    remote.is_down = False
    assert CODE in web.post(path_of(domain), form).content.decode()


def test_ten_fetches_an_hour_may_fail(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    remote.is_down = True
    codes = [shown(web, domain).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
    remote.is_down = False
    assert shown(web, domain).status_code == 429


def test_it_is_not_fetched_by_being_looked_at(cast: PortalCast, remote: RemoteRegistry) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    for _ in range(2):
        web.get(path_of(domain))
        web.head(path_of(domain))
    assert asked(remote) == 0


def test_a_slow_registrar_has_the_time_of_a_page_and_leaves_a_thread(
    cast: PortalCast, remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, web = unlocked(cast, remote), cast.browse(cast.alice)
    monkeypatch.setattr(page_limits, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(page_limits, "_turns", BoundedSemaphore(1))
    with page_limits.page_limits():  # another page waits for a registrar
        answer = shown(web, domain)
    assert answer.status_code == 422
    assert asked(remote) == 0
    assert "Try again in a few minutes." in text_of(answer.content.decode())
    assert CODE in shown(web, domain).content.decode()
    assert isinstance(remote.codes, CountedCodes)
    assert 0 < remote.codes.seconds <= page_limits.PAGE_SECONDS
