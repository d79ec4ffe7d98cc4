"""From an event to subject, text and HTML: each shipped template, staff's own ones, hostile values (X9)."""

import re

import pytest
from django.utils import translation

from commerce.kit.clock import now
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.mail import rendering, template_language
from commerce.mail.actions.templates import reset_template, set_template
from commerce.mail.mail_events import COMMON_VARIABLES, ITEM_VARIABLES, MAIL_EVENTS
from commerce.mail.models import MailTemplate
from commerce.mail.rendering import RenderedMail, TemplateSource, html_from_text, render_mail
from commerce.mail.sample_values import sample_values
from commerce.mail.template_values import format_instant, format_values, pack_values

pytestmark = pytest.mark.django_db

EITHER_OR = (
    "single",
    "by_staff",
    "at_once",
    "only_if_paid",
    "not_renewed",
    "renewal_paid",
    "last_try",
    "is_signed_in",
    "plan",
    "not_charged",
    "on_request",
    "no_email",
    "is_suspended",
    "own_tax_id",
)
"""Empty in the sample, since the opposite holds there."""

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "Ann\r\nBcc: all@example.org",
    "Ann\n\nhttps://evil.example/login",
    "{company_name}{#items}x{/items}",
    "</p></main><iframe src=https://evil.example></iframe>",
    "\u202egnp.exe",
]


def made(event: str, template: TemplateSource | None = None, **over: object) -> RenderedMail:
    """The mail of an event with sample values, some of them others."""
    found = template or rendering.template_for(event, "en")
    assert found is not None
    told = {**rendering.company_variables(), **pack_values({**sample_values(event), **over}, "en")}
    return render_mail(found, told, locale="en", time_zone="Europe/Berlin")


@pytest.mark.parametrize("event", MAIL_EVENTS)
def test_each_event_has_a_mail(event: str) -> None:
    mail = made(event)
    assert 5 < len(mail.subject) < 120
    assert "{" not in mail.subject + mail.text
    assert "None" not in mail.text
    assert mail.text.strip()
    assert "<script" not in mail.html
    assert " src=" not in mail.html
    assert mail.html.count("<h1>") == 1


@pytest.mark.parametrize("event", MAIL_EVENTS)
def test_a_template_may_name_each_variable_of_its_event(event: str) -> None:
    names = MAIL_EVENTS[event].variable_names()
    assert set(COMMON_VARIABLES) <= set(names)
    inner = ITEM_VARIABLES if "items" in names else ()
    for name in names:
        source = f"{{#items}}{{{name}}}{{/items}}" if name in inner else f"[{{{name}}}]"
        row = TemplateSource("x", source)
        template_language.parse_checked_template(source, names)
        if name not in EITHER_OR:
            assert made(event, row).text not in ("[]\n", "\n"), name


@pytest.mark.parametrize("event", MAIL_EVENTS)
def test_shipped_templates_hold_only_known_names(event: str) -> None:
    shipped = rendering.shipped_template(event, "en")
    assert shipped is not None
    for source in (shipped.subject, shipped.text):
        assert template_language.parse_checked_template(source, MAIL_EVENTS[event].variable_names())


def test_no_template_is_shipped_for_nothing() -> None:
    assert {path.stem for path in (rendering.SHIPPED_FOLDER / "en").iterdir()} == set(MAIL_EVENTS)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("event", ["invoice_created", "service_suspended", "member_changed"])
def test_hostile_values_stay_text(event: str, value: str) -> None:
    texts = {name: value for name, told in sample_values(event).items() if isinstance(told, str)}
    mail = made(event, **texts)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    body = mail.html.split("<main>")[1]
    assert not re.search(r"<(script|img|iframe)|onerror=[^&]*>|href=\"(?!https://localhost)", body)
    own = TemplateSource("x", "", '<p><b>{client_name}</b> <a href="{client_name}">x</a></p>')
    body = made(event, own, **texts).html.split("<main>")[1].split("</main>")[0]
    assert not re.search(r"<(script|img|iframe)|href=\"javascript", body)


def test_amounts_dates_and_instants_are_in_the_form_of_the_reader() -> None:
    own = TemplateSource("x", "{amount} {when} {date}")
    told = pack_values({**sample_values("credit_added"), "amount": Money(123456789, "EUR")}, "en")
    told |= pack_values({"when": sample_values("new_sign_in")["when"]}, "en")
    mail = render_mail(own, told, locale="en", time_zone="Europe/Berlin")
    assert mail.text == "€1,234,567.89 Jan 31, 2026, 1:30\u00a0PM\u00a0CET Jan 31, 2026\n"
    yen = pack_values({"amount": Money(-1500, "JPY")}, "en")
    assert render_mail(own, yen, locale="en").text.strip() == "−1,500\u00a0JPY"
    german = render_mail(own, told, locale="de", time_zone="Europe/Berlin").text
    assert german.startswith("1.234.567,89\u00a0€ 31.01.2026, 13:30\u00a0CET 31.01.2026")


@pytest.mark.parametrize(
    ("zone", "name"), [("Asia/Dubai", "UTC+04"), ("Asia/Kolkata", "IST"), ("No/Where", "UTC")]
)
def test_instants_name_their_zone(zone: str, name: str) -> None:
    assert format_instant(sample_values("new_sign_in")["when"], zone).endswith(f"\u00a0{name}")


def test_lines_with_tabs_are_a_table() -> None:
    mail = made("price_changed")
    assert mail.html.count("<tr>") == 2
    assert "<td>€10.00 → €12.00</td>" in mail.html
    assert "Backup\texample.com" in mail.text


def test_what_a_mail_cannot_tell_of_is_a_defect_at_once() -> None:
    with pytest.raises(TypeError, match="float"):
        pack_values({"amount": 1.5}, "en")


def test_a_paragraph_that_is_a_labelled_address_of_ours_is_a_button() -> None:
    html = made("invoice_created").html
    assert re.search(
        r'<a class="button" href="https://localhost:8443/client/invoice">View and', html
    )
    elsewhere = made("welcome", login_url="https://evil.example/").html
    assert "evil.example/</a>" not in elsewhere


def save(**over: object) -> MailTemplate:
    words = {"subject": "Hi {recipient_name}", "html": "", "text": "Welcome, {recipient_name}."}
    whole = {"event": "welcome", "locale": "en", **words, **over}
    return set_template(**whole, ctx=Context(now(), SYSTEM))  # type: ignore[arg-type]


def test_a_subject_is_one_line_and_keeps_blanks_that_hold_words_together() -> None:
    source = TemplateSource("À faire\u00a0: {client_name}", "")
    values = {"client_name": "Acme\r\nBcc: x\u2028y"}
    assert render_mail(source, values, locale="fr").subject == "À faire\u00a0: Acme Bcc: x y"


@pytest.mark.parametrize("event", MAIL_EVENTS)
def test_made_up_values_are_of_the_kind_of_their_names(event: str) -> None:
    told = {name: value for name, value in sample_values(event).items() if isinstance(value, str)}
    links = {name for name, value in told.items() if value.startswith("https://")}
    assert links == {name for name in told if name.endswith("_url")}


def test_a_line_of_a_list_is_a_link_in_its_words_and_no_button() -> None:
    html = html_from_text("• Order ORD-1: https://localhost:8443/admin/orders/1\n• a < b\n- c")
    link = '<a href="https://localhost:8443/admin/orders/1">Order ORD-1</a>'
    assert html == f"<ul><li>{link}</li><li>a &lt; b<br>- c</li></ul>"


def test_names_from_the_left_keep_their_direction_among_words_from_the_right() -> None:
    values = {"client_name": "Acme (EU)", "page_url": "https://a.example", "waiting": ["ab: غير"]}
    with translation.override("ar"):
        assert format_values(values, "") == {**values, "client_name": "\u2068Acme (EU)\u2069"}
    with translation.override("en"):
        assert format_values(values, "") == values


def test_staff_write_their_own_words_and_take_them_back() -> None:
    save()
    mail = made("welcome")
    assert (mail.subject, mail.text) == ("Hi Alice", "Welcome, Alice.\n")
    reset_template(event="welcome", locale="en", ctx=Context(now(), SYSTEM))
    assert made("welcome").subject == "Welcome to Client Portal"
    with pytest.raises(BusinessError):
        reset_template(event="welcome", locale="en", ctx=Context(now(), SYSTEM))


RESET = "https://localhost:8443/client/reset-password/TOKEN"


def reset_mail(**over: str) -> RenderedMail:
    save(event="password_reset", **over)
    template = rendering.template_for("password_reset", "en")
    assert template is not None
    values = sample_values("password_reset") | {"reset_url": RESET}
    return render_mail(template, rendering.company_variables() | values, locale="en")


@pytest.mark.parametrize("subject", ["{reset_url}", "Yours:{reset_url}#", "a {reset_url} b"])
def test_no_link_stands_in_a_subject(subject: str) -> None:
    """It is kept and shown to staff: who may write templates read how to become anybody there."""
    assert "TOKEN" not in reset_mail(subject=subject).subject


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://evil.example/?{reset_url}">Choose a password</a>',
        '<a href="https://evil.example/?x= {reset_url}">Choose a password</a>',
        "<a href=https://evil.example/{reset_url}>Choose a password</a>",
        "<a href='mailto:eve@evil.example?body={reset_url}'>Choose a password</a>",
        "<p>https://evil.example/?{reset_url}</p>",
    ],
)
def test_no_link_is_told_to_somebody_elses_page(html: str) -> None:
    """Who may write templates had it sent to a page of his own by whoever followed it."""
    mail = reset_mail(html=html, text="")
    for part in (mail.html.split("<main>")[1], mail.text):
        assert not re.search(r"evil[^\s<]*TOKEN", part)
        assert not re.search(r'href="[^"]*evil[^"]*TOKEN', part)


def test_nor_is_it_in_a_text() -> None:
    mail = reset_mail(html="", text="https://evil.example/?{reset_url}\n\nReset: {reset_url}")
    assert f"https://evil.example/? {RESET}" in mail.text
    assert mail.html.count(f'href="{RESET}"') == 2
    assert 'href="https://evil' not in mail.html


def test_a_link_of_our_own_stays_what_it_is() -> None:
    html = '<p><a href="{reset_url}">Reset</a> (or {reset_url})</p><p>{reset_url}</p>'
    body = reset_mail(html=html, text="").html.split("<main>")[1]
    assert f'<a href="{RESET}">Reset</a>' in body
    assert f"<p>{RESET}</p>" in body


def test_the_text_is_made_from_html_that_staff_wrote() -> None:
    save(
        text="",
        html="<p>Dear <b>{recipient_name}</b>,</p><ul><li>one</li><li>two</li></ul>"
        '<p><a class="button" href="{login_url}">Sign in</a></p><script>x</script>',
    )
    mail = made("welcome")
    assert "Dear <b>Alice</b>" in mail.html
    assert "<script" not in mail.html.split("<main>")[1]
    assert "Dear Alice," in mail.text
    assert "* one\n* two" in mail.text
    assert "Sign in: https://localhost:8443/client/login" in mail.text
    assert "x" not in mail.text.split()


@pytest.mark.parametrize(
    "over",
    [
        {"event": "no_such"},
        {"subject": " "},
        {"text": " "},
        {"text": "{invoice_number}"},
        {"subject": "{login_url.x}"},
        {"html": "{#login_url}"},
    ],
)
def test_templates_that_would_not_work_are_not_kept(over: dict[str, str]) -> None:
    with pytest.raises(BusinessError):
        save(**over)
    assert not MailTemplate.objects.exists()


def test_a_language_without_its_own_words_gets_those_of_the_installation() -> None:
    save(locale="de", subject="Willkommen")
    assert made("welcome", rendering.template_for("welcome", "de")).subject == "Willkommen"
    assert made("welcome", rendering.template_for("welcome", "pl")).subject.startswith("Welcome")
