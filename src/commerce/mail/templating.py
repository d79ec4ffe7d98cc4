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

import nh3
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from commerce.mail import kinds, language
from commerce.mail.kinds import EVENTS
from commerce.mail.models import MailTemplate
from commerce.mail.values import shown
from commerce.preferences.current import get

SHIPPED = Path(__file__).parent / "shipped"
TAGS = set("p br strong b em i u ul ol li h2 h3 a table thead tbody tr th td hr blockquote".split())
ATTRIBUTES = {"a": {"href"}}
BUTTON = 'class="button" '
_LABELLED = re.compile(r"(?:(?P<label>[^:\n]{1,60}): )?(?P<url>https?://[^\s]+)")


@dataclass(frozen=True, slots=True)
class Template:
    """What a mail says in one language; one of ``html`` and ``text`` may be empty."""

    subject: str
    text: str
    html: str = ""
    active: bool = True
    is_shipped: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """A mail's finished words."""

    subject: str
    text: str
    html: str


@cache
def shipped(event: str, locale: str) -> Template | None:
    """The template in the repository."""
    path = SHIPPED / locale / f"{event}.txt"
    if event not in EVENTS or not path.is_file():
        return None
    subject, _, text = path.read_text("utf-8").strip().partition("\n")
    return Template(subject, text.strip())


def template_for(event: str, locale: str) -> Template | None:
    """The event's template in this language, else in the installation's, else the shipped English one."""
    locales = list(dict.fromkeys([locale, get("locale.default"), "en"]))
    rows = {row.locale: row for row in MailTemplate.objects.filter(event=event, locale__in=locales)}
    for one in locales:
        if row := rows.get(one):
            return Template(row.subject, row.text, row.html, row.active, is_shipped=False)
        if found := shipped(event, one):
            return found
    return None


def words_for(event: str, own_words: str, locale: str) -> Template | None:
    """What a mail of the event says: its own words, if there is an active template of that key, else the event's."""
    own = template_for(kinds.own_words(own_words), locale) if own_words else None
    return own if own is not None and own.active else template_for(event, locale)


def surroundings() -> dict[str, Any]:
    """What every template knows of the company."""
    return {
        "company_name": get("company.name"),
        "company_email": get("company.email"),
        "brand_name": get("branding.name"),
        "client_area_url": f"{settings.COMMERCE_URL}/client",
        "brand_color": get("branding.primary_color"),
    }


def written(
    template: Template, values: Mapping[str, Any], *, locale: str, time_zone: str = ""
) -> Written:
    """The finished mail; ``values`` as they are kept, beside those of ``surroundings``."""
    with translation.override(locale):
        told = shown(values, time_zone)
        line = language.rendered(language.parsed(template.subject), told)
        subject = " ".join(line.split())[:500]
        text = language.rendered(language.parsed(template.text), told)
        body = language.rendered(language.parsed(template.html), told, escape)
        body = sanitised(body or body_of(text))
        text = re.sub(r"\n{3,}", "\n\n", text or text_of(body)).strip() + "\n"
        html = render_to_string(
            "mail/layout.html",
            {**told, "subject": subject, "locale": locale, "body": mark_safe(body)}  # noqa: S308 - sanitised
            | {"on_brand": _readable_on(told.get("brand_color", ""))},
        )
    return Written(subject, text, html)


def sanitised(body: str) -> str:
    """HTML without scripts, styles, pictures or anything else that a mail program would fetch."""
    return nh3.clean(
        body,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"a": {"button"}},
        url_schemes={"https", "http", "mailto"},
        link_rel=None,
    )


def body_of(text: str) -> str:
    """Paragraphs of the text; one that is only an address of ours, with or without a label, is a button."""
    return "\n".join(_paragraph(part.strip()) for part in text.split("\n\n") if part.strip())


def _paragraph(part: str) -> str:
    found = _LABELLED.fullmatch(part)
    if found is None or not found["url"].startswith(f"{settings.COMMERCE_URL}/"):
        return f"<p>{'<br>'.join(map(escape, part.splitlines()))}</p>"
    url = escape(found["url"])
    if found["label"]:
        return f'<p><a {BUTTON}href="{url}">{escape(found["label"])}</a></p>'
    return f'<p><a href="{url}">{url}</a></p>'


class _Text(HTMLParser):
    """What remains of HTML when it is read aloud: lines, and addresses behind their words."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.url = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.url = dict(attrs).get("href") or ""
        self.said.append({"br": "\n", "li": "\n* ", "td": " ", "th": " "}.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.url and not "".join(self.said).endswith(self.url):
            self.said.append(f": {self.url}")
        if tag in ("p", "h2", "h3", "ul", "ol", "table", "blockquote"):
            self.said.append("\n\n")
        elif tag == "tr":
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(" ".join(data.split("\n")))


def text_of(html: str) -> str:
    """The text of a sanitised HTML body."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "\n".join(line.strip() for line in "".join(reader.said).splitlines())


def _readable_on(colour: str) -> str:
    """Black or white, whichever is read better on ``#rrggbb``."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        return "#ffffff"
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#000000" if 299 * red + 587 * green + 114 * blue > 150_000 else "#ffffff"
