"""The banner over an address that refused several mails, and its button (notifications.md 4)."""

import pytest

from commerce.mail.models import SuppressedAddress
from tests.make import AT
from tests.portal.conftest import PortalCast

SAYS = "are bouncing"


@pytest.fixture
def bills(cast: PortalCast) -> str:
    """The billing e-mail; mails to it and to Alice came back."""
    for email in ("Alice@example.com", cast.client.email):
        SuppressedAddress.objects.create(email=email, suppressed_at=AT)
    return cast.client.email


def stopped() -> set[str]:
    return set(
        SuppressedAddress.objects.exclude(suppressed_at=None).values_list("email", flat=True)
    )


def test_each_page_says_which_address_gets_no_mail_until_its_owner_says_that_it_works(
    cast: PortalCast, bills: str
) -> None:
    page = cast.browse(cast.alice)
    assert page.get("/client/services").text.count(SAYS) == 2
    for email in ("alice@example.com", bills):
        answer = page.post("/client/notifications/address", {"email": email})
        assert (answer.status_code, answer["Location"]) == (303, "/client/notifications")
    assert SAYS not in page.get("/client/services").text
    assert not stopped()


def test_who_cannot_change_the_billing_address_is_asked_of_his_own_only(
    cast: PortalCast, bills: str
) -> None:
    page = cast.browse(cast.tess)
    assert SAYS not in page.get("/client/services").text
    page.post("/client/notifications/address", {"email": bills})
    assert bills in stopped()
