"""Artists and titles that words name, and how they are found: whole, in part, misspelt; a wish or a limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.schemas import Entity, Label, Limits, WordsReading
from recommender.library.matching.name_search import are_known, found_by_name
from recommender.mapping.named import limited, telling
from recommender.models import Track
from tests.factories import TrackFactory


@pytest.fixture
def tracks(db: None) -> None:
    for artist, title in [
        ("Bee Gees", "Stayin' Alive"),
        ("Jodeci", "Come & Talk to Me"),
        ("8Ball & MJG", "Space Age Pimpin'"),
        ("Usher; Lil Jon", "Yeah!"),
        ("Oasis", "Whatever"),
        ("Caspar Babypants", "Itsy Bitsy Spider"),
    ]:
        TrackFactory(artist=artist, title=title)


def named(name: str, kind: str = "artist", score: float = 1.0) -> list[str]:
    found = found_by_name(Track.objects.all(), [Label(name=name, score=score, kind=kind)])
    best = sorted(found, key=lambda one: -found[one])
    return [Track.objects.get(pk=one).artist for one in best]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Beegees", "Bee Gees"), ("Jodecci", "Jodeci"), ("ushers", "Usher; Lil Jon"), ("bee gees", "Bee Gees")],
)
def test_a_slip_of_the_pen_still_finds_the_artist(tracks: None, said: str, meant: str) -> None:
    assert named(said)[:1] == [meant]


@pytest.mark.parametrize("said", ["Metallica", "Jo", "Be Gone"])
def test_nobody_is_made_of_another_name(tracks: None, said: str) -> None:
    assert named(said) == []


@pytest.mark.parametrize(
    ("name", "kind", "known"),
    [
        ("oasis", "word", True),
        ("whatever", "word", False),  # nearly every word is somebody's title
        ("itsy bitsy spider", "track", True),
        ("nobody at all", "track", False),
    ],
)
def test_a_bare_word_is_a_name_only_as_an_artist(tracks: None, name: str, kind: str, known: bool) -> None:
    assert are_known(Track.objects.all(), [Label(name=name, score=0.5 if kind == "word" else 1.0, kind=kind)]) is known


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'd love some 8ball", ["8ball"]),
        ("Usher's songs from the 90s", ["usher"]),
        ("please play something", []),
    ],
)
def test_words_that_may_be_a_name(text: str, words: list[str]) -> None:
    assert telling(text) == words


@given(st.text(max_size=200))
def test_whatever_is_written_tells_single_words(text: str) -> None:
    assert all(word and " " not in word for word in telling(text))


def said(text: str, *artists: str) -> WordsReading:
    entities = tuple(Entity(type="artist", text=artist) for artist in artists)
    return WordsReading(text=text, entities=entities, limits=Limits(include_artists=artists))


@pytest.mark.parametrize(
    ("held", "text", "artists", "after"),
    [
        ((), "only Queen please", ("Queen",), ("Queen",)),
        ((), "I love Queen", ("Queen",), ()),
        ((), "add some Queen", ("Queen",), ()),
        (("ABBA",), "add some Queen", ("Queen",), ("ABBA", "Queen")),
        (("ABBA",), "a bit slower", (), ("ABBA",)),
    ],
)
def test_a_liked_artist_leads_and_an_only_one_limits(
    held: tuple[str, ...], text: str, artists: tuple[str, ...], after: tuple[str, ...]
) -> None:
    assert limited(Limits(include_artists=held), said(text, *artists)).include_artists == after
