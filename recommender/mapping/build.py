"""A reading, words and what came before to a MusicBrief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.errors import BadInput
from core.schemas import ImageReading, Label, Limits, MusicBrief, WordsReading
from recommender.library.audio_profiles import FEATURE_MEAN
from recommender.mapping import rules
from recommender.mapping.leanings import NEUTRAL, Leanings
from recommender.mapping.rules import WORDS_WEIGHT
from recommender.mapping.takes import seed_of, takes_for, with_takes
from recommender.mapping.target import drawn_to_activity, placed, sources_of, spread_of, target_of
from recommender.mapping.text_vector import Embed, point_by_vector, vector_of
from recommender.mapping.wishes import asked_features, joined, with_words
from recommender.music.styles import meant_by
from recommender.perception.vocabulary import moods_near

REASONINGS = ("hybrid", "symbolic", "neural")
DEFAULT_COUNT = 12
LEAST_HINT = 0.06
"""A concept less likely than this has no say in what a photo could be heard as."""
MOST_TRACKS = 100


class NothingToGoBy(BadInput):
    code = "nothing_to_go_by"
    message = "There is nothing to choose music by."
    hint = "Give a picture, or describe in words what you would like to hear."


def brief_for(
    reading: ImageReading | None,
    words: Sequence[WordsReading] = (),
    *,
    reasoning: str = "hybrid",
    count: int | None = None,
    previous: MusicBrief | None = None,
    embed: Embed | None = None,
    context: Mapping[str, str] | None = None,
    leanings: Leanings = NEUTRAL,
) -> MusicBrief:
    """The brief for a picture, words, or both. Limits and wishes of ``previous`` stay unless the words replace them.

    ``embed``: texts to unit vectors; without it the brief has no vector and ``neural`` falls back on the reading's
    own point. ``context``: ``{"activity": NAME}`` draws the target towards an activity. ``leanings``: what was
    learned of the takes that people choose. Raises NothingToGoBy, and BadInput for an unknown reasoning.
    """
    if reasoning not in REASONINGS:
        raise BadInput(f"There is no reasoning called {reasoning}.", hint=f"Use one of: {', '.join(REASONINGS)}.")
    if reading is None and not words and previous is None:
        raise NothingToGoBy
    valence, arousal = target_of(reading, words, previous)
    valence, arousal = drawn_to_activity(valence, arousal, context)
    scenes = reading.scenes[:4] if reading else previous.scenes if previous else ()
    moods = reading.moods[:5] if reading else previous.moods if previous else _moods_of(words, valence, arousal)
    features, sources = rules.targets(rules.cues(valence, arousal, reading, scenes))
    brief = MusicBrief(
        valence=valence,
        arousal=arousal,
        spread=spread_of(reading),
        moods=moods,
        genres=merged(previous.genres if previous else (), rules.genres(scenes)),
        instruments=previous.instruments if previous else (),
        names=previous.names if previous else (),
        scenes=scenes,
        features=features | asked_features(previous),
        limits=previous.limits if previous else Limits(),
        words=joined(previous.words if previous else "", words),
        phrase=reading.phrase if reading else previous.phrase if previous else "",
        captions=reading.captions if reading else previous.captions if previous else (),
        sources=placed(sources, "in your picture" if reading else "you described")
        | sources_of(reading, words, previous),
        confidence=reading.confidence if reading else max((w.confidence for w in words), default=0.5),
        reasoning=reasoning,
        crossing=reading.vector if reading else previous.crossing if previous else (),
        crossing_space=reading.vector_space if reading else previous.crossing_space if previous else "",
    )
    brief = with_words(brief, words, FEATURE_MEAN | {"valence": valence, "arousal": arousal})
    brief = replace(brief, count=count_of(brief, count, previous), vector=vector_of(brief, embed))
    return _heard_as(_for_reasoning(brief, reasoning), reading, words, previous, leanings)


def _styles_asked(brief: MusicBrief) -> set[str]:
    """The styles that words asked for."""
    said = (label.name for label in brief.genres if label.score >= 1.0 and label.source)
    return {style for name in said for style in meant_by(name)}


def _heard_as(
    brief: MusicBrief,
    reading: ImageReading | None,
    words: Sequence[WordsReading],
    previous: MusicBrief | None,
    leanings: Leanings,
) -> MusicBrief:
    """The brief with its takes: of what is seen and said, else those of the brief before."""
    said = [label for one in words for label in one.concepts]
    seen = (
        (*reading.concepts, *(tag for tag in reading.tags if tag.kind == "hint" and tag.score >= LEAST_HINT))
        if reading
        else ()
    )
    concepts = merged(said, seen)
    if not concepts and previous is not None and previous.takes:
        return replace(brief, takes=previous.takes, take=previous.take, seed=previous.seed)
    concepts = tuple(sorted(concepts, key=lambda label: -label.score))
    seed = seed_of(
        [label.name for label in concepts],
        (reading.valence, reading.arousal, reading.phrase) if reading else (),
        [one.text for one in words],
    )
    return with_takes(
        replace(brief, seed=seed),
        takes_for(
            concepts,
            brief.valence,
            brief.arousal,
            _styles_asked(brief),
            reading.styles if reading and not said else (),
            leanings=leanings,
        ),
    )


def _moods_of(words: Sequence[WordsReading], valence: float, arousal: float) -> tuple[Label, ...]:
    """The moods nearest to what the words describe; none when they describe nothing."""
    if all(said.valence is None for said in words):
        return ()
    near = sorted(moods_near(valence, arousal).items(), key=lambda pair: -pair[1])[:3]
    return tuple(Label(name=name, score=round(share / near[0][1], 3), kind="mood") for name, share in near)


def merged(older: Sequence[Label], newer: Sequence[Label]) -> tuple[Label, ...]:
    return tuple({label.name: label for label in (*newer, *older)}.values())


def count_of(brief: MusicBrief, count: int | None, previous: MusicBrief | None) -> int:
    wanted = brief.limits.count or count or (previous.count if previous else DEFAULT_COUNT)
    return min(max(wanted, 1), MOST_TRACKS)


def _for_reasoning(brief: MusicBrief, reasoning: str) -> MusicBrief:
    """Keep what the reasoning may use: rules alone have no vectors, vectors alone no rules and no regressed point."""
    if reasoning == "symbolic":
        return replace(brief, vector=(), crossing=(), crossing_space="")
    if reasoning == "neural":
        valence, arousal = point_by_vector(brief)
        asked = {name: target for name, target in brief.features.items() if target[1] >= WORDS_WEIGHT}
        return replace(brief, valence=valence, arousal=arousal, features=asked, spread=max(brief.spread, 0.2))
    return brief
