"""Each mail to staff, as each role gets it that reads Arabic: in their language to the last word, with one button that
leads to a page that they may open.
"""

import re

import pytest
from django.conf import settings
from django.urls import resolve

from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import ShippedRole
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.site import staff_site
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.rendering import RenderedMail, company_variables, render_mail, template_for
from commerce.site_settings.actions import set_setting
from tests.mail.staff_scenes import CTX, SCENES
from tests.mail.test_each_event import CAUSES, EventScene
from tests.make import AT, make_client, make_user
from tests.make.records import make_server
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db
STAFF_EVENTS = {name for name, kind in MAIL_EVENTS.items() if kind.group == "staff"}
NAMES = re.compile(
    r"https?://\S+|\S+@\S+|commerce\.tar\.gz|\S+\.(example|net|com)\b|«[^»]*»|\(stripe\)"
    r"|\b(Jane|Smith|Starter|Plan|Weber|Media|Worker|Stripe|OpenSRS|PowerDNS|VIES|DNS(SEC)?|PDF|VAT|USD|EUR|UTC|GMT"
    r"|INV|ORD|Q|SE|INVALID_INPUT|U5-(length|once)|web|European|No|too dear)(?![A-Za-z])[\d-]*",
)
"""What has no other name in Arabic; names of steps stand in quotation marks."""
LATIN = re.compile(r"[A-Za-z][A-Za-z._-]*")


def _told(event: str) -> list[OutgoingMail]:
    """What staff hear of it, who read Arabic."""
    set_setting(key="locale.enabled", value="en,ar", ctx=CTX)
    for role in ShippedRole:
        make_staff(role, user=make_user(locale="ar"), with_factor=False)
    make_server(name="web1")
    alice = make_user("alice@example.com")
    client = make_client(owner=alice, email="bills@example.org", company="Weber Media")
    if event in SCENES:
        SCENES[event](client)
    else:
        CAUSES[event][0](EventScene(client, alice))
    while jobs := list(Job.objects.due(AT).exclude(action__in=["mail.send", "documents.make"])):
        for job in jobs:
            run_job(job, at=AT)
    return list(OutgoingMail.objects.filter(event=event))


def _rendered(mail: OutgoingMail) -> RenderedMail:
    template = template_for(mail.event, mail.locale)
    assert template is not None
    return render_mail(template, {**company_variables(), **mail.values}, locale=mail.locale)


def _may_open(mail: OutgoingMail) -> bool:
    """Whether its reader may open the page that it leads to."""
    staff = Staff.objects.get(user__email=mail.recipient)
    address = mail.values["task_url"].removeprefix(settings.COMMERCE_URL).partition("?")[0]
    page = resolve(address, "commerce.config.staff_urls")
    assert page.url_name is not None
    return are_enough(staff.all_permissions, staff_site.rules[page.url_name].read)


def test_each_event_has_a_scene() -> None:
    assert STAFF_EVENTS - CAUSES.keys() - {"daily_digest"} == SCENES.keys()


@pytest.mark.parametrize("event", sorted(STAFF_EVENTS - {"daily_digest"}))
def test_it_is_in_the_language_and_within_reach_of_its_reader(event: str) -> None:
    mails = _told(event)
    assert mails
    assert all(map(_may_open, mails))
    for mail in {mail.idempotency_key: mail for mail in mails}.values():
        assert mail.locale == "ar"
        made = _rendered(mail)
        text = f"{made.subject}\n{made.text.partition('-- ')[0]}"
        assert LATIN.findall(NAMES.sub("", text)) == [], text
        button = f'<a class="button" href="{settings.COMMERCE_URL}/admin/'
        assert made.html.count('class="button"') == made.html.count(button) == 1
