"""Factur-X: the e-invoice put into the PDF, and a look at what PDF/A-3 asks of the result. No full validation."""

import io
import logging

from commerce.billing.documents.content import DocumentContent

ATTACHMENT_NAME = "factur-x.xml"
ATTACHMENT_RELATION = "/Alternative"
"""The XML says the same as the page (Factur-X 1.0, profile EN 16931)."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def embed_einvoice(
    pdf: bytes, xml: bytes, *, facts: DocumentContent, title: str, lang: str
) -> bytes:
    """The PDF with the XML attached as Factur-X asks, its metadata included."""
    import facturx

    # It tells of each file that it made.
    logging.getLogger("factur-x").setLevel(logging.WARNING)
    made = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
        pdf_metadata={
            "author": facts.seller.legal_name,
            "title": f"{title} {facts.number}",
            "subject": f"{title} {facts.number} of {facts.issued_on}",
            "keywords": "Factur-X",
        },
        lang=lang,
        afrelationship=ATTACHMENT_RELATION.strip("/").lower(),
        xmp_compression=False,
    )
    return _described_plainly(bytes(made))


def _described_plainly(pdf: bytes) -> bytes:
    """The same file, with its metadata as readers of little XML look for it.

    Each description says what it is about, and names its own namespaces: MuPDF, and what is built on it, finds an
    e-invoice only so.
    """
    from pypdf import PdfWriter
    from pypdf.generic import StreamObject

    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.pdf_header = pdf[:8].decode("ascii")
    metadata = writer.root_object["/Metadata"].get_object()
    assert isinstance(metadata, StreamObject)  # as facturx made it
    metadata.set_data(_plain_xmp(metadata.get_data()))
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _plain_xmp(xmp: bytes) -> bytes:
    from lxml import etree

    root = etree.fromstring(xmp)
    parts = []
    for description in root.iterfind(f".//{{{_RDF}}}RDF/{{{_RDF}}}Description"):
        alone = etree.fromstring(etree.tostring(description, with_tail=False))
        etree.cleanup_namespaces(alone)
        alone.set(f"{{{_RDF}}}about", "")
        parts.append(etree.tostring(alone, encoding="unicode"))
    metadata = "\n".join(parts)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f'<rdf:RDF xmlns:rdf="{_RDF}">\n{metadata}\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def pdfa_problems(pdf: bytes, xml: bytes) -> list[str]:
    """What the file lacks of PDF/A-3 with Factur-X, as far as it is looked at; empty when nothing was missed."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    catalog = reader.root_object
    lacks = [] if reader.trailer.get("/ID") else ["it has no identifier"]
    intents = [one.get_object() for one in catalog.get("/OutputIntents", [])]
    if not any(one.get("/S") == "/GTS_PDFA1" for one in intents):
        lacks.append("it has no output intent for PDF/A")
    metadata = catalog.get("/Metadata")
    xmp = metadata.get_object().get_data() if metadata is not None else b""
    wanted = {
        b'urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" rdf:about=""': "what it is about",
        b"<pdfaid:part>3</pdfaid:part>": "part 3 of PDF/A",
        b"<pdfaid:conformance>B</pdfaid:conformance>": "conformance B of PDF/A",
        b"urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#": "the schema of Factur-X",
        b"<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>": "the profile EN 16931",
        b"<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>": "the name of the e-invoice",
    }
    missing = [what for text, what in wanted.items() if text not in xmp]
    lacks += [f"its metadata does not name {what}" for what in missing]
    files = [one.get_object() for one in catalog.get("/AF", [])]
    ours = [one for one in files if one.get("/F") == ATTACHMENT_NAME]
    if [one.get("/AFRelationship") for one in ours] != [ATTACHMENT_RELATION]:
        lacks.append("the e-invoice is not attached as an alternative")
    elif ours[0]["/EF"]["/F"].get_object().get_data() != xml:
        lacks.append("the attached e-invoice is another one")
    return lacks
