"""A fresh list's songs get covers and previews after it stands, and its open pages are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from agents.conversations import resolving, revisions, run_turn, sharing, turns
from agents.conversations.events import after
from agents.models import Conversation, Turn
from recommender.library import store_listings
from recommender.models import Playlist, StoreListing, Track
from tests.agents.fakes import team_seeing
from tests.factories import PictureFactory, TrackFactory, UserFactory
from tests.recommender.services.conftest import fresh, serve  # noqa: F401
from tests.recommender.services.protocol_server import ProtocolServer, Reply
from tests.recommender.services.service_apis import DeezerApi, ITunesApi, many

pytestmark = pytest.mark.django_db(transaction=True)
SONGS = many(36)


@pytest.fixture(autouse=True)
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lists that a worker was asked to look up."""
    asked: list[str] = []
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda turn_id: None)
    monkeypatch.setattr(resolving, "enqueue", lambda _conversation_id, playlist_id: asked.append(playlist_id))
    monkeypatch.setattr(run_turn, "team", team_seeing)
    monkeypatch.setattr(store_listings, "PATIENCE", 0.3)
    return asked


@pytest.fixture
def services(serve: Any) -> dict[str, ProtocolServer]:  # noqa: F811
    return {kind.name: serve(kind(songs=SONGS)) for kind in (DeezerApi, ITunesApi)}


@pytest.fixture
def person() -> Any:
    for place, song in enumerate(SONGS):
        TrackFactory(
            title=song.title,
            artist=song.artist,
            source=Track.Source.EDITOR,
            duration=0.0,
            profile__valence=0.08 + (place // 6) * 0.168,
            profile__arousal=0.08 + (place % 6) * 0.168,
        )
    return UserFactory()


def shown(turn: Turn) -> Playlist:
    head = Conversation.objects.select_related("head").get(pk=turn.conversation_id).head
    assert head
    return head


def look_up(turn: Turn) -> None:
    resolving.resolve(turn.conversation_id, shown(turn).pk)


def made(person: Any) -> Turn:
    turn = turns.start(person, pictures=[PictureFactory(owner=person)])
    claimed = turns.claim(str(turn.pk))
    assert claimed
    run_turn.run_turn(claimed)
    return claimed


def kinds(turn: Turn) -> list[str]:
    return [frame["kind"] for frame in after(turn.conversation_id, 0)]


def the_page(client: Client, turn: Turn) -> str:
    answer = client.get(reverse("conversation", args=[turn.conversation_id]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_first_tracks_wait_for_no_service(
    person: Any, services: dict[str, ProtocolServer], asked_for: list[str]
) -> None:
    for server in services.values():
        server.trouble = Reply({}, delay=1.0)  # all of them hang
    turn = made(person)
    told = kinds(turn)
    assert told[-1] == "turn.done" and "tracks" in told and "found" not in told
    assert all(server.asked == [] for server in services.values())
    assert asked_for == [str(shown(turn).pk)]  # after the list was committed
    look_up(turn)
    assert kinds(turn) == [*told, "found"]
    assert [len(server.asked) for server in services.values()] == [1, 1]


def test_a_queue_that_is_down_costs_the_list_nothing(
    person: Any, services: dict[str, ProtocolServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_conversation_id: str, _playlist_id: str) -> None:
        raise resolving.OperationalError

    monkeypatch.setattr(resolving, "enqueue", down)
    assert kinds(made(person))[-1] == "turn.done"


def test_a_newcomers_songs_get_play_buttons_covers_and_the_stores_links(
    person: Any, services: dict[str, ProtocolServer], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "EVERY", 0.0)
    turn = made(person)
    look_up(turn)
    found = [frame["payload"] for frame in after(turn.conversation_id, 0) if frame["kind"] == "found"]
    head = Conversation.objects.get(pk=turn.conversation_id).head
    assert head
    listed = list(head.items.values_list("track_id", flat=True))
    assert [track for payload in found for track in payload["tracks"]] == listed  # as they came, first ones first
    assert found[-1]["failed"] == [] and found[-1]["offline"] is False
    client.force_login(person)
    html = the_page(client, turn)
    for track in listed:
        assert f'data-audio="{reverse("preview", args=[track])}"' in html
    assert html.count(">Preview · Deezer<") == len(listed)
    assert html.count('class="art"') == len(listed) == 12 and "data-play-all" in html
    assert len(html.encode()) < 60 * 1024, "a list of twelve with all that it can show"
    assert "each track links to Deezer" in html and "could not be asked" not in html
    policy = client.get(reverse("conversation", args=[turn.conversation_id]))["Content-Security-Policy"]
    stand_ins = " ".join(server.url for server in services.values())
    assert stand_ins.split()[0] in policy
    # asking again asks nobody
    asked = len(services["deezer"].asked)
    look_up(turn)
    assert len(services["deezer"].asked) == asked == len(listed)


def test_the_pages_policy_names_the_services_hosts_and_no_others(person: Any, client: Client) -> None:
    turn = made(person)
    client.force_login(person)
    policy = client.get(reverse("conversation", args=[turn.conversation_id]))["Content-Security-Policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["media-src"] == (
        "'self' https://*.dzcdn.net https://audio-ssl.itunes.apple.com https://archive.org https://*.archive.org"
    )
    assert parts["img-src"] == "'self' blob: https://*.dzcdn.net https://*.mzstatic.com"
    assert parts["script-src"] == "'self'"


def test_without_a_network_the_page_says_so_once_and_tries_again_when_it_is_opened(
    person: Any, services: dict[str, ProtocolServer], client: Client, asked_for: list[str]
) -> None:
    for server in services.values():
        server.trouble = Reply({}, 500)
    turn = made(person)
    look_up(turn)
    client.force_login(person)
    asked_for.clear()
    assert the_page(client, turn).count(resolving.OFFLINE) == 1
    assert asked_for == [str(shown(turn).pk)]
    told = kinds(turn)
    look_up(turn)
    assert kinds(turn) == told  # as before: open pages need not fetch the list anew
    for server in services.values():
        server.trouble = None
    look_up(turn)
    assert resolving.OFFLINE not in the_page(client, turn)
    assert StoreListing.objects.filter(service="deezer").exists()


def test_without_a_network_a_list_can_be_made_of_what_plays_here(
    person: Any, services: dict[str, ProtocolServer], client: Client
) -> None:
    for server in services.values():
        server.trouble = Reply({}, 500)
    turn = made(person)
    look_up(turn)
    client.force_login(person)
    assert "Only what plays here" in the_page(client, turn)
    address = reverse("only_what_plays", args=[turn.conversation_id])
    before = Conversation.objects.get(pk=turn.conversation_id).head
    assert client.post(address).status_code == 409  # nothing does: the list stays as it was
    assert Conversation.objects.get(pk=turn.conversation_id).head == before
    here = [TrackFactory(file=f"/music/{place}.ogg", source=Track.Source.FILES, owner=person).pk for place in range(3)]
    TrackFactory(file="/music/x.ogg", source=Track.Source.FILES, owner=UserFactory())
    client.post(address)
    head = Conversation.objects.get(pk=turn.conversation_id).head
    assert head and head.number == 2 and set(head.items.values_list("track_id", flat=True)) == set(here)
    look_up(turn)
    assert "services-note" not in the_page(client, turn)


def test_one_service_that_fails_is_named_quietly(
    person: Any, services: dict[str, ProtocolServer], client: Client
) -> None:
    services["deezer"].trouble = Reply({}, 500)
    turn = made(person)
    look_up(turn)
    client.force_login(person)
    html = the_page(client, turn)
    assert html.count("Deezer could not be asked") == 1 and resolving.OFFLINE not in html
    assert html.count(">Preview · iTunes<") == store_listings.MOST_ASKED["itunes"]


def test_a_list_that_is_opened_again_is_looked_up_once_in_a_while(
    person: Any, services: dict[str, ProtocolServer], client: Client, asked_for: list[str]
) -> None:
    turn = made(person)
    cache.clear()
    client.force_login(person)
    asked_for.clear()
    the_page(client, turn)
    the_page(client, turn)
    assert asked_for == [str(shown(turn).pk)]


def test_a_queue_that_was_down_is_asked_when_the_list_is_next_opened(
    person: Any, services: dict[str, ProtocolServer], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = made(person)
    cache.clear()
    client.force_login(person)
    tried: list[str] = []

    def down(_conversation_id: str, playlist_id: str) -> None:
        tried.append(playlist_id)
        raise resolving.OperationalError

    monkeypatch.setattr(resolving, "enqueue", down)
    the_page(client, turn)
    the_page(client, turn)
    assert len(tried) == 2


def test_a_list_that_another_took_the_place_of_is_looked_up_no_further(
    person: Any, services: dict[str, ProtocolServer]
) -> None:
    turn = made(person)
    before = shown(turn)
    conversation = Conversation.objects.get(pk=turn.conversation_id)
    revisions.swap(conversation, before.items.first().track_id)
    resolving.resolve(conversation.pk, before.pk)
    assert services["deezer"].asked == [] and "found" not in kinds(turn)


def test_a_shared_list_is_looked_up_for_whoever_opens_it(
    person: Any, services: dict[str, ProtocolServer], client: Client, asked_for: list[str]
) -> None:
    turn = made(person)
    conversation = Conversation.objects.get(pk=turn.conversation_id)
    sharing.share(conversation)
    look_up(turn)
    cache.clear()  # and long afterwards
    asked_for.clear()
    for address in ("shared", "embed"):
        answer = client.get(reverse(address, args=[conversation.share_token]))
        assert "https://*.dzcdn.net" in answer["Content-Security-Policy"]
        assert "Previews of 30 seconds by Deezer" in answer.content.decode()
    assert asked_for == [str(shown(turn).pk)]
    assert "frame-ancestors *" in answer["Content-Security-Policy"]


def test_a_changed_list_is_looked_up_too(
    person: Any, services: dict[str, ProtocolServer], asked_for: list[str]
) -> None:
    turn = made(person)
    conversation = Conversation.objects.get(pk=turn.conversation_id)
    asked_for.clear()
    assert conversation.head
    revisions.swap(conversation, conversation.head.items.first().track_id)  # type: ignore[union-attr]
    assert asked_for == [str(shown(turn).pk)]


def test_where_no_service_is_wanted_none_is_asked_and_none_is_missed(
    person: Any, services: dict[str, ProtocolServer], client: Client, asked_for: list[str], settings: LazySettings
) -> None:
    settings.KEYLESS_SERVICES = []
    turn = made(person)
    client.force_login(person)
    answer = client.get(reverse("conversation", args=[turn.conversation_id]))
    assert "dzcdn" not in answer["Content-Security-Policy"] and asked_for == []
    look_up(turn)
    assert "found" not in kinds(turn)
