"""What was learned of which musical directions people choose, in the form in which ``takes_for`` takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.schemas import Take

STYLE_WEIGHTS = (1.0, 0.85, 0.7, 0.6)
"""What a direction's first style counts for, its second, and so on."""


@dataclass(frozen=True, kw_only=True)
class Leanings:
    """Factors on the strength of a direction: ``directions`` by ``direction_key``; ``styles`` by name, of which that
    one counts which the direction leads with. What is in neither counts as it is."""

    directions: Mapping[str, float] = field(default_factory=dict)
    styles: Mapping[str, float] = field(default_factory=dict)

    def factor(self, concept: str, styles: Sequence[str]) -> float:
        """For the direction of these styles, the most telling first, that answers this concept."""
        led = self.styles.get(styles[0], 1.0) if styles else 1.0
        return led * self.directions.get(direction_key(concept, styles), 1.0)


NEUTRAL = Leanings()


def direction_key(concept: str, styles: Sequence[str]) -> str:
    """By what a direction is known, whatever its title: "beach: surf rock; girl group; doo-wop"."""
    return f"{concept}: {'; '.join(styles[: len(STYLE_WEIGHTS)])}"


def styles_of(take: Take) -> list[str]:
    """The most telling first; a stored take has lost their order."""
    return sorted(take.styles, key=lambda name: -take.styles[name])
