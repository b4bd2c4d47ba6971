"""Sentences that mean something only after another one, and sentences that take themselves back."""

from __future__ import annotations

import pytest

from agents.language.corrections import as_meant
from agents.language.followups import after, may_follow
from agents.planner import RulePlanner, Situation
from core.schemas import Edit, Entity, Limits, ScoredTrack, Want, WordsReading

SHOWN = tuple(
    ScoredTrack(track_id=n, title=f"Title {n}", artist=f"Artist {n}", score=80.0, parts=()) for n in range(1, 7)
)
HAPPIER = WordsReading(text="happier", intent="refine", wants=(Want(feature="valence", direction=1, amount=0.5),))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("make it livelier. no wait, calmer", "calmer"),
        ("remove number 2, no sorry, number 3", "remove number 3"),
        ("drop the last one, I mean the first one", "drop the first one"),
        ("no wait", "no wait"),
        ("great, make that the last one", "great, make that the last one"),
        ("this is too slow, I mean it", "this is too slow, I mean it"),
        ("I mean it: only jazz", "I mean it: only jazz"),
        ("no, calmer", "no, calmer"),
    ],
)
def test_what_is_taken_back_is_left_out(said: str, meant: str) -> None:
    assert as_meant(said) == meant


@pytest.mark.parametrize("said", ["even more", "a bit more please", "still a bit more", "ok, even further"])
def test_more_of_the_same_goes_on(said: str) -> None:
    [want] = after(WordsReading(text=said, intent="length"), HAPPIER).wants
    assert (want.feature, want.direction) == ("valence", 1)


@pytest.mark.parametrize("said", ["no, that's too much", "not that much", "a bit less", "ok that was too much now"])
def test_too_much_of_it_goes_part_of_the_way_back(said: str) -> None:
    [want] = after(WordsReading(text=said, intent="complaint"), HAPPIER).wants
    assert want.direction == -1 and want.amount < 0.5


def test_it_is_what_was_spoken_of_before() -> None:
    asked = WordsReading(text="why is number 3 here?", intent="explain", entities=(Entity(type="ordinal", text="3"),))
    told = after(WordsReading(text="fair enough but drop it anyway", intent="remove"), asked)
    assert told.entities == asked.entities


def test_without_them_refuses_who_was_asked_for() -> None:
    only = WordsReading(text="only Radiohead", intent="limit", limits=Limits(include_artists=("Radiohead",)))
    told = after(WordsReading(text="and now without them", intent="refine"), only)
    assert (told.intent, told.limits.exclude_artists) == ("limit", ("Radiohead",))


def test_the_rest_is_what_was_not_kept_before() -> None:
    keep = WordsReading(text="keep 1 and 2", intent="keep", edits=(Edit(verb="keep", what="1 and 2"),))
    rest = Edit(verb="replace", what="everything else")
    told = after(WordsReading(text="replace everything else", intent="replace", edits=(rest,)), keep)
    assert told.edits == (*keep.edits, rest)


def test_a_sentence_of_its_own_is_not_changed_by_what_was_said_before() -> None:
    for words in (
        WordsReading(text="more jazz", intent="refine", wants=(Want(feature="genre:jazz"),)),
        WordsReading(text="a rainy evening", intent="describe", valence=0.3, arousal=0.2),
        WordsReading(text="more", intent="length"),
    ):
        assert not may_follow(words) and after(words, HAPPIER) == words


@pytest.mark.parametrize("said", ["something by Zorblax", "something by the Zorblax Quintet, please"])
def test_who_is_asked_for_and_no_more_is_the_whole_list(said: str) -> None:
    assert RulePlanner().read(said, Situation(shown=SHOWN)).intent == "limit"


@pytest.mark.parametrize(
    ("before", "said", "feature", "direction"),
    [
        ("a bit happier", "even more", "valence", 1),
        ("etwas fröhlicher bitte", "noch ein bisschen mehr", "valence", 1),
        ("più allegro", "ancora di più", "valence", 1),
        ("plus gai", "encore plus", "valence", 1),
        ("más alegre", "todavía más", "valence", 1),
        ("mais alegre", "ainda mais", "valence", 1),
        ("much slower", "no, that's too much", "tempo", 1),
    ],
)
def test_the_planner_reads_a_sentence_after_those_before(before: str, said: str, feature: str, direction: int) -> None:
    words = RulePlanner().read(said, Situation(shown=SHOWN, said=("a walk by the sea", before)))
    assert (feature, direction) in {(want.feature, want.direction) for want in words.wants}, words
