"""What services are asked for, by what was said and what the library had: decided without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.language.parser import read_words
from agents.planner import Decision
from agents.seeking import Seek, for_list
from core.schemas import MusicBrief, RankedList, ScoredTrack
from recommender.music.songs import artist_words, artists
from recommender.music.styles import meant_by

BRIEF = MusicBrief(valence=0.5, arousal=0.5, count=12)


def sought(text: str, *here: str, known: bool = False) -> Seek | None:
    """What is asked for when the list has one song by each of ``here``, again and again."""
    words = read_words(text)
    tracks = tuple(
        ScoredTrack(track_id=n, title=f"Song {n}", artist=name, score=50.0, parts=(), rank=n)
        for n, name in enumerate(here, 1)
    )
    brief = replace(BRIEF, limits=words.limits)
    return for_list(Decision(kind="recommend", words=words), brief, RankedList(tracks=tracks), lambda _: known)


def test_the_artists_that_are_not_here() -> None:
    seek = sought("something by Radiohead and Zorblax", *["Radiohead"] * 12)
    assert seek and seek.names == ("Zorblax",) and [ask.artist for ask in seek.asks] == ["Zorblax"]
    assert sought("something by Radiohead", *["Radiohead"] * 12) is None
    few = sought("only songs by Radiohead", *["Radiohead"] * 3)
    assert few and few.names == ("Radiohead",) and few.wanted == 9 and few.keeping


def test_a_song_that_is_named_is_asked_for_first() -> None:
    seek = sought("play Creep by Radiohead", *["Somebody"] * 12)
    assert seek and [(ask.artist, ask.title) for ask in seek.asks] == [("Radiohead", "Creep"), ("Radiohead", "")]
    assert sought("play Creep by Radiohead", *["Somebody"] * 12, known=True) is None


def test_a_style_is_asked_for_by_the_artists_who_play_it() -> None:
    seek = sought("only reggae", "Somebody")
    assert seek and seek.said and not seek.names and seek.asks[0].tag == "reggae"
    for ask in seek.asks[1:]:
        assert meant_by("reggae") & set(artists()[artist_words(ask.artist)].styles)
    assert sought("only reggae", *["Somebody"] * 12) is None


@pytest.mark.parametrize("text", ["only reggae from the 70s", "only instrumental reggae", "reggae slower than 80 bpm"])
def test_what_finds_could_not_prove_is_not_asked_for(text: str) -> None:
    assert sought(text, "Somebody") is None


@pytest.mark.parametrize("text", ["more like Zorblax", "no Zorblax", "a bit calmer", "surprise me"])
def test_who_does_not_ask_for_anybody_has_nobody_asked_for(text: str) -> None:
    assert sought(text, *["Somebody"] * 12) is None
