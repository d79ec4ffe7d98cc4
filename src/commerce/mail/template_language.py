"""The language of templates: ``{variable}`` and ``{#variable}…{/variable}``, and nothing else (notifications.md 4).

Whatever does not look exactly like that is text. Values are put in once and never read as a template; there are no
attributes, calls, filters, includes, files or code that anything could reach (invariant X10).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commerce.kit.errors import BusinessError

_TAG = re.compile(r"\{([#/]?)([a-z][a-z0-9_]*)\}")
_MEANT = re.compile(r"\{[#/]?[ \t]{0,9}[A-Za-z_][^{}\n]{0,200}\}")
MAX_BLOCK_DEPTH, MAX_TEMPLATE_LENGTH = 3, 100_000
"""How many blocks may stand within each other, and how long a template may be."""


@dataclass(frozen=True, slots=True)
class TemplateVariable:
    """A place for a value."""

    name: str


@dataclass(frozen=True, slots=True)
class TemplateBlock:
    """Shown when its variable is not empty; once for each element of a list."""

    name: str
    parts: tuple["TemplatePart", ...]


type TemplatePart = str | TemplateVariable | TemplateBlock


def parse_template(source: str) -> tuple[TemplatePart, ...]:
    """The parts of a template; raises ``BusinessError`` for blocks that do not close in their order."""
    if len(source) > MAX_TEMPLATE_LENGTH:
        raise BusinessError("mail_template.too_long", maximum=MAX_TEMPLATE_LENGTH)
    opened: list[tuple[str, list[TemplatePart]]] = [("", [])]
    end = 0
    for tag in _TAG.finditer(source):
        mark, name = tag.groups()
        opened[-1][1].append(source[end : tag.start()])
        end = tag.end()
        if mark == "#":
            _open(opened, name)
        elif mark == "/":
            _close(opened, name)
        else:
            opened[-1][1].append(TemplateVariable(name))
    if len(opened) > 1:
        raise BusinessError("mail_template.block_not_closed", name=opened[-1][0])
    return (*opened[0][1], source[end:])


def _open(opened: list[tuple[str, list[TemplatePart]]], name: str) -> None:
    if name in {outer for outer, _ in opened}:
        raise BusinessError("mail_template.block_within_itself", name=name)
    if len(opened) > MAX_BLOCK_DEPTH:
        raise BusinessError("mail_template.blocks_too_deep", maximum=MAX_BLOCK_DEPTH)
    opened.append((name, []))


def _close(opened: list[tuple[str, list[TemplatePart]]], name: str) -> None:
    if opened[-1][0] != name:
        raise BusinessError("mail_template.block_not_open", name=name)
    opened[-2][1].append(TemplateBlock(name, tuple(opened.pop()[1])))


def parse_checked_template(source: str, variable_names: Iterable[str]) -> tuple[TemplatePart, ...]:
    """The parts of a template that somebody saves; raises ``BusinessError`` with the known names for any other one."""
    names = list(variable_names)
    parts = parse_template(source)
    wrong = [f"{{{name}}}" for name in _names(parts) if name not in names]
    wrong += [like for like in _MEANT.findall(source) if not _TAG.fullmatch(like)]
    if wrong:
        listed = ", ".join(dict.fromkeys(wrong))
        raise BusinessError("mail_template.variable_unknown", names=listed, known=", ".join(names))
    return parts


def _names(parts: Iterable[TemplatePart]) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, str):
            yield part.name
        if isinstance(part, TemplateBlock):
            yield from _names(part.parts)


def render_parts(
    parts: Iterable[TemplatePart], values: Mapping[str, Any], escape: Callable[[str], str] = str
) -> str:
    """The finished text; each value passes ``escape`` on its way in, and an unknown name is nothing."""
    return "".join(_rendered(parts, values, escape))


def _rendered(
    parts: Iterable[TemplatePart], values: Mapping[str, Any], escape: Callable[[str], str]
) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
            continue
        value = values.get(part.name)
        if isinstance(part, TemplateVariable):
            yield escape(_text(value))
            continue
        for element in value if isinstance(value, list) else [value] if _says(value) else []:
            inner = element if isinstance(element, Mapping) else {part.name: element}
            yield from _rendered(part.parts, {**values, **inner}, escape)


def _says(value: Any) -> bool:
    """Whether there is anything to show; the number 0 is."""
    return value is not None and value is not False and value not in ("", {})


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, Mapping):
        return " ".join(map(_text, value.values()))
    return str(value) if _says(value) else ""
