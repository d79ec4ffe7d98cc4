"""Two tabs on one form: neither loses what the other one changed, and nothing that was typed is lost (portal.md 5)."""

import re
from html import unescape
from typing import Any

import pytest

from commerce.accounts.actions.mail_preferences import mail_preferences
from commerce.accounts.models import Client, CustomField, CustomValue, Membership, User
from commerce.accounts.rules import custom_field_key
from commerce.portal.base.merging import SHOWN_VALUES
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.sign_in import make_alice, new_browser, send_sign_in_form
from tests.portal.conftest import PortalCast

PROFILE = "/client/profile"


def opened(web: HttpsTestClient, path: str) -> dict[str, Any]:
    """What the page's own form would send untouched."""
    return values(web.get(path).content.decode())


def values(page: str) -> dict[str, Any]:
    found = re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL)
    (form,) = [one for one in found if f'name="{SHOWN_VALUES}"' in one]
    ticked = {
        name: re.findall(rf'name="{name}" value="([^"]+)"[^>]* checked', form)
        for name in ("rights", "groups")
        if f'name="{name}"' in form
    }
    return form_values(form) | ticked


def test_a_tab_that_was_open_longer_took_back_what_another_one_saved(cast: PortalCast) -> None:
    web, other = cast.browse(cast.alice), cast.browse(cast.bob)
    first, second = opened(web, PROFILE), opened(other, PROFILE)
    assert other.post(PROFILE, second | {"phone": "+49 30 1"}).status_code == 303
    assert web.post(PROFILE, first | {"city": "Oslo", "company": ""}).status_code == 303
    client = Client.objects.get(pk=cast.client.pk)
    assert (client.city, client.phone, client.company) == ("Oslo", "+49 30 1", "")


def test_what_both_changed_is_asked_again_and_then_saved(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    first, second = opened(web, PROFILE), opened(web, PROFILE)
    web.post(PROFILE, second | {"city": "Rome", "country": "IT"})
    answer = web.post(PROFILE, first | {"city": "Oslo", "country": "NO"})
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert "This was changed to “Rome” after you opened the page." in page
    assert "This was changed to “Italy” after you opened the page." in page
    assert 'value="Oslo"' in page
    assert Client.objects.get(pk=cast.client.pk).city == "Rome"
    assert web.post(PROFILE, values(answer.content.decode())).status_code == 303
    client = Client.objects.get(pk=cast.client.pk)
    assert (client.city, client.country) == ("Oslo", "NO")


def test_both_changed_it_to_the_same_is_nothing_to_ask_about(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    first, second = opened(web, PROFILE), opened(web, PROFILE)
    for form in (second, first):
        assert web.post(PROFILE, form | {"city": "Rome"}).status_code == 303


def test_custom_fields_are_merged_too(cast: PortalCast) -> None:
    names = ("Fleet", "Depot")
    fleet, depot = [
        CustomField.objects.create(name=name, type="text", position=1) for name in names
    ]
    web = cast.browse(cast.alice)
    first, second = opened(web, PROFILE), opened(web, PROFILE)
    web.post(PROFILE, second | {custom_field_key(fleet.pk): "vans"})
    web.post(PROFILE, first | {custom_field_key(depot.pk): "north"})
    assert set(CustomValue.objects.values_list("value", flat=True)) == {"vans", "north"}


def test_each_tick_counts_for_itself(cast: PortalCast) -> None:
    """Two owners, one member: what one gave and what the other took are both so."""
    bob = Membership.objects.get(user=cast.bob)
    path, web = f"/client/members/{bob.pk}", cast.browse(cast.alice)
    first, second = opened(web, path), opened(web, path)
    web.post(path, second | {"rights": [*second["rights"], "tokens.manage"]})
    web.post(path, first | {"rights": [one for one in first["rights"] if one != "orders.place"]})
    bob.refresh_from_db()
    assert "tokens.manage" in bob.rights
    assert "orders.place" not in bob.rights
    assert "invoices.pay" in bob.rights


def test_preferences_are_merged_too(cast: PortalCast) -> None:
    web, path = cast.browse(cast.alice), "/client/notifications"
    first, second = opened(web, path), opened(web, path)
    assert first["groups"] == ["services", "domains"]
    web.post(path, second | {"groups": ["services", "domains", "billing"]})
    web.post(path, first | {"groups": ["services"]})
    member = Membership.objects.get(user=cast.alice)
    assert mail_preferences(member) == {"billing": True, "services": True, "domains": False}
    path = "/client/security/language"
    first, second = opened(web, path), opened(web, path)
    web.post(path, second | {"time_zone": "Europe/Berlin"})
    assert web.post(path, first).status_code == 303
    assert User.objects.get(pk=cast.alice.pk).time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    "odd", ["", "{", "[]", '{"city": 1}', '{"city": {}}', "[" * 100_000, "null"]
)
def test_a_form_that_does_not_say_what_it_showed_changes_all_of_it(
    cast: PortalCast, odd: str
) -> None:
    web = cast.browse(cast.alice)
    form = opened(web, PROFILE) | {SHOWN_VALUES: odd, "city": "Oslo"}
    assert web.post(PROFILE, form).status_code == 303
    assert Client.objects.get(pk=cast.client.pk).city == "Oslo"


@pytest.fixture
def tab(db: None) -> HttpsTestClient:
    """A tab of Alice with a form whose token is older than her session."""
    make_alice()
    web = new_browser()
    web.handler.enforce_csrf_checks = True
    return web


def sign_in(web: HttpsTestClient) -> str:
    """Signs in as the page does; the token that its pages hold from then on."""
    web.handler.enforce_csrf_checks = False
    send_sign_in_form(web)
    web.handler.enforce_csrf_checks = True
    return str(opened(web, "/client/notifications")["csrfmiddlewaretoken"])


def test_a_form_was_lost_when_its_sender_had_signed_in_again_in_another_tab(
    tab: HttpsTestClient,
) -> None:
    old = sign_in(tab)
    tab.handler.enforce_csrf_checks = False
    tab.post("/client/logout")
    sign_in(tab)
    form = {"csrfmiddlewaretoken": old, "city": "A long walk from here", "password": "hush-hush"}
    foreign = tab.post(PROFILE, form, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "long walk" not in tab.get(PROFILE).content.decode()
    answer = tab.post(PROFILE, form, headers={"origin": "https://localhost"})
    assert (answer.status_code, answer["Location"]) == (303, PROFILE)
    assert Client.objects.get().city == "Berlin"
    page = tab.get(PROFILE).content.decode()
    assert 'value="A long walk from here"' in page
    assert "hush-hush" not in page
    assert "submitted yet" in page


def test_a_form_that_comes_back_takes_back_nothing_that_others_changed(
    tab: HttpsTestClient,
) -> None:
    sign_in(tab)
    form = opened(tab, PROFILE)
    tab.handler.enforce_csrf_checks = False
    tab.post("/client/logout")
    sign_in(tab)
    tab.post(PROFILE, form | {"phone": "+49 30 1"}, headers={"origin": "https://localhost"})
    Client.objects.update(city="Rome")  # by another member, before the form is sent again
    tab.handler.enforce_csrf_checks = False
    assert tab.post(PROFILE, opened(tab, PROFILE)).status_code == 303
    client = Client.objects.get()
    assert (client.city, client.phone) == ("Rome", "+49 30 1")
