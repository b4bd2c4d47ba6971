"""Which tier sound is heard in; asked without loading any of it."""

from __future__ import annotations

from recommender.perception import clap
from recommender.perception.encoders import tier_of

TIERS = ("basic", "lite", "full")


def best_tier() -> str:
    """The best tier on disk, or the one that a setting names."""
    return "full" if clap.wanted() else tier_of("sound")
