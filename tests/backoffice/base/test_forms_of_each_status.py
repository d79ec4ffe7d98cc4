"""Each form of a service or domain opens in each of their statuses, with dates and with as few as can be: it says why
it can't be sent, and never fails.
"""

from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.domains.domains import DomainAdmin
from commerce.backoffice.sales.service_records import ServiceAdmin
from commerce.backoffice.site import staff_site
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from tests.make.browser import make_browser
from tests.make.people import make_client, make_user
from tests.make.records import make_domain, make_service
from tests.make.staff import staff_browser

pytestmark = pytest.mark.django_db

DATES = {
    Domain: ("next_due_date", "expiry_date", "registration_date"),
    Service: ("next_due_date", "ends_on"),
}


def records() -> list[Any]:
    """One of each status, as it comes to be."""
    owner = make_user("alice@example.com")
    client = make_client(owner=owner)
    domains = [make_domain(client, status) for status in DomainStatus]
    return [*domains, *(make_service(client, status) for status in ServiceStatus)]


def without_dates(record: Any) -> list[str]:
    """The dates that the record can be without; now it is."""
    gone = []
    for field in DATES[type(record)]:
        with suppress(IntegrityError), transaction.atomic():
            type(record).objects.filter(pk=record.pk).update(**{field: None})
            gone.append(field)
    return gone


def admin_of(model: Any) -> RecordAdmin:
    kinds = {Domain: DomainAdmin, Service: ServiceAdmin}
    (found,) = (one for one in staff_site.record_admins if type(one) is kinds[model])
    return found


def test_each_opens() -> None:
    staff = staff_browser()
    for record in records():
        admin = admin_of(type(record))
        member = make_browser(record.client.memberships.get().user, acting=record.client)
        for lacks in (None, without_dates):
            gone = lacks(record) if lacks else []
            if lacks and not gone:
                continue
            for action in admin.record_actions:
                where = record.status, gone, action.name
                answer = staff.get(f"/admin/{admin.slug}/{record.pk}/{action.name}")
                assert answer.status_code in (200, 302, 303), where
            assert staff.get(admin.record_url(record)).status_code == 200, where
            assert member.get(f"/client/{admin.slug}/{record.pk}").status_code == 200, where


def test_a_domain_without_a_due_date_renews_with_the_reason_against_it() -> None:
    domain = make_domain(status="transferred_away")
    Domain.objects.filter(pk=domain.pk).update(next_due_date=None)
    page = staff_browser().get(f"/admin/domains/{domain.pk}/renew")
    assert page.status_code == 200
    assert "This is only available for active or expired domains." in page.content.decode()
