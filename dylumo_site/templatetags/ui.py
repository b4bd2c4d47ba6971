"""Icons and form fields, written once. Every template has these tags without loading them (``settings.TEMPLATES``)."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import trace

register = template.Library()


@register.simple_tag
def icon(name: str, style: str = "") -> SafeString:
    """A symbol of ``icons.svg``, for the eye only: whatever it stands in has to say what it means."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {style}" if style else "",
        static("icons.svg"),
        name,
    )


@register.simple_tag
def request_id() -> str:
    """The request's number, for error pages: whoever runs this copy finds the log's lines by it."""
    return trace.request_id()


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)
"""What a browser's own description contains, and what people call that; the first that fits."""


@register.filter
def device(user_agent: str) -> str:
    """A browser's description of itself in words: "Firefox on Windows"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return " on ".join(filter(None, [browser or ("A browser" if system else ""), system])) or "A program"


@register.inclusion_tag("forms/field.html")
def field(bound: BoundField, note: str = "", number: int | None = None) -> dict[str, Any]:
    """A form's field with its label, errors and help. Radio buttons become a group, which ``note`` and ``number``
    explain and count."""
    widget = bound.field.widget
    kinds = {"choices": RadioSelect, "checkbox": CheckboxInput}
    kind = next((name for name, widgets in kinds.items() if isinstance(widget, widgets)), "text")
    return {"field": bound, "kind": kind, "note": note, "number": number}
