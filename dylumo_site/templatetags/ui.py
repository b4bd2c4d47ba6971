"""Icons and form fields, written once. Every template has these tags without loading them (``settings.TEMPLATES``)."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_noop as later

from core import trace
from dylumo_site.script_words import FIRST_PAGE, WORDS

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


@register.filter
def translated(text: str) -> str:
    """A sentence that was raised or stored in English, in the page's language."""
    return gettext(text) if text else ""


@register.simple_tag
def script_words(*, first_page: bool = False) -> SafeString:
    """What the scripts of the page say, for ``words.js``."""
    said = WORDS | (FIRST_PAGE if first_page else {})
    told = json.dumps({name: str(words) for name, words in said.items()}, ensure_ascii=False)
    text = SafeString(escape(told, quote=False))  # hundreds of quotation marks, which are no markup here
    return format_html('<template id="words">{}</template>', text)


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", later("an iPhone")),
    ("iPad", later("an iPad")),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", later("a Mac")),
    ("CrOS", later("a Chromebook")),
    ("Linux", "Linux"),
)
"""What a browser's own description contains, and what people call that; the first that fits."""


@register.filter
def device(user_agent: str) -> str:
    """A browser's description of itself in words: "Firefox on Windows"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if not system:
        return browser or gettext("A program")
    return pgettext("device", "{browser} on {system}").format(
        browser=browser or gettext("A browser"), system=gettext(system)
    )


@register.inclusion_tag("forms/field.html")
def field(bound: BoundField, note: str = "", number: int | None = None) -> dict[str, Any]:
    """A form's field with its label, errors and help. Radio buttons become a group, which ``note`` and ``number``
    explain and count."""
    widget = bound.field.widget
    kinds = {"choices": RadioSelect, "checkbox": CheckboxInput}
    kind = next((name for name, widgets in kinds.items() if isinstance(widget, widgets)), "text")
    return {"field": bound, "kind": kind, "note": note, "number": number}
