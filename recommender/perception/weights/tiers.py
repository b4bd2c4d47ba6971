"""Which tier reads what now; asked without loading any of it."""

from __future__ import annotations

from recommender.perception.audio import clap
from recommender.perception.images import clip
from recommender.perception.weights.loaders import tier_of

TIERS = ("basic", "lite", "full")
FULL = {"pictures": clip.wanted, "sound": clap.wanted}


def in_use(sense: str) -> str:
    """The tier in which ``pictures`` or ``sound`` are read unless another one is asked for: the full one where the
    owner named it or its weights are on disk, else the best below it."""
    return "full" if FULL[sense]() else tier_of(sense)
