"""Judging what came of sentences: each check of a conversation, and what a misread sentence is told for."""

from __future__ import annotations

import pytest

from core.schemas import Entity, Limits, MusicBrief, ScoredTrack, Want, WordsReading
from lab.datasets import understanding
from lab.datasets.understanding import CHECKS, Known, Sentence, Turn


def turn(*ids: int, valence: float = 0.5, intent: str = "refine", reply: str = "Done.") -> Turn:
    tracks = tuple(
        ScoredTrack(track_id=n, title=f"T{n}", artist=f"Artist {n}", score=80.0, parts=(), duration=180.0) for n in ids
    )
    return Turn(intent=intent, reply=reply, brief=MusicBrief(valence=valence, arousal=0.5), tracks=tracks)


KNOWN = {n: Known(["cool jazz"] if n % 2 else ["metal"], 1950 + n) for n in range(1, 9)}
BEFORE, AFTER = turn(1, 2, 3, 4), turn(3, 1, 4, 5, 7, valence=0.6, intent="remove")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (("intent", ["remove"]), ("intent", ["keep"])),
        (("changed",), ("same",)),
        (("stays", [1, 3]), ("stays", [2])),
        (("gone", [2]), ("gone", [1])),
        (("others_stay", [2]), ("others_stay", [1])),
        (("at", [[3, 1]]), ("at", [[1, 1]])),
        (("order", [3, 1, 4]), ("order", [1, 3])),
        (("count", 5), ("count", 4)),
        (("count_grew", 1), ("count_grew", 2)),
        (("minutes", 15), ("minutes", 30)),
        (("years", 1951, None), ("years", None, 1953)),
        (("artist_some", "artist 5"), ("artist_all", "artist 5")),
        (("artist_none", "artist 2"), ("artist_none", "artist 7")),
        (("styles_some", ["jazz"]), ("styles_some", ["metal"])),
        (("styles_none", ["fado"]), ("styles_none", ["metal"])),
        (("moves", "valence", 1), ("moves", "valence", -1)),
        (("not_empty",), ("back_to", 0)),
        (("reply_not_empty",), ("count", 0)),
    ],
)
def test_a_check_holds_or_does_not(right: tuple[object, ...], wrong: tuple[object, ...]) -> None:
    turns = [BEFORE, AFTER]
    assert not understanding.failed(right, turns, KNOWN) and understanding.failed(wrong, turns, KNOWN)


def test_every_check_of_the_conversations_is_known_and_both_halves_are_there() -> None:
    talks = understanding.conversations()
    assert {check[0] for talk in talks for _, checks in talk.turns for check in checks} <= CHECKS.keys()
    assert sum(talk.tuned for talk in talks) == 30 and len({talk.language for talk in talks}) == 6
    assert sum(one.tuned for one in understanding.sentences()) == 120


def test_a_misread_sentence_is_told_for_each_thing_that_is_wrong() -> None:
    sentence = Sentence(
        language="en",
        tuned=True,
        text="only hip hop from the 90s, happier, no number 3",
        intents=("limit",),
        wants=((("valence", "energy"), 1),),
        refused=((("tempo",), -1),),
        limits={"genres": ["hip hop"], "year_min": 1990},
        entities=(("ordinal", "3"),),
        sides={"valence": "high"},
    )
    right = WordsReading(
        text=sentence.text,
        intent="limit",
        valence=0.8,
        wants=(Want(feature="energy", direction=1),),
        limits=Limits(genres=("rap",), year_min=1990),
        entities=(Entity(type="ordinal", text="number 3"),),
    )
    assert understanding.misread(sentence, right) == []
    wrong = WordsReading(text=sentence.text, intent="refine", wants=(Want(feature="tempo", direction=-1),))
    assert understanding.misread(sentence, wrong) == [
        "intent", "wish", "wrong wish", "limit genres", "limit year_min", "name 3", "valence",
    ]  # fmt: skip
