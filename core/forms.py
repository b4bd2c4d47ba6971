"""Forms that complain in the one shape of errors."""

from __future__ import annotations

from typing import Any

from django import forms

from core.errors import BadInput


class CheckedForm(forms.Form):
    def data_or_error(self) -> dict[str, Any]:
        """The cleaned data; raises BadInput with the first complaint."""
        if not self.is_valid():
            field, complaints = next(iter(self.errors.items()))
            raise BadInput(str(complaints[0]), code=f"bad_{field}" if field != "__all__" else "bad_input")
        return self.cleaned_data
