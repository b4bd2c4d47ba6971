"""A whole copy of the site (database, Redis, web, workers) and Chromium looking at it.

Chromium is the system's (``/usr/bin/chromium`` or ``CHROMIUM``): Playwright downloads none. The browser lives no
longer than its module, because Playwright's loop would forbid Django's database calls in other tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.site.site_copy import Copy, own_copy

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
FILL = (
    "import os, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'dylumo_site.settings'); django.setup(); "
    "from tests.browser.catalogue import fill; fill()"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Copy]:
    with own_copy(migrated=True) as copy:
        copy.up()
        copy.python(FILL)
        yield copy


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        pytest.skip("needs Chromium: apt-get install chromium, or name one in CHROMIUM")
    expect.set_options(timeout=15_000)  # a busy machine may be slow, and is not wrong for that
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, site: Copy) -> Iterator[Callable[..., Page]]:
    """Opens the site as somebody new; the test fails when a page of theirs logs an error."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def come(**options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        context = chromium.new_context(base_url=f"http://127.0.0.1:{site.port}", **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.goto("/")
        return page

    yield come
    for context in contexts:
        context.close()
    # the refusals and the lost network that tests ask for
    expected = ("Failed to load resource", "Response Status Error Code", "ERR_INTERNET_DISCONNECTED")
    assert [text for text in troubles if not any(known in text for known in expected)] == []
