"""What registries are known to ask for, by the registrar's names of it: proposed to staff, who may change it.

From the registrars' public documentation; not tried against a registrar.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from commerce.domains.models import Tld
from commerce.domains.registrars.registry import registrar_name_for_tld
from commerce.domains.registrars.registry_fields import (
    RegistryField,
    RegistryFieldType,
    checked_registry_fields,
)

_NEXUS = [
    ["C11", _("U.S. citizen")],
    ["C12", _("Permanent resident of the U.S.")],
    ["C21", _("Organization incorporated in the U.S.")],
    ["C31", _("Foreign organization that does business in the U.S.")],
    ["C32", _("Foreign organization with an office in the U.S.")],
]
_PURPOSES = [
    ["P1", _("Business for profit")],
    ["P2", _("Nonprofit organization")],
    ["P3", _("Personal use")],
    ["P4", _("Education")],
    ["P5", _("Government")],
]
_CANADIANS = [
    ["CCT", _("Canadian citizen")],
    ["RES", _("Permanent resident of Canada")],
    ["CCO", _("Corporation in Canada")],
    ["GOV", _("Government in Canada")],
    ["EDU", _("Educational institution in Canada")],
    ["ASS", _("Unincorporated association in Canada")],
    ["HOP", _("Hospital in Canada")],
    ["PRT", _("Partnership registered in Canada")],
    ["TDM", _("Owner of a trademark registered in Canada")],
    ["TRD", _("Trade union in Canada")],
    ["PLT", _("Political party in Canada")],
    ["LAM", _("Library, archive, or museum in Canada")],
    ["TRS", _("Trust established in Canada")],
    ["ABO", _("Indigenous person in Canada")],
    ["INB", _("Indian band in Canada")],
    ["LGR", _("Legal representative of a Canadian")],
    ["OMK", _("Official mark registered in Canada")],
    ["MAJ", _("The Crown")],
]
_BRITISH = [
    ["IND", _("Individual in the UK")],
    ["FIND", _("Individual outside the UK")],
    ["LTD", _("Limited company in the UK")],
    ["PLC", _("Public limited company in the UK")],
    ["PTNR", _("Partnership in the UK")],
    ["STRA", _("Sole trader in the UK")],
    ["LLP", _("Limited liability partnership in the UK")],
    ["RCHAR", _("Registered charity in the UK")],
    ["FCORP", _("Company outside the UK")],
    ["FOTHER", _("Other organization outside the UK")],
]
_AGREES = _("The registrant accepts the registrant agreement of CIRA")
_TERMS = _("The registrant accepts the terms of the registry")
_COMPANY_NUMBER = _("Company number")
_LEGAL_FORM = _("Legal form of the registrant")
_ELIGIBILITY = _("Eligibility of the registrant")
_PURPOSE = _("Purpose of the domain")
_NEXUS_COUNTRY = _("Country of the organization")


def _field(name: str, label: str, kind: str, **more: Any) -> RegistryField:
    return {"name": name, "label": label, "type": kind, "required": True, **more}


def _choice(name: str, label: str, options: Sequence[Sequence[str]]) -> RegistryField:
    return _field(name, label, RegistryFieldType.CHOICE, options=options)


def _fixed(name: str, value: str) -> RegistryField:
    return _field(name, name, RegistryFieldType.FIXED, options=[value])


def _us(category: str, country: str, purpose: str) -> list[RegistryField]:
    needed_if = [category, ["C31", "C32"]]
    return [
        _choice(category, _ELIGIBILITY, _NEXUS),
        _field(country, _NEXUS_COUNTRY, RegistryFieldType.COUNTRY, needed_if=needed_if),
        _choice(purpose, _PURPOSE, _PURPOSES),
    ]


_OF_PERSON, _OF_COMPANY = "individual", "company"
_OWNER_TYPE = "owner_type"
"""Decides which others are asked for; Openprovider isn't told."""


def _person_or_company(
    person: str, label: str, company: str, of_company: str
) -> list[RegistryField]:
    """A number of the holder: one field for a person, another for a company."""
    kinds = [[_OF_PERSON, _("Individual")], [_OF_COMPANY, _("Company")]]
    person_only, company_only = ([_OWNER_TYPE, [kind]] for kind in (_OF_PERSON, _OF_COMPANY))
    return [
        _choice(_OWNER_TYPE, _LEGAL_FORM, kinds),
        _field(person, label, RegistryFieldType.TEXT, needed_if=person_only),
        _field(company, of_company, RegistryFieldType.TEXT, needed_if=company_only),
    ]


def _accepted(name: str) -> RegistryField:
    return _field(name, _TERMS, RegistryFieldType.TICK, options=["1"])


def _openprovider() -> dict[str, list[RegistryField]]:
    """By TLD. What begins with ``customer.`` is told of the holder."""
    of_any = "customer.additional_data."
    of_one = "customer.extension_additional_data."
    spanish = _person_or_company(
        f"{of_any}passport_number",
        _("ID number"),
        f"{of_any}company_registration_number",
        _COMPANY_NUMBER,
    )
    swedish = [
        *_person_or_company(
            f"{of_any}social_security_number",
            _("ID number"),
            f"{of_any}company_registration_number",
            _COMPANY_NUMBER,
        ),
        _accepted("iisse_acceptance"),
    ]
    intended = [_field("intended_use", _PURPOSE, RegistryFieldType.TEXT)]
    return {
        "us": [
            _choice(f"{of_one}nexus_category", _ELIGIBILITY, _NEXUS),
            _choice(f"{of_one}applicant_purpose", _PURPOSE, _PURPOSES),
        ],
        "ca": [_choice("legal_type", _LEGAL_FORM, _CANADIANS)],
        "hu": _person_or_company(
            f"{of_one}passport_number", _("ID number"), f"{of_one}vat", _("VAT number")
        ),
        "dk": [_accepted("dk_acceptance")],
        "ae": [_accepted("ae_acceptance")],
        "vote": [_accepted("vote_acceptance")],
        "voto": [_accepted("voto_acceptance")],
        **dict.fromkeys(("es", "com.es", "nom.es", "org.es"), spanish),
        **dict.fromkeys(("se", "nu"), swedish),
        **dict.fromkeys(("barcelona", "cat", "eus", "gal", "scot"), intended),
    }


_KNOWN: Mapping[tuple[str, str], list[RegistryField]] = {
    ("namecheap", "us"): _us("RegistrantNexus", "RegistrantNexusCountry", "RegistrantPurpose"),
    ("namecheap", "ca"): [
        _choice("CIRALegalType", _LEGAL_FORM, _CANADIANS),
        _choice(
            "CIRAWhoisDisplay",
            _("Contact details in WHOIS"),
            [["Private", _("Hidden")], ["Full", _("Shown")]],
        ),
        _fixed("CIRAAgreementVersion", "2.0"),
        _field("CIRAAgreementValue", _AGREES, RegistryFieldType.TICK, options=["Y"]),
    ],
    ("namecheap", "eu"): [
        _fixed("EUAgreeWhoisPolicy", "YES"),
        _fixed("EUAgreeDeletePolicy", "YES"),
    ],
    ("namecheap", "co.uk"): [
        _choice("COUKLegalType", _LEGAL_FORM, _BRITISH),
        _field(
            "COUKCompanyID",
            _COMPANY_NUMBER,
            RegistryFieldType.TEXT,
            needed_if=["COUKLegalType", ["LTD", "PLC", "LLP", "RCHAR"]],
        ),
    ],
    ("opensrs", "us"): _us(
        "tld_data.nexus.category", "tld_data.nexus.validator", "tld_data.nexus.app_purpose"
    ),
    ("opensrs", "ca"): [
        _choice("legal_type", _LEGAL_FORM, _CANADIANS),
        _choice("lang_pref", _("Language of messages"), [["EN", "English"], ["FR", "Français"]]),
        _choice(
            "isa_trademark",
            _("The domain is a registered trademark"),
            [["0", _("No")], ["1", _("Yes")]],
        ),
    ],
    ("resellerclub", "ca"): [
        _choice("CPR", _LEGAL_FORM, _CANADIANS),
        _fixed("AgreementVersion", "2.0"),
        _field("AgreementValue", _AGREES, RegistryFieldType.TICK, options=["y"]),
    ],
    ("resellerclub", "es"): [
        _choice(
            "es_form_juridica",
            _LEGAL_FORM,
            [["1", _("Individual")], ["612", _("Company")], ["877", _("Other organization")]],
        ),
        _choice(
            "es_tipo_identificacion",
            _("Type of ID"),
            [["1", "DNI, NIF"], ["3", "NIE"], ["0", _("Other ID")]],
        ),
        _field("es_identificacion", _("ID number"), RegistryFieldType.TEXT),
    ],
    **{("openprovider", tld): fields for tld, fields in _openprovider().items()},
}


def known_registry_fields(tld: str) -> list[RegistryField]:
    """What the registry of a TLD is known to ask for through the registrar of its names; none if nothing is known."""
    return checked_registry_fields(_KNOWN.get((registrar_name_for_tld(tld), tld), []))


def lacks_registry_fields(tld: Tld) -> bool:
    """Whether its names are sold without anything that their registry is known to ask for."""
    return not tld.extra_fields and bool(known_registry_fields(tld.tld))
