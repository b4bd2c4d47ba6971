"""The main pages of a running copy, with something on them: what the measurements of pages look at."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import Any

from lab.benchmarks._site import ENDS, Site, Visitor

SAMPLES = ("sunset-sea", "rainy-city", "party-lights", "forest-morning")
LIKED = 6
PASSWORD = "low tide at nine"


@dataclass(frozen=True)
class Pages:
    """``addresses``: paths by name; ``cookies`` of the one who may see them."""

    addresses: dict[str, str]
    cookies: dict[str, str]

    def for_browser(self, site: Site) -> list[Any]:
        """The cookies as Playwright takes them."""
        return [{"name": name, "value": value, "url": site.url} for name, value in self.cookies.items()]


def program() -> str | None:
    """The system's Chromium; None leaves it to Playwright."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


async def furnish(site: Site) -> Pages:
    """A visitor with a list for each sample photo, two collections, a shared link, a locked one, and some likes. Their
    clock does not count, so that the lists are the same at any hour."""
    visitor = Visitor(site)
    await visitor.come()
    first = await _list(visitor, text="a slow, rainy Sunday")
    await visitor.post(f"/c/{first}/clock/", {"clock": "off"})
    await visitor.post(f"/c/{first}/delete/", {})
    lists = [await _list(visitor, sample=sample) for sample in SAMPLES]
    page = (await visitor.client.get(f"/c/{lists[0]}/")).text
    playlist = re.search(r'data-playlist="([^"]+)"', page)
    for track in re.findall(r'class="track [^>]*data-track="(\d+)"', page)[:LIKED]:
        await visitor.post("/reactions/", {"track": track, "kind": "like", "playlist": playlist[1] if playlist else ""})
    collected = await visitor.post("/lists/collect/", {"list": lists[0], "name": "By the water"})
    await visitor.post("/lists/collect/", {"list": lists[2], "name": "Nights out"})
    await visitor.post(f"/c/{lists[0]}/share/", {"lasts": "30"})
    await visitor.post(f"/c/{lists[1]}/share/", {"password": PASSWORD})
    shared, locked = [await _link(visitor, one) for one in lists[:2]]
    await visitor.client.get("/lists/")  # what it told of all this is read
    addresses = {
        "home": "/",
        "list": f"/c/{lists[0]}/",
        "gallery": "/lists/",
        "collection": str(collected.headers["Location"]),
        "shared": shared,
        "locked": locked,
        "taste": "/taste/",
        "search": "/search/",
        "library": "/library/",
        "sign in": "/accounts/login/",
    }
    cookies = dict(visitor.client.cookies)
    await visitor.leave()
    return Pages(addresses, cookies)


async def _list(visitor: Visitor, **wish: str) -> str:
    """A new list, once it is there."""
    await visitor.start(**wish)
    async with visitor.watching() as watch:
        await watch.until(1, ENDS)
    return str(visitor.conversation)


async def _link(visitor: Visitor, conversation: str) -> str:
    page = (await visitor.client.get(f"/c/{conversation}/sharing/")).text
    return str(re.findall(r'id="share-link"[^>]*value="https?://[^/"]+([^"]+)"', page)[0])
