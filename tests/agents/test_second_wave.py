"""What the library lacks is asked of music services once the list stands, and joins it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.conversations import resolving, revisions, run_turn, second_wave, turns
from agents.conversations.events import after
from agents.models import Conversation, Turn
from core.schemas import MusicBrief
from recommender.library import service_finds
from recommender.library.importers import service_library
from recommender.models import Playlist, ServiceTrack, StoreListing, Track
from recommender.playlists import versions
from recommender.ranking.pipeline import recommend
from tests.agents.fakes import team_seeing
from tests.factories import ConversationFactory, TrackFactory, TurnFactory, UserFactory
from tests.recommender.services.conftest import fresh, serve  # noqa: F401
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request
from tests.recommender.services.service_apis import DeezerApi, ITunesApi, ListenBrainzApi, Song

pytestmark = pytest.mark.django_db(transaction=True)
RADIOHEAD = [Song(n, title, "Radiohead", 240) for n, title in enumerate(("Creep", "No Surprises", "Karma Police"), 1)]
ZORBLAX = [Song(20 + n, title, "Zorblax", 200) for n, title in enumerate(("Glimmer", "Tall Grass"))]
THERE = [*RADIOHEAD, *ZORBLAX, Song(40, "Creep", "Somebody Else", 240)]


@pytest.fixture(autouse=True)
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns that a worker was asked to bring a second wave for."""
    asked: list[str] = []
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda turn_id: None)
    monkeypatch.setattr(resolving, "enqueue", lambda _conversation_id, _playlist_id: None)
    monkeypatch.setattr(second_wave, "enqueue", asked.append)
    monkeypatch.setattr(run_turn, "team", team_seeing)
    monkeypatch.setattr(service_finds, "PATIENCE", 0.3)
    return asked


@pytest.fixture
def services(serve: Any) -> dict[str, ProtocolServer]:  # noqa: F811
    return {kind.name: serve(kind(songs=THERE)) for kind in (DeezerApi, ITunesApi)}


@pytest.fixture
def person() -> Any:
    for place in range(30):
        TrackFactory(
            title=f"Song {place}",
            artist=f"Artist {place}",
            source=Track.Source.EDITOR,
            profile__valence=0.08 + (place // 6) * 0.168,
            profile__arousal=0.08 + (place % 6) * 0.168,
        )
    return UserFactory()


def said(person: Any, text: str, turn: Turn | None = None) -> Turn:
    """A turn that has run to its end."""
    started = turns.start(person, text=text, conversation=turn.conversation if turn else None)
    claimed = turns.claim(str(started.pk))
    assert claimed
    run_turn.run_turn(claimed)
    claimed.refresh_from_db()
    assert claimed.state == Turn.State.DONE, claimed.error
    return claimed


def brought(turn: Turn) -> dict[str, Any]:
    """What the second wave of a turn came to."""
    second_wave.bring(turn.pk)
    turn.refresh_from_db()
    wave: dict[str, Any] = (turn.verdict or {}).get("wave", {})
    return wave


def head(turn: Turn) -> Playlist:
    found = Conversation.objects.select_related("head").get(pk=turn.conversation_id).head
    assert found
    return found


def names(playlist: Playlist) -> list[tuple[str, str]]:
    return list(playlist.items.order_by("position").values_list("track__artist", "track__title"))


def kinds(turn: Turn) -> list[str]:
    return [frame["kind"] for frame in after(turn.conversation_id, 0)]


@pytest.fixture
def listed(person: Any) -> Turn:
    """A list that is there."""
    brief = MusicBrief(valence=0.5, arousal=0.5, count=12)
    playlist = versions.publish(person, brief, recommend(brief, person))
    conversation = ConversationFactory(owner=person, head=playlist)
    turn: Turn = TurnFactory(conversation=conversation, state=Turn.State.DONE, playlist=playlist)
    return turn


def test_the_artist_asked_for_comes_from_a_service(
    person: Any, listed: Turn, services: dict[str, ProtocolServer], asked_for: list[str], client: Client
) -> None:
    before = head(listed)
    turn = said(person, "something by Radiohead", listed)
    assert head(turn) == before and "Asking Deezer and iTunes for it now." in turn.answer
    assert asked_for == [str(turn.pk)] and not services["deezer"].asked
    wave = brought(turn)
    assert wave["text"] == "Found 3 songs by Radiohead on Deezer."
    after_it = head(turn)
    assert sorted(names(after_it)) == sorted(("Radiohead", song.title) for song in RADIOHEAD)
    assert after_it.parent == before and after_it.music_brief.limits.include_artists == ("Radiohead",)
    # what is known of the artist is known of them, and where they come from is written down
    for item in after_it.items.select_related("track__annotation", "track__profile"):
        assert item.reason.startswith("Found on Deezer.") and item.parts
        assert item.track.annotation.provenance in {"artist", "song"}
        assert item.track.owner == person and item.track.source == Track.Source.SERVICE
    told = ServiceTrack.objects.filter(owner=person, service="deezer")
    assert {(one.title, one.expires is not None) for one in told} == {(song.title, True) for song in RADIOHEAD}
    assert kinds(turn)[-2:] == ["list.changed", "second.wave"]
    # the page says it, plays them, and marks them
    client.force_login(person)
    html = client.get(reverse("conversation", args=[turn.conversation_id])).content.decode()
    assert wave["text"] in html and html.count(">Preview · Deezer<") == 3
    # undo brings the list back, and the talk's own undo too
    assert revisions.undo(turn.conversation) == before


def test_the_first_tracks_wait_for_no_service(
    person: Any, services: dict[str, ProtocolServer], asked_for: list[str]
) -> None:
    for server in services.values():
        server.trouble = Reply({}, delay=1.0)  # all of them hang
    turn = said(person, "songs by Radiohead")
    told = kinds(turn)
    assert told[-1] == "turn.done" and "tracks" in told and names(head(turn))
    assert asked_for == [str(turn.pk)] and all(server.asked == [] for server in services.values())
    first = head(turn)
    wave = brought(turn)
    assert wave["text"] == "No music service can be reached, so the list stays as it is."
    assert head(turn) == first and kinds(turn) == [*told, "second.wave"]
    assert [len(server.asked) for server in services.values()] == [1, 1]


def test_a_song_is_added_where_the_list_asks_for_one(
    person: Any, listed: Turn, services: dict[str, ProtocolServer]
) -> None:
    before = names(head(listed))
    turn = said(person, "add a song by Zorblax", listed)
    assert names(head(turn)) == before
    assert brought(turn)["text"] == "Found 1 song by Zorblax on Deezer."
    now = names(head(turn))
    assert now[:-1] == before and now[-1][0] == "Zorblax"


def test_what_nobody_knows_is_judged_by_the_stores_genre(
    person: Any, listed: Turn, services: dict[str, ProtocolServer]
) -> None:
    turn = said(person, "only songs by Zorblax", listed)
    brought(turn)
    for track in Track.objects.filter(artist="Zorblax").select_related("profile", "annotation"):
        assert track.annotation.provenance == "genre" and track.profile.provenance == "advisory"
        assert track.profile.confidence < 0.5
    assert Track.objects.filter(artist="Zorblax").count() == len(ZORBLAX)  # both stores have them: once each
    assert StoreListing.objects.filter(track__artist="Zorblax", service="deezer").count() == len(ZORBLAX)


def test_a_service_that_answers_with_others_brings_nothing(
    person: Any, listed: Turn, services: dict[str, ProtocolServer]
) -> None:
    deezer = services["deezer"].api
    assert isinstance(deezer, DeezerApi)

    def lies(asked: Request) -> Reply:
        if asked.path == "/search/artist":
            return Reply({"data": [{"id": 7, "name": "Radiohead"}]})
        return Reply({"data": [deezer.track(song) for song in (*ZORBLAX, THERE[-1])]})

    services["deezer"].trouble = lies
    services["itunes"].trouble = Reply({"resultCount": 0, "results": []})
    before, known = head(listed), Track.objects.count()
    turn = said(person, "something by Radiohead", listed)
    assert brought(turn)["text"] == "Nothing by Radiohead on Deezer and iTunes."
    assert head(turn) == before and Track.objects.count() == known


def test_one_that_fails_is_named_beside_what_another_found(
    person: Any, listed: Turn, services: dict[str, ProtocolServer]
) -> None:
    services["deezer"].trouble = Reply({}, status=500)
    turn = said(person, "something by Radiohead", listed)
    assert brought(turn)["text"] == "Found 3 songs by Radiohead on iTunes. Deezer could not be asked."


def test_offline_the_nearest_way_on_is_named(person: Any, listed: Turn, services: dict[str, ProtocolServer]) -> None:
    for server in services.values():
        server.trouble = Reply({}, status=503)
    TrackFactory(title="Yellow", artist="Coldplay", profile__valence=0.9, profile__arousal=0.9)
    service_finds.editor_songs.annotate()
    turn = said(person, "something by Radiohead", listed)
    before = head(turn)
    assert brought(turn)["text"] == (
        "No music service can be reached, so the list stays; the nearest here is “something by Coldplay”."
    )
    assert head(turn) == before


def test_a_list_that_was_changed_meanwhile_is_left_alone(
    person: Any, listed: Turn, services: dict[str, ProtocolServer], client: Client
) -> None:
    turn = said(person, "something by Radiohead", listed)
    mine = revisions.adjust(turn.conversation, valence=0.1, arousal=0.1)
    wave = brought(turn)
    assert head(turn) == mine
    assert wave["text"].startswith("Found 3 songs by Radiohead on Deezer. The list has changed meanwhile")
    assert wave["chips"] == ["something by Radiohead"]
    client.force_login(person)
    page = client.get(reverse("conversation", args=[turn.conversation_id])).content.decode()
    assert 'value="something by Radiohead"' in page
    # one tap has them, from what is here now
    asked = len(services["deezer"].asked)
    again = said(person, wave["chips"][0], turn)
    assert {artist for artist, _ in names(head(again))} == {"Radiohead"} and len(services["deezer"].asked) == asked


def test_while_a_request_is_open_the_list_is_left_alone(
    person: Any, listed: Turn, services: dict[str, ProtocolServer]
) -> None:
    turn = said(person, "something by Radiohead", listed)
    turns.start(person, text="calmer", conversation=turn.conversation)
    assert brought(turn)["chips"] == ["something by Radiohead"]


def test_the_same_twice_asks_once(
    person: Any, listed: Turn, services: dict[str, ProtocolServer], asked_for: list[str]
) -> None:
    turn = said(person, "something by Qwertz Orkester", listed)
    assert brought(turn)["text"] == "Nothing by Qwertz Orkester on Deezer and iTunes."
    asked = [len(server.asked) for server in services.values()]
    second_wave.bring(turn.pk)  # the same message again
    again = said(person, "something by Qwertz Orkester", turn)
    assert brought(again)["text"] == "Music services were asked for that a while ago and had no more."
    assert [len(server.asked) for server in services.values()] == asked


def test_who_is_here_is_not_asked_for(
    person: Any, listed: Turn, services: dict[str, ProtocolServer], asked_for: list[str]
) -> None:
    for song in range(12):
        TrackFactory(title=f"Own {song}", artist="Radiohead")
    turn = said(person, "something by Radiohead", listed)
    assert {artist for artist, _ in names(head(turn))} == {"Radiohead"}
    assert asked_for == [] and "Asking" not in turn.answer


def test_too_few_songs_of_a_style_are_joined_by_its_artists(
    person: Any,
    listed: Turn,
    serve: Callable[..., ProtocolServer],  # noqa: F811
) -> None:
    from recommender.music.songs import artists_of
    from recommender.music.styles import meant_by

    best = artists_of(dict.fromkeys(meant_by("reggae"), 1.0))[0].name
    serve(ListenBrainzApi(songs=[]))
    serve(
        DeezerApi(songs=[Song(n, title, best, 200) for n, title in enumerate(("Noon", "River", "Old Town", "Kites"))])
    )
    serve(ITunesApi(songs=[]))
    turn = said(person, "only reggae", listed)
    assert brought(turn)["text"] == "Found 4 more songs on Deezer."
    assert {artist for artist, _ in names(head(turn))} == {best}


def test_songs_that_people_tag_with_a_style_come_from_listenbrainz(
    person: Any,
    listed: Turn,
    serve: Callable[..., ProtocolServer],  # noqa: F811
) -> None:
    tagged = [Song(n, title, f"Unheard {n}", 200) for n, title in enumerate(("Noon", "River", "Kites"))]
    serve(ListenBrainzApi(songs=tagged))
    serve(DeezerApi(songs=[]))
    serve(ITunesApi(songs=[]))
    turn = said(person, "only reggae", listed)
    assert "Asking ListenBrainz, Deezer and iTunes" in turn.answer
    assert brought(turn)["text"] == "Found 3 more songs on ListenBrainz."
    assert {artist for artist, _ in names(head(turn))} == {song.artist for song in tagged}
    assert set(Track.objects.filter(owner=person).values_list("source", flat=True)) == {Track.Source.OPEN}


def test_a_guest_may_have_services_asked_so_often(
    person: Any, services: dict[str, ProtocolServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_wave, "GUESTS_SHARE", 1)
    guest = UserFactory(is_guest=True, email=None)
    turn = said(guest, "something by Zorblax")
    brought(turn)
    again = said(guest, "something by Radiohead", turn)
    asked = len(services["deezer"].asked)
    assert brought(again)["text"] == (
        "Music services were asked often enough for you today. With an account you may ask for more."
    )
    assert len(services["deezer"].asked) == asked


def test_a_stranger_has_nothing_asked_for_somebody_elses_list(
    person: Any, listed: Turn, services: dict[str, ProtocolServer], asked_for: list[str], client: Client
) -> None:
    client.force_login(UserFactory())
    answer = client.post(reverse("say", args=[listed.conversation_id]), {"text": "something by Radiohead"})
    assert answer.status_code == 404
    assert listed.conversation.turns.count() == 1 and asked_for == []
    assert not Track.objects.visible_to(UserFactory()).filter(artist="Radiohead").exists()


def test_where_the_owner_wants_no_service_nobody_is_asked(
    person: Any, listed: Turn, services: dict[str, ProtocolServer], asked_for: list[str], settings: LazySettings
) -> None:
    settings.KEYLESS_SERVICES = []
    turn = said(person, "something by Radiohead", listed)
    assert asked_for == [] and "Asking" not in turn.answer


def test_what_may_not_be_kept_longer_goes(person: Any, listed: Turn, services: dict[str, ProtocolServer]) -> None:
    turn = said(person, "something by Radiohead", listed)
    brought(turn)
    soon = timezone.now() + timedelta(days=1)
    ServiceTrack.objects.update(expires=soon)
    assert service_finds.renew() == 3  # what stands in a list is asked for again in time
    assert not ServiceTrack.objects.filter(expires__lte=soon).exists()
    ServiceTrack.objects.update(expires="2020-01-01T00:00Z")
    service_library.forget_expired()
    assert not Track.objects.filter(artist="Radiohead").exists()
    assert head(turn).lost[0]["count"] == 3
