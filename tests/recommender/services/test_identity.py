"""When two names mean the same recording."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text import plain
from recommender.library.matching import lookup
from recommender.services import track_identity
from recommender.services.protocol import FoundTrack
from recommender.services.track_identity import Kind
from tests.factories import TrackFactory, UserFactory


def track(title: str, artist: str = "Mara Lindt", seconds: float = 200.0, **more: Any) -> FoundTrack:
    return FoundTrack(service="x", external_id=title, title=title, artist=artist, duration=seconds, **more)


SAME = [
    (track("Blue Harbour"), track("blue  harbour", seconds=203)),
    (track("Blue Harbour (feat. Rosa)"), track("Blue Harbour", "Mara Lindt, Rosa")),
    (track("Blue Harbour ft. Rosa"), track("Blue Harbour [feat. Rosa]", "Mara Lindt & Rosa")),
    (track("Blue Harbour (Official Video)", seconds=215), track("Blue Harbour")),
    (track("Blue Harbour", "Mara Lindt - Topic"), track("Blue Harbour")),
    (track("Café del Mar"), track("Cafe del Mar")),
    (track("Rock & Roll Nights"), track("Rock and Roll Nights")),
    (track("Группа ветра", "Кедр"), track("Gruppa vetra", "Kedr")),
    (track("残酷な夜の歌", "星野みなと"), track("残酷な夜の歌", "星野みなと")),
    (track("So What", "P!nk"), track("So What", "Pink")),
    (track("Nightfall - Live at Wembley"), track("Nightfall (Live at Wembley)")),
    (track("Theme Pt. 2"), track("Theme (Part II)")),
    (track("Wholly misnamed", isrc="DEAA12000001"), track("Wholly Misnamed!", isrc="DEAA12000001", seconds=0)),
]
VERSIONS = [
    (track("Blue Harbour"), track("Blue Harbour (Live)"), "live"),
    (track("Blue Harbour"), track("Blue Harbour - Remastered 2011"), "remaster"),
    (track("Blue Harbour"), track("Blue Harbour (Deep Sea Remix)"), "remix"),
    (track("Blue Harbour (Deep Sea Remix)"), track("Blue Harbour (Klara Voss Remix)"), "remix"),
    (track("Blue Harbour"), track("Blue Harbour (Acoustic)"), "acoustic"),
    (track("Blue Harbour"), track("Blue Harbour (Instrumental)"), "instrumental"),
    (track("Blue Harbour"), track("Blue Harbour - Radio Edit", seconds=180), "edit"),
    (track("Blue Harbour"), track("Blue Harbour (sped up)", seconds=160), "speed"),
    (track("Blue Harbour"), track("Blue Harbour (Karaoke Version)", "Sing It Karaoke"), "karaoke"),
    (track("Blue Harbour"), track("Blue Harbour (Mara Lindt Cover)", "Somebody Else"), "cover"),
    (track("Blue Harbour"), track("Blue Harbour", seconds=290), "length"),
]
DIFFERENT = [
    (track("Blue Harbour"), track("Blue Harbour", "Jon Vale")),
    (track("Theme, Pt. 1"), track("Theme, Pt. 2")),
    (track("Night II"), track("Night III")),
    (track("1999"), track("1989")),
    (track("Love"), track("Live")),
    (track("Stay", "A"), track("Stay Away", "A")),
    (track("夜に駆ける"), track("夜に消える")),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_the_same_recording_is_known_under_other_names(a: FoundTrack, b: FoundTrack) -> None:
    assert track_identity.compare(a, b).kind is Kind.SAME


@pytest.mark.parametrize(("a", "b", "kind"), VERSIONS)
def test_versions_are_told_apart(a: FoundTrack, b: FoundTrack, kind: str) -> None:
    verdict = track_identity.compare(a, b)
    assert verdict.kind is Kind.VERSION
    assert kind in verdict.differs


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_other_songs_are_different(a: FoundTrack, b: FoundTrack) -> None:
    assert track_identity.compare(a, b).kind is Kind.DIFFERENT


def test_one_isrc_on_two_quite_different_names_is_not_believed() -> None:
    a = track("Blue Harbour", isrc="DEAA12000001")
    assert track_identity.compare(a, track("Red Desert", "Jon Vale", isrc="DEAA12000001")).kind is Kind.DIFFERENT


def test_the_best_of_several_is_taken_and_a_remaster_only_when_nothing_better_is_there() -> None:
    live, remaster, usual = track("Song (Live)"), track("Song - 2011 Remaster"), track("Song", seconds=201)
    found = track_identity.match(track("Song"), [live, remaster, usual])
    assert found is not None and found[0] == 2
    found = track_identity.match(track("Song"), [live, remaster])
    assert found is not None and found[0] == 1 and found[1].kind is Kind.VERSION
    assert track_identity.match(track("Song"), [live]) is None


NAMES = st.text(max_size=40) | st.sampled_from([one.title for pair in SAME + DIFFERENT for one in pair])


@given(NAMES)
def test_plain_names_are_idempotent(name: str) -> None:
    assert plain(plain(name)) == plain(name)
    assert track_identity.words(track_identity.words(name)) == track_identity.words(name)


@pytest.mark.parametrize(
    ("name", "simple"),
    [("Sigur Rós", "sigur ros"), ("Mø", "mo"), ("Łona", "lona"), ("Strauß", "strauss"), ("Æther", "aether"),
     ("Кино", "kino"), ("Ночные снайперы", "nochnye snaypery"), ("Щедрик", "shchedrik"), ("久石譲", "久石譲"),
     ("a × b", "a × b")],
)  # fmt: skip
def test_letters_are_spelled_in_ascii_where_two_services_may_do_so(name: str, simple: str) -> None:
    assert plain(name) == simple


TRACKS = st.builds(track, NAMES, NAMES, st.floats(0, 400))


@given(TRACKS, TRACKS)
@example(track("0", ";", 0.0), track("", "", 0.0))
def test_comparing_is_symmetric_and_everything_is_like_itself(a: FoundTrack, b: FoundTrack) -> None:
    assert track_identity.compare(a, b) == track_identity.compare(b, a)
    assert 0 <= track_identity.compare(a, b).confidence <= 1
    if track_identity.words(a.title) and a.artist:
        assert track_identity.compare(a, a).kind is not Kind.DIFFERENT


@pytest.mark.django_db
def test_the_catalogue_is_searched_by_code_by_artist_and_by_words() -> None:
    coded = TrackFactory(title="Other Spelling", artist="Ännä", isrc="DEAA12000001", duration=100)
    plain = TrackFactory(title="Blue Harbour", artist="Mara Lindt")
    TrackFactory(title="Blue Harbour (Live)", artist="Mara Lindt")
    among = TrackFactory(title="Night Train", artist="The Kites, Rosa Lind")
    found = [
        track("Other Speling", "Anna", 101, isrc="DEAA12000001"),
        track("Blue Harbour (Official Video)", "mara lindt"),
        track("Night Train", "Kites"),
        track("Never Heard", "Nobody"),
        track("Blue Harbour - Live", "Mara Lindt"),
        track("Blue Harbor", "Mara Lindt - Topic"),
        track("Blue Harbor", "Mara Lindt feat. Rosa Lind"),
    ]
    known = lookup.find_in_catalogue(found)
    assert {place: one.pk for place, one in known.items()} == {
        0: coded.pk,
        1: plain.pk,
        2: among.pk,
        4: plain.pk + 1,
        5: plain.pk,
        6: plain.pk,
    }


@pytest.mark.django_db
def test_another_persons_own_track_is_not_matched() -> None:
    owner = UserFactory()
    own = TrackFactory(title="Home Recording", artist="Me", owner=owner, source="files", isrc="DEAA12000009")
    asked = [track("Home Recording", "Me"), track("Home Recording", "Me", isrc="DEAA12000009")]
    assert lookup.find_in_catalogue(asked, owner) == {0: own, 1: own}
    assert lookup.find_in_catalogue(asked, UserFactory()) == {}
    assert lookup.find_in_catalogue(asked) == {}
