"""Reasons are true: take the cited cause away and the track's score falls or its rank worsens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.schemas import ImageReading, Want, WordsReading
from recommender import mapping
from recommender.ranking import explain, scoring
from recommender.ranking.explain import Cause
from tests.recommender.briefs import labels, lake, party, pool_of, street


@pytest.mark.parametrize("reading", [lake(), street(), party()], ids=["lake", "street", "party"])
def test_taking_a_cited_cause_away_costs_score_or_rank(reading: ImageReading) -> None:
    brief = replace(mapping.brief_for(reading), vector=(0.1,) * 384)
    held: list[bool] = []
    for seed in range(6):
        pool = pool_of(2000, seed)
        best = np.argsort(-scoring.score(pool, brief).total)[:12]
        held += explain.deletion_test(pool, brief, best.tolist())
    assert len(held) > 80 and np.mean(held) >= 0.9


def test_a_made_up_cause_fails_the_deletion_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "_causes", lambda scores, rows: [[Cause("horoscope", 1.0)] for _ in rows])
    assert not any(explain.deletion_test(pool_of(50), mapping.brief_for(lake()), range(12)))


def sentences(brief_words: WordsReading | None = None, seed: int = 0) -> list[str]:
    pool = pool_of(2000, seed)
    brief = mapping.brief_for(lake(), [brief_words] if brief_words else [])
    scores = scoring.score(pool, brief)
    return [text for text, _wording in explain.reasons(pool, scores, brief, np.argsort(-scores.total)[:12].tolist())]


def test_reasons_name_the_seen_thing_vary_and_repeat_exactly() -> None:
    told = sentences()
    assert told == sentences()
    assert sum("in your picture" in text for text in told) >= 8
    assert len({text.split(" ")[0] for text in told}) >= 3
    assert all(text[0].isupper() or text[0].isdigit() for text in told) and all(text.endswith(".") for text in told)


def test_reasons_quote_what_was_asked_for() -> None:
    asked = WordsReading(text="some jazz", wants=(Want(feature="genre:jazz"),))
    assert any("“some jazz”" in text or "as you asked" in text for text in sentences(asked))


def test_a_reasons_facts_are_the_tracks_own() -> None:
    pool = pool_of(50)
    for row in range(50):
        told = explain.facts(pool, row)
        assert f"{pool.columns['tempo'][row]:.0f} bpm" in told
        assert ("minor" in told or "major" in told) == (pool.columns["key"][row] >= 0)


def test_a_track_that_nothing_speaks_for_is_not_praised() -> None:
    text = explain.reason(pool_of(3), 0, None, mapping.brief_for(lake()))
    assert text.startswith("The nearest that was left")


@pytest.mark.parametrize(
    "name",
    [
        "affect",
        "mood",
        "semantic",
        "genre",
        "instruments",
        "names",
        "likeness",
        "taste",
        *(f"sound:{name}" for name in scoring.TOLERANCE),
    ],
)
def test_every_kind_of_cause_has_its_sentence(name: str) -> None:
    brief = replace(mapping.brief_for(street()), genres=labels("genre", pop=1.0))
    text = explain.reason(pool_of(4), 0, Cause(name, 0.1), brief)
    assert text.endswith(".") and 15 < len(text) < 300 and "{" not in text
