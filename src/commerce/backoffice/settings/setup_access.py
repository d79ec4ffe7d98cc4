"""Which steps of the setup assistant a person may take: all change settings, some also what is sold."""

from django.http import HttpRequest

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Needed
from commerce.first_setup.consumers import has_consumer_rights
from commerce.first_setup.missing import SetupStep

_SELLING = {SetupStep.TAX, SetupStep.PRODUCT, SetupStep.DOMAINS}
"""They make currencies, products, TLDs and prices."""


def needed_for(step: SetupStep) -> Needed:
    """What a step needs."""
    manage = StaffPermission.SETTINGS_MANAGE
    return (manage, StaffPermission.PRODUCTS_MANAGE) if step in _SELLING else manage


def steps_open_to(request: HttpRequest) -> list[SetupStep]:
    """The steps that the person of this request may take, in their order."""
    return [step for step in SetupStep if is_there(step) and may(request, needed_for(step))]


def is_there(step: SetupStep) -> bool:
    """Whether the company, wherever it is, has this step."""
    return step != SetupStep.CONSUMERS or has_consumer_rights()
