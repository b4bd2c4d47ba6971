"""Dylumo's tools for assistants, tried with the SDK's own client: over stdio in another process, and over HTTP."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.db import connection
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from PIL import Image

from accounts import api_tokens
from accounts.models import User
from agents.mcp import server
from agents.mcp.open_lists import MOST_EACH, NoSuchList, OpenList, OpenLists
from agents.mcp.tools import Caller, Tools
from core.errors import NotFound
from recommender.models import Track, TrackLink
from tests.factories import PlaylistFactory, PlaylistItemFactory, TrackFactory, UserFactory
from tests.recommender.ranking.test_ranking import catalogue
from tests.recommender.sounds import write_wav

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
TOOLS = {"read_picture", "recommend", "refine", "align", "rank", "search"}


@pytest.fixture(autouse=True)
def offline(settings: LazySettings) -> None:
    settings.KEYLESS_SERVICES = []


def photo() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "JPEG")
    return file.getvalue()


def as_given(data: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


def database_url() -> str:
    """The tests' database, for another process."""
    told = connection.settings_dict
    return f"postgresql://{quote(told['USER'])}@/{told['NAME']}?host={quote(str(told['HOST']), safe='')}"


def error_of(result: Any) -> dict[str, str]:
    assert result.is_error
    told: dict[str, str] = json.loads(result.content[0].text)["error"]
    assert set(told) == {"code", "message", "hint"} and all(told.values())
    return told


async def test_an_assistant_uses_the_tools_over_stdio(tmp_path: Path) -> None:
    person = await sync_to_async(UserFactory)()
    await sync_to_async(TrackFactory)(owner=person, title="Harbour at Dawn", artist="The Lanterns")
    (tmp_path / "text.jpg").write_text("not a picture")
    environment = {**os.environ, "DATABASE_URL": database_url(), "DYLUMO_SERVICES": "none"}
    process = StdioServerParameters(
        command=sys.executable, args=["manage.py", "mcp", "--user", person.email], cwd=ROOT, env=environment
    )
    async with Client(stdio_client(process)) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        assert all(tool.description and tool.title and tool.output_schema for tool in tools)
        found = await client.call_tool("search", {"words": "harbour at dawn"})
        assert found.structured_content["sections"][0]["tracks"][0]["artist"] == "The Lanterns"
        for name, code in (("text.jpg", "picture_unsupported"), ("gone.jpg", "file_unreadable")):
            read = await client.call_tool("read_picture", {"picture": {"path": str(tmp_path / name)}})
            assert error_of(read)["code"] == code


@pytest.fixture
def address() -> Iterator[str]:
    """The HTTP server, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = uvicorn.Server(uvicorn.Config(server.over_http(Tools(server.token_owner), origin), log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        yield origin + server.PATH
        running.should_exit = True
        thread.join(timeout=20)


@asynccontextmanager
async def assistant(address: str, secret: str) -> AsyncIterator[Client]:
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {secret}"}) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        yield client


@sync_to_async
def person_with_token() -> tuple[User, str]:
    person = UserFactory()
    return person, api_tokens.make(person, "assistant", "read")[1]


async def test_a_list_is_made_and_changed_over_http_and_nobody_elses(address: str, tmp_path: Path) -> None:
    await sync_to_async(catalogue)(60)
    _, secret = await person_with_token()
    async with assistant(address, secret) as client:
        read = await client.call_tool("read_picture", {"picture": as_given(photo())})
        assert 0 <= read.structured_content["valence"] <= 1 and read.structured_content["palette"]
        made = await client.call_tool("recommend", {"pictures": [as_given(photo())], "wish": "calm", "count": 5})
        first = made.structured_content
        assert len(first["tracks"]) == 5 and all(track["reason"] for track in first["tracks"]) and first["seen"]
        changed = await client.call_tool("refine", {"list_id": first["list_id"], "say": "drop the first one"})
        assert changed.structured_content["left"] == [f"{first['tracks'][0]['title']} - {first['tracks'][0]['artist']}"]
        back = await client.call_tool("refine", {"list_id": first["list_id"], "say": "undo"})
        assert back.structured_content["tracks"] == first["tracks"]
        songs = [{"title": "Imagine", "artist": "John Lennon"}, {"title": "September", "artist": "Earth, Wind & Fire"}]
        ranked = await client.call_tool("rank", {"wish": "a wild party", "songs": songs})
        assert [song["title"] for song in ranked.structured_content["songs"]] == ["September", "Imagine"]
        for song in (
            {"sound": as_given(write_wav(tmp_path / "tone.wav", seconds=3).read_bytes())},
            {"title": "Imagine", "artist": "John Lennon"},
        ):
            fit = await client.call_tool("align", {"picture": as_given(photo()), **song})
            assert 0 <= fit.structured_content["score"] <= 100 and fit.structured_content["reasons"]
    _, other = await person_with_token()
    async with assistant(address, other) as stranger:
        assert error_of(await stranger.call_tool("refine", {"list_id": first["list_id"], "say": "calmer"}))["code"] == (
            "no_such_list"
        )


async def test_no_token_no_tools_and_a_revoked_one_opens_nothing(address: str) -> None:
    person, secret = await person_with_token()
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(headers=accept) as http:
        mine = {"Authorization": f"Bearer {secret}"}
        assert (await http.post(address, json=ask)).status_code == 401
        assert (await http.post(address, json=ask, headers={"Authorization": "Bearer dyl_no"})).status_code == 401
        assert (await http.post(address, json=ask, headers=mine)).status_code == 200
        assert (await http.post(address, json=ask, headers=mine | {"Host": "evil.example"})).status_code == 421
        assert (await http.post(address, json=ask, headers=mine | {"Origin": "http://evil.example"})).status_code == 403
        await sync_to_async(api_tokens.revoke_all)(person)
        assert (await http.post(address, json=ask, headers=mine)).status_code == 401


async def test_what_cannot_be_done_over_http_is_said_with_code_and_hint(address: str, settings: LazySettings) -> None:
    _, secret = await person_with_token()
    settings.UPLOAD_BYTES_LIMIT = 1000
    async with assistant(address, secret) as client:
        for arguments, code in (
            ({"picture": {"path": "/etc/hostname"}}, "no_paths_here"),
            ({"picture": {}}, "no_file"),
            ({"picture": {"base64": "not base64!"}}, "not_base64"),
            ({"picture": as_given(bytes(1001))}, "upload_too_large"),
            ({"picture": {"url": "http://169.254.169.254/"}}, "bad_arguments"),
        ):
            assert error_of(await client.call_tool("read_picture", arguments))["code"] == code
        assert error_of(await client.call_tool("recommend", {}))["code"] == "nothing_to_go_by"
        assert error_of(await client.call_tool("delete_everything", {}))["code"] == "no_such_tool"
        settings.RATES = settings.RATES | {"ask": 0}
        assert error_of(await client.call_tool("recommend", {"wish": "calm"}))["code"] == "too_many"


def test_what_a_services_terms_keep_from_models_is_in_no_answer() -> None:
    person = UserFactory()
    secret = TrackFactory(owner=person, source=Track.Source.SERVICE, title="Told by Spotify", artist="Somebody")
    TrackLink.objects.create(track=secret, owner=person, service="spotify", external_id="x")
    own = PlaylistFactory(owner=person)
    for track in (secret, *catalogue(20)):
        PlaylistItemFactory(playlist=own, track=track)
    tools = Tools(lambda: Caller(person))
    made = tools.recommend(wish="calm", playlist=str(own.pk), count=30)
    assert len(made.tracks) >= 10
    assert "Told by Spotify" not in made.model_dump_json()
    for say in ("more like Told by Spotify", "replace the first one", "add Told by Spotify"):
        assert all(track.title != "Told by Spotify" for track in tools.refine(made.list_id, say).tracks)
    assert "Somebody" not in tools.search("Told by Spotify").model_dump_json()
    with pytest.raises(NotFound):
        Tools(lambda: Caller(UserFactory())).recommend(wish="calm", playlist=str(own.pk))


def test_the_last_lists_of_each_person_are_kept() -> None:
    lists, one, other = OpenLists(), UserFactory(), UserFactory()
    made: Any = OpenList
    theirs = lists.keep(other, made)
    ids = [lists.keep(one, made) for _ in range(MOST_EACH + 1)]
    assert lists.of(other, theirs) is lists.of(one, ids[-1]) is made
    for person, gone in ((one, ids[0]), (one, theirs), (None, theirs)):
        with pytest.raises(NoSuchList):
            lists.of(person, gone)
