"""Songs of the box in the catalogue, and what is known of everybody else's tracks."""

from __future__ import annotations

import pytest

from recommender.library.importers.editor_songs import annotate, known_of, load_songs, styles_of_genre
from recommender.models import Annotation, Track
from recommender.music.songs import artists, by_key, songs
from tests.factories import TrackFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first songs of the file, so that a test takes a moment."""
    by_key()  # worked out from the whole file, before only a part of it is shown
    artists()
    chosen = songs()[:40]
    monkeypatch.setattr("recommender.library.importers.editor_songs.known.songs", lambda: chosen)


@pytest.mark.usefixtures("few")
def test_songs_come_once_with_all_that_is_known_of_them() -> None:
    assert load_songs()["added"] == 40
    assert load_songs() == {"added": 0, "updated": 0, "unchanged": 40}
    song = songs()[0]
    track = Track.objects.get(title=song.title, artist=song.artist)
    assert track.source == Track.Source.EDITOR
    assert track.owner is None
    assert tuple(track.annotation.styles) == song.styles
    assert tuple(track.annotation.themes) == song.themes
    assert track.profile.valence == pytest.approx(song.valence)
    assert track.profile.arousal == pytest.approx(song.arousal)


def test_a_track_of_another_source_is_known_by_its_song_its_artist_or_its_genre() -> None:
    song = next(song for song in songs() if song.artist == "Bob Marley & The Wailers")
    own = TrackFactory(owner=UserFactory(), title=f"{song.title} (Live)", artist=song.artist, genre="pop")
    by_artist = TrackFactory(title="A deep cut nobody knows", artist=song.artist, genre="pop")
    by_genre = TrackFactory(title="Nobody", artist="Nobody at All", genre="bossa nova")
    stranger = TrackFactory(title="Nobody", artist="Nobody at All Either", genre="")
    assert annotate() == 3
    assert own.annotation.provenance == Annotation.Provenance.SONG
    assert list(own.annotation.styles) == list(song.styles)
    assert by_artist.annotation.provenance == Annotation.Provenance.ARTIST
    assert by_artist.annotation.themes == []
    assert by_genre.annotation.styles == ["bossa nova"]
    assert not Annotation.objects.filter(track=stranger).exists()
    assert annotate() == 0


def test_an_older_version_of_what_is_known_is_brought_up_to_date() -> None:
    song = songs()[0]
    track = TrackFactory(title=song.title, artist=song.artist)
    annotate()
    Annotation.objects.update(version="older", styles=["black metal"])
    assert annotate() == 1
    assert list(Annotation.objects.get(track=track).styles) == list(song.styles)


@pytest.mark.parametrize(
    ("genre", "found"),
    [("Bossa Nova", ["bossa nova"]), ("rap, trap", ["hip-hop", "trap"]), ("hip_hop", ["hip-hop"]), ("podcast", [])],
)
def test_a_tables_genre_in_the_editors_words(genre: str, found: list[str]) -> None:
    assert styles_of_genre(genre) == found


def test_of_a_stranger_nothing_is_known() -> None:
    assert known_of("Nothing", "Nobody at All Whatever", "") is None
