"""What an action refused, shown where the person typed it."""

from django import forms

from commerce.kit.errors import NotAllowed, Refused


def show(form: forms.Form, refused: Refused) -> None:
    """Put a refusal beside its field, or above the form. A missing right goes on to its own page (``client_page``)."""
    if isinstance(refused, NotAllowed):
        raise refused
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
