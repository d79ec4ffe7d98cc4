"""Our texts as gettext catalogs: `make messages` extracts them, brings each language up to date and compiles it.

A language is a folder src/commerce/locale/<language>/LC_MESSAGES; its mails are the templates in
src/commerce/mail/shipped/<language>. `python tools/messages.py de` starts one. Commands speak English, so their texts
are left out. Babel reads and writes the files, so that no gettext program has to be installed.

What is not translated is shown in English. `make release-check` is this with `--check`: it changes nothing, and fails
while a language lacks a text or a mail.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "commerce"
LOCALE_FOLDER = PACKAGE / "locale"
MAILS_FOLDER = PACKAGE / "mail" / "shipped"

FUNCTIONS = {
    "gettext": "m",
    "gettext_lazy": "m",
    "gettext_noop": "m",
    "ngettext": "mp",
    "ngettext_lazy": "mp",
    "pgettext": "cm",
    "pgettext_lazy": "cm",
    "npgettext": "cmp",
    "npgettext_lazy": "cmp",
}
"""What the first arguments of a function are: the message, its plural, its context."""
MARKING_MODULE = "django.utils.translation"

_STRING = r"u?(?:'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
_TEMPLATE_CALL = re.compile(
    rf"(?<![\w.])(_|gettext|ngettext|pgettext|npgettext)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)"
)


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text that is marked for translation, and where it stands."""

    text: str
    plural: str
    context: str
    path: Path
    line: int

    @property
    def position(self) -> str:
        """``src/commerce/billing/errors.py:12``."""
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def marking_names(tree: ast.Module) -> dict[str, str]:
    """By what names a module marks texts, with the function each stands for; ``mark_text`` of commands is none."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == MARKING_MODULE
        for alias in node.names
        if alias.name in FUNCTIONS
    }


def marking_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Each call that marks a text, with the roles of its first arguments."""
    names = marking_names(tree)
    for node in ast.walk(tree) if names else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node, FUNCTIONS[names[node.func.id]]


def texts_of_module(path: Path) -> Iterator[MarkedText]:
    """The marked texts of a Python file; what is no constant is left out (`tests/house` refuses it)."""
    source = path.read_text("utf-8")
    if MARKING_MODULE not in source:
        return
    for call, roles in marking_calls(ast.parse(source)):
        values = [arg.value for arg in call.args[: len(roles)] if isinstance(arg, ast.Constant)]
        if len(values) == len(roles):
            yield _marked(roles, [str(value) for value in values], path, call.lineno)


def texts_of_template(path: Path) -> Iterator[MarkedText]:
    """The marked texts of a template, as Django looks them up."""
    source = templatize(path.read_text("utf-8"), origin=str(path))
    for call in _TEMPLATE_CALL.finditer(source):
        roles = FUNCTIONS.get(call[1], "m")
        values = [ast.literal_eval(text) for text in re.findall(_STRING, call[2])]
        line = source.count("\n", 0, call.start()) + 1
        yield _marked(roles, values[: len(roles)], path, line)


def _marked(roles: str, values: list[str], path: Path, line: int) -> MarkedText:
    named = dict(zip(roles, values, strict=True))
    return MarkedText(named["m"], named.get("p", ""), named.get("c", ""), path, line)


def template_files() -> list[Path]:
    """The templates of pages and the frame of mails; the API's reference speaks English, as its messages do."""
    return sorted(
        path
        for path in PACKAGE.rglob("templates/**/*.*")
        if path.suffix in (".html", ".txt") and not path.is_relative_to(PACKAGE / "api")
    )


@cache
def marked_texts() -> tuple[MarkedText, ...]:
    """All our texts, in the order of files and lines."""
    of_modules = (
        marked
        for path in sorted(PACKAGE.rglob("*.py"))
        for marked in sorted(texts_of_module(path), key=lambda marked: marked.line)
    )
    of_templates = (marked for path in template_files() for marked in texts_of_template(path))
    return (*of_modules, *of_templates)


def new_catalog(language: str | None = None) -> Catalog:
    """A catalog of all our texts, without translations."""
    catalog = Catalog(locale=language, domain="django", project="Commerce", charset="utf-8")
    for marked in marked_texts():
        message: str | tuple[str, str] = (
            (marked.text, marked.plural) if marked.plural else marked.text
        )
        place = (str(marked.path.relative_to(PACKAGE)), marked.line)
        catalog.add(message, locations=[place], context=marked.context or None)
    return catalog


def languages() -> list[str]:
    """Those that have a catalog."""
    return sorted(path.parents[1].name for path in LOCALE_FOLDER.glob("*/LC_MESSAGES/django.po"))


def kept_catalog(language: str) -> Catalog:
    """The catalog of a language as it is in its folder."""
    with (LOCALE_FOLDER / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language, domain="django")


def update_language(language: str) -> Catalog:
    """Bring a language's catalog up to date with our texts, keep its translations, and compile it."""
    folder = LOCALE_FOLDER / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "django.po"
    if path.is_file():
        catalog = kept_catalog(language)
        catalog.update(new_catalog(), no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
    else:
        catalog = new_catalog(language)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_by_file=True, omit_header=False)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    return catalog


def missing_texts(catalog: Catalog) -> list[str]:
    """The texts that a catalog does not translate."""

    def is_empty(translated: object) -> bool:
        return not (all(translated) if isinstance(translated, tuple | list) else translated)

    return [str(message.id) for message in catalog if message.id and is_empty(message.string)]


def missing_mails(language: str) -> list[str]:
    """The mails that a language has no template for."""
    there = {path.name for path in (MAILS_FOLDER / language).glob("*.txt")}
    return sorted(
        path.stem for path in (MAILS_FOLDER / "en").glob("*.txt") if path.name not in there
    )


def texts_to_come(catalog: Catalog) -> list[str]:
    """The texts of ours that a catalog does not translate, or has not heard of yet."""
    unknown = [one for one in new_catalog() if one.id and catalog.get(one.id, one.context) is None]
    return [*(str(one.id) for one in unknown), *missing_texts(catalog)]


def check_languages() -> bool:
    """Whether each language has all texts and mails; prints what is missing."""
    lacking = {
        language: [
            *texts_to_come(kept_catalog(language)),
            *(f"{mail}.txt" for mail in missing_mails(language)),
        ]
        for language in languages()
    }
    for language, missing in lacking.items():
        print(f"{language}: {len(missing) or 'nothing'} to translate")
        for one in missing:
            print(f"    {one}")
    return not any(lacking.values())


def main(asked: list[str]) -> None:
    """Update the languages that are asked for and all that there are; with ``--check`` look at them only."""
    if asked == ["--check"]:
        sys.exit(not check_languages())
    print(f"{len(list(new_catalog()))} texts, {len(missing_mails(''))} mails.")
    for language in sorted({*languages(), *asked}):
        texts, mails = missing_texts(update_language(language)), missing_mails(language)
        print(f"{language}: {len(texts)} texts and {len(mails)} mails are not translated.")


if __name__ == "__main__":
    main(sys.argv[1:])
