"""The OPS envelope of OpenSRS: nested lists and tables of texts as XML, and the signature over it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from commerce.kit.remote.xml import element, parse_xml, written

type OpsValue = str | Sequence[Any] | Mapping[str, Any]
type OpsData = dict[str, Any]

_DOCTYPE = '<!DOCTYPE OPS_envelope SYSTEM "ops.dtd">'


def written_envelope(data: Mapping[str, OpsValue]) -> bytes:
    """A message as it is sent."""
    return written(
        element(
            "OPS_envelope",
            element("header", element("version", "0.9")),
            element("body", element("data_block", _element_of(data))),
        ),
        doctype=_DOCTYPE,
    )


def _element_of(value: OpsValue) -> Any:
    if isinstance(value, Mapping):
        return element("dt_assoc", *(_item(name, each) for name, each in value.items()))
    return element("dt_array", *(_item(str(key), each) for key, each in enumerate(value)))


def _item(key: str, value: OpsValue) -> Any:
    inside = value if isinstance(value, str) else _element_of(value)
    return element("item", inside, attributes={"key": key})


def read_envelope(body: bytes) -> OpsData:
    """The table in a message. Raises ``ValueError`` for what is no such message."""
    root = parse_xml(body, doctype="OPS_envelope")
    block = root.find("body/data_block") if root.tag == "OPS_envelope" else None
    found = _value_of(block) if block is not None else None
    if not isinstance(found, dict):
        raise ValueError("no envelope with a table")
    return found


def _value_of(holder: Any) -> Any:
    """What stands in an element: a table, a list or a text."""
    inside = next(iter(holder), None)
    if inside is None:
        return (holder.text or "").strip()
    if inside.tag == "dt_assoc":
        return {each.get("key"): _value_of(each) for each in inside}
    if inside.tag == "dt_array":
        rows = sorted(inside, key=lambda each: int(each.get("key")))
        return [_value_of(each) for each in rows]
    return (inside.text or "").strip()


def signature_of(content: bytes, private_key: str) -> str:
    """What proves that a message is of the account that has the key: theirs is MD5, twice."""
    key = private_key.encode()
    first = hashlib.md5(content + key, usedforsecurity=False).hexdigest()
    return hashlib.md5(first.encode() + key, usedforsecurity=False).hexdigest()
