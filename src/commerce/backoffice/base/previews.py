"""Forms that show what they would do before they do it: what is confirmed is what was shown."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django import forms

from commerce.backoffice.base.forms import StaffForm


class PreviewedForm(StaffForm):
    """A form that is sent twice: its outcome is shown, then it is confirmed. A subclass has a field ``confirmed``, and
    calls ``ask`` when it is checked.
    """

    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    """Which outcome the page showed."""

    def prepare(self) -> None:
        """Nothing to confirm until something was shown."""
        if not self.is_bound:
            del self.fields["confirmed"]

    def ask(self, outcome: Sequence[tuple[Any, ...]], text: str) -> None:
        """Ask with this text for a confirmation, unless just this outcome was shown and confirmed."""
        digest = sha256(repr(outcome).encode()).hexdigest()
        values = self.cleaned_data
        if values.get("confirmed") and values.get("shown") == digest:
            return
        sent: Any = self.data
        sent = sent.copy()
        sent["shown"] = digest
        sent.pop("confirmed", None)
        self.data = sent
        self.add_error("confirmed", text)
