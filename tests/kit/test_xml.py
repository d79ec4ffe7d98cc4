"""XML: what is taken, and what never is."""

import pytest

from commerce.kit.remote.xml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    XmlRefusedError,
    element,
    parse_xml,
    text_of,
    written,
)


def test_what_is_written_is_read_again_with_its_umlauts_and_brackets() -> None:
    made = element("a", element("b", 'Müller & Söhne <"ü">', attributes={"key": "x&y"}))
    again = parse_xml(written(made))
    assert text_of(again, "b") == 'Müller & Söhne <"ü">'
    assert again.find("b").get("key") == "x&y"


def test_a_character_that_xml_does_not_have_is_left_out() -> None:
    made = element("a", "Ada\x00 \x0bLove\ufffelace\ud800", attributes={"n": "1\x1f"})
    assert text_of(parse_xml(written(made)), ".") == "Ada Lovelace"
    assert made.get("n") == "1"


def test_an_element_that_is_not_there_has_no_text() -> None:
    root = parse_xml(b"<a><b/></a>")
    assert (text_of(root, "b"), text_of(root, "c/d")) == ("", "")


def test_only_the_document_type_of_the_protocol_is_passed_over() -> None:
    body = b"<?xml version='1.0'?><!DOCTYPE OPS_envelope SYSTEM 'ops.dtd'><a/>"
    assert parse_xml(body, doctype="OPS_envelope").tag == "a"
    with pytest.raises(XmlRefusedError, match="document type"):
        parse_xml(body)
    with pytest.raises(XmlRefusedError, match="document type"):
        parse_xml(body, doctype="other")


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd" []><a/>',
        b'<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1/a.dtd"><a/>',
        b'<!DOCTYPE a SYSTEM "a.dtd"><!DOCTYPE a SYSTEM "a.dtd"><a/>',
        b'<!DOCTYPE a SYSTEM "../../etc/passwd"><a/>',
        b"<a>&unknown;</a>",
        b"<a><b></a>",
        b"",
        b"\x00",
        b"<html><body>504<br></body></html>",
    ],
)
def test_entities_foreign_documents_and_what_is_no_xml_are_refused(body: bytes) -> None:
    with pytest.raises(XmlRefusedError):
        parse_xml(body, doctype="a")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_another_encoding_hides_nothing(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY x "ü">]><a>&x;</a>'
    with pytest.raises(XmlRefusedError):
        parse_xml(text.encode(encoding), doctype="a")


def test_a_document_that_is_too_large_too_deep_or_too_wide_is_refused() -> None:
    assert parse_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).tag == "a"
    deep = b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1)
    wide = b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>"
    deepest = b"<a>" * 100_000 + b"</a>" * 100_000
    for body in (deep, wide, deepest, b"<a>" + b" " * MAX_BYTES + b"</a>"):
        with pytest.raises(XmlRefusedError):
            parse_xml(body)
