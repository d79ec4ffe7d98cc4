"""The end of acting for a client is in the audit log though nobody comes back to it (X15)."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from commerce.kit import clock
from commerce.timetable import PERIODIC_WORK
from tests.backoffice.audit.test_impersonation import acting, ends_recorded
from tests.make.people import make_client
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db


def test_its_end_is_recorded_when_nobody_comes_back() -> None:
    """Their sessions were deleted with those of others that had expired, and the log had no end."""
    client, staff = make_client(), make_staff()
    web = acting(client, staff)
    [of_sessions] = [one for one in PERIODIC_WORK if one.name == "sessions"]
    of_sessions.run(clock.now())
    assert ends_recorded(client) == []
    left = Session.objects.get(session_key=web.cookies[settings.SESSION_COOKIE_NAME].value)
    assert timedelta(minutes=70) < left.expire_date - timezone.now() <= timedelta(minutes=75)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        of_sessions.run(clock.now())
        assert ends_recorded(client) == [staff.pk]
    assert not Session.objects.exists()
