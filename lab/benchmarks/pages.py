"""What Lighthouse says of five main pages, on a phone and on a desk: its four scores, and the figures behind them.

A whole copy of the site runs on a loopback port with the editor's songs; a visitor makes lists from the sample photos.
Lighthouse comes by npx in the version named here and drives the system's Chromium; it slows the phone down to a fast 3G
line and a fourth of the processor. Performance means something on an idle machine only; the load is told beside it.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.benchmarks._figures import machine
from lab.benchmarks._pages import Pages, furnish, program
from lab.benchmarks._site import Site, free_port, running_site

LIGHTHOUSE = "lighthouse@12.2.3"
OWN = ("list", "gallery", "shared", "taste")
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SECONDS = 240
PASSED = 0.9


def run() -> dict[str, Any]:
    """A row a page and device: scores 0..100; ``lcp``, ``blocked`` in ms; ``kib`` and ``requests`` of the whole visit;
    ``failed``: audits that count and did not pass."""
    if not shutil.which("npx"):
        return {"missing": "needs npx (Node.js)"}
    with running_site(DYLUMO_SONGS="1") as site:
        pages = asyncio.run(furnish(site))
        with chromium() as (port, context):
            rows = []
            for name in ("home", *OWN):  # the first page as a newcomer sees it
                context.add_cookies(pages.for_browser(site) if name in OWN else [])
                for device in DEVICES:
                    context.new_cdp_session(context.pages[0]).send("Network.clearBrowserCache")
                    rows.append(look(site, pages, name, device, port))
    return {"lighthouse": LIGHTHOUSE, "rows": rows, "machine": machine()}


@contextmanager
def chromium() -> Iterator[tuple[int, Any]]:
    """A browser that Lighthouse can drive: the port it listens on, and its context (Playwright's)."""
    from playwright.sync_api import sync_playwright

    port = free_port()
    arguments = ["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={port}"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, executable_path=program(), args=arguments)
        yield port, context
        context.close()


def look(site: Site, pages: Pages, name: str, device: str, port: int) -> dict[str, Any]:
    command = ["npx", "--yes", LIGHTHOUSE, site.url + pages.addresses[name], "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--port={port}", "--disable-storage-reset"]
    done = subprocess.run([*command, *DEVICES[device]], capture_output=True, timeout=SECONDS, check=False)
    told = figures(json.loads(done.stdout)) if done.returncode == 0 else {"trouble": done.stderr.decode()[-300:]}
    return {"page": name, "device": device, **told}


def figures(report: dict[str, Any]) -> dict[str, Any]:
    audits, categories = report["audits"], report["categories"]
    refs = [ref for category in categories.values() for ref in category["auditRefs"] if ref["weight"]]
    counted = {ref["id"]: audits[ref["id"]]["score"] for ref in refs}  # None: it does not apply
    return {
        **{name: round(100 * categories[name]["score"]) for name in CATEGORIES},
        "lcp": round(audits["largest-contentful-paint"]["numericValue"]),
        "blocked": round(audits["total-blocking-time"]["numericValue"]),
        "cls": round(audits["cumulative-layout-shift"]["numericValue"], 3),
        "kib": round(audits["total-byte-weight"]["numericValue"] / 1024),
        "requests": len(audits["network-requests"]["details"]["items"]),
        "failed": sorted(name for name, score in counted.items() if score is not None and score < PASSED),
    }
