"""Which tier reads what now; asked without loading any of it."""

from __future__ import annotations

from recommender.perception import zero_shot
from recommender.perception.audio import clap
from recommender.perception.images import built_in, clip
from recommender.perception.weights.loaders import tier_of

TIERS = ("basic", "lite", built_in.TIER, "full")
FULL = {"pictures": lambda: clip.wanted() and zero_shot.ready(clip.choice().space), "sound": clap.wanted}


def in_use(sense: str) -> str:
    """The tier in which ``pictures`` or ``sound`` are read unless another one is asked for: the full one where the
    owner named it or its weights are on disk (and, for pictures, made ready), else the best below it."""
    if FULL[sense]():
        return "full"
    return built_in.TIER if sense == "pictures" and built_in.available() else tier_of(sense)
