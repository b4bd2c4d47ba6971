"""What templates ask about tracks and dials."""

from __future__ import annotations

from django import template

from feedback.taste.refused_tags import sounds_of
from recommender.models import Track

register = template.Library()


@register.filter
def sounds(track: Track) -> list[tuple[str, str]]:
    """The sounds of a track that can be refused, each with its name."""
    return [(sound, sound.partition(":")[2]) for sound in sounds_of(track)]


@register.filter
def hundred(share: float) -> int:
    """0..1 (or -1..1) in percent, as sliders count."""
    return round(100 * share)


@register.filter
def percent(share: float) -> str:
    """0..1 as it is read: "12.3 %"."""
    return f"{100 * share:.1f} %"
