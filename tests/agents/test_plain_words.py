"""What the agents say of their work, as the timeline shows it: plain words, no machinery."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.board import Board, Order
from agents.findings import finding
from agents.roles import evaluation, image_analysis, mapping, recommendation
from agents.roles.evaluation import Verdict
from core.schemas import ImageReading, Label, Limits, MusicBrief, RankedList, ScoredTrack, Take

READING = ImageReading(
    valence=0.7,
    arousal=0.6,
    concepts=(
        Label(name="wedding", score=0.5, kind="concept"),
        Label(name="party nightclub", score=0.4, kind="concept"),
    ),
    objects=(Label(name="white dress", score=0.8, kind="object"), Label(name="church", score=0.5, kind="object")),
    moods=(Label(name="joyful", score=0.8),),
    phrase="a couple",
)
TAKE = Take(title="First dance", styles={"soul": 1.0}, concept="wedding")
BRIEF = MusicBrief(valence=0.7, arousal=0.6, takes=(TAKE,), take=1)


def test_a_picture_is_told_by_what_it_looks_like() -> None:
    assert image_analysis.describe(READING) == "Looks like a wedding or a party; it feels joyful"
    sure = replace(READING, concepts=READING.concepts[:1])
    assert image_analysis.describe(sure).startswith("Looks like a wedding;")
    unknown = replace(READING, concepts=(), moods=())
    assert image_analysis.describe(unknown) == "I see a couple, in no clear mood"


def test_what_it_went_with_is_told_by_what_shows_it() -> None:
    board = Board(order=Order(), reading=READING)
    assert mapping.describe(BRIEF, board) == (
        "Went with the wedding (white dress, church): First dance; bright and lively"
    )
    limited = replace(BRIEF, limits=Limits(explicit=False, year_min=1990, year_max=1999))
    assert mapping.describe(limited, board).endswith(". Your limits: from the 90s, nothing explicit")
    assert mapping.describe(replace(BRIEF, takes=(), take=0), Board(order=Order())).startswith("Went with your words")


@pytest.mark.parametrize(
    ("valence", "arousal", "told"),
    [(0.7, 0.5, "A calmer list than before"), (0.8, 0.7, "A brighter and livelier list than before"),
     (0.7, 0.6, "The same mood as before")],
)  # fmt: skip
def test_a_wish_is_told_by_where_it_moved_the_list(valence: float, arousal: float, told: str) -> None:
    board = Board(order=Order(refining=True, previous=BRIEF))
    assert mapping.describe(replace(BRIEF, valence=valence, arousal=arousal), board) == told


def test_a_list_is_told_by_the_track_that_fits_best() -> None:
    tracks = tuple(ScoredTrack(track_id=n, title=f"Song {n}", artist="A", score=80 - n, parts=()) for n in range(3))
    assert recommendation.describe(RankedList(tracks=tracks)) == "Chose 3 tracks; “Song 0” fits best"
    assert recommendation.describe(RankedList(tracks=tracks[:1])).startswith("Chose 1 track;")


def test_a_verdict_is_told_without_figures() -> None:
    verdict = Verdict(alignment=0.9, diversity=0.5, novelty=0.5, satisfaction=0.5, kept=True)
    assert evaluation.describe(verdict) == "Close to the mood that was asked for, varied, every limit kept"
    again = replace(verdict, alignment=0.1, diversity=0.1, again=BRIEF, suggestions=(finding("too_alike"),))
    assert evaluation.describe(again) == (
        "Some way off the mood that was asked for, much alike, every limit kept. Sent back once: These sound alike"
    )
