"""Songs without a sound get one: previews, covers and store links from services that need no account."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recommender.library import store_listings
from recommender.models import StoreListing, Track
from recommender.services import rate_limit
from recommender.services.protocol import Garbled, RateLimited, Unreachable
from recommender.services.rate_limit import RateLimit
from tests.factories import TrackFactory, TrackLinkFactory, UserFactory
from tests.recommender.services.protocol_server import ProtocolServer, Reply
from tests.recommender.services.service_apis import DeezerApi, ITunesApi, LibraryApi, Song, many

pytestmark = pytest.mark.django_db
Serve = Callable[[LibraryApi], ProtocolServer]
HARBOUR = Song(1, "Blue Harbour", "Mara Lindt", 201, "DEAA12000001")


@pytest.fixture
def deezer(serve: Serve) -> ProtocolServer:
    return serve(DeezerApi())


@pytest.fixture
def itunes(serve: Serve) -> ProtocolServer:
    return serve(ITunesApi())


def song(title: str = "Blue Harbour", artist: str = "Mara Lindt", **facts: Any) -> Track:
    made: Track = TrackFactory(title=title, artist=artist, source=Track.Source.EDITOR, **{"duration": 0.0} | facts)
    return made


def find(*tracks: Track) -> list[store_listings.Progress]:
    return list(store_listings.find(None, [track.pk for track in tracks]))


def test_a_song_is_found_by_its_names_and_only_what_may_be_kept_is(
    deezer: ProtocolServer, itunes: ProtocolServer
) -> None:
    track = song()
    assert [one.found for one in find(track)] == [track.pk]
    listing = StoreListing.objects.get()
    assert (listing.service, listing.external_id, listing.url) == ("deezer", "1", "https://www.deezer.com/track/1")
    assert listing.cover_url.startswith("https://e-cdns-images.dzcdn.net/")
    assert listing.preview_url.startswith("https://cdnt-preview.dzcdn.net/")
    ends = listing.preview_until - timezone.now()  # as the address itself says
    assert timedelta(minutes=14) < ends < timedelta(minutes=16)
    assert listing.expires - timezone.now() > timedelta(days=29)
    assert itunes.asked == []  # what plays is asked for once


def test_its_recording_code_is_asked_for_where_it_is_known(deezer: ProtocolServer) -> None:
    find(song(isrc=HARBOUR.isrc))
    assert [asked.path for asked in deezer.asked] == [f"/track/isrc:{HARBOUR.isrc}"]


def test_a_code_that_the_service_does_not_know_is_no_end(deezer: ProtocolServer) -> None:
    assert find(song(isrc="GBZZ99999999"))[0].found


@pytest.mark.parametrize(
    "told",
    [
        Song(7, "Blue Harbour (Live in Kiel)", "Mara Lindt"),
        Song(7, "Blue Harbour", "Karaoke Mara Lindt Players"),
        Song(7, "Blue Harbour", "Mara Lindt", seconds=640),
    ],
    ids=["a concert", "somebody else", "another length"],
)
def test_another_recording_is_not_taken_for_it(told: Song, serve: Serve, settings: LazySettings) -> None:
    settings.KEYLESS_SERVICES = ["deezer"]
    served = serve(DeezerApi(songs=[told]))
    track = song(duration=200.0)
    served.trouble = Reply({"data": [served.api.track(told)], "total": 1})  # type: ignore[attr-defined]
    assert [one.found for one in find(track)] == [None]
    assert not store_listings.listed([track.pk])
    # and who does not have it is left alone for some days
    assert find(track) == [] and len(served.asked) == 1
    StoreListing.objects.update(expires=timezone.now())
    assert len(find(track)) == 1
    StoreListing.objects.update(expires=timezone.now())
    assert store_listings.forget_expired() == 1 and not StoreListing.objects.exists()


def test_what_the_first_service_lacks_the_second_gives_within_a_handful_of_questions(
    serve: Serve, itunes: ProtocolServer
) -> None:
    serve(DeezerApi(songs=[]))
    songs = many(9)
    itunes.api.songs = songs  # type: ignore[attr-defined]
    tracks = [song(one.title, one.artist) for one in songs]
    find(*tracks)
    assert len(itunes.asked) == store_listings.MOST_ASKED["itunes"] == 5
    listed = store_listings.listed([track.pk for track in tracks])
    assert set(listed) == {track.pk for track in tracks[:5]}
    assert all(one.preview_url.startswith("https://audio-ssl.itunes.apple.com/") for [one] in listed.values())


def test_what_plays_here_and_what_may_not_be_mixed_is_asked_of_nobody(
    deezer: ProtocolServer, itunes: ProtocolServer
) -> None:
    person = UserFactory()
    own = song(file="/music/harbour.ogg")
    spotify = TrackFactory(source=Track.Source.SERVICE, owner=person)
    TrackLinkFactory(track=spotify, service="spotify")
    strangers = TrackFactory(owner=UserFactory())
    assert list(store_listings.find(person, [own.pk, spotify.pk, strangers.pk])) == []
    assert deezer.asked == itunes.asked == []


def test_an_owner_who_wants_no_services_has_none_asked(
    deezer: ProtocolServer, itunes: ProtocolServer, settings: LazySettings
) -> None:
    settings.KEYLESS_SERVICES = []
    assert find(song()) == [] and deezer.asked == []


@pytest.mark.parametrize("lie", ["https://evil.example/x.mp3", "javascript:alert(1)", "//dzcdn.net/x", 7, None])
def test_a_service_that_lies_about_its_hosts_puts_nothing_on_a_page(lie: object, deezer: ProtocolServer) -> None:
    told = deezer.api.track(HARBOUR) | {"preview": lie, "link": lie, "album": {"cover_medium": lie}}  # type: ignore[attr-defined]
    deezer.trouble = Reply({"data": [told], "total": 1})
    find(song())
    listing = StoreListing.objects.get(service="deezer")
    assert (listing.preview_url, listing.cover_url) == ("", "")
    assert listing.url in ("", "https://evil.example/x.mp3")  # a link is the person's own step


TROUBLES = {
    "broken": (Reply({}, 500), Unreachable),
    "silent": (Reply({}, delay=1.0), Unreachable),
    "garbage": (Reply(data=b"<html>"), Garbled),
    "empty": (Reply({"data": None}), Garbled),
    "too many": (Reply({}, 429, headers={"Retry-After": "9"}), RateLimited),
    "quota": (Reply({"error": {"code": 4, "message": "Quota limit exceeded"}}), RateLimited),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_service_in_trouble_is_asked_once_told_of_once_and_the_other_helps(
    name: str, deezer: ProtocolServer, itunes: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_listings, "PATIENCE", 0.3)
    trouble, kind = TROUBLES[name]
    deezer.trouble = trouble
    tracks = [song(), song("Группа ветра", "Кедр")]
    told = find(*tracks)
    assert [(one.service, type(one.failure)) for one in told if one.failure] == [("deezer", kind)]
    assert len(deezer.asked) == 1
    assert [one.found for one in told if not one.failure] == [track.pk for track in tracks]


def test_a_slow_service_does_not_hold_a_list_for_ever(
    deezer: ProtocolServer, serve: Serve, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.KEYLESS_SERVICES = ["deezer"]
    monkeypatch.setattr(store_listings, "LONGEST", 0.0)
    assert find(song(), song("Группа ветра", "Кедр")) == []  # what is left is asked for when the list is next opened
    assert deezer.asked == []


def test_many_lists_stay_within_a_services_pace(
    itunes: ProtocolServer, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEYLESS_SERVICES = ["itunes"]
    monkeypatch.setattr(store_listings, "PATIENCE", 0.15)
    monkeypatch.setitem(rate_limit.PACES, "itunes", RateLimit(2, 10))
    songs = many(200)
    itunes.api.songs = songs  # type: ignore[attr-defined]
    tracks = Track.objects.bulk_create(Track(source="editor", title=one.title, artist=one.artist) for one in songs)
    began = time.monotonic()
    told = [one for track in tracks for one in find(track)]
    assert len(itunes.asked) <= 10 + 2 * (time.monotonic() - began) + 1
    assert RateLimited in {type(one.failure) for one in told if one.failure}
    assert len(told) == 200


# --- playing


def playing(client: Client, track: Track, **query: str) -> Any:
    return client.get(reverse("preview", args=[track.pk]), query)


def test_a_preview_plays_from_its_service_and_an_ended_one_is_asked_for_anew(
    deezer: ProtocolServer, client: Client
) -> None:
    track = song()
    find(track)
    first = playing(client, track)
    assert first.status_code == 302 and first["Cache-Control"] == "no-store"
    assert first["Location"] == StoreListing.objects.get().preview_url and len(deezer.asked) == 1
    StoreListing.objects.update(preview_until=timezone.now(), preview_url="https://cdnt-preview.dzcdn.net/old.mp3")
    again = playing(client, track)
    assert deezer.asked[-1].path == "/track/1" and "/old.mp3" not in again["Location"]
    assert StoreListing.objects.get().preview_until > timezone.now()


def test_one_that_does_not_play_is_asked_for_again_but_not_at_every_try(deezer: ProtocolServer, client: Client) -> None:
    track = song()
    find(track)
    playing(client, track, again="")
    assert len(deezer.asked) == 1
    StoreListing.objects.update(asked=timezone.now() - timedelta(minutes=3))
    playing(client, track, again="")
    playing(client, track, again="")
    assert len(deezer.asked) == 2


def test_a_preview_that_is_gone_is_gone_and_a_service_that_is_down_says_so(
    deezer: ProtocolServer, client: Client
) -> None:
    track = song()
    find(track)
    StoreListing.objects.update(preview_until=timezone.now())
    deezer.trouble = Reply({}, 500)
    assert playing(client, track).status_code >= 500
    deezer.trouble = None
    deezer.api.gone = {1}  # type: ignore[attr-defined]
    assert playing(client, track).status_code == 404
    assert not store_listings.listed([track.pk])
    assert playing(client, song("Unknown")).status_code == 404


def test_a_strangers_track_has_no_preview(deezer: ProtocolServer, client: Client) -> None:
    owner = UserFactory()
    track = song(owner=owner)
    list(store_listings.find(owner, [track.pk]))
    assert playing(client, track).status_code == 404
    client.force_login(owner)
    assert playing(client, track).status_code == 302


@pytest.mark.parametrize(
    "facts",
    [
        {"external_id": "", "preview_url": "https://x.dzcdn.net/1.mp3", "preview_until": timezone.now()},
        {"external_id": "1", "preview_url": "https://x.dzcdn.net/1.mp3"},
        {"external_id": "1", "confidence": 1.5},
    ],
    ids=["of nothing", "without an end", "too sure"],
)
def test_a_listing_that_cannot_be_is_not_stored(facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        StoreListing.objects.create(track=song(), service="deezer", expires=timezone.now(), **facts)
