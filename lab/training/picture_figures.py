"""How well a picture model does on photos it never saw: correlations with intervals, scenes, and the model card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.agreement import concordance, pearson, spearman
from core.stats.intervals import measured
from lab.training.picture_ratings import RatedPhotos

BOOTSTRAPS = 1000
MANY_THEMES = 4
LEAST_NAMED, LEAST_RIGHT = 3, 0.65  # a scene that is named too rarely or too often wrongly is not offered at all

Floats = NDArray[np.float32]
Measure = Callable[[NDArray[Any], NDArray[Any]], float]


def agreement(predicted: Floats, photos: RatedPhotos, axis: int, seed: int) -> dict[str, Any]:
    """Correlations over repeats (repeats, n), each with its 95 % interval from resampling whole themes."""
    truth = photos.ratings[:, axis]

    def figures(measure: Measure) -> dict[str, float]:
        def over_repeats(rows: NDArray[np.intp]) -> float:
            return float(np.mean([measure(one[rows], truth[rows]) for one in predicted]))

        return measured(over_repeats, photos.themes, seed, BOOTSTRAPS).figures()

    measures: dict[str, Measure] = {"spearman": spearman, "pearson": pearson, "concordance": concordance}
    rmse = round(float(np.sqrt(((predicted - truth) ** 2).mean())), 4)
    return {name: figures(measure) for name, measure in measures.items()} | {"rmse": rmse}


def shown_widely(photos: RatedPhotos, scene: str) -> bool:
    """Whether enough themes show a scene for whole themes to be left out."""
    return len(set(photos.themes[photos.scenes[scene]])) >= MANY_THEMES


def scene_figures(photos: RatedPhotos, sure: dict[str, Floats]) -> dict[str, Any]:
    """How often a scene named with a probability of one half or more is right, and how much of it is found."""
    figures = {}
    for name, truth in photos.scenes.items():
        named = sure[name] >= 0.5
        figures[name] = {
            "photos": int(truth.sum()),
            "named": int(named.sum()),
            "right": int((named & truth).sum()),
            "offered": bool(named.sum() >= LEAST_NAMED and (named & truth).sum() >= LEAST_RIGHT * named.sum()),
            "held_out": "themes" if shown_widely(photos, name) else "photos",
        }
    return figures


INPUTS = {
    "basic": "colour and light in OKLab, texture and composition, spatial envelope",
    "lite": "MobileNet v1 embedding and MobileNet v2 class probabilities (as sentence vectors of the classes' names)\n"
    "  of several views, objects and people (YOLOX-nano), facial expression (mini-XCEPTION), texture and spatial\n"
    "  envelope",
}


def card(tier: str, figures: dict[str, Any]) -> str:
    """The model card, in Markdown."""
    scenes = "\n".join(
        f"| {name} | {f['photos']} | {f['named']} | {f['right']} | {_yes(f['offered'])} | {f['held_out']} |"
        for name, f in figures["scenes"].items()
    )
    return f"""# picture_affect_{tier}: a photo's valence, arousal and scenes

- **Made by** `manage.py train picture_affect --tier {tier} --seed {figures["seed"]}`; {figures["bytes"]:,} bytes.
- **Inputs**: {INPUTS[tier]}.
- **Method**: kernel ridge regression, a sum of Gaussian kernels, one a block, on {figures["components"]} principal
  components each; settings `{figures["settings"]}`.
- **Data**: {figures["photos"]} photos of {figures["themes"]} themes from the Open Affective Standardized Image Set
  (Kurdi, Lozano and Banaji 2017), mean ratings of about 100 people scaled from 1..7 to 0..1. No photo is stored here,
  only components of their measurements.
- **Folds**: {figures["folds"]}. Intervals: 95 %, {BOOTSTRAPS} resamples of whole themes.

| | Spearman | Pearson | concordance | RMSE |
|---|---|---|---|---|
{_row("valence", figures["valence"])}
{_row("arousal", figures["arousal"])}

What each group of inputs adds (Spearman, one round of folds with the shipped settings; "all" is what they reach
together):

| inputs | valence without | arousal without | valence alone | arousal alone |
|---|---|---|---|---|
{_ablation(figures["without"])}

Scenes are named where their calibrated probability is one half or more. Those shown by {MANY_THEMES} themes or more are
measured on themes left out, the rest on photos left out (of the same theme, which flatters them). Scenes that are not
right often enough are not offered: the shipped model leaves them out.

| scene | photos | named | right | offered | held out |
|---|---|---|---|---|---|
{scenes}

**Limits**: raters were adults online in the United States; the photos show staged and public scenes, not private
snapshots. The shipped predictions are pulled toward the mean by the slope that fits the left-out photos. Not for
judging people.
"""


def _row(name: str, figures: dict[str, Any]) -> str:
    cells = [figures[measure] for measure in ("spearman", "pearson", "concordance")]
    shown = " | ".join(f"{c['value']:.3f} ({c['low']:.3f} to {c['high']:.3f})" for c in cells)
    return f"| {name} | {shown} | {figures['rmse']:.3f} |"


def _ablation(figures: dict[str, Any]) -> str:
    valence, arousal = figures["all"]
    rows = [f"| (all) | | | {valence:.3f} | {arousal:.3f} |"]
    for name, skill in figures.items():
        if name != "all":
            cells = (*skill["without"], *skill["alone"])
            rows.append(f"| {name} | {' | '.join(f'{value:.3f}' for value in cells)} |")
    return "\n".join(rows)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
