"""How well a picture model does on photos it never saw: correlations with intervals, scenes, and the model card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.training.picture_ratings import RatedPhotos

BOOTSTRAPS = 1000
MANY_THEMES = 4
LEAST_NAMED, LEAST_RIGHT = 3, 0.65  # a scene that is named too rarely or too often wrongly is not offered at all

Floats = NDArray[np.float32]


def agreement(predicted: Floats, photos: RatedPhotos, axis: int, seed: int) -> dict[str, Any]:
    """Correlations over repeats (repeats, n), each with its 95 % interval from resampling whole themes."""
    truth = photos.ratings[:, axis]
    members = [np.flatnonzero(photos.themes == theme) for theme in sorted(set(photos.themes))]
    samples = list(_theme_samples(members, np.random.default_rng(seed)))
    figures: dict[str, Any] = {}
    for name, measure in (("spearman", spearman), ("pearson", pearson), ("concordance", concordance)):
        drawn = [np.mean([measure(one[rows], truth[rows]) for one in predicted]) for rows in samples]
        low, high = np.percentile(drawn, [2.5, 97.5])
        value = float(np.mean([measure(one, truth) for one in predicted]))
        figures[name] = {"value": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4)}
    return figures | {"rmse": round(float(np.sqrt(((predicted - truth) ** 2).mean())), 4)}


def _theme_samples(members: list[NDArray[np.intp]], rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    for _ in range(BOOTSTRAPS):
        yield np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])


def pearson(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def spearman(a: Floats, b: Floats) -> float:
    from scipy.stats import rankdata

    return pearson(rankdata(a), rankdata(b))


def concordance(a: Floats, b: Floats) -> float:
    """Lin's (1989) concordance: 1 only where values agree, not merely their order."""
    return float(2 * np.cov(a, b, bias=True)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2))


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
