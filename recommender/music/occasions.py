"""What a photo can show or a sentence describe, and the musical directions an editor would take for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.schemas import ImageReading, MusicBrief, Stage
from core.wording import Wording
from recommender.music import tables


@dataclass(frozen=True, kw_only=True)
class Direction:
    """One way to hear an occasion. ``title``: in English; ``wording``: what it is made from, where it is not an
    editor's. ``energy``: the arousal it wants, 0..1; ``valence_shift``: how it colours the mood
    of what is seen; ``years``: from and to, where it has an era; ``weight``: 0..1, how likely an editor takes it."""

    occasion: str
    title: str
    styles: tuple[str, ...]
    themes: tuple[str, ...]
    moods: tuple[str, ...]
    valence_shift: float
    energy: float
    years: tuple[int, int] | None
    languages: tuple[str, ...]
    weight: float
    wording: Wording | None = None


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """``thing``: it in two or three words, as reasons and titles name it; ``prompt``: in a sentence; ``kind``: scene,
    weather, season, place, event, activity, people, feeling, animal, thing or look."""

    name: str
    kind: str
    thing: str
    prompt: str
    directions: tuple[Direction, ...]

    @property
    def called(self) -> str:
        """What a picture may look like: "a wedding", "the beach", "Christmas"."""
        bare = self.thing.removeprefix("the ")
        if self.kind != "event" or bare == self.thing or bare.endswith("s"):
            return self.thing
        return f"{'an' if bare[0] in 'aeiou' else 'a'} {bare}"


@cache
def occasions() -> Mapping[str, Occasion]:
    """By name, in the order of the file."""
    found: dict[str, list[Direction]] = {}
    told: dict[str, dict[str, str]] = {}
    for row in tables.rows(tables.OCCASIONS):
        first, _, last = row["years"].partition("-")
        found.setdefault(row["name"], []).append(
            Direction(
                occasion=row["name"],
                title=row["title"],
                styles=tables.names(row["styles"]),
                themes=tables.names(row["themes"]),
                moods=tables.names(row["moods"]),
                valence_shift=float(row["valence_shift"] or 0),
                energy=float(row["energy"]),
                years=(int(first), int(last)) if last else None,
                languages=tables.names(row["languages"]),
                weight=float(row["weight"]),
            )
        )
        told.setdefault(row["name"], row)
    return {
        name: Occasion(
            name=name,
            kind=told[name]["kind"],
            thing=told[name]["thing"],
            prompt=told[name]["prompt"],
            directions=tuple(directions),
        )
        for name, directions in found.items()
    }


MOST_NAMED = 3


def in_words(seen: ImageReading | MusicBrief | Stage) -> str:
    """What a picture shows, inside a sentence: its phrase, which is English; in other languages its captions, or where
    it has none the things and scenes it names. Empty where it names nothing."""
    if get_language() in (None, settings.LANGUAGE_CODE):
        return seen.phrase
    if seen.captions:
        return _("; ").join(dict.fromkeys(map(str, seen.captions)))
    known, concepts = occasions(), seen.concepts if isinstance(seen, ImageReading) else ()
    things = [known[one.name].thing for one in concepts if one.name in known and known[one.name].thing]
    named = things or [scene.name for scene in seen.scenes]
    return ", ".join(_(name) for name in named[:MOST_NAMED]) or seen.phrase
