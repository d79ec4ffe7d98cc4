"""From an event and its values to subject, text and HTML (notifications.md 4).

A shipped template is a text: its first line is the subject. Its HTML is made from the text: a paragraph that is only an
address of ours, or ``Words: address``, becomes a button. Staff may write HTML of their own; the text is then made from
that, unless they write it too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from commerce.mail import mail_events, template_language
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import MailTemplate, OutgoingMail
from commerce.mail.template_values import format_values
from commerce.site_settings.current import get_setting

SHIPPED_FOLDER = Path(__file__).parent / "shipped"
ALLOWED_TAGS = set(
    "p br strong b em i u ul ol li h2 h3 a table thead tbody tr th td hr blockquote".split()
)
ALLOWED_ATTRIBUTES = {"a": {"href"}}
BUTTON_ATTRIBUTE = 'class="button" '
BULLET = "• "
"""With it begins each item of a list."""
_BLANKS = re.compile("[^\\S\u00a0\u202f]+")
"""Blanks and breaks of lines, but for those that hold words together."""
_LABELED = re.compile(r"(?:(?P<label>[^:\n]{1,60}): )?(?P<url>https?://[^\s]+)")


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """What a mail says in one language; one of ``html`` and ``text`` may be empty."""

    subject: str
    text: str
    html: str = ""
    active: bool = True
    is_shipped: bool = True


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail's finished words."""

    subject: str
    text: str
    html: str


@cache
def shipped_template(event: str, locale: str) -> TemplateSource | None:
    """The template in the repository."""
    path = SHIPPED_FOLDER / locale / f"{event}.txt"
    if event not in MAIL_EVENTS or not path.is_file():
        return None
    subject, _, text = path.read_text("utf-8").strip().partition("\n")
    return TemplateSource(subject, text.strip())


def template_for(event: str, locale: str) -> TemplateSource | None:
    """The event's template in this language, else in the installation's, else the shipped English one."""
    locales = list(dict.fromkeys([locale, get_setting("locale.default"), "en"]))
    rows = {row.locale: row for row in MailTemplate.objects.filter(event=event, locale__in=locales)}
    for candidate in locales:
        if row := rows.get(candidate):
            return TemplateSource(row.subject, row.text, row.html, row.active, is_shipped=False)
        if shipped := shipped_template(event, candidate):
            return shipped
    return None


def template_for_mail(event: str, product_template: str, locale: str) -> TemplateSource | None:
    """What a mail of the event says: its own words, if there is an active template of that key, else the event's."""
    own = (
        template_for(mail_events.product_template_name(product_template), locale)
        if product_template
        else None
    )
    if own is not None and own.active:
        return own
    return template_for(event, locale)


def company_variables() -> dict[str, Any]:
    """What every template knows of the company."""
    return {
        "company_name": get_setting("company.name"),
        "company_email": get_setting("company.email"),
        "brand_name": get_setting("branding.name"),
        "client_area_url": f"{settings.COMMERCE_URL}/client",
        "brand_color": get_setting("branding.primary_color"),
    }


def render_mail(
    template: TemplateSource, values: Mapping[str, Any], *, locale: str, time_zone: str = ""
) -> RenderedMail:
    """The finished mail; ``values`` as they are kept, beside those of ``company_variables``."""
    with translation.override(locale):
        variables = format_values(values, time_zone)
        line = template_language.render_parts(
            template_language.parse_template(template.subject), variables
        )
        subject = _BLANKS.sub(" ", _without_links(line)).strip()[:500]
        text = template_language.render_parts(
            template_language.parse_template(template.text), variables
        )
        body = template_language.render_parts(
            template_language.parse_template(template.html), variables, escape
        )
        text = _with_links_apart(text)
        body = sanitize_html(_with_links_apart(body) or html_from_text(text))
        text = re.sub(r"\n{3,}", "\n\n", text or text_from_html(body)).strip() + "\n"
        text += _reason_text(variables)
        html = render_to_string(
            "mail/layout.html",
            {**variables, "subject": subject, "locale": locale, "body": mark_safe(body)}  # noqa: S308 - sanitized
            | {"on_brand": _readable_on(variables.get("brand_color", ""))},
        )
    return RenderedMail(subject, text, html)


def mail_subject(mail: OutgoingMail) -> str:
    """What a mail that was not rendered yet is about, in its reader's language."""
    template = template_for_mail(mail.event, mail.product_template, mail.locale)
    if template is None:
        return mail.event
    values = {**company_variables(), **mail.values}
    return render_mail(template, values, locale=mail.locale, time_zone=mail.time_zone).subject


def _reason_text(variables: Mapping[str, Any]) -> str:
    """Why a staff person gets this mail, and where they choose what they get; nothing below other mails."""
    if not variables.get("why"):
        return ""
    choices = variables.get("choices_url")
    lines = [variables["why"]]
    if choices:
        lines.append(_("Choose your emails: %(url)s") % {"url": choices})
    return "\n-- \n{}\n".format("\n".join(lines))


def sanitize_html(body: str) -> str:
    """HTML without scripts, styles, pictures or anything else that a mail program would fetch."""
    import nh3

    return nh3.clean(
        body,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        allowed_classes={"a": {"button"}},
        attribute_filter=_own_link,
        url_schemes={"https", "http", "mailto"},
        link_rel=None,
    )


def _without_links(subject: str) -> str:
    """A subject is kept, and read by staff, whatever its mail says: no link that signs somebody in stands in it."""
    return re.sub(rf"{re.escape(settings.COMMERCE_URL)}/\S*", "", subject)


def _own_link(_tag: str, _name: str, value: str) -> str | None:
    """None for an address of somebody else that holds one of ours: it would be told what signs a person in."""
    site = f"{settings.COMMERCE_URL}/"
    return value if site not in value or value.startswith(site) else None


def _with_links_apart(text: str) -> str:
    """An address of ours that ends another one, which programs of mail would make a link of, stands by itself."""
    site = re.escape(f"{settings.COMMERCE_URL}/")
    return re.sub(rf"(?<=[^\s>])(?<![=][\"'])(?={site})", " ", text)


def html_from_text(text: str) -> str:
    """Paragraphs of the text; one that is only an address of ours, with or without a label, is a button."""
    return "\n".join(_paragraph(part.strip()) for part in text.split("\n\n") if part.strip())


def _paragraph(part: str) -> str:
    lines = part.splitlines()
    if all("\t" in line for line in lines):
        return f"<table>{''.join(map(_row, lines))}</table>"
    if part.startswith(BULLET):
        items = part.removeprefix(BULLET).split(f"\n{BULLET}")
        return f"<ul>{''.join(map(_item, items))}</ul>"
    link = _LABELED.fullmatch(part)
    if link is None or not link["url"].startswith(f"{settings.COMMERCE_URL}/"):
        return f"<p>{'<br>'.join(map(_line, lines))}</p>"
    url = escape(link["url"])
    if link["label"]:
        return f'<p><a {BUTTON_ATTRIBUTE}href="{url}">{escape(link["label"])}</a></p>'
    return f'<p><a href="{url}">{url}</a></p>'


def _row(line: str) -> str:
    """A line whose parts are set apart by tabs, as a row of a table."""
    return f"<tr>{''.join(f'<td>{escape(cell.strip())}</td>' for cell in line.split('	'))}</tr>"


def _item(item: str) -> str:
    """An item of a list; where an address of ours ends it, its words are the link."""
    words, _, last = item.rpartition(" ")
    if not words or not last.startswith(f"{settings.COMMERCE_URL}/"):
        return f"<li>{'<br>'.join(map(_line, item.splitlines()))}</li>"
    label = words.removesuffix(":").rstrip()
    return f'<li><a href="{escape(last)}">{escape(label)}</a></li>'


def _line(line: str) -> str:
    """A line of text, in which an address of ours that ends it is a link."""
    words, _, last = line.rpartition(" ")
    if not last.startswith(f"{settings.COMMERCE_URL}/"):
        return escape(line)
    link = f'<a href="{escape(last)}">{escape(last)}</a>'
    return f"{escape(words)} {link}" if words else link


class _TextExtractor(HTMLParser):
    """What remains of HTML when it is read aloud: lines, and addresses behind their words."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.url = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.url = dict(attrs).get("href") or ""
        self.parts.append({"br": "\n", "li": "\n* ", "td": " ", "th": " "}.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.url and not "".join(self.parts).endswith(self.url):
            self.parts.append(f": {self.url}")
        if tag in ("p", "h2", "h3", "ul", "ol", "table", "blockquote"):
            self.parts.append("\n\n")
        elif tag == "tr":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(" ".join(data.split("\n")))


def text_from_html(html: str) -> str:
    """The text of a sanitized HTML body."""
    reader = _TextExtractor()
    reader.feed(html)
    reader.close()
    return "\n".join(line.strip() for line in "".join(reader.parts).splitlines())


def _readable_on(color: str) -> str:
    """Black or white, whichever is read better on ``#rrggbb``."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", color):
        return "#ffffff"
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#000000" if 299 * red + 587 * green + 114 * blue > 150_000 else "#ffffff"
