"""What staff do, in a real browser: two arms seen by two people, and a reviewer who works through the queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import start_with_photo
from tests.site.site_copy import Copy

Visitor = Callable[..., Page]
pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = "import os, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'dylumo_site.settings'); django.setup(); "
STAFF = (
    SETUP + "from accounts.models import User; from accounts.roles import give_role; "
    "[give_role(User.objects.create_user(f'{role}@staff.example.org', 'a long, dull password'), role) "
    "for role in ('owner', 'reviewer', 'analyst')]"
)
EXPERIMENT = (
    SETUP + "from feedback.experiments import lifecycle; "
    "made = lifecycle.draft('Unfolded reasons', 'Do unfolded reasons get more likes?', {'template': 'open'}); "
    "lifecycle.start(made); print(made.pk)"
)


@pytest.fixture(scope="module")
def staff(site: Copy) -> None:
    site.python(STAFF)


def sign_in(page: Page, role: str) -> None:
    page.goto("/admin/")
    page.locator("[name=login]").fill(f"{role}@staff.example.org")
    page.locator("[name=password]").fill("a long, dull password")
    page.locator("main form button").last.click()
    expect(page.locator("body")).to_contain_text("lists today")


def test_two_arms_are_seen_by_two_people_and_counted(visitor: Visitor, site: Copy, staff: None) -> None:
    number = site.python(EXPERIMENT)
    seen: dict[str, int] = {}
    for _ in range(12):
        if len(seen) == 2:
            break
        page = visitor()
        start_with_photo(page)
        page.reload()
        layout = (page.locator("#tracks").get_attribute("class") or "").split()[-1]
        seen[layout] = page.locator(".track > details[open]").count()
    assert seen["usual"] == 0 and seen["open"] >= 5
    analyst = visitor()
    sign_in(analyst, "analyst")
    analyst.goto(f"/admin/feedback/experiment/{number}/result/")
    table = analyst.locator("section", has_text="Who saw what")
    for arm in ("usual", "changed"):
        expect(table.locator("tr", has_text=arm).locator("td").nth(1)).not_to_have_text("0")
    analyst.get_by_role("button", name="Stop").click()
    expect(analyst.locator("body")).to_contain_text("Stopped: everybody gets the usual way again.")
    analyst.get_by_label("Decision").fill("Too few people to tell.")
    analyst.get_by_role("button", name="Decide").click()
    expect(analyst.locator("body")).to_contain_text("Too few people to tell.")


def test_a_reviewer_works_through_the_queue(visitor: Visitor, staff: None) -> None:
    person = visitor()
    start_with_photo(person)
    first = person.locator(".track").first
    title = first.locator(".title").inner_text()
    first.get_by_role("button", name="Like").first.click()
    expect(person.locator('[aria-pressed="true"]').first).to_be_visible()
    page = visitor()
    sign_in(page, "reviewer")
    page.goto("/admin/feedback/reviewcase/")
    page.locator("#result_list tbody tr a").first.click()
    for told in ("What was seen in the photo", "What was looked for", title, "liked"):
        expect(page.locator("body")).to_contain_text(told)
    page.locator("[name=tags]").fill("good match")
    page.locator("[name=answer]").fill("The first track fits well.")
    page.locator("[name=state]").select_option("answered", force=True)
    page.get_by_role("button", name="Save, and make an evaluation case").click()
    expect(page.locator("body")).to_contain_text("Made the evaluation case")
    page.get_by_role("link", name="evaluation case", exact=True).click()
    expect(page.locator("body")).to_contain_text("1 of 1 wanted")
    assert page.goto("/admin/agents/conversation/").status == 403  # type: ignore[union-attr]
