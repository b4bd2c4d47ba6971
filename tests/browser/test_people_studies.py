"""A person takes part in a study on a phone: without scripts by touch, and with nothing but the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.site.site_copy import Copy

Visitor = Callable[..., Page]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"viewport": {"width": 390, "height": 844}}

STUDY = """
import os, django
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'dylumo_site.settings')
django.setup()
from pathlib import Path
from accounts.models import User
from feedback.user_studies import study as user_study
from feedback.models import PeopleStudy
from recommender.library.photos import store_picture
from core.schemas import ImageReading, dump
owner = User.objects.create_user('study@staff.example.org', 'a long, dull password')
photos = []
for place, path in enumerate(sorted(Path('templates/static/samples').glob('*-small.webp'))[:2]):
    photo = store_picture(owner, path.read_bytes(), name=path.name)
    photo.reading = dump(ImageReading(valence=0.3 + 0.4 * place, arousal=0.5))
    photo.save()
    photos.append(photo)
study = PeopleStudy.objects.create(owner=owner, title='Photos and songs', question='?',
                                   settings_b={'reasoning': 'symbolic'}, length=4)
user_study.open_study(study, photos)
print(' '.join(person.token for person in user_study.invite(study, 3)))
"""


@pytest.fixture(scope="module")
def links(site: Copy) -> list[str]:
    return [f"/study/{token}/" for token in site.python(STUDY).split()]


def test_on_a_phone_without_scripts(visitor: Visitor, links: list[str]) -> None:
    page = visitor(java_script_enabled=False, **PHONE)
    page.goto(links[0])
    page.get_by_role("button", name="I agree, begin").click()
    for number in (1, 2):
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Photo {number} of 2")
        page.wait_for_load_state("load")  # before that the page may not have its style yet
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("No difference").check()
        for name in ("How well does the left list fit?", "How well does the right list fit?"):
            page.get_by_role("group", name=name).get_by_label("4").check()
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ten last questions")
    for group in page.get_by_role("main").get_by_role("group").all():
        group.get_by_label("3").check()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def test_by_keyboard_alone(visitor: Visitor, links: list[str]) -> None:
    page = visitor(**PHONE)
    page.goto(links[1])
    page.get_by_role("button", name="I agree, begin").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Photo 1 of 2")
    page.get_by_role("radio", name="The left list").focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Photo 2 of 2")
