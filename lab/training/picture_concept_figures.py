"""How well the built-in picture heads do on photos, sources and themes they never saw, and their model card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.agreement import calibration_error, spearman
from core.stats.intervals import measured
from lab.training.picture_concept_data import Photos
from lab.training.picture_concept_names import stands_for
from recommender.perception.images.concepts import THING, Heads, named, sureness

ROUNDS = 200
MOST_SOURCES, MOST_THEMES = 10, 8
LARGE_PAIR = 0.4
"""The share of a label's photos above which one source is most of what there is to learn of it."""
WEAK = 0.4
"""A label whose first concept is right less often is called weak."""

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


def interval(measure: Callable[[Rows], float], groups: NDArray[Any], seed: int) -> dict[str, float]:
    return measured(measure, groups, seed, ROUNDS).figures()


def mean_precision(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """Mean over labels that occur (columns) of the average precision of their photos (rows)."""
    order = np.argsort(-scores, axis=0, kind="stable")
    hits = np.take_along_axis(truth, order, axis=0)
    precision = np.cumsum(hits, axis=0) / np.arange(1, len(hits) + 1)[:, None]
    occurs = hits.any(0)
    return float(((precision * hits).sum(0)[occurs] / hits.sum(0)[occurs]).mean())


class Scenes:
    """Labelled photos and which concepts answer their labels."""

    def __init__(self, photos: Photos, heads: Heads, seed: int) -> None:
        told = photos.of_each("label")
        self.labels = sorted(set(told) - {""})
        self.place = np.array([self.labels.index(label) if label else -1 for label in told])
        self.rows = np.flatnonzero(self.place >= 0)
        self.answers = np.array([[stands_for(name, label) for label in self.labels] for name in heads.names])
        self.answers[heads.names.index(THING)] = False
        self.thing, self.seed = heads.names.index(THING), seed

    def right(self, odds: Floats, rows: Rows) -> NDArray[np.bool_]:
        """(rows, 3): whether the three likeliest concepts answer the label."""
        first = np.argsort(-self.without_things(odds, rows), axis=1, kind="stable")[:, :3]
        return np.asarray(self.answers[first, self.place[rows][:, None]])

    def without_things(self, odds: Floats, rows: Rows) -> Floats:
        seen = odds[rows].copy()
        seen[:, self.thing] = 0
        return seen

    def figures(self, odds: Floats, rows: Rows) -> dict[str, Any]:
        """Intervals: from resampling photos."""
        right, seen, each = self.right(odds, rows), self.without_things(odds, rows), np.arange(len(rows))
        scores = np.stack([seen[:, column].max(1, initial=0) for column in self.answers.T], axis=1)
        truth = self.place[rows][:, None] == np.arange(len(self.labels))
        sure = seen.max(1).astype(np.float64)
        measures: dict[str, Callable[[Rows], float]] = {
            "top1": lambda s: float(right[s, 0].mean()),
            "top3": lambda s: float(right[s].any(1).mean()),
            "precision": lambda s: mean_precision(scores[s], truth[s]),
            "calibration_error": lambda s: calibration_error(sure[s], right[s, 0].astype(np.float64)),
        }
        return {"photos": len(rows), **{name: interval(one, each, self.seed) for name, one in measures.items()}}

    def shares(self, odds: Floats, rows: Rows) -> list[float]:
        """How many, and how often the first and one of the first three are right."""
        right = self.right(odds, rows)
        return [len(rows), round(float(right[:, 0].mean()), 3), round(float(right.any(1).mean()), 3)]


def figures(photos: Photos, targets: Floats, heads: Heads, held: dict[str, Floats], seed: int) -> dict[str, Any]:
    """Of concepts. ``held``: odds (n, c) by name of what was left out (see ``train_picture_concepts``)."""
    scenes = Scenes(photos, heads, seed)
    rows, grey = scenes.rows, photos.of_each("grey")[scenes.rows]
    source, label = photos.of_each("source"), photos.of_each("label")
    pairs, totals = Counter(zip(source, label, strict=True)), Counter(label)
    small = np.array([pairs[source[row], label[row]] <= LARGE_PAIR * totals[label[row]] for row in rows])
    told = {
        "the data set's own groups": ("published", rows),
        "the same, photos with colour": ("published", rows[~grey]),
        "the same, photos without colour": ("published", rows[grey]),
        "the same, every photo made grey, cut and mirrored": ("grey part", rows),
        "near-duplicates only": ("duplicates", rows),
        "source and label never seen together, sources with up to 40 % of the label": ("unseen", rows[small]),
        "source and label never seen together": ("unseen", rows),
    }
    sources = [name for name, _ in Counter(source[rows]).most_common(MOST_SOURCES)]
    seen = held["published"]
    return {
        "photos": len(photos),
        "scenes": len(rows),
        "labels": len(scenes.labels),
        "rated": int((photos.of_each("fold") >= 0).sum()),
        "themes": len(set(photos.of_each("theme")) - {""}),
        "concepts": {"all": len(heads.names), "learned from photos": len(heads.trained)},
        "left_out": {name: scenes.figures(held[kind], some) for name, (kind, some) in told.items() if len(some)},
        "unseen_themes": unseen_themes(photos, targets, heads, held["themes"], seed),
        "words": words(scenes, targets, heads, seen, held["themes"]),
        "by_source": {name: scenes.shares(seen, rows[source[rows] == name]) for name in sources},
        "by_label": {name: scenes.shares(seen, rows[label[rows] == name]) for name in scenes.labels},
    }


def full_targets(targets: Floats, heads: Heads) -> NDArray[np.bool_]:
    """(n, c): which of all concepts each photo shows."""
    truth = np.zeros((len(targets), len(heads.names)), bool)
    truth[:, heads.trained] = targets > 0
    return truth


def first_right(odds: Floats, truth: NDArray[np.bool_], heads: Heads) -> tuple[str, bool] | None:
    """How sure the reading of one photo is, and whether what it names first is right; None where it names nothing."""
    found = named(odds, heads)
    return (sureness(found), bool(truth[heads.names.index(found[0].name)])) if found else None


def unseen_themes(photos: Photos, targets: Floats, heads: Heads, odds: Floats, seed: int) -> dict[str, Any]:
    """OASIS's photos, whose theme the heads never saw. Intervals: from resampling themes."""
    truth, thing = full_targets(targets, heads), heads.names.index(THING)
    rated = photos.of_each("fold") >= 0
    rows = np.flatnonzero(rated & truth.any(1) & ~truth[:, thing])
    seen = odds[rows].copy()
    seen[:, thing] = 0
    hits = np.take_along_axis(truth[rows], np.argsort(-seen, axis=1, kind="stable")[:, :3], axis=1)
    told = [one for row in rows if (one := first_right(odds[row], truth[row], heads))]
    things = np.flatnonzero(rated & truth[:, thing])
    themes = photos.of_each("theme")[rows]
    return {
        "photos": len(rows),
        "top1": interval(lambda s: float(hits[s, 0].mean()), themes, seed),
        "top3": interval(lambda s: float(hits[s].any(1).mean()), themes, seed),
        "named": [len(told), share([right for _, right in told])],
        "things": [len(things), share([bool(named(odds[row], heads)) for row in things])],
    }


def share(yes: list[bool]) -> float:
    return round(float(np.mean(yes)), 3) if yes else 0.0


def words(scenes: Scenes, targets: Floats, heads: Heads, odds: Floats, by_theme: Floats) -> dict[str, list[float]]:
    """By word for sureness: scenes named so and the share right, then OASIS's photos of themes never seen."""
    answers = scenes.answers.T[scenes.place]
    told = [one for row in scenes.rows if (one := first_right(odds[row], answers[row], heads))]
    truth, thing = full_targets(targets, heads), scenes.thing
    rated = np.flatnonzero(np.isfinite(by_theme[:, 0]) & truth.any(1) & ~truth[:, thing])
    other = [one for row in rated if (one := first_right(by_theme[row], truth[row], heads))]
    found = {}
    for word in ("clear", "likely", "a guess"):
        kinds = [[right for said, right in some if said == word] for some in (told, other)]
        found[word] = [number for yes in kinds for number in (len(yes), share(yes))]
    return found


def felt_figures(
    predicted: dict[str, tuple[Floats, list[Rows]]],
    ratings: Floats,
    themes: NDArray[np.str_],
    honesty: list[float],
    seed: int,
) -> dict[str, Any]:
    """Of valence and arousal, by way of leaving themes out. Intervals: from resampling themes."""
    found: dict[str, Any] = {}
    worst: dict[str, Any] = {}
    for axis, name in enumerate(("valence", "arousal")):
        truth = ratings[:, axis]
        for way, (both, parts) in predicted.items():
            told = both[:, axis]
            by_fold = [spearman(told[part], truth[part]) for part in parts]
            found.setdefault(way, {})[name] = {
                "spearman": interval(lambda s, t=told, y=truth: spearman(t[s], y[s]), themes, seed),  # type: ignore[misc]
                "mean_of_folds": round(float(np.mean(by_fold)), 3),
                "worst_fold": round(min(by_fold), 3),
                "rmse": round(float(np.sqrt(((told - truth) ** 2).mean())), 3),
            }
        apart = next(iter(predicted.values()))[0][:, axis] - truth
        worst[name] = worst_themes(apart, themes)
    return {"felt": found, "worst_themes": worst, "errors_told": [round(value, 3) for value in honesty]}


def worst_themes(apart: Floats, themes: NDArray[np.str_]) -> list[tuple[str, float, int]]:
    """Theme, mean error and photos, of themes with three photos or more."""
    found = []
    for theme in sorted(set(themes.tolist())):
        own = apart[themes == theme]
        if len(own) > 2:
            found.append((theme, round(float(own.mean()), 2), len(own)))
    return sorted(found, key=lambda row: -abs(row[1]))[:MOST_THEMES]


def card(figures: dict[str, Any]) -> str:
    """The model card, in Markdown."""
    return "\n".join((_made(figures), _concepts(figures), _feeling(figures)))


def _made(figures: dict[str, Any]) -> str:
    concepts = figures["concepts"]
    return f"""# picture_concepts: what a photo shows, and its valence and arousal

- **Made by** `manage.py train picture_concepts --seed {figures["seed"]}`; {figures["bytes"]:,} bytes, most
  coefficients with sixteen bits.
- **Inputs**: pooled features of EfficientNet-Lite0 and Lite2 (1,280 numbers each; frozen, trained on ImageNet).
- **Concepts**: {concepts["all"]}. {concepts["learned from photos"]} are learned from photos by a multinomial logistic
  regression; the others come from ImageNet's classes by a table written by hand.
- **Feeling**: a ridge on the same features and on the feelings to expect of the concepts, which were written by hand
  by somebody who had seen the themes but not the ratings.
- **Data**: {figures["photos"]} photos, each whole, as a mirrored part and as a grey one. {figures["scenes"]} are
  scenes of {figures["labels"]} labels from public repositories (research use; a few labels were split in two by eye).
  {figures["rated"]} photos of {figures["themes"]} themes, some of them among the scenes, are from the Open Affective
  Standardized Image Set (Kurdi, Lozano and Banaji 2017), with mean ratings of about 100 people. No photo is stored.
- **Hopeful**: settings and thresholds were chosen on these same folds. The photos that the scenes' publisher keeps
  aside were not touched.
"""


def _concepts(figures: dict[str, Any]) -> str:
    unseen = figures["unseen_themes"]
    (named, right), (things, things_named) = unseen["named"], unseen["things"]
    weak = [f"{name} {first:.2f} ({n})" for name, (n, first, _) in figures["by_label"].items() if first < WEAK]
    rows = "\n".join(
        f"| {name} | {f['photos']} | "
        + " | ".join(_told(f[measure]) for measure in ("top1", "top3", "precision", "calibration_error"))
        + " |"
        for name, f in figures["left_out"].items()
    )
    sure = "\n".join(f"| {word} | {' | '.join(map(str, cells))} |" for word, cells in figures["words"].items())
    return f"""## Concepts

Five folds. Intervals: 95 %, {ROUNDS} resamples of photos, which is narrow where photos of a source are alike. The data
set's own groups keep a small site's photos of a label together, and what is alike in a large source.

| photos left out | photos | top 1 | top 3 | mean average precision | calibration error |
|---|--:|---|---|---|---|
{rows}

On {unseen["photos"]} photos of OASIS whose theme was never seen (resampled by theme), top 1 is
{_told(unseen["top1"])}, top 3 {_told(unseen["top3"])}. A concept is named on {named} of them, and is
right on {right:.3f} of these. Of {things} photos of mere things, where nothing should be named, something is on
{things_named:.3f}.

| word for the first concept | scenes | right | OASIS, themes never seen | right |
|---|--:|--:|--:|--:|
{sure}

**Weak labels** (top 1 below {WEAK} in the data set's own groups; photos): {", ".join(weak) or "none"}.

### By source (the data set's own groups)

| source | photos | top 1 | top 3 |
|---|--:|--:|--:|
{_shares(figures["by_source"])}

### By label (the data set's own groups)

| label | photos | top 1 | top 3 |
|---|--:|--:|--:|
{_shares(figures["by_label"])}
"""


def _feeling(figures: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {way} | {name} | {_told(f['spearman'])} | {f['mean_of_folds']:.3f} | {f['worst_fold']:.3f} "
        f"| {f['rmse']:.3f} |"
        for way, both in figures["felt"].items()
        for name, f in both.items()
    )
    worst = "\n".join(
        f"- {name}: {'; '.join(f'{theme} {error:+.2f} ({n})' for theme, error, n in themes)}."
        for name, themes in figures["worst_themes"].items()
    )
    valence, arousal = figures["errors_told"]
    return f"""## Valence and arousal

Spearman's correlation with the ratings, on themes never seen. Intervals: 95 %, {ROUNDS} resamples of themes.
The concepts always come from probes fitted without the photo's fold of oasis.csv: in the other two ways they may have
seen what like themes show, but no rating.

| folds | | all | mean of folds | worst fold | RMSE |
|---|---|---|--:|--:|--:|
{rows}

Themes read worst, by their mean error (photos), in the folds of oasis.csv:

{worst}

The error to expect of one photo follows its true error weakly (Spearman {valence:.2f} for valence, {arousal:.2f} for
arousal): the given spread is close to constant.

**Limits**: raters were adults online in the United States; most scenes come from a few public collections. Concepts
are often wrong on kinds of photos that nobody labelled, so a reading says how sure it is. Not for judging people.
"""


def _told(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _shares(rows: dict[str, list[float]]) -> str:
    return "\n".join(f"| {name} | {n} | {first:.3f} | {three:.3f} |" for name, (n, first, three) in rows.items())
