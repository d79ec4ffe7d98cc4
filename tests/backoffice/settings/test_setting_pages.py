"""Settings on pages: grouped, searched, refused with the reason, told when somebody else was faster, never secret."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from commerce.audit.models import AuditEntry
from commerce.backoffice.settings.groups import SETTING_GROUPS
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


def sent(web: HttpsTestClient, path: str, **changes: str) -> dict[str, str]:
    """What a browser sends that opened a page of settings and typed these."""
    answer = web.get(path)
    form = answer.context["form"]
    shown = {"version": answer.context["version"]}
    for row in form.rows():
        value = row.field.value()
        if row.field.widget_type == "checkbox":
            shown |= {row.key: "on"} if value in ("on", True) else {}
        else:
            shown[row.key] = value
    return {**shown, **{key.replace("__", "."): text for key, text in changes.items()}}


def test_each_setting_is_on_one_page() -> None:
    keys = [key for group in SETTING_GROUPS.values() for key in group.setting_keys()]
    assert len(keys) == len(set(keys))
    others = set(SETTING_DEFINITIONS) - set(keys)
    assert {key.partition(".")[0] for key in others} == {"gateway", "registrar"}


@pytest.mark.parametrize("slug", sorted(SETTING_GROUPS))
def test_a_page_that_is_sent_as_it_was_opened_changes_nothing(
    web: HttpsTestClient, slug: str
) -> None:
    path = f"/admin/settings/{slug}"
    entries = AuditEntry.objects.filter(action="settings.updated").count()
    answer = web.post(path, sent(web, path), follow=True)
    assert "Nothing to change." in answer.text
    assert AuditEntry.objects.filter(action="settings.updated").count() == entries


def test_what_is_typed_is_kept_with_who_did_it_and_what_it_was_before(web: HttpsTestClient) -> None:
    path = "/admin/settings/billing"
    typed = sent(web, path, billing__grace_period_days="5", billing__reminder_days="-5,2")
    del typed["billing.consolidate"]
    assert "Settings saved." in web.post(path, typed, follow=True).text
    assert get_setting("billing.grace_period_days") == 5
    assert get_setting("billing.reminder_days") == [-5, 2]
    assert get_setting("billing.consolidate") is False
    entry = AuditEntry.objects.get(record_name="billing.grace_period_days")
    assert (entry.before, entry.after) == (
        {"billing.grace_period_days": 3},
        {"billing.grace_period_days": 5},
    )
    assert entry.actor_kind == "staff"
    assert "Default: 3" in web.get(path).text
    web.post(path, {"reset": "billing.grace_period_days"})
    assert get_setting("billing.grace_period_days") == 3


def test_a_refused_value_says_why_and_keeps_what_was_typed(web: HttpsTestClient) -> None:
    path = "/admin/settings/billing"
    typed = sent(web, path, billing__run_time="25:00", billing__grace_period_days="6")
    refused = web.post(path, typed)
    assert refused.status_code == 422
    assert "Enter a time such as 00:05." in refused.text
    assert 'value="25:00"' in refused.text
    typed = sent(web, path, billing__invoice_prefix="CN-", billing__grace_period_days="6")
    assert "Invoices and credit notes would share the same numbers." in web.post(path, typed).text
    assert get_setting("billing.grace_period_days") == 3


def test_two_who_edit_at_once_lose_nothing(web: HttpsTestClient) -> None:
    path = "/admin/settings/company"
    typed = sent(web, path, company__city="Bonn")
    set_setting(key="company.city", value="Berlin", ctx=CTX)
    stale = web.post(path, typed)
    assert "Someone else changed these settings" in stale.text
    assert 'value="Bonn"' in stale.text
    assert "Current value: Berlin" in stale.text
    assert get_setting("company.city") == "Berlin"
    again = {**typed, "version": stale.context["version"]}
    assert web.post(path, again).status_code == 303
    assert get_setting("company.city") == "Bonn"


def test_settings_are_found_by_what_they_are_about(web: HttpsTestClient) -> None:
    found = web.get("/admin/settings", {"q": "late fee tax"}).text
    assert "billing.late_fee_tax" in found
    assert "billing.run_time" not in found
    assert "No settings match" in web.get("/admin/settings", {"q": "xyzzy"}).text


def test_the_logo_is_uploaded_and_deleted(web: HttpsTestClient) -> None:
    content = BytesIO()
    Image.new("RGB", (100, 50), "red").save(content, "PNG")
    path, file = "/admin/settings/branding", SimpleUploadedFile("logo.png", content.getvalue())
    web.post(path, {"upload": "branding.logo", "file-branding.logo": file})
    assert get_setting("branding.logo")
    assert get_setting("branding.logo") in web.get(path).text
    none = web.post(path, {"upload": "branding.favicon"}, follow=True)
    assert "Upload a PNG, JPEG, or WebP image." in none.text
    web.post(path, {"reset": "branding.logo"})
    assert get_setting("branding.logo") == ""


def test_who_may_only_look_finds_nothing_to_press() -> None:
    page = staff_browser(make_staff("admin")).get("/admin/settings/mail").text
    assert "You can see these settings, but not change them." in page
    assert "Save changes" not in page
    assert "Send a test email" not in page


def test_a_test_email_goes_to_oneself(web: HttpsTestClient, mailoutbox: list[object]) -> None:
    staff = make_staff("super_admin", "grace@example.com")
    answer = staff_browser(staff).post("/admin/settings/mail/test", follow=True)
    assert "test email" in answer.text
    [message] = mailoutbox
    assert message.to == ["grace@example.com"]  # type: ignore[attr-defined]


def test_nobody_shuts_themselves_out(web: HttpsTestClient) -> None:
    """A list of networks without one's own was saved, and then no page could take it back."""
    path = "/admin/settings/security"
    refused = web.post(path, sent(web, path, security__staff_networks="192.0.2.0/24"))
    assert (refused.status_code, "127.0.0.1" in refused.text) == (422, True)
    assert get_setting("security.staff_networks") == []
    typed = sent(web, path, security__staff_networks="192.0.2.0/24, 127.0.0.0/8")
    assert web.post(path, typed).status_code == 303


def test_a_typo_does_not_make_another_s_change_one_that_was_seen(web: HttpsTestClient) -> None:
    path = "/admin/settings/billing"
    typed = sent(web, path, billing__grace_period_days="x")
    set_setting(key="billing.late_fee_kind", value="fixed", ctx=CTX)
    again = web.post(path, typed)
    assert again.status_code == 422
    assert again.context["version"] == typed["version"]
    assert web.post(path, {**typed, "billing.grace_period_days": "5"}).status_code in (409, 422)
    assert get_setting("billing.late_fee_kind") == "fixed"
