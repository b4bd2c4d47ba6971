"""A brief moved: by chips and the map, by comparatives, towards tracks or a song. What is not mentioned stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.schemas import AudioReading, Label, MusicBrief, ScoredTrack, Take, WordsReading
from recommender.library.audio_profiles import FEATURE_MEAN, FEATURE_SD, list_means
from recommender.mapping import rules
from recommender.mapping.build import count_of
from recommender.mapping.context import moment_pull, with_moment_said
from recommender.mapping.rules import WORDS_WEIGHT
from recommender.mapping.takes import choose_take, played_in, standing_takes, takes_for
from recommender.mapping.target import drawn, placed, quoted, unit
from recommender.mapping.text_vector import Embed, switched_vector, vector_of
from recommender.mapping.wishes import joined, styles_asked, touches_affect, with_words
from recommender.perception.vocabulary import MOODS, SCENES

CHIP_SHARE = 0.5
"""How far switching chips off moves the target towards what the other chips say."""
SONG_WEIGHT = 0.8


def adjust(
    brief: MusicBrief, *, valence: float | None = None, arousal: float | None = None, off: set[str] | None = None
) -> MusicBrief:
    """The brief after the person moved the point (0..1) or switched chips; ``off`` is the complete set of chips that
    are off, such as ``{"mood:joyful", "scene:beach", "concept:beach"}``. A take of a concept that is switched off gives
    way to the likeliest one left. Loads no model; switching back restores what was, but for the take."""
    brief = _without_concepts(brief, brief.switched_off if off is None else off)
    v, a = brief.valence, brief.arousal
    vector = brief.vector
    switched = brief.switched_off
    if off is not None:
        switched = tuple(sorted(off))
        before, after = _chip_pull(brief, brief.switched_off), _chip_pull(brief, switched)
        v, a = v + after[0] - before[0], a + after[1] - before[1]
        then, now = moment_pull(brief.moment, brief.switched_off), moment_pull(brief.moment, switched)
        v, a = v + now[0] - then[0], a + now[1] - then[1]
        vector = switched_vector(brief, switched)
    v = unit(v if valence is None else valence)
    a = unit(a if arousal is None else arousal)
    moved = replace(brief, valence=v, arousal=a, switched_off=switched, vector=vector)
    if valence is not None or arousal is not None:
        moved = replace(moved, sources=dict(brief.sources) | {"affect": "the point you chose on the map"})
    return with_moment_said(_following_rules(moved, brief))


def _without_concepts(brief: MusicBrief, off: Collection[str]) -> MusicBrief:
    """The brief with another take chosen if that of its concept is switched off and any is left."""
    left = standing_takes(brief, off)
    if not left or brief.direction is None or brief.take in left:
        return brief
    return choose_take(brief, left[0])


def move(
    brief: MusicBrief,
    words: WordsReading | Sequence[WordsReading],
    current: Sequence[ScoredTrack] | Mapping[str, float],
    *,
    embed: Embed | None = None,
) -> MusicBrief:
    """The brief after comparatives ("a bit slower"): moves from where the list is, by each wish's amount in standard
    deviations of the feature; what is not mentioned stays. A described scene draws the target towards it. New limits
    are merged in.

    ``current``: the list now shown, or the means of its features.
    """
    said = [words] if isinstance(words, WordsReading) else list(words)
    means = current if isinstance(current, Mapping) else list_means([track.track_id for track in current])
    means = {**FEATURE_MEAN, "valence": brief.valence, "arousal": brief.arousal, **means}
    means |= _nearer_to_the_wish(brief, said, means)
    start = brief
    for one in said:
        if one.valence is not None and one.arousal is not None:
            valence, arousal = drawn((start.valence, start.arousal), (one.valence, one.arousal))
            start = replace(start, valence=unit(valence), arousal=unit(arousal))
    moved = _in_asked_styles(with_words(start, said, means), said)
    moved = replace(
        moved,
        words=joined(brief.words, said),
        count=count_of(moved, None, brief),
        sources=dict(moved.sources) | ({"affect": quoted(said)} if touches_affect(said) else {}),
    )
    changed = _following_rules(moved, brief)
    labels = (changed.moods, changed.genres, changed.instruments)
    if embed and changed.vector and labels != (brief.moods, brief.genres, brief.instruments):
        changed = replace(changed, vector=vector_of(changed, embed))
    return changed


def _in_asked_styles(brief: MusicBrief, words: Sequence[WordsReading]) -> MusicBrief:
    """A style that is wished for changes what the list is made of: a genre's small share of the match cannot."""
    asked, beside = styles_asked(words)
    if not asked:
        return brief
    if not brief.takes:
        return replace(brief, takes=takes_for((), brief.valence, brief.arousal, asked), take=1)
    heard = played_in(brief.takes, asked, beside=beside)
    chosen = heard[brief.take - 1] if 0 < brief.take <= len(heard) else heard[0]
    # ways that now play the same for the same thing are one
    different = {_plays(take): take for take in reversed(heard)} | {_plays(chosen): chosen}
    takes = tuple(different[one] for one in dict.fromkeys(map(_plays, heard)))
    return replace(brief, takes=takes, take=takes.index(chosen) + 1)


def _plays(take: Take) -> tuple[str, ...]:
    return (take.concept, *take.styles)


AXES = {"valence": ("valence",), "arousal": ("arousal", "energy")}
"""The axes of the affect plane, and the features whose wishes move along them."""


def _nearer_to_the_wish(
    brief: MusicBrief, words: Sequence[WordsReading], means: Mapping[str, float]
) -> dict[str, float]:
    """Where each axis starts from: where the list is, but no further against the wish than half a step beside the
    brief, so that "calmer" never ends livelier than was asked before."""
    starts = {}
    for axis, features in AXES.items():
        wished = [want for said in words for want in said.wants if want.feature in features and want.direction]
        if wished:
            way = 1 if sum(want.direction for want in wished) > 0 else -1
            half = 0.5 * max(want.amount for want in wished) * FEATURE_SD.get(axis, 0.25)
            edge = getattr(brief, axis) - way * half
            starts[axis] = max(means[axis], edge) if way > 0 else min(means[axis], edge)
    return starts


def towards(brief: MusicBrief, track_ids: Sequence[int]) -> MusicBrief:
    """The brief moved onto what these tracks have in common ("more like the second one"): their mean mood point,
    tempo and sound as asked-for targets, as far as anything is known of their sound; and tracks like them."""
    brief = replace(brief, like=tuple(track_ids))
    means = list_means(track_ids)
    if "valence" not in means or "arousal" not in means:
        return brief
    alike = ("tempo", "energy", "danceability", "acousticness", "instrumentalness")
    features = {name: (means[name], WORDS_WEIGHT) for name in alike if name in means}
    source = "the track you pointed at" if len(track_ids) == 1 else "the tracks you pointed at"
    return replace(
        brief,
        valence=unit(means["valence"]),
        arousal=unit(means["arousal"]),
        features={**brief.features, **features},
        sources={**brief.sources, "affect": source, **dict.fromkeys(features, source)},
    )


def with_song(brief: MusicBrief, song: AudioReading) -> MusicBrief:
    """The brief drawn half-way to a song that the list should also go with, and towards its tempo and sound."""
    features = {name: getattr(song, name) for name in ("tempo", "energy", "danceability", "acousticness")}
    targets = {name: (float(value), SONG_WEIGHT) for name, value in features.items() if value is not None}
    asked = {name: target for name, target in brief.features.items() if target[1] >= WORDS_WEIGHT}
    return replace(
        brief,
        valence=unit((brief.valence + song.valence) / 2),
        arousal=unit((brief.arousal + song.arousal) / 2),
        features={**brief.features, **targets, **asked},
        sources={**brief.sources, **dict.fromkeys(targets.keys() - asked.keys(), "your song")},
    )


def _following_rules(brief: MusicBrief, before: MusicBrief) -> MusicBrief:
    """Feature targets moved as far as the affect rules move them; what was asked for in words stays."""
    old, _ = rules.targets({"valence": before.valence, "arousal": before.arousal})
    new, sources = rules.targets({"valence": brief.valence, "arousal": brief.arousal})
    features = dict(brief.features)
    for feature, (value, weight) in brief.features.items():
        if weight < WORDS_WEIGHT and feature in new:
            features[feature] = (value + new[feature][0] - old[feature][0], weight)
    across, up = brief.valence - before.valence, brief.arousal - before.arousal
    moved = abs(across) + abs(up) > 1e-9
    told = {name: says for name, says in sources.items() if name in features and features[name][1] < WORDS_WEIGHT}
    return replace(
        brief,
        features=features,
        sources=dict(brief.sources) | (placed(told, "you asked for") if moved else {}),
        crossing=() if moved else brief.crossing,  # the picture's own place is no longer what is wished
        stages=tuple(
            replace(stage, valence=unit(stage.valence + across), arousal=unit(stage.arousal + up))
            for stage in brief.stages
        ),
    )


def _chip_pull(brief: MusicBrief, off: Sequence[str]) -> tuple[float, float]:
    """How far the chips left on draw the target away from where all of them together lie."""
    chips = [
        (label, table[label.name])
        for kind, labels, table in (("mood", brief.moods, MOODS), ("scene", brief.scenes, SCENES))
        for label in labels
        if label.score > 0 and label.name in table
    ]
    left = [(label, term) for label, term in chips if f"{label.kind}:{label.name}" not in off]
    if not left or len(left) == len(chips):
        return 0.0, 0.0

    def centre(some: Sequence[tuple[Label, Any]]) -> tuple[float, float]:
        total = sum(label.score for label, _ in some)
        return (
            sum(label.score * term.valence for label, term in some) / total,
            sum(label.score * term.arousal for label, term in some) / total,
        )

    (all_v, all_a), (left_v, left_a) = centre(chips), centre(left)
    return CHIP_SHARE * (left_v - all_v), CHIP_SHARE * (left_a - all_a)
