"""Pictures of ten main pages, on a phone and on a desk, light and dark: to be looked at before a release, and compared
with those of another version.

A whole copy of the site runs on a loopback port with the editor's songs; a visitor makes lists from the sample photos.
What differs each time is left out of the pictures, and the visitor's lists do not go by the clock. The sample on the
first page does: compare what was made at the same time of day.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from lab.benchmarks._pages import furnish, program
from lab.benchmarks._pictures import LIMIT, Pixels, compare, marked
from lab.benchmarks._site import running_site

DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HIDDEN = ".timeline .now span, .tile-text > span, .list-card .small, .reactions li .small { display: none !important }"
"""What is another each time: how long something took, and how long ago it was."""


def run(out: Path = Path("shots"), against: Path | None = None) -> dict[str, Any]:
    """How many pictures were made, and where: ``PAGE-DEVICE-SCHEME.png``; with ``against``, what changed since those in
    that folder."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    made: list[str] = []
    with running_site(DYLUMO_SONGS="1", PYTHONHASHSEED="0") as site:  # what is learned alike has one order then
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
                        made.append(f"{name.replace(' ', '-')}-{device}-{scheme}.png")
                        page.screenshot(path=out / made[-1], style=HIDDEN, animations="disabled")
                    context.close()
            browser.close()
    told: dict[str, Any] = {"pictures": len(made), "folder": str(out)}
    return told | (changes(made, out, against) if against else {})


def changes(names: list[str], out: Path, against: Path) -> dict[str, Any]:
    """By picture, what percent of it is another than in ``against``; those over the limit, each with a picture beside
    it (``NAME.changed.png``) that marks where; and those that have no counterpart."""
    changed: dict[str, float] = {}
    over: list[str] = []
    for name in names:
        marks = out / name.replace(".png", ".changed.png")
        marks.unlink(missing_ok=True)
        if not (against / name).exists():
            continue
        after = _pixels(out / name)
        found = compare(_pixels(against / name), after)
        changed[name] = round(100 * found.share, 2)
        if found.over:
            over.append(name)
            Image.fromarray(marked(after, found.cells)).save(marks)
    without = [name for name in names if name not in changed]
    return {"limit_percent": 100 * LIMIT, "changed_percent": changed, "over": over, "without_counterpart": without}


def _pixels(file: Path) -> Pixels:
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))
