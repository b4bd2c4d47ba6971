"""Every tier of seeing beside every other on the same photos, and ``docs/seeing.md``: the table and twenty photos.

No tier is judged on a photo, or a theme, that its heads learned from. Feeling: OASIS's rated photos, whole themes left
out. Scenes: labelled photos that are not OASIS's; the basic and the lite tier learned their scenes from OASIS alone,
and for the built-in one the heads are fitted without the photo's group (a small site's photos of one label, or what is
alike). They learn from whole pictures here, not from parts and grey copies as the shipped ones do. A concept counts as
the scene it belongs to, since the older tiers know no more. The first run measures every photo, which takes minutes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from core.schemas import ImageReading
from core.stats.agreement import spearman
from core.stats.intervals import measured
from lab.benchmarks._figures import data_folder, machine
from lab.training import image_affect
from lab.training.picture_concept_data import OASIS, Photo, as_published, read_photos
from lab.training.picture_concepts import THEME_FOLDS, Felt, Lesson, folds, left_out, rated_folds
from lab.training.picture_ratings import decoded, read_rated_photos
from recommender.perception.images import built_in
from recommender.perception.images import features as views
from recommender.perception.images.captions import caption_of_concepts
from recommender.perception.images.concepts import named
from recommender.perception.images.reader import read_picture

SEED, PER_LABEL, TIMED = 0, 4, 10
SHOWN = {"only the built-in tier is right": 7, "all are right": 4, "the built-in tier is wrong": 9}
"""How many photos the page tells of, by what happened."""
LEAST_OF_SOURCE = 8

SAME = {"home": {"interior"}, "cafe": {"interior"}, "city night": {"city"}, "street": {"city"}, "city": {"street"}}
"""Scenes that would be right too."""

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Said:
    """``scenes``, the first one first, and the sentence a person would read."""

    scenes: tuple[str, ...]
    phrase: str


@dataclass(frozen=True)
class Seen:
    """One photo, the scenes that are right, and what each tier says of it, by tier."""

    photo: Photo
    right: frozenset[str]
    said: dict[str, Said]

    def hit(self, tier: str) -> bool:
        """Whether the scene that the tier names first is right."""
        return bool(self.said[tier].scenes[:1] and self.said[tier].scenes[0] in self.right)


def run(out: Path | None = None) -> dict[str, Any]:
    """The figures; the page is written to ``out`` (``docs/seeing.md``). Raises ``FileNotFoundError`` without photos."""
    data = data_folder()
    older = views.TIERS[: views.TIERS.index(views.best_tier()) + 1]
    older = tuple(tier for tier in older if tier in ("basic", "lite"))
    lesson = Lesson.of(read_photos(data, ("whole",)))
    photos = seen(lesson, older)
    tiers = (*older, built_in.TIER)
    feeling = {tier: felt(data, tier) for tier in older} | {built_in.TIER: built_in_felt(lesson)}
    figures: dict[str, Any] = {
        "photos": {
            "scenes": len(photos),
            "labels": len({one.photo.label for one in photos}),
            "rated": len(rated(lesson)),
        },
        "seed": SEED,
        "tiers": {tier: {**scene_figures(photos, tier), **feeling[tier], "ms": took(photos, tier)} for tier in tiers},
        "by_source": by_source(photos, tiers),
        **machine(),
    }
    page = Path(out or settings.BASE_DIR / "docs/seeing.md")
    page.write_text(told(figures, chosen(photos, tiers), tiers), encoding="utf-8")
    return figures | {"page": str(page)}


def seen(lesson: Lesson, older: Sequence[str]) -> list[Seen]:
    """A seeded sample of each label's photos, read in every tier."""
    odds = left_out(lesson, folds(lesson, as_published(lesson.photos), SEED))["whole"]
    return [_seen(lesson.photos.photos[row], odds[row], lesson, older) for row in sample(lesson.photos.photos)]


def sample(photos: Sequence[Photo]) -> list[int]:
    """Rows of labelled photos that have a scene and are none of OASIS's, up to ``PER_LABEL`` of each label."""
    rng, kept = np.random.default_rng(SEED), Counter[str]()
    rows = []
    for row in rng.permutation(len(photos)).tolist():
        photo = photos[row]
        if photo.label and photo.source != OASIS and scenes_of(photo.names) and kept[photo.label] < PER_LABEL:
            kept[photo.label] += 1
            rows.append(row)
    return sorted(rows)


def scenes_of(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(built_in.SCENES[name] for name in names if name in built_in.SCENES))


def _seen(photo: Photo, odds: NDArray[np.float32], lesson: Lesson, older: Sequence[str]) -> Seen:
    image = decoded(photo.file)
    readings = {tier: read_picture(image, tier=tier) for tier in older}
    names = [label.name for label in named(odds, lesson.heads)]
    below = readings[older[-1]]
    right = scenes_of(photo.names)
    return Seen(
        photo=photo,
        right=frozenset(right).union(*(SAME.get(scene, set()) for scene in right)),
        said={tier: _said(reading) for tier, reading in readings.items()}
        | {built_in.TIER: Said(tuple(scenes_of(names)), caption_of_concepts(below.features, names).english)},
    )


def _said(reading: ImageReading) -> Said:
    return Said(tuple(scene.name for scene in reading.scenes), reading.phrase)


def scene_figures(photos: Sequence[Seen], tier: str) -> dict[str, Any]:
    """Shares of photos, with intervals from resampling sources."""
    sources = np.array([one.photo.source for one in photos])
    hit = np.array([one.hit(tier) for one in photos], float)
    any_hit = np.array([bool(one.right & set(one.said[tier].scenes)) for one in photos], float)
    spoke = np.array([bool(one.said[tier].scenes) for one in photos], float)
    measures = {
        "names a scene": lambda rows: float(spoke[rows].mean()),
        "first is right": lambda rows: float(hit[rows].mean()),
        "one of them is right": lambda rows: float(any_hit[rows].mean()),
        "right when it names one": lambda rows: float(hit[rows].sum() / max(spoke[rows].sum(), 1)),
    }
    return {name: measured(measure, sources, SEED).figures() for name, measure in measures.items()}


def rated(lesson: Lesson) -> Rows:
    return np.flatnonzero(lesson.photos.of_each("fold") >= 0)


def felt(data: Path, tier: str) -> dict[str, Any]:
    """Spearman's correlation with people's ratings in an older tier, themes left out, settings chosen inside."""
    known = read_rated_photos(data, tier)
    basis = {"meaning": image_affect.class_vectors()} if tier == "lite" else {}
    predicted, _ = image_affect.nested(known, SEED, basis)
    return _correlations(predicted, known.ratings, known.themes)


def built_in_felt(lesson: Lesson) -> dict[str, Any]:
    rows = rated(lesson)
    feelings = Felt.of(lesson, left_out(lesson, rated_folds(lesson.photos))["whole"], rows)
    predicted, _ = feelings.left_out(feelings.ways(SEED)[f"{THEME_FOLDS} folds of themes"])
    return _correlations(predicted, feelings.ratings, feelings.themes)


def _correlations(
    predicted: NDArray[np.float32], ratings: NDArray[np.float32], themes: NDArray[np.str_]
) -> dict[str, Any]:
    found = {}
    for axis, name in enumerate(("valence", "arousal")):
        a, b = predicted[:, axis], ratings[:, axis]
        found[name] = measured(lambda rows, a=a, b=b: spearman(a[rows], b[rows]), themes, SEED).figures()  # type: ignore[misc]
    return found


def took(photos: Sequence[Seen], tier: str) -> float:
    """Median milliseconds of processor time for a photo, after one to warm up."""
    images = [decoded(one.photo.file) for one in photos[: TIMED + 1]]
    times = []
    for image in images:
        started = time.process_time()
        read_picture(image, tier=tier)
        times.append(1000 * (time.process_time() - started))
    return round(float(np.median(times[1:])), 1)


def by_source(photos: Sequence[Seen], tiers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By source of enough sampled photos: how many, and the share whose first scene is right, by tier."""
    counts = Counter(one.photo.source for one in photos)
    found: dict[str, dict[str, Any]] = {}
    for source, count in counts.most_common():
        own = [one for one in photos if one.photo.source == source]
        if count >= LEAST_OF_SOURCE:
            found[source] = {"photos": count} | {
                tier: round(float(np.mean([one.hit(tier) for one in own])), 2) for tier in tiers
            }
    return found


def chosen(photos: Sequence[Seen], tiers: Sequence[str]) -> dict[str, list[Seen]]:
    """What ``SHOWN`` asks for, in a seeded order, no label twice in a row of cases."""
    order = [photos[row] for row in np.random.default_rng(SEED).permutation(len(photos)).tolist()]
    older, best = tiers[:-1], tiers[-1]
    cases = {
        "only the built-in tier is right": lambda one: one.hit(best) and not any(one.hit(tier) for tier in older),
        "all are right": lambda one: all(one.hit(tier) for tier in tiers),
        "the built-in tier is wrong": lambda one: bool(one.said[best].scenes) and not one.hit(best),
    }
    found: dict[str, list[Seen]] = {}
    for case, holds in cases.items():
        by_label = {one.photo.label: one for one in reversed(order) if holds(one)}
        found[case] = list(by_label.values())[: SHOWN[case]]
    return found


MEASURES = (
    ("names a scene", "names a scene"),
    ("first is right", "the first scene is right"),
    ("one of them is right", "one of its scenes is right"),
    ("right when it names one", "right, when it names one"),
    ("valence", "valence, correlation with people"),
    ("arousal", "arousal, correlation with people"),
)


def told(figures: dict[str, Any], cases: dict[str, list[Seen]], tiers: Sequence[str]) -> str:
    """The page, in Markdown."""
    counts = figures["photos"]
    rows = "\n".join(
        f"| {shown} | " + " | ".join(_told(figures["tiers"][tier][name]) for tier in tiers) + " |"
        for name, shown in MEASURES
    )
    times = " | ".join(f"{figures['tiers'][tier]['ms']:.0f} ms" for tier in tiers)
    sources = "\n".join(
        f"| {source} | {row['photos']} | " + " | ".join(f"{row[tier]:.2f}" for tier in tiers) + " |"
        for source, row in figures["by_source"].items()
    )
    parts = "\n\n".join(_case(case, shown, tiers) for case, shown in cases.items() if shown)
    return f"""# What each tier sees

Made by `bin/run bench seeing`, which also writes this page. Nothing here was judged on photos that a tier learned
from: themes or groups of like photos were left out (`lab/benchmarks/seeing.py` says how).

| | {" | ".join(tiers)} |
|---|{"---|" * len(tiers)}
{rows}
| processor time a photo | {times} |

Scenes: {counts["scenes"]} photos of {counts["labels"]} labels, up to {PER_LABEL} of each (`data/scenes`); a concept
counts as the scene it belongs to. Feeling: Spearman's correlation on {counts["rated"]} rated photos (`data/oasis`). In
brackets: 95 % intervals, from resampling whole sources and themes. Time: a whole reading; the built-in tier's holds
that of the best tier below it.

Among sources with {LEAST_OF_SOURCE} photos or more in the sample, the share whose first scene is right:

| source | photos | {" | ".join(tiers)} |
|---|--:|{"--:|" * len(tiers)}
{sources}

## Twenty photos

Drawn by chance among what went well and what did not. The photos are other people's and may not be shown here; they
are named as in `data/scenes`. Each cell: the scene named first, and the sentence.

{parts}
"""


def _case(case: str, shown: Sequence[Seen], tiers: Sequence[str]) -> str:
    rows = "\n".join(
        f"| {one.photo.label.replace('_', ' ')} (`{one.photo.file.name}`) | "
        + " | ".join(_words(one.said[tier]) for tier in tiers)
        + " |"
        for one in shown
    )
    return f"""### {case[0].upper()}{case[1:]}

| photo | {" | ".join(tiers)} |
|---|{"---|" * len(tiers)}
{rows}"""


def _words(said: Said) -> str:
    return f"**{said.scenes[0] if said.scenes else 'nothing'}**: {said.phrase}"


def _told(figure: dict[str, float]) -> str:
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
