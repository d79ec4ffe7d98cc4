"""The conditions under which names of a TLD are sold (domains.md 2), as staff fill them in."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.catalog.actions.editing import without_none, without_unchanged
from commerce.domains.actions.tlds import set_tld, switch_tlds
from commerce.domains.models import Tld
from commerce.domains.registrars.registry import check_registrar_exists, registrar_names
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import (
    UNCHANGED,
    Flag,
    Integer,
    Line,
    Reference,
    UnchangedValue,
    Words,
)
from commerce.kit.acts.lists import WordList
from commerce.kit.context import Context


def find_registrar_name(name: str) -> str:
    """The name of a registrar that there is. Raises ``BusinessError``."""
    check_registrar_exists(name)
    return name


IS_ACTIVE = Flag(_("On sale"))
REGISTRAR = Reference(
    _("Registrar of new domains"),
    about=_("Leave blank for the default registrar."),
    find=find_registrar_name,
    among=registrar_names,
    or_none=True,
)
MIN_YEARS = Integer(_("Minimum years"), least=1, most=10)
MAX_YEARS = Integer(_("Maximum years"), least=1, most=10)
CODE_REQUIRED = Flag(_("Transfers need an authorization code"))
PRIVACY_AVAILABLE = Flag(_("WHOIS privacy is available"))
TRANSFER_ADDS_YEAR = Flag(_("A transfer adds a year"))
GRACE_DAYS = Integer(_("Days of grace after expiry"), most=365)
REDEMPTION_DAYS = Integer(_("Days of redemption"), most=365)
RENEW_ADVANCE_DAYS = Integer(
    _("Days before expiry to bill the renewal"),
    about=_("Leave blank to use the domain settings."),
    most=365,
    or_none=True,
)
POSITION = Integer(_("Position in the list"), most=1_000_000)


@act(
    "tld.new",
    None,
    label=_("Add TLD"),
    done=_(".%(tld)s was added. Set its prices to sell it."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="tld add --tld co.uk --code-required off --transfer-adds-year off",
)
@transaction.atomic
def add_tld(
    *,
    tld: Annotated[str, Line(_("TLD"), about=_("Such as com or co.uk."), most=63)],
    ctx: Context,
    is_active: Annotated[bool, IS_ACTIVE] = False,
    registrar: Annotated[str | None, REGISTRAR] = None,
    min_years: Annotated[int, MIN_YEARS] = 1,
    max_years: Annotated[int, MAX_YEARS] = 10,
    code_required: Annotated[bool, CODE_REQUIRED] = True,
    privacy_available: Annotated[bool, PRIVACY_AVAILABLE] = True,
    transfer_adds_year: Annotated[bool, TRANSFER_ADDS_YEAR] = True,
    grace_days: Annotated[int, GRACE_DAYS] = 30,
    redemption_days: Annotated[int, REDEMPTION_DAYS] = 30,
    renew_advance_days: Annotated[int | None, RENEW_ADVANCE_DAYS] = None,
    position: Annotated[int, POSITION] = 0,
) -> Tld:
    """A further TLD; it is sold once it has prices. Raises what ``set_tld`` does."""
    return set_tld(
        tld=tld,
        is_new=True,
        is_active=is_active,
        registrar=registrar or "",
        min_years=min_years,
        max_years=max_years,
        code_required=code_required,
        privacy_available=privacy_available,
        transfer_adds_year=transfer_adds_year,
        grace_days=grace_days,
        redemption_days=redemption_days,
        renew_advance_days=renew_advance_days,
        position=position,
        ctx=ctx,
    )


@act(
    "tld.edit",
    Tld,
    label=_("Edit"),
    done=_("The TLD was saved. Existing domains don't change."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="tld change com --max-years 5 --registrar none",
)
@transaction.atomic
def edit_tld(
    *,
    tld: Tld,
    ctx: Context,
    is_active: Annotated[bool | None, replace(IS_ACTIVE, edits="is_active")] = None,
    registrar: Annotated[
        str | UnchangedValue | None, replace(REGISTRAR, edits="registrar")
    ] = UNCHANGED,
    min_years: Annotated[int | None, replace(MIN_YEARS, edits="min_years")] = None,
    max_years: Annotated[int | None, replace(MAX_YEARS, edits="max_years")] = None,
    code_required: Annotated[bool | None, replace(CODE_REQUIRED, edits="code_required")] = None,
    privacy_available: Annotated[
        bool | None, replace(PRIVACY_AVAILABLE, edits="privacy_available")
    ] = None,
    transfer_adds_year: Annotated[
        bool | None, replace(TRANSFER_ADDS_YEAR, edits="transfer_adds_year")
    ] = None,
    grace_days: Annotated[int | None, replace(GRACE_DAYS, edits="grace_days")] = None,
    redemption_days: Annotated[
        int | None, replace(REDEMPTION_DAYS, edits="redemption_days")
    ] = None,
    renew_advance_days: Annotated[
        int | UnchangedValue | None, replace(RENEW_ADVANCE_DAYS, edits="renew_advance_days")
    ] = UNCHANGED,
    position: Annotated[int | None, replace(POSITION, edits="position")] = None,
) -> Tld:
    """Its conditions. Raises what ``set_tld`` does."""
    told = without_none(
        is_active=is_active,
        min_years=min_years,
        max_years=max_years,
        code_required=code_required,
        privacy_available=privacy_available,
        transfer_adds_year=transfer_adds_year,
        grace_days=grace_days,
        redemption_days=redemption_days,
        position=position,
    )
    told |= without_unchanged(renew_advance_days=renew_advance_days)
    told |= {name: value or "" for name, value in without_unchanged(registrar=registrar).items()}
    return set_tld(tld=tld.tld, **told, ctx=ctx)


def _switched_text(count: int, _record: None) -> Words:
    return ngettext("%(count)s TLD changed.", "%(count)s TLDs changed.", count) % {"count": count}


@act(
    "tld.switch",
    None,
    label=_("Start or stop selling"),
    intro=_("Existing domains don't change."),
    done=_switched_text,
    staff=StaffPermission.PRODUCTS_MANAGE,
)
def switch_sale_of_tlds(
    *,
    tlds: Annotated[
        Iterable[str],
        WordList(
            _("TLDs"),
            about=_("Separated by spaces or line breaks, such as: com net co.uk"),
            most=20_000,
        ),
    ],
    on_sale: Annotated[bool, IS_ACTIVE],
    ctx: Context,
) -> int:
    """``switch_tlds``: all of them or, if one is unknown, none."""
    return switch_tlds(tlds=tlds, on_sale=on_sale, ctx=ctx)
