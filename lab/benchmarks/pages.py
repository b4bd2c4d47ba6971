"""What Lighthouse says of five main pages, on a phone and on a desk: its four scores, and the figures behind them.

A whole copy of the site runs on a loopback port with the editor's songs; a visitor makes lists from the sample photos.
Lighthouse comes by npx in the version named here and drives the system's Chromium; it slows the phone down to a fast 3G
line and a fourth of the processor. Performance means something on an idle machine only; the load is told beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from typing import Any

from lab.benchmarks._figures import machine
from lab.benchmarks._pages import Pages, furnish
from lab.benchmarks._site import Site, running_site

LIGHTHOUSE = "lighthouse@12.2.3"
LOOKED_AT = ("home", "list", "gallery", "shared", "taste")
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
BROWSER = "--headless=new --no-sandbox --disable-gpu"
SECONDS = 240
PASSED = 0.9


def run() -> dict[str, Any]:
    """A row a page and device: scores 0..100; ``lcp``, ``blocked`` in ms; ``kib`` and ``requests`` of the whole visit;
    ``failed``: audits that count and did not pass."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not (shutil.which("npx") and chromium):
        return {"missing": "needs npx (Node.js) and Chromium"}
    with running_site(DYLUMO_SONGS="1") as site:
        pages = asyncio.run(furnish(site))
        rows = [look(site, pages, name, device, chromium) for name in LOOKED_AT for device in DEVICES]
    return {"lighthouse": LIGHTHOUSE, "rows": rows, "load": round(os.getloadavg()[0], 1), "machine": machine()}


def look(site: Site, pages: Pages, name: str, device: str, chromium: str) -> dict[str, Any]:
    cookie = "; ".join(f"{key}={value}" for key, value in pages.cookies.items())
    command = ["npx", "--yes", LIGHTHOUSE, site.url + pages.addresses[name], "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={BROWSER}", *DEVICES[device]]
    if name != "home":  # the first page is measured as a newcomer sees it
        command.append(f"--extra-headers={json.dumps({'Cookie': cookie})}")
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": chromium}, capture_output=True, timeout=SECONDS, check=False
    )
    row = {"page": name, "device": device}
    return row | (
        figures(json.loads(done.stdout)) if done.returncode == 0 else {"trouble": done.stderr.decode()[-300:]}
    )


def figures(report: dict[str, Any]) -> dict[str, Any]:
    audits, categories = report["audits"], report["categories"]
    refs = [ref for category in categories.values() for ref in category["auditRefs"] if ref["weight"]]
    counted = {ref["id"]: audits[ref["id"]]["score"] for ref in refs}
    return {
        **{name: round(100 * categories[name]["score"]) for name in CATEGORIES},
        "lcp": round(audits["largest-contentful-paint"]["numericValue"]),
        "blocked": round(audits["total-blocking-time"]["numericValue"]),
        "cls": round(audits["cumulative-layout-shift"]["numericValue"], 3),
        "kib": round(audits["total-byte-weight"]["numericValue"] / 1024),
        "requests": len(audits["network-requests"]["details"]["items"]),
        "failed": sorted(
            name for name in counted if (audits[name]["score"] or 0) < 0.9 and audits[name]["score"] is not None
        ),
    }
