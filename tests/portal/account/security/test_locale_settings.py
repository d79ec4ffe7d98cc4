"""`/client/security/language`, and where the choice counts: pages and mails (accounts.md 1, README 4)."""

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts import recipients
from commerce.accounts.actions.clients import change_client, suspend_client
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests.make.browser import make_browser
from tests.make.mails import commit_and_deliver
from tests.make.people import AT
from tests.portal.conftest import PortalCast

PATH = "/client/security/language"
NOON = "Apr 8, 2026, {}\N{NO-BREAK SPACE}PM\N{NO-BREAK SPACE}{}"


def choose(cast: PortalCast, **over: str) -> object:
    return cast.browse(cast.alice).post(PATH, {"locale": "en", "time_zone": "usual"} | over)


def test_no_page_let_a_person_choose_a_zone_of_his_own(cast: PortalCast) -> None:
    answer = choose(cast, time_zone="Europe/Berlin")
    assert (answer.status_code, answer["Location"]) == (303, PATH)
    web = cast.browse(cast.alice)
    assert NOON.format("4:33", "CEST") in web.get(PATH).content.decode()
    assert NOON.format("4:33", "CEST") in web.get("/client/security").content.decode()
    assert NOON.format("2:33", "UTC") in cast.browse(cast.bob).get(PATH).content.decode()


def test_a_zone_of_ones_own_can_be_given_up(cast: PortalCast) -> None:
    choose(cast, time_zone="Europe/Berlin")
    assert NOON.format("4:33", "CEST") in cast.browse(cast.alice).get(PATH).content.decode()
    choose(cast)
    cast.alice.refresh_from_db()
    assert cast.alice.time_zone == ""


def test_the_security_page_names_the_language(cast: PortalCast) -> None:
    """It said "en": a name of the page's own was taken by its frame."""
    page = cast.browse(cast.alice).get("/client/security").content.decode()
    assert '<span class="sub">English · <time' in page


def test_the_choice_is_audited_once(cast: PortalCast) -> None:
    for _ in range(2):
        choose(cast, time_zone="America/Argentina/Buenos_Aires")
    entry = AuditEntry.objects.get(action="user.reading_changed")
    assert (entry.record_kind, entry.record_id) == ("user", cast.alice.pk)
    assert entry.before == {"time_zone": ""}
    assert entry.after == {"time_zone": "America/Argentina/Buenos_Aires"}


@pytest.mark.parametrize(
    "over",
    [
        {"time_zone": "Mars/Phobos"},
        {"time_zone": "posixrules"},
        {"locale": "xx"},
        {"locale": ""},
        {"time_zone": ""},
    ],
)
def test_what_is_not_offered_is_refused(cast: PortalCast, over: dict[str, str]) -> None:
    assert choose(cast, **over).status_code == 422
    cast.alice.refresh_from_db()
    assert (cast.alice.locale, cast.alice.time_zone) == ("en", "")


def test_a_zone_that_has_no_name_of_today_stays_chosen(cast: PortalCast) -> None:
    type(cast.alice).objects.filter(pk=cast.alice.pk).update(time_zone="US/Eastern")
    page = cast.browse(cast.alice).get(PATH).content.decode()
    assert '<option value="US/Eastern" selected>' in page


def test_who_chose_none_reads_in_the_zone_of_the_installation(cast: PortalCast) -> None:
    set_setting(key="locale.display_zone", value="Asia/Tokyo", ctx=Context(AT, SYSTEM))
    page = cast.browse(cast.alice).get(PATH).content.decode()
    assert NOON.format("11:33", "JST") in page
    assert "Default (Asia/Tokyo)" in page


@pytest.fixture
def _three(settings: LazySettings, db: None) -> None:
    """A release of three languages, of which an installation offers two."""
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
    for key, value in (("locale.enabled", "de,en"), ("locale.default", "de")):
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


@pytest.mark.parametrize(
    ("asked", "kept", "shown"),
    [
        ("", "", "de"),
        (
            "fr-CA, fr;q=0.9",
            "",
            "de",
        ),  # it was English, which this installation does not speak first
        ("fr, en-GB;q=0.5", "", "en"),
        ("en", "fr", "en"),
        ("en", "de", "de"),
        ("*;q=1, \x00", "../de", "de"),
    ],
)
@pytest.mark.usefixtures("_three", "cast")
def test_a_guest_reads_in_a_language_that_is_offered(asked: str, kept: str, shown: str) -> None:
    web = make_browser()
    web.cookies["__Host-commerce_language"] = kept
    for path in ("/", "/client/dashboard", "/nothing"):
        answer = web.get(path, headers={"accept-language": asked})
        assert answer["Content-Language"] == shown
        assert "Accept-Language" in answer["Vary"]
    assert f'<html lang="{shown}">' in answer.content.decode()


@pytest.mark.usefixtures("_three")
def test_who_chose_a_language_that_is_no_longer_offered_reads_in_the_usual_one(
    cast: PortalCast,
) -> None:
    type(cast.alice).objects.filter(pk=cast.alice.pk).update(locale="fr")
    web = cast.browse(cast.alice)
    answer = web.get(PATH, headers={"accept-language": "en"})
    assert answer["Content-Language"] == "de"
    page = answer.content.decode()
    assert '<option value="de" selected>Deutsch</option>' in page
    assert "Français" not in page
    cast.alice.refresh_from_db()
    assert recipients.user_recipient(cast.alice).locale == "de"
    assert choose(cast, locale="fr").status_code == 422
    assert choose(cast, locale="en").status_code == 303
    assert web.get(PATH)["Content-Language"] == "en"


@pytest.mark.usefixtures("_three")
def test_a_client_is_written_to_in_a_language_that_is_offered(cast: PortalCast) -> None:
    with pytest.raises(BusinessError, match="Select a language from the list"):
        change_client(client=cast.client, locale="fr", ctx=Context(AT, SYSTEM))
    assert change_client(client=cast.client, locale="de", ctx=Context(AT, SYSTEM)).locale == "de"


@pytest.mark.usefixtures("_three")
def test_where_there_is_one_language_nobody_is_asked_for_it(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    pages = (PATH, "/client/profile")
    assert all('<select name="locale"' in web.get(path).content.decode() for path in pages)
    for key, value in (("locale.default", "en"), ("locale.enabled", "en")):
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    for path in pages:
        page = web.get(path).content.decode()
        assert '<input type="hidden" name="locale" value="en"' in page
        assert '<select name="locale"' not in page


def test_a_page_in_arabic_runs_from_the_right(cast: PortalCast, settings: LazySettings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "العربية")]
    set_setting(key="locale.enabled", value="en,ar", ctx=Context(AT, SYSTEM))
    assert choose(cast, locale="ar").status_code == 303
    page = cast.browse(cast.alice).get(PATH).content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert '<svg class="icon icon-pointing"' in page  # its arrow back points the other way
    assert ' dir="rtl"' not in make_browser().get("/").content.decode()


def test_a_suspended_client_does_not_keep_a_person_from_choosing(cast: PortalCast) -> None:
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    assert choose(cast, time_zone="Europe/Berlin").status_code == 303


def test_a_mail_tells_the_time_in_its_readers_zone(cast: PortalCast) -> None:
    choose(cast, time_zone="Europe/Berlin")
    with commit_and_deliver():
        cast.browse(cast.alice).post(f"/client/members/{cast.bob.memberships.get().pk}/remove")
    texts = {one.to[0]: str(one.body) for one in mail.outbox}
    assert "Apr 8, 2026, 4:33\u00a0PM\u00a0CEST" in texts["alice@example.com"]
    assert "Apr 8, 2026, 2:33\u00a0PM\u00a0UTC" in texts["bob@example.com"]


def test_whether_the_database_answers_is_told_without_asking_it_for_a_zone(db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert make_browser().get("/up").status_code == 200
    assert asked.captured_queries
    assert not [query["sql"] for query in asked.captured_queries if "FROM" in query["sql"]]
