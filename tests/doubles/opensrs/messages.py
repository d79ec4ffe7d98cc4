"""Messages of OpenSRS as its server reads and writes them: the OPS envelope, and the signature of the sender."""

import hashlib
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

HEAD = """<?xml version='1.0' encoding="UTF-8" standalone="no" ?>
<!DOCTYPE OPS_envelope SYSTEM "ops.dtd">
<OPS_envelope>
 <header><version>0.9</version><msg_type>standard</msg_type></header>
 <body>
  <data_block>
"""
FOOT = "\n  </data_block>\n </body>\n</OPS_envelope>"


def signature(content: bytes, key: str) -> str:
    """What the guide says: the MD5 of the MD5 of content and key, and the key."""
    inner = hashlib.md5(content + key.encode(), usedforsecurity=False).hexdigest()
    return hashlib.md5((inner + key).encode(), usedforsecurity=False).hexdigest()


def read_message(content: bytes) -> dict[str, Any]:
    """A request; anything but an envelope of version 0.9 raises ``ValueError``."""
    text = content.decode()
    if '<!DOCTYPE OPS_envelope SYSTEM "ops.dtd">' not in text.replace("'", '"'):
        raise ValueError("no OPS envelope")
    root = ET.fromstring(content)  # noqa: S314 - our own
    if root.findtext("header/version") != "0.9":
        raise ValueError("another version")
    block = root.find("body/data_block")
    if block is None or len(block) != 1:
        raise ValueError("no data")
    found = _read(block[0])
    assert isinstance(found, dict)
    return found


def _read(node: ET.Element) -> Any:
    if node.tag == "dt_assoc":
        return {item.attrib["key"]: _inside(item) for item in node}
    if node.tag == "dt_array":
        keys = [item.attrib["key"] for item in node]
        if keys != [str(number) for number in range(len(keys))]:
            raise ValueError("an array that is not numbered")
        return [_inside(item) for item in node]
    raise ValueError(node.tag)


def _inside(item: ET.Element) -> Any:
    if item.tag != "item" or len(item) > 1:
        raise ValueError(item.tag)
    return _read(item[0]) if len(item) else item.text or ""


def written_message(code: int, text: str, attributes: Mapping[str, Any] | None = None) -> bytes:
    """An answer: below 400 a success."""
    said: dict[str, Any] = {
        "protocol": "XCP",
        "action": "REPLY",
        "object": "DOMAIN",
        "is_success": "1" if code < 400 else "0",
        "response_code": str(code),
        "response_text": text,
    }
    if attributes is not None:
        said["attributes"] = attributes
    return f"{HEAD}{_written(said)}{FOOT}".encode()


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<dt_assoc>{''.join(_item(key, each) for key, each in value.items())}</dt_assoc>"
    if isinstance(value, list):
        return (
            f"<dt_array>{''.join(_item(str(n), each) for n, each in enumerate(value))}</dt_array>"
        )
    return escape(str(value))


def _item(key: str, value: Any) -> str:
    return f"\n<item key={quoteattr(key)}>{_written(value)}</item>"
