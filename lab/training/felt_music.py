"""``train sound_felt``: valence and arousal as listeners felt them, from a sound's cues and, where it runs, its tags.

The listeners of ``felt_music`` (Aljanaki, Wiering & Veltkamp 2016) ticked which of nine emotions of the Geneva
Emotional Music Scale (Zentner, Grandjean & Scherer 2008) a clip gave them. Valence is what was pleasant less what was
not; arousal what stirs less what soothes (``FELT``). Clips that sound alike stay in one fold; the penalty is chosen
inside each. Needs the tagger's file on disk.
"""

from __future__ import annotations

import csv
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Unavailable
from core.stats.agreement import spearman
from core.stats.intervals import measured
from recommender.perception.audio.cues import cues
from recommender.perception.audio.decode import RATE, decode
from recommender.perception.audio.felt_model import AXES, FELT_SHARE, MODEL_FILE, FeltModel, Ridge, log_odds, save
from recommender.perception.audio.musicnn import TAGGER_RATE, TAGS, sound_tagger
from recommender.perception.audio.reader import by_the_tables, heard

CARD = MODEL_FILE.with_suffix(".md")
CLIPS = "felt_music"
EMOTIONS = (
    "amazement", "solemnity", "tenderness", "nostalgia", "calmness", "power", "joyful_activation", "tension", "sadness",
)  # fmt: skip
FELT = {
    "valence": (1, 0, 1, 0, 1, 0, 1, -1, -1),
    "arousal": (1, -1, -1, -1, -1, 1, 1, 1, -1),
}
"""What each of ``EMOTIONS`` adds. Power, solemnity and nostalgia count as neither pleasant nor unpleasant."""
OTHER_VALENCE = {
    "nostalgia and power pleasant too": (1, 0, 1, 1, 1, 1, 1, -1, -1),
    "joy less tension and sadness": (0, 0, 0, 0, 0, 0, 1, -1, -1),
}
"""The same readings judged by other ways to count: listeners did not tick a valence."""

PENALTIES = (0.2, 0.5, 1.0, 2.0)
TAG_PENALTY = 4.0
"""Times the rows' mean squared length. The tags learn what the cues leave over."""
FOLDS, INNER_FOLDS, REPEATS, BOOTSTRAPS = 8, 5, 5, 2000
ALIKE = 0.75
"""Cosine of standardised cues from which two clips stay together: of one album, perhaps."""

STRANGE = 0.9
"""Of the clips, as far as which a sound is trusted as one of them."""

Vector = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class FeltClips:
    """``cues`` (n, k) by ``names``, NaN where unknown; ``tags`` (n, 50) log odds; ``before`` (n, 2): the readings by
    the tables; ``shares`` (n, 9) of raters by ``EMOTIONS``; ``genres``, ``files`` (n,)."""

    names: tuple[str, ...]
    cues: Vector
    tags: Vector
    before: Vector
    shares: Vector
    genres: NDArray[np.str_]
    files: NDArray[np.str_]

    @property
    def felt(self) -> Vector:
        """(n, 2) standard scores of ``AXES``."""
        told = self.shares @ np.array([FELT[axis] for axis in AXES], dtype=np.float64).T
        return (told - told.mean(axis=0)) / told.std(axis=0)  # type: ignore[no-any-return]


def train_sound_felt(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``trained/sound_felt.npz`` and its card, and return the figures. ``shared``: the folder that holds
    ``data``. Raises ``FileNotFoundError``, and ``Unavailable`` without the tagger's file."""
    clips = read_felt_clips(shared / "data" / CLIPS)
    groups = alike(clips.cues)
    rounds = [left_out(clips, groups, seed + n) for n in range(REPEATS)]
    cued, tagged = np.stack([one[0] for one in rounds]), np.stack([one[1] for one in rounds])
    model = fit_model(clips, cued, seed)
    save(model)
    figures = {
        "data": CLIPS,
        "clips": len(clips.files),
        "seed": seed,
        "folds": f"{REPEATS} x {FOLDS}, clips that sound alike kept together ({len(set(groups.tolist()))} groups)",
        "bytes": MODEL_FILE.stat().st_size,
        **judged(clips, cued, tagged, groups, seed),
        "genre never heard": other_genres(clips, seed),
    }
    CARD.write_text(card(figures, model), encoding="utf-8")
    return figures


def read_felt_clips(folder: Path) -> FeltClips:
    """Hear every clip. Raises ``FileNotFoundError`` and ``Unavailable``."""
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if sound_tagger() is None:
        raise Unavailable(
            "The tagger's file is not on disk.", hint="Fetch the models, or set DYLUMO_MODEL_DIR.", code="model_missing"
        )
    files = [folder / "audio" / row["file"] for row in rows]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        told = list(processes.map(_measured, files, chunksize=8))
    names = tuple(told[0][0])
    return FeltClips(
        names=names,
        cues=np.array([[one[0][name] for name in names] for one in told]),
        tags=np.array([one[1] for one in told]),
        before=np.array([one[2] for one in told]),
        shares=np.array([[float(row[name]) for name in EMOTIONS] for row in rows]),
        genres=np.array([row["genre"] for row in rows]),
        files=np.array([row["file"] for row in rows]),
    )


def _measured(file: Path) -> tuple[dict[str, float], list[float], tuple[float, float]]:
    """Cues, tags as log odds, and what the tables tell."""
    import soxr  # type: ignore[import-untyped]

    tagger = sound_tagger()
    assert tagger is not None  # asked before any clip was heard
    sound = decode(file)
    measured = heard(sound)
    tags = tagger.run(soxr.resample(sound.mono, RATE, TAGGER_RATE).astype(np.float32))
    return cues(measured), [log_odds(float(p)) for p in tags], by_the_tables(measured).point


def alike(rows: Vector) -> Rows:
    """(n,) groups of clips whose standardised cues point the same way."""
    from scipy.sparse.csgraph import connected_components

    scores = _standard(rows)
    lengths = np.linalg.norm(scores, axis=1)
    return np.asarray(connected_components(scores @ scores.T > ALIKE * np.outer(lengths, lengths))[1])


def _standard(rows: Vector) -> Vector:
    filled = np.where(np.isfinite(rows), rows, np.nanmedian(rows, axis=0))
    return np.clip((filled - filled.mean(axis=0)) / (filled.std(axis=0) + 1e-9), -3, 3)  # type: ignore[no-any-return]


def fit_ridge(names: tuple[str, ...], rows: Vector, targets: Vector, penalty: float) -> Ridge:
    """Ridge regression (Hoerl & Kennard 1970) on standardised rows (n, k), by way of the (n, n) kernel. ``penalty``:
    in mean squared lengths of a row."""
    usual = np.nanmedian(rows, axis=0)
    filled = np.where(np.isfinite(rows), rows, usual)
    centre, scale = filled.mean(axis=0), filled.std(axis=0) + 1e-9
    scores, mean = np.clip((filled - centre) / scale, -3, 3), targets.mean(axis=0)
    likeness = scores @ scores.T
    shares = np.linalg.solve(likeness + penalty * np.trace(likeness) / len(rows) * np.eye(len(rows)), targets - mean)
    return Ridge(
        names=np.array(names), centre=centre, scale=scale, usual=usual, slopes=scores.T @ shares, intercepts=mean
    )


def folds(groups: NDArray[Any], count: int, seed: int) -> list[tuple[Rows, Rows]]:
    from sklearn.model_selection import GroupKFold

    return list(GroupKFold(count, shuffle=True, random_state=seed).split(groups, groups=groups))


def chosen(clips: FeltClips, groups: Rows, rows: Rows, seed: int) -> float:
    """The penalty that does best on folds of these rows."""
    inner = folds(groups[rows], INNER_FOLDS, seed)

    def score(penalty: float) -> float:
        told = np.zeros((len(rows), 2))
        for train, test in inner:
            fitted = fit_ridge(clips.names, clips.cues[rows[train]], clips.felt[rows[train]], penalty)
            told[test] = fitted.read(clips.cues[rows[test]])
        return sum(spearman(told[:, axis], clips.felt[rows, axis]) for axis in (0, 1))

    return max(PENALTIES, key=score)


def left_out(clips: FeltClips, groups: Rows, seed: int) -> tuple[Vector, Vector]:
    """(n, 2) scores from cues, and from cues and tags, each by models that heard no clip like it."""
    cued, tagged = np.zeros_like(clips.felt), np.zeros_like(clips.felt)
    for train, test in folds(groups, FOLDS, seed):
        by_cues, by_tags = fit_both(clips, groups, train, seed)
        cued[test] = by_cues.read(clips.cues[test])
        tagged[test] = cued[test] + by_tags.read(clips.tags[test])
    return cued, tagged


def fit_both(clips: FeltClips, groups: Rows, rows: Rows, seed: int) -> tuple[Ridge, Ridge]:
    """The ridge on cues, and the one on tags for what the first leaves over of rows it was not fitted on."""
    penalty, felt = chosen(clips, groups, rows, seed), clips.felt
    told = np.zeros((len(rows), 2))
    for train, test in folds(groups[rows], FOLDS, seed):
        told[test] = fit_ridge(clips.names, clips.cues[rows[train]], felt[rows[train]], penalty).read(
            clips.cues[rows[test]]
        )
    rest = felt[rows] - told
    return (
        fit_ridge(clips.names, clips.cues[rows], felt[rows], penalty),
        fit_ridge(TAGS, clips.tags[rows], rest - rest.mean(axis=0), TAG_PENALTY),
    )


def fit_model(clips: FeltClips, cued: Vector, seed: int) -> FeltModel:
    """What ships: fitted on all clips. ``cued`` (repeats, n, 2): scores of clips left out."""
    by_cues, by_tags = fit_both(clips, alike(clips.cues), np.arange(len(clips.files)), seed)
    skill = [np.mean([spearman(one[:, axis], clips.felt[:, axis]) for one in cued]) for axis in (0, 1)]
    return FeltModel(
        cues=by_cues,
        tags=by_tags,
        spread=cued.std(axis=(0, 1)),
        before_mean=clips.before.mean(axis=0),
        before_sd=clips.before.std(axis=0),
        skill=np.array(skill),
        strangest=np.quantile(np.mean(by_cues.standard(clips.cues) ** 2, axis=1), STRANGE),
    )


def judged(clips: FeltClips, cued: Vector, tagged: Vector, groups: Rows, seed: int) -> dict[str, Any]:
    """Rank correlations with intervals: before, from cues and with tags, both as they are read (with the tables'
    share); then by genre and by other ways to count valence."""
    before = (clips.before - clips.before.mean(axis=0)) / clips.before.std(axis=0)
    read = {
        "tables alone (before)": before[None],
        "built in": FELT_SHARE * cued / cued.std(axis=(0, 1)) + (1 - FELT_SHARE) * before,
        "with tags": FELT_SHARE * tagged / cued.std(axis=(0, 1)) + (1 - FELT_SHARE) * before,
    }

    def figure(told: Vector, truth: Vector, rows: Rows | slice = slice(None)) -> dict[str, float]:
        return _figure(told[:, rows], truth[rows], groups[rows], seed)

    return {
        "spearman": {
            name: {axis: figure(told[..., n], clips.felt[:, n]) for n, axis in enumerate(AXES)}
            for name, told in read.items()
        },
        "by genre": {
            str(genre): {
                axis: figure(read["built in"][..., n], clips.felt[:, n], np.flatnonzero(clips.genres == genre))
                for n, axis in enumerate(AXES)
            }
            for genre in sorted(set(clips.genres.tolist()))
        },
        "other valence": {
            name: figure(read["built in"][..., 0], clips.shares @ np.array(weights, float))
            for name, weights in OTHER_VALENCE.items()
        },
    }


def _figure(told: Vector, truth: Vector, groups: Rows, seed: int) -> dict[str, float]:
    """The mean over repeats (repeats, n), and its interval from resampling groups of clips that sound alike."""

    def over_repeats(some: Rows) -> float:
        return float(np.mean([spearman(one[some], truth[some]) for one in told]))

    return measured(over_repeats, groups, seed, BOOTSTRAPS // len(told)).figures()


def other_genres(clips: FeltClips, seed: int) -> dict[str, dict[str, float]]:
    """Each genre by cues learned from the other three."""
    found = {}
    for genre in sorted(set(clips.genres.tolist())):
        test = np.flatnonzero(clips.genres == genre)
        train = np.flatnonzero(clips.genres != genre)
        told = fit_both(clips, alike(clips.cues), train, seed)[0].read(clips.cues[test])
        found[str(genre)] = {axis: round(spearman(told[:, n], clips.felt[test, n]), 3) for n, axis in enumerate(AXES)}
    return found


def card(figures: dict[str, Any], model: FeltModel) -> str:
    """The model card, in Markdown."""
    table = "\n".join(
        f"| {name} | {_shown(f['valence'])} | {_shown(f['arousal'])} |" for name, f in figures["spearman"].items()
    )
    unheard = figures["genre never heard"]
    genres = "\n".join(
        f"| {name} | {_shown(f['valence'])} | {_shown(f['arousal'])} "
        f"| {unheard[name]['valence']:.2f} | {unheard[name]['arousal']:.2f} |"
        for name, f in figures["by genre"].items()
    )
    others = "; ".join(f"{name} {_shown(f)}" for name, f in figures["other valence"].items())
    return f"""# sound_felt: valence and arousal as listeners feel them

- **Made by** `manage.py train sound_felt --seed {figures["seed"]}`; {figures["bytes"]:,} bytes.
- **Inputs**: {len(model.cues.names)} cues measured by this project (`recommender/perception/audio/cues.py`); where the
  music tagger is on disk, its {len(TAGS)} tags as log odds.
- **Method**: ridge regression on standardised cues; a second one on the tags learns what the first leaves over. A
  reading takes {FELT_SHARE:.0%} from here, the rest from the tables of songs (`affect_model.py`); that share was chosen
  by looking at these same figures.
- **Data**: {figures["clips"]} half-minute clips, four genres alike, with the emotions that 11 to 58 people felt
  (Emotify: Aljanaki, Wiering & Veltkamp 2016; research only). No clip is stored here.
- **What counts**: valence is the shares of amazement, tenderness, calmness and joyful activation less tension and
  sadness; arousal those of amazement, power, joyful activation and tension less solemnity, tenderness, nostalgia,
  calmness and sadness. A share's standard error is about .1, so that even a perfect model would not pass .85.
- **Folds**: {figures["folds"]}; the penalty chosen inside each. Intervals: 95 %, resamples of such groups.

Spearman's correlation with what listeners felt, clips left out:

| | valence | arousal |
|---|---|---|
{table}

The built-in one by genre, and by models that never heard a clip of the genre:

| | valence | arousal | valence, genre never heard | arousal, genre never heard |
|---|---|---|--:|--:|
{genres}

Valence counted otherwise, the same readings: {others}.

**What tells most** (slopes per standard deviation): valence {_slopes(model, 0)}; arousal {_slopes(model, 1)}.

**Limits**: recordings of one label (Magnatune), players of an online game, emotions felt rather than expressed. For
valence, timbre, tags, the tagger's hidden layer, audio events, Gaussian kernels, trees and kernels weighed by group
were tried as well; none passed .50. Songs whose words carry the feeling were not judged. All clips went through the
same narrow codec, which the cues of the uppermost band may know (without them arousal loses .03); very clean and
plainly tonal music is read calmer than it may be.
"""


def _slopes(model: FeltModel, axis: int, most: int = 8) -> str:
    slopes = model.cues.slopes[:, axis]
    order = np.argsort(-np.abs(slopes))[:most]
    return ", ".join(f"{model.cues.names[place]} {slopes[place]:+.2f}" for place in order.tolist())


def _shown(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
