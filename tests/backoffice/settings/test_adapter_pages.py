"""Gateways and registrars on pages: fields, on and off, and whether they answer."""

import pytest

from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from tests.backoffice.settings.test_setting_pages import CTX, sent
from tests.doubles.gateway import SECRET, FakeProvider
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
FAKE = "/admin/gateways/fake"


def test_a_gateway_is_configured_tested_and_switched_on(
    web: HttpsTestClient,
    provider: FakeProvider,
) -> None:
    web.post(f"{FAKE}/switch", {"enabled": "off"})
    web.post(FAKE, {"reset": "gateway.fake.token"})
    assert not get_setting("gateway.fake.enabled")
    refused = web.post(f"{FAKE}/switch", {"enabled": "on"}, follow=True)
    assert "Missing settings: Token." in refused.text
    typed = sent(web, FAKE, gateway__fake__token="wrong")
    web.post(FAKE, typed)
    assert "The token is not right." in web.post(f"{FAKE}/test", follow=True).text
    web.post(FAKE, sent(web, FAKE, gateway__fake__token=SECRET))
    page = web.post(f"{FAKE}/test", follow=True).text
    assert "Fake works. Nothing was charged." in page
    assert SECRET not in page
    assert "Fake is enabled." in web.post(f"{FAKE}/switch", {"enabled": "on"}, follow=True).text
    assert get_setting("gateway.fake.enabled")
    provider.silent.append("test")
    assert "Fake isn&#x27;t responding" in web.post(f"{FAKE}/test", follow=True).text


@pytest.mark.usefixtures("provider")
def test_a_secret_that_is_not_typed_again_stays(web: HttpsTestClient) -> None:
    page = web.post(FAKE, sent(web, FAKE), follow=True)
    assert "Nothing to change." in page.text
    assert get_setting("gateway.fake.token") == SECRET
    assert "/webhooks/fake" in page.text


def test_lists_say_what_is_missing(web: HttpsTestClient) -> None:
    assert "Secret key" in web.get("/admin/gateways").text
    assert "OpenSRS" in web.get("/admin/registrars").text
    for path in ("/admin/gateways/manual", "/admin/gateways/nope", "/admin/registrars/nope"):
        assert web.get(path).status_code == 404


def test_a_registrar_becomes_the_default_once_it_is_configured(
    web: HttpsTestClient,
) -> None:
    path = "/admin/registrars/opensrs"
    refused = web.post(f"{path}/default", follow=True).text
    assert "OpenSRS" in refused
    assert get_setting("domains.registrar") == "manual"
    typed = sent(
        web, path, registrar__opensrs__username="acme", registrar__opensrs__private_key="k"
    )
    web.post(path, typed)
    web.post(f"{path}/default")
    assert get_setting("domains.registrar") == "opensrs"
    set_setting(key="domains.registrar", value="manual", ctx=CTX)


def test_who_may_manage_servers_tests_a_registrar() -> None:
    admin = staff_browser(make_staff("admin"))
    path = "/admin/registrars/manual"
    assert "manual" in admin.post(f"{path}/test", follow=True).text.lower()
    assert admin.post(f"{path}/default").status_code == 403
    assert admin.get(f"{path}/test").status_code == 303
