"""The moment a list is for, as small moves of the target that can be taken back one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from core.schemas import MusicBrief, Shift
from recommender.mapping import rules
from recommender.mapping.rules import WORDS_WEIGHT
from recommender.mapping.target import unit

SAID_FROM = 0.015
"""A move of the target that is smaller on both axes is not worth words."""
DIRECTIONS = {"arousal": ("calmer", "livelier"), "valence": ("darker", "brighter")}


def in_moment(brief: MusicBrief, moment: Sequence[Shift]) -> MusicBrief:
    """The brief for this moment instead of the one it was for; feature targets follow as far as the stated rules move
    them. What was asked for in words stays."""
    before, after = moment_pull(brief.moment, brief.switched_off), moment_pull(moment, brief.switched_off)
    across, up = after[0] - before[0], after[1] - before[1]
    moved = replace(
        brief,
        valence=unit(brief.valence + across),
        arousal=unit(brief.arousal + up),
        moment=tuple(moment),
        stages=tuple(
            replace(stage, valence=unit(stage.valence + across), arousal=unit(stage.arousal + up))
            for stage in brief.stages
        ),
    )
    old, _ = rules.targets({"valence": brief.valence, "arousal": brief.arousal})
    new, _ = rules.targets({"valence": moved.valence, "arousal": moved.arousal})
    features = {
        name: (value + new[name][0] - old[name][0], weight)
        for name, (value, weight) in brief.features.items()
        if name in new and weight < WORDS_WEIGHT
    }
    return with_moment_said(replace(moved, features={**brief.features, **features}))


def without_moment(brief: MusicBrief) -> tuple[float, float]:
    """(valence, arousal) the target would have if the moment moved nothing."""
    across, up = moment_pull(brief.moment, brief.switched_off)
    return unit(brief.valence - across), unit(brief.arousal - up)


def moment_pull(moment: Sequence[Shift], off: Collection[str]) -> tuple[float, float]:
    """How far what is switched on moves the target: (valence, arousal)."""
    on = [shift for shift in moment if shift.key not in off]
    return sum(shift.valence for shift in on), sum(shift.arousal for shift in on)


def moment_words(brief: MusicBrief) -> str:
    """What the moment does to the list, such as "calmer for the evening and with friends"; empty for nothing."""
    direction, shifts = _told(brief)
    return f"{direction} {' and '.join(shift.words for shift in shifts)}" if shifts else ""


def moment_names(brief: MusicBrief) -> tuple[str, ...]:
    """Which parts of the moment do that."""
    return tuple(shift.name for shift in _told(brief)[1])


def _told(brief: MusicBrief) -> tuple[str, list[Shift]]:
    """The direction in which the moment moves the list the most, and what of it does; nothing for too small a move."""
    across, up = moment_pull(brief.moment, brief.switched_off)
    axis, size = ("arousal", up) if abs(up) >= abs(across) else ("valence", across)
    on = [shift for shift in brief.moment if shift.key not in brief.switched_off]
    shifts = [shift for shift in on if shift.words and getattr(shift, axis) * size > 0]
    return DIRECTIONS[axis][size > 0], shifts if abs(size) >= SAID_FROM else []


def with_moment_said(brief: MusicBrief) -> MusicBrief:
    """The brief whose sources say what its moment does."""
    sources = {name: source for name, source in brief.sources.items() if name != "moment"}
    if words := moment_words(brief):
        sources["moment"] = words
    return replace(brief, sources=sources)
