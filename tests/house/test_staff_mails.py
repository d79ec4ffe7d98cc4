"""Each mail to staff has a permission, a page where it is done, and words for who chooses it (notifications.md 2); each
mail of all has words and a cause for who asks why it was sent.
"""

import ast

import pytest
from django.urls import resolve

from commerce.accounts.staff_mail.labels import STAFF_EVENT_LABELS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.settings.groups import SETTING_GROUPS
from commerce.backoffice.system.mail_causes import MAIL_CAUSES
from commerce.backoffice.system.mail_words import CLIENT_EVENT_LABELS, EVENT_LABELS, STEP_LABELS
from commerce.daily_steps import DAILY_STEPS
from commerce.mail.mail_events import MAIL_EVENTS, STAFF_VARIABLES
from commerce.mail.rendering import shipped_template
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.house.source import PACKAGE

STAFF_EVENTS = {name: kind for name, kind in MAIL_EVENTS.items() if kind.group == "staff"}
LANGUAGES = ("en", "de", "fr", "es", "nl", "ar")


def _pages() -> list[str]:
    """The page of each call of ``send_staff_email``, with 1 for what is told when it runs."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        if "send_staff_email(" not in (text := path.read_text("utf-8")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "send_staff_email":
                page = next(one.value for one in node.keywords if one.arg == "page")
                found += _texts(page)
    return found


def _texts(page: ast.expr) -> list[str]:
    if isinstance(page, ast.IfExp):
        return _texts(page.body) + _texts(page.orelse)
    if isinstance(page, ast.Constant):
        return [str(page.value)]
    if isinstance(page, ast.Attribute):  # of a remote: tests/mail/test_staff_mails.py opens those
        return []
    assert isinstance(page, ast.JoinedStr), ast.unparse(page)
    return ["".join(p.value if isinstance(p, ast.Constant) else "1" for p in page.values)]  # type: ignore[misc]


def test_each_event_is_for_a_permission() -> None:
    assert {name for name, kind in STAFF_EVENTS.items() if not kind.permissions} == {"daily_digest"}
    known = set(StaffPermission)
    assert all(known.issuperset(kind.permissions) for kind in STAFF_EVENTS.values())
    assert all(set(STAFF_VARIABLES) <= set(kind.variables) for kind in STAFF_EVENTS.values())


def test_each_event_has_words_for_who_chooses_it() -> None:
    assert STAFF_EVENT_LABELS.keys() == STAFF_EVENTS.keys()


def test_each_page_of_a_mail_is_one_of_the_staff_area() -> None:
    pages = _pages()
    assert len(pages) > 25
    for page in pages:
        match = resolve(f"/admin/{page.partition('?')[0]}", "commerce.config.staff_urls")
        assert match.url_name != "catch_all", page


@pytest.mark.parametrize("locale", LANGUAGES)
def test_each_mail_leads_there_and_to_no_command_line(locale: str) -> None:
    for event in STAFF_EVENTS:
        template = shipped_template(event, locale)
        if template is None and locale != "en":  # not translated yet: the English one is sent
            continue
        assert template is not None, event
        assert template.text.rstrip().endswith("{task_url}"), event
        assert "commerce " not in template.text, event
        assert not template.subject.startswith("{count}"), f"{event}: it may be one"
        keys = {key for key in SETTING_DEFINITIONS if key in template.text}
        assert not keys, f"{event}: {keys}"


def test_each_event_has_words_and_a_cause() -> None:
    assert EVENT_LABELS.keys() == MAIL_EVENTS.keys() == MAIL_CAUSES.keys()
    assert not CLIENT_EVENT_LABELS.keys() & STAFF_EVENT_LABELS.keys()
    words = [str(text) for text in EVENT_LABELS.values()]
    assert len(set(words)) == len(words)


def test_each_cause_names_steps_and_settings_that_there_are() -> None:
    steps = {step for cause in MAIL_CAUSES.values() for step in cause.steps}
    assert steps <= STEP_LABELS.keys()
    assert [*STEP_LABELS] == [step.name for step in DAILY_STEPS]
    known = {key for group in SETTING_GROUPS.values() for key in group.setting_keys()}
    assert {key for cause in MAIL_CAUSES.values() for key in cause.settings} <= known
