"""Pictures of ten main pages, on a phone and on a desk, light and dark: to be looked at before a release.

A whole copy of the site runs on a loopback port with the editor's songs; a visitor makes lists from the sample photos.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

from lab.benchmarks._pages import furnish, program
from lab.benchmarks._site import running_site

DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def run(out: Path = Path("shots")) -> dict[str, Any]:
    """How many pictures were made, and where: ``PAGE-DEVICE-SCHEME.png``."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    made = 0
    with running_site(DYLUMO_SONGS="1") as site:
        pages = asyncio.run(furnish(site))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
            for device, options in DEVICES.items():
                for scheme in SCHEMES:
                    context = browser.new_context(
                        base_url=site.url, color_scheme=scheme, reduced_motion="reduce", **options
                    )
                    context.add_cookies(pages.for_browser(site))
                    page = context.new_page()
                    for name, address in pages.addresses.items():
                        page.goto(address, wait_until="networkidle")
                        page.screenshot(path=out / f"{name.replace(' ', '-')}-{device}-{scheme}.png")
                        made += 1
                    context.close()
            browser.close()
    return {"pictures": made, "folder": str(out)}
