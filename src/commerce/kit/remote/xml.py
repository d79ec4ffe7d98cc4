"""XML that others answer and are sent: without entities and foreign documents, within bounds (domains.md 6).

lxml is imported where it is used: no worker of the API has a use for it.
"""

import re
from collections.abc import Mapping
from typing import Any

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH, MAX_ELEMENTS = 48, 50_000
_MAX_TAGS = 2 * MAX_ELEMENTS + 1_000
"""Told before any element is made: 2 MiB of the shortest ones are 500,000."""

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no document can hold, however it is written. (As all but what it can, the pattern takes 5 ms to compile.)"""


class XmlRefusedError(ValueError):
    """It is no XML, or has something that an answer has no need for."""


def parse_xml(body: bytes, *, doctype: str = "") -> Any:
    """The root of a document in UTF-8, whatever encoding it names. Raises ``XmlRefusedError``.

    ``doctype`` is how the protocol begins each of its documents, as ``<!DOCTYPE OPS_envelope SYSTEM "ops.dtd">``: its
    name only, of which nothing is loaded. Any other document type is refused, since entities need one.
    """
    from lxml import etree

    if len(body) > MAX_BYTES:
        raise XmlRefusedError("the document is too large")
    try:
        text = body.decode("utf-8-sig")
    except ValueError as error:
        raise XmlRefusedError("the document is not UTF-8") from error
    if doctype:
        text = re.sub(
            rf"<!DOCTYPE\s+{doctype}(\s+SYSTEM\s+[\"'][\w.-]*[\"'])?\s*>", "", text, count=1
        )
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise XmlRefusedError("the document has a document type")
    if text.count("<") > _MAX_TAGS:
        raise XmlRefusedError("the document has too many elements")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefusedError("the document is not XML") from error
    _check_bounds(root)
    return root


def _check_bounds(root: Any) -> None:
    from lxml import etree

    depth = count = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise XmlRefusedError("the document is too deep or has too many elements")


def element(
    tag: str, content: object = None, /, *children: Any, attributes: Mapping[str, str] | None = None
) -> Any:
    """An element with a text, or with others below it; characters that no document can hold are left out of it."""
    from lxml import etree

    made = etree.Element(tag, {name: plain(value) for name, value in (attributes or {}).items()})
    if etree.iselement(content):
        children = (content, *children)
    elif content is not None:
        made.text = plain(content)
    made.extend(children)
    return made


def plain(value: object) -> str:
    """A value as the text of an element can have it."""
    return _FORBIDDEN.sub("", str(value))


def written(root: Any, *, doctype: str | None = None) -> bytes:
    """The document in UTF-8, with its declaration."""
    from lxml import etree

    made: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", standalone=False, doctype=doctype
    )
    return made


def text_of(root: Any, path: str, namespaces: Mapping[str, str] | None = None) -> str:
    """The text at a path without the spaces around it; empty where there is no such element, or nothing in it."""
    return (root.findtext(path, "", namespaces=namespaces) or "").strip()
