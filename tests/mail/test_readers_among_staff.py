"""Who on the staff reads of an event, and why they do: by their permissions alone (support-and-content.md 8)."""

import pytest
from django.conf import settings
from django.utils import translation

from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.models import Staff
from commerce.accounts.recipients import send_staff_email, staff_recipients
from commerce.accounts.staff_rules import StaffPermission
from commerce.mail.mail_events import MAIL_EVENTS
from tests.make import AT
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db
PERMISSIONS_OF_EVENTS = [
    (event, permission)
    for event, kind in sorted(MAIL_EVENTS.items())
    for permission in kind.permissions
]


@pytest.mark.parametrize(("event", "permission"), PERMISSIONS_OF_EVENTS)
def test_who_lacks_the_permission_gets_nothing(event: str, permission: str) -> None:
    others = [one for one in StaffPermission if one != permission]
    make_staff("support", permissions=others, with_factor=False)
    bea = make_staff("support", "bea@example.com", permissions=[permission], with_factor=False)
    tell = {"page": "dashboard", "values": {}, "at": AT, "permission": permission}
    (mail,) = send_staff_email(event=event, idempotency_key="1", **tell)
    assert mail.recipient == "bea@example.com"
    Staff.objects.filter(pk=bea.pk).update(is_active=False)
    assert [one.status for one in send_staff_email(event=event, idempotency_key="2", **tell)] == [
        "skipped"
    ]


def test_the_reason_is_in_each_language() -> None:
    make_staff(with_factor=False)
    for event, permission in PERMISSIONS_OF_EVENTS:
        (reader,) = staff_recipients(event, permission)
        label = PERMISSION_LABELS[StaffPermission(permission)]
        said = {}
        for locale, _name in settings.LANGUAGES:
            with translation.override(locale):
                said[locale] = (f"{reader.more['why']}".replace(f"{label}", "…"), f"{label}")
        assert len({why for why, _label in said.values()}) == len(settings.LANGUAGES)
        assert [locale for locale in said if said[locale][1] == said["en"][1]] == ["en"], permission
