"""Dylumo on a phone as an app: installable, readable without a network, silent after signing out; and pages that
everybody can use, at any width and by any reader."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_journeys import COLD, start_with_photo, titles
from tests.site.site_copy import Copy

Visitor = Callable[..., Page]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    package = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python (requirements-dev.txt)")
    return (Path(package.__file__).parent / "axe.min.js").read_text()


def ready(page: Page) -> None:
    """The service worker is there and serves this page."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def test_chromium_would_install_it(visitor: Visitor) -> None:
    page = visitor(**PHONE)
    ready(page)
    tools = page.context.new_cdp_session(page)
    manifest = tools.send("Page.getAppManifest")
    assert manifest["errors"] == [] and manifest["url"].endswith("/app.webmanifest")
    found = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in found} <= {"in-incognito"}  # every test is a private window


def test_a_list_can_be_read_without_a_network_until_one_signs_out(visitor: Visitor) -> None:
    page = visitor(**PHONE)
    ready(page)
    start_with_photo(page)
    address, songs = page.url, titles(page)
    page.goto(address)
    page.locator(".keep").get_by_role("link", name="Sign up").click()
    page.locator("[name=email]").fill("offline@example.org")
    page.locator("[name=password1]").fill("a long, dull password")
    page.locator("[name=password2]").fill("a long, dull password")
    page.locator("main form button").last.click()
    page.wait_for_url(address)  # where one came from

    kept = "caches.open('pages').then(cache => cache.match(location.href)).then(kept => kept ? kept.text() : '')"
    whole = "page.includes('class=\"parts\"') && !page.includes('class=\"keep')"  # and no longer the guest's
    page.wait_for_function(f"{kept}.then(page => {whole})")
    page.context.set_offline(True)
    while page.goto("/taste/") and "You are offline" not in page.content():
        pass  # the service worker's own line is cut a moment later than the page's
    page.goto(address)
    assert titles(page) == songs
    expect(page.locator("#offline-line")).to_be_visible()
    page.locator(".more > summary").last.tap()
    expect(page.locator(".track").last.locator(".parts")).to_be_visible()
    page.goto("/taste/")
    expect(page.locator("h1")).to_have_text("You are offline")
    expect(page.locator("#kept a")).to_have_count(1)
    assert "offline@example.org" not in page.content()

    page.context.set_offline(False)
    page.goto("/")
    expect(page.locator("#offline-line")).to_be_hidden()
    page.locator(".menu > summary").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("navigation").get_by_role("link", name="Sign up")).to_be_visible()
    page.wait_for_function("caches.open('pages').then((cache) => cache.keys()).then((keys) => keys.length === 1)")
    page.context.set_offline(True)
    page.goto(address)
    expect(page.locator("h1")).to_have_text("You are offline")
    expect(page.locator("#kept a")).to_have_count(0)


def test_a_photo_shared_from_the_gallery_lands_on_its_list(chromium: Browser, site: Copy) -> None:
    stored = io.BytesIO()
    Image.new("RGB", (640, 480), "#e0703a").save(stored, "JPEG")
    context = chromium.new_context(base_url=f"http://127.0.0.1:{site.port}", **PHONE)
    sent = context.request.post(
        "/share/",
        multipart={"picture": {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": stored.getvalue()}},
        headers={"Sec-Fetch-Site": "none"},  # what Chromium says of a share sheet's navigation
    )
    assert sent.ok
    page = context.new_page()
    page.goto(sent.url)
    expect(page.locator(".track").nth(4)).to_be_visible(timeout=COLD)
    context.close()


def test_lists_are_searched_chosen_and_deleted_in_the_gallery(visitor: Visitor) -> None:
    page = visitor()
    for name in ("sunset-sea.webp", "party-lights.webp", "rainy-city.webp"):
        page.goto("/")
        start_with_photo(page, name)
    page.goto("/lists/")
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator(".tile-pick").first).to_be_hidden()
    page.get_by_role("button", name="Select").click()
    page.locator(".tile > a").nth(0).click()
    page.locator(".tile > a").nth(2).click()
    expect(page.locator("#chosen-many")).to_have_text("2 lists chosen")
    page.on("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Delete lists and photos").click()
    expect(page.locator(".messages")).to_contain_text("2 lists deleted")
    expect(page.locator(".tile")).to_have_count(1)
    page.locator("#query").fill("no such thing")
    page.keyboard.press("Enter")
    expect(page.locator("h2")).to_have_text(re.compile("Nothing with"))


def test_at_two_hundred_per_cent_a_track_is_in_view(visitor: Visitor) -> None:
    page = visitor(viewport={"width": 720, "height": 450}, device_scale_factor=2)
    start_with_photo(page)
    page.goto(page.url)
    expect(page.locator(".track").first).to_be_in_viewport()


PAGES = ("/", "/lists/", "/search/", "/library/", "/taste/", "/accounts/connections/", "/accounts/login/", "/offline/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_and_nothing_sticks_out(visitor: Visitor, axe: str, scheme: str, width: int) -> None:
    # axe paints styles of its own to measure contrast, which the pages' policy would refuse
    size = {"width": width, "height": 800}
    page = visitor(viewport=size, color_scheme=scheme, is_mobile=width < 500, bypass_csp=True)
    start_with_photo(page)
    found: dict[str, Any] = {}
    for address in (page.url, *PAGES):
        page.goto(address)
        page.evaluate(axe)
        broken = page.evaluate("axe.run().then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if broken or wide > width:
            found[address] = (wide, broken)
    assert found == {}
