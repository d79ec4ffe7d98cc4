"""The landing page, the brand's files, and the pages for what goes wrong."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> Client:
    return Client(headers={"host": "localhost"})


def test_the_landing_page_leads_to_sign_in_and_registration(web: Client) -> None:
    page = web.get("/", secure=True).content.decode()
    assert 'href="/client/login"' in page
    assert 'href="/register"' in page


def test_404(web: Client) -> None:
    assert web.get("/nothing", secure=True).status_code == 404
