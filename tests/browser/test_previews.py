"""A newcomer's songs play and have covers: a fresh copy with the built-in songs, and music services on this machine."""

from __future__ import annotations

import math
import re
import struct
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect

from recommender.music.songs import songs
from tests.browser.test_journeys import COLD, start_with_photo
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request, serving
from tests.recommender.services.service_apis import DeezerApi, ITunesApi, Song
from tests.site.site_copy import Copy, eventually, own_copy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visitor = Callable[..., Page]
OFFLINE = "No music service can be reached"


class AllSongs(DeezerApi):
    """Deezer, that knows every built-in song by its names."""

    def found(self, words: str) -> list[Song]:
        return [KNOWN[words.lower()]] if words.lower() in KNOWN else []

    def by_id(self, identifier: str) -> Song | None:
        return super().by_id(identifier) or SONGS[int(identifier) - 1]


ZORBLAX = [
    Song(900_000 + n, title, "Zorblax", 200) for n, title in enumerate(("Glimmer", "Tall Grass", "Kites", "Old Town"))
]
"""By somebody whom no library has."""
SONGS = [Song(number, one.title, one.artist, 200) for number, one in enumerate(songs(), 1)]
KNOWN = {f"{one.artist} {one.title}".lower(): one for one in SONGS}


def half_a_minute() -> bytes:
    sound = BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4000)
        file.writeframes(struct.pack("120000B", *(int(128 + 60 * math.sin(n / 3)) for n in range(120_000))))
    return sound.getvalue()


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, ProtocolServer]]:
    with ExitStack() as stack:
        deezer = AllSongs(songs=ZORBLAX)
        made = {"deezer": stack.enter_context(serving(deezer)), "itunes": stack.enter_context(serving(ITunesApi()))}
        deezer.media = deezer.pictures = made["deezer"].url
        deezer.sound = half_a_minute()
        yield made


@pytest.fixture(scope="module")
def site(servers: dict[str, ProtocolServer]) -> Iterator[Copy]:
    with own_copy(migrated=True) as copy:
        copy.environment["DYLUMO_SERVICE_ENDPOINTS"] = ",".join(f"{name}={one.url}" for name, one in servers.items())
        copy.environment["DYLUMO_SONGS"] = "1"
        copy.up()
        yield copy


@pytest.fixture(autouse=True)
def no_trouble(servers: dict[str, ProtocolServer]) -> None:
    for server in servers.values():
        server.trouble = None
    servers["deezer"].api.lasts = 900  # type: ignore[attr-defined]


def loaded(page: Page, images: str) -> int:
    """How many of the images are there to be seen."""
    return int(page.locator(images).evaluate_all("all => all.filter((one) => one.naturalWidth).length"))


def test_a_newcomer_presses_play_and_hears_a_preview(visitor: Visitor, servers: dict[str, ProtocolServer]) -> None:
    servers["deezer"].api.lasts = -1  # type: ignore[attr-defined]  # what was told ends before anybody plays it
    page = visitor()
    start_with_photo(page)
    rows = page.locator(".track")
    expect(page.locator(".track .preview")).to_have_count(rows.count())  # without a reload, as the answers come
    servers["deezer"].api.lasts = 900  # type: ignore[attr-defined]
    page.locator("#play-all [data-play-all]").click()
    player = page.locator("#player")
    expect(player).to_have_class(re.compile("sounding"))
    expect(page.locator("#player-now")).to_have_text(re.compile("0:0[1-9]"))
    expect(page.locator("#player-length")).to_have_text("0:30")
    store = page.locator("#player-store")
    expect(store).to_have_text("Preview · Deezer ↗")
    assert str(store.get_attribute("href")).startswith("https://www.deezer.com/track/")
    asked = [one.path for one in servers["deezer"].asked]
    assert any(path.startswith("/track/") for path in asked)  # the ended one was asked for by its id

    # It goes on to the next one, and the covers are the real ones.
    first = page.locator("#player-title").inner_text()
    page.evaluate("document.querySelector('#player audio').currentTime = 29.6")
    expect(page.locator("#player-title")).not_to_have_text(first)
    expect(player).to_have_class(re.compile("sounding"))
    page.mouse.wheel(0, 4000)
    assert eventually(lambda: loaded(page, ".cover .art") > 3)


def test_who_is_not_here_is_brought_by_a_service_and_undo_brings_the_list_back(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page)
    first = page.locator(".track .title").all_inner_texts()
    page.locator("#say").fill("something by Zorblax")
    page.keyboard.press("Enter")
    expect(page.locator(".turn").last).to_contain_text("Found 4 songs by Zorblax on Deezer.", timeout=COLD)
    expect(page.locator(".track")).to_have_count(len(ZORBLAX))
    expect(page.locator(".track .artist").first).to_have_text("Zorblax")
    expect(page.locator(".track .preview").first).to_have_text("Preview · Deezer")
    page.locator("#say").fill("undo")
    page.keyboard.press("Enter")
    expect(page.locator(".track")).to_have_count(len(first))
    assert page.locator(".track .title").all_inner_texts() == first


def seconds(page: Page) -> int:
    minutes, rest = page.locator("#player-now").inner_text().split(":")
    return int(minutes) * 60 + int(rest)


def test_music_goes_on_from_page_to_page_and_the_queue_is_at_hand(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page, "party-lights.webp")
    address = page.url
    expect(page.locator(".track .preview")).to_have_count(page.locator(".track").count())
    tracks = page.locator(".track .title").all_inner_texts()
    page.locator(".track [data-play]").nth(1).click()
    player, title = page.locator("#player"), page.locator("#player-title")
    expect(page.locator("#player-now")).to_have_text(re.compile("0:0[2-9]"))
    for link in ("Your lists", "Search", "Your taste"):
        before = seconds(page)
        page.get_by_role("navigation").get_by_role("link", name=link).first.click()
        expect(page).not_to_have_url(address)
        expect(title).to_have_text(tracks[1].strip())
        expect(player).to_have_class(re.compile("sounding"))
        assert eventually(lambda before=before: seconds(page) > before)
    page.locator("#player-volume").focus()
    page.locator("#player [data-do=toggle]").click()
    paused = seconds(page)
    page.reload()
    expect(title).to_have_text(tracks[1].strip())
    expect(page.locator("#player-now")).to_have_text(re.compile(f":{paused % 60:02d}$"))
    expect(player).not_to_have_class(re.compile("sounding"))

    page.locator("#player-queue > summary").click()
    line = page.locator("#player-queue li button")
    expect(line).to_have_count(len(tracks))
    expect(line.nth(1)).to_have_attribute("aria-current", "true")
    line.nth(2).click()
    expect(title).to_have_text(tracks[2].strip())
    expect(player).to_have_class(re.compile("sounding"))
    page.locator("#player-queue a").click()
    page.wait_for_url(address)
    expect(page.locator(".track").nth(2)).to_have_class(re.compile("playing"))


def test_a_preview_that_fails_is_asked_for_again_and_then_its_page_is_offered(
    visitor: Visitor, servers: dict[str, ProtocolServer]
) -> None:
    tries: list[str] = []

    def refuses_sound(asked: Request) -> Reply | None:
        if not asked.path.startswith("/preview/"):
            return None
        tries.append(asked.path)
        return Reply(status=403, data=b"")

    page = visitor()
    start_with_photo(page, "forest-morning.webp")
    expect(page.locator(".track .preview").first).to_be_visible()
    expect(page.locator("[data-play-all]")).to_be_visible()
    servers["deezer"].trouble = refuses_sound
    page.locator(".track [data-play]").first.click()
    expect(page.locator("#player-artist")).to_contain_text("This preview cannot be played")
    assert len(tries) >= 2 and tries[0] == tries[1]


def test_without_a_network_the_page_says_so_once_and_has_covers_all_the_same(
    visitor: Visitor, servers: dict[str, ProtocolServer]
) -> None:
    for server in servers.values():
        server.trouble = Reply({}, 500)
    page = visitor()
    page.locator("#text").fill("obscure slow sad cello music from the seventies")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/*/")
    expect(page.locator(".track").first).to_be_visible(timeout=COLD)
    expect(page.locator(".services-note")).to_contain_text(OFFLINE)
    expect(page.locator(".services-note")).to_have_count(1)
    assert eventually(lambda: loaded(page, ".cover img") > 3)
    sources = page.locator(".track .cover img").evaluate_all("all => all.map((one) => one.src)")
    assert len(set(sources)) == len(sources) > 4  # none is blank, none like another

    # With the network back, opening the list again is enough.
    for server in servers.values():
        server.trouble = None
    page.reload()
    expect(page.locator(".track .preview").first).to_be_visible()
    expect(page.locator(".services-note")).to_have_count(0)
