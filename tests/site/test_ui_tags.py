"""Icons and form fields come from one template tag each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template

from dylumo_site.templatetags.ui import device

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SYMBOLS = set(re.findall(r'<symbol id="(\w+)"', (TEMPLATES / "static" / "icons.svg").read_text()))


class Form(forms.Form):
    name = forms.CharField(label="Your <name>", help_text="As on the card.")
    agree = forms.BooleanField(label="I agree")
    side = forms.ChoiceField(label="Which?", choices=[("a", "This"), ("b", "That")], widget=forms.RadioSelect)


def drawn(text: str, **context: object) -> str:
    return Template(text).render(Context(context))


def test_an_icon_is_for_the_eye_only_and_takes_a_further_class() -> None:
    use = '<use href="/static/icons.svg#play"/></svg>'
    assert drawn('{% icon "play" %}') == f'<svg class="icon" aria-hidden="true">{use}'
    assert drawn('{% icon name "huge" %}', name="play") == f'<svg class="icon huge" aria-hidden="true">{use}'
    assert '"><' not in drawn("{% icon name %}", name='"><script>').split("href")[1]


def test_every_icon_that_a_page_names_is_drawn_in_the_sheet_and_none_is_pasted() -> None:
    pages = {path: path.read_text() for path in TEMPLATES.rglob("*.html")}
    named = {name for text in pages.values() for name in re.findall(r'{% icon "(\w+)"', text)}
    assert named
    assert named <= SYMBOLS
    assert [path.name for path, text in pages.items() if "icons.svg" in text] == []


def test_a_field_has_its_label_its_errors_and_its_help() -> None:
    form = Form({"name": ""})
    told = drawn("{% field form.name %}", form=form)
    assert '<label for="id_name">Your &lt;name&gt;</label>' in told
    assert "This field is required." in told
    assert 'id="id_name_helptext">As on the card.' in told
    assert 'class="field checkbox"' in drawn("{% field form.agree %}", form=form)
    choices = drawn('{% field form.side note="one of both" number=3 %}', form=form)
    assert "<legend>3. Which?" in choices
    assert choices.count('type="radio"') == 2


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604", "Safari on an iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150 Safari/537.36 Edg/150", "Edge on Windows"),
        ("curl/8.0", "A program"),
        ("", "A program"),
    ],
)
def test_a_browser_is_called_what_people_call_it(told: str, words: str) -> None:
    assert device(told) == words
