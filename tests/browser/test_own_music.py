"""A person's own music in a real browser: an own server from connecting to a list saved on it, and the one search."""

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

from recommender.services.clients.subsonic import Subsonic
from tests.browser.conftest import FILL
from tests.browser.test_journeys import COLD, SAMPLES
from tests.browser.test_linking import PASSWORD as DULL
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request, serving
from tests.recommender.services.service_apis import ArchiveApi, DeezerApi, ITunesApi, MusicBrainzApi
from tests.recommender.supysonic_server import NAME, PASSWORD, PIECES, Supysonic, supysonic
from tests.site.site_copy import Copy, own_copy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visitor = Callable[..., Page]
KEYLESS = (DeezerApi, ITunesApi, MusicBrainzApi, ArchiveApi)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supysonic]:
    with supysonic(tmp_path_factory.mktemp("supysonic")) as running:
        yield running


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, ProtocolServer]]:
    """The keyless services, on this machine."""
    with ExitStack() as stack:
        yield {kind.name: stack.enter_context(serving(kind())) for kind in KEYLESS}


@pytest.fixture(scope="module")
def site(servers: dict[str, ProtocolServer]) -> Iterator[Copy]:
    """A copy of the site that asks the local services; the rest of its catalogue must stay out of own lists."""
    with own_copy(migrated=True) as copy:
        copy.environment["DYLUMO_SERVICE_ENDPOINTS"] = ",".join(f"{name}={one.url}" for name, one in servers.items())
        copy.up()
        copy.python(FILL)
        yield copy


def test_from_an_own_server_to_a_list_saved_on_it(visitor: Visitor, server: Supysonic) -> None:
    page = visitor()
    page.goto("/accounts/connections/")
    page.wait_for_url("**/accounts/signup/**")
    page.locator("[name=email]").fill("ada@example.org")
    page.locator("[name=password1]").fill(DULL)
    page.locator("[name=password2]").fill(DULL)
    page.get_by_role("button", name="Sign Up").click()
    page.wait_for_url("**/accounts/connections/")

    page.get_by_text("Connect your OpenSubsonic server").click()
    form = page.locator("#subsonic")
    form.locator("[name=address]").fill(server.base_url)
    form.locator("[name=username]").fill(NAME)
    form.locator("[name=secret]").fill(PASSWORD)
    form.get_by_role("button", name="Try it and connect").click()
    expect(page.locator(".messages")).to_contain_text("connected")

    # What is on it comes in, is listened to, and shows without a reload.
    page.goto("/library/")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="OpenSubsonic").click()
    expect(page.locator(".job").first).to_be_visible()
    mine = page.locator(".own-lists li", has_text="Everything on my server")
    expect(mine).to_contain_text(f"sound known of {len(PIECES)}", timeout=COLD)

    # A list from nothing else.
    mine.get_by_role("link", name="Only from this").click()
    page.locator("#picture").set_input_files(SAMPLES / "sunset-sea.webp")
    page.wait_for_url("**/c/*/")
    expect(page.locator(".track")).to_have_count(len(PIECES), timeout=COLD)
    expect(page.locator("#timeline .spinner")).to_have_count(0)
    assert {*page.locator(".track .title").all_inner_texts()} == {piece[0] for piece in PIECES}

    made = page.url

    # The draft: one left out, one moved; then it is there.
    page.get_by_label("Save this list").click()
    page.get_by_text("To a service, or as links").click()
    page.get_by_role("button", name="OpenSubsonic").click()
    rows = page.locator(".draft-items li")
    expect(rows).to_have_count(len(PIECES))
    listed = rows.locator("bdi b").all_inner_texts()
    rows.nth(0).get_by_role("button", name="Leave out").click()
    expect(rows.nth(0)).to_contain_text("left out")
    rows.nth(1).get_by_role("button", name="down").click()
    expect(rows.nth(2).locator("bdi b")).to_have_text(listed[1])
    page.get_by_role("button", name=f"Save {len(PIECES) - 1} tracks").click()
    expect(page.locator(".draft")).to_contain_text("All of it is there", timeout=COLD)
    door = Subsonic(server.base_url, NAME, PASSWORD)
    (saved,) = [one for one in door.playlists().items if one.count == len(PIECES) - 1]
    there = door.playlist_tracks(saved.external_id)
    assert [one.title for one in there.items] == [listed[2], listed[1], *listed[3:]]

    # Disconnecting says what the list will lose, and the list says so afterwards.
    page.goto("/accounts/connections/")
    page.get_by_role("link", name="Disconnect OpenSubsonic").click()
    expect(page.locator(".unmet")).to_contain_text(f"{len(PIECES)} tracks")
    page.get_by_role("button", name="Disconnect OpenSubsonic").click()
    expect(page.locator(".messages")).to_contain_text(f"{len(PIECES)} tracks went from 1 of your lists, which says so")
    page.goto(made)
    expect(page.locator("#list")).to_contain_text("left this list because you disconnected OpenSubsonic")


def test_one_search_over_everything(visitor: Visitor, servers: dict[str, ProtocolServer]) -> None:
    servers["musicbrainz"].trouble = Reply({"error": "x"}, 500)
    servers["itunes"].trouble = lambda asked: Reply(ITunesApi().reply(asked).json, delay=1.5)
    servers["archive"].trouble = _with_sound
    page = visitor()
    page.goto("/search/")
    page.get_by_role("searchbox").fill("blue harbour")
    page.keyboard.press("Enter")
    states = page.locator(".asked")
    expect(states).to_contain_text("Deezer: 1")
    expect(states).to_contain_text("asking")  # one is late: the others stand already
    expect(states).to_contain_text("iTunes: 1")
    expect(states).to_contain_text("MusicBrainz: The service could not be reached")
    expect(page.locator("#found")).to_have_attribute("aria-busy", "false")
    hit = page.locator(".track", has_text="Blue Harbour")
    expect(hit).to_have_count(1)
    for title in ("Deezer", "Internet Archive"):
        expect(hit.get_by_role("link", name=title)).to_be_visible()
    hit.locator("[data-play]").click()
    expect(page.locator("#player-title")).to_have_text("Blue Harbour")
    expect(page.locator("#player")).to_have_class(re.compile("sounding"))

    # It is kept, and listened to.
    hit.get_by_role("button", name="Keep Blue Harbour").click()
    hit.get_by_role("link", name="kept").click()
    expect(page.locator("main h1")).to_have_text("Kept from Internet Archive")
    page.goto("/library/")
    expect(page.locator(".own-lists li")).to_contain_text("sound known of 1", timeout=COLD)


def _with_sound(asked: Request) -> Reply | None:
    """What the archive's download address gives: eight seconds of a tone that swells and fades."""
    if not asked.path.startswith("/download/"):
        return None
    sound = BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        beat = (9000 * math.sin(n / 4) * (1 + math.sin(n / 640)) for n in range(64_000))
        file.writeframes(b"".join(struct.pack("<h", int(value)) for value in beat))
    return Reply(data=sound.getvalue(), headers={"Content-Type": "audio/wav"})
