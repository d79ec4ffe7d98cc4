"""Gateways and registrars on pages: fields, on and off, and whether they answer."""

import pytest

from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from tests.backoffice.settings.test_setting_pages import CTX, sent
from tests.doubles.gateway import SECRET, FakeProvider
from tests.doubles.hostile import hostile_server
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


def test_a_new_address_wants_its_secrets_in_the_same_form(web: HttpsTestClient) -> None:
    """Whoever may change settings could have the password of the registry sent to himself."""
    path = "/admin/registrars/epp"
    own = {"host": "epp.example.net", "client_id": "reg-1", "password": "EPP-PASS"}
    typed = {f"registrar__epp__{name}": value for name, value in own.items()}
    web.post(path, sent(web, path, **typed))
    assert get_setting("registrar.epp.password") == "EPP-PASS"
    elsewhere = sent(web, path, registrar__epp__host="127.0.0.1")
    refused = web.post(path, elsewhere)
    assert refused.status_code == 422
    assert "Enter this again: you changed where it&#x27;s sent" in refused.text
    assert "EPP-PASS" not in refused.text
    assert get_setting("registrar.epp.host") == "epp.example.net"
    assert get_setting("registrar.epp.password") == "EPP-PASS"
    web.post(path, elsewhere | {"registrar.epp.password": "ANOTHER"})
    assert get_setting("registrar.epp.host") == "127.0.0.1"
    assert get_setting("registrar.epp.password") == "ANOTHER"
    reset = web.post(path, {"reset": "registrar.epp.host"}, follow=True)
    assert "Passwords and keys stored for the previous value were deleted." in reset.text
    assert get_setting("registrar.epp.password") == ""


def test_a_dns_server_at_a_new_address_is_not_asked_with_the_old_key(web: HttpsTestClient) -> None:
    path = "/admin/settings/dns"
    with hostile_server() as own, hostile_server() as foreign:
        own.says(b'{"version": "4.9.0"}')
        foreign.says(b'{"version": "4.9.0"}')
        for key, value in {
            "dns.nameservers": "ns1.example.net, ns2.example.net",
            "dns.powerdns.api_url": own.url,
            "dns.powerdns.api_key": "REAL-KEY",
        }.items():
            set_setting(key=key, value=value, ctx=CTX)
        changes = {"dns__powerdns__api_url": foreign.url, "dns__server": "powerdns"}
        assert web.post(path, sent(web, path, **changes)).status_code == 422
        web.post("/admin/settings/dns/test")
        set_setting(key="dns.powerdns.api_url", value=foreign.url, ctx=CTX)
        web.post(path, sent(web, path, dns__server="powerdns"))
        assert foreign.asked == []
        assert "REAL-KEY" not in str(own.asked)


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
