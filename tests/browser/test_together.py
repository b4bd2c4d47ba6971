"""Two people in two browsers listen together."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import start_with_photo, titles
from tests.site.site_copy import eventually

Visitor = Callable[..., Page]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_invite_join_react_hear_in_step_and_both_see_the_changed_list(visitor: Visitor) -> None:
    olga, mia = visitor(), visitor(viewport={"width": 390, "height": 844})
    start_with_photo(olga)
    olga.get_by_label("Share", exact=True).click()
    olga.locator("#session-name").fill("Olga")
    olga.get_by_role("button", name="Listen together").click()
    invitation = olga.locator("#invitation").input_value()

    mia.goto(invitation)
    expect(mia.locator(".track")).to_have_count(0)
    mia.locator("#name").fill("Mia")
    mia.get_by_role("button", name="Join").click()
    expect(mia.locator(".track").first).to_be_visible()
    expect(olga.locator("#people")).to_contain_text("Mia")
    expect(mia.locator("#seen img")).to_be_visible()

    before = titles(mia)
    expect(olga.locator(".track .title")).to_have_text(before)
    first = mia.locator(".track").first
    unwanted = first.get_attribute("data-track")
    first.locator("summary[aria-label^='Never again']").click()
    first.get_by_role("button", name="Never this song").click()
    for page in (mia, olga):
        expect(page.locator(f"#track-{unwanted}")).to_have_count(0)
    changed = titles(mia)
    assert changed != before
    expect(olga.locator(".track .title")).to_have_text(changed)

    mia.locator(".track [aria-label^='Like ']").first.click()
    expect(mia.locator(".serves", has_text="Mia").first).to_be_visible()
    expect(olga.locator(".serves", has_text="Mia").first).to_be_visible()
    expect(olga.locator("[aria-label^='Like '][aria-pressed=true]")).to_have_count(0)

    mia.locator("#say").fill("a bit calmer")
    mia.keyboard.press("Enter")
    expect(olga.locator(".said", has_text="a bit calmer")).to_contain_text("Mia")
    expect(mia.locator(".turn").last.locator(".answer")).to_have_text(re.compile(r"\w"), timeout=60_000)

    # In step: what Olga plays, Mia hears at the same second; Olga's pause is everybody's; a sign flies to both.
    olga.locator(".track [data-play]").nth(1).click()
    expect(olga.locator(".track.sounding")).to_have_count(1)
    assert eventually(lambda: sounding(mia) == sounding(olga) != [])
    olga.locator("[data-do=toggle]").click()
    expect(mia.locator("#step-says")).to_have_text("Paused for everybody.")
    expect(mia.locator(".track.sounding")).to_have_count(0)
    olga.evaluate("document.querySelector('#player audio').currentTime = 7")
    assert eventually(lambda: abs(second(mia) - 7) < 0.3), second(mia)
    mia.locator("[data-cheer=clap]").click()
    expect(olga.locator(".flying", has_text="Mia")).to_have_count(1)
    mia.locator("#in-step").click()
    expect(mia.locator("#step-says")).to_have_text("You listen on your own.")
    olga.locator("[data-do=toggle]").click()
    expect(olga.locator(".track.sounding")).to_have_count(1)
    expect(mia.locator(".track.sounding")).to_have_count(0)
    mia.locator("#in-step").click()
    assert eventually(lambda: sounding(mia) == sounding(olga) != [])
    olga.get_by_role("button", name="End it").click()
    expect(olga.locator("#invitation")).to_have_count(0)
    assert mia.goto(invitation).status == 404  # type: ignore[union-attr]


def sounding(page: Page) -> list[str]:
    return list(page.evaluate("[...document.querySelectorAll('.track.sounding')].map((row) => row.id)"))


def second(page: Page) -> float:
    return float(page.evaluate("document.querySelector('#player audio').currentTime"))


def test_the_moment_is_a_chip_that_can_be_chosen_and_taken_out(visitor: Visitor) -> None:
    page = visitor(timezone_id="Asia/Tokyo")
    start_with_photo(page)
    assert {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}["zone"] == "Asia/Tokyo"
    chips = page.get_by_role("group", name="This moment")
    expect(chips.locator(".chip")).to_have_count(2)
    page.locator("#moment").select_option("party")
    expect(chips).to_contain_text("Party")
    # By day the clock's own chip is named before it.
    expect(page.locator("#moment-says")).to_contain_text("party")
    chips.locator(".chip", has_text="Party").click()
    expect(page.locator("#moment-says", has_text="party")).to_have_count(0)
    page.locator("#clock").click()
    expect(page.get_by_role("button", name="Go by time of day")).to_be_visible()
