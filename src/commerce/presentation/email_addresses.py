"""Email addresses: which ones are kept, wherever they are typed."""

from dataclasses import KW_ONLY, dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from commerce.kit.acts.inputs import Line
from commerce.kit.errors import BusinessError
from commerce.kit.text import reaches_itself


def is_email_address(text: str) -> bool:
    """Whether it is an address, to which mail goes as it says."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return reaches_itself(text)


@dataclass(frozen=True)
class Email(Line):
    """An email address that is going to be kept."""

    _: KW_ONLY
    most: int = 254

    def check(self, value: str) -> str:
        address = super().check(value)
        if not is_email_address(address):
            raise BusinessError("input.not_an_email")
        return address
