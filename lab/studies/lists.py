"""Whole lists for photos, and what they are worth: what the studies of reasoning, ablation and explanation share.

A list's quality is nDCG@12 on the affect plane for the point that people gave the photo: gains ``exp(-d^2 / 2 w^2)`` of
the catalogue's own valence and arousal. What is read of a photo comes from models that never saw its theme.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.schemas import ImageReading, Label, MusicBrief, RankedList
from lab import metrics, scratch_database
from lab.datasets import rated
from lab.study import Lab
from recommender import mapping
from recommender.models import AudioProfile
from recommender.perception.text.affect_model import vocabulary_vectors
from recommender.perception.vocabulary import SCENES, moods_near
from recommender.ranking import sequencing

Numbers = NDArray[np.float64]
K, WIDTH = 12, 0.12


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A photo as it is read, and the point people gave it, 0..1."""

    reading: ImageReading
    true: tuple[float, float]
    theme: str


def asked(lab: Lab, count: int) -> list[Asked]:
    """Seeded photos with held-out readings, and scenes as the photos' themes tell."""
    photos, seen = rated.best_photos(lab)
    rows = lab.random("asked").permutation(len(seen))[:count]
    sd = float(np.sqrt(((seen - photos.ratings) ** 2).mean()))
    told = []
    for row in rows:
        valence, arousal = (float(value) for value in np.clip(seen[row], 0, 1))
        scenes = tuple(
            Label(name=name, score=0.8, kind="scene")
            for name, shows in photos.scenes.items()
            if shows[row] and name in SCENES
        )
        reading = ImageReading(
            valence=valence,
            arousal=arousal,
            valence_sd=sd,
            arousal_sd=sd,
            moods=_moods(valence, arousal),
            scenes=scenes,
            phrase=SCENES[scenes[0].name].prompt if scenes else "",
            tier=photos.tier,
        )
        true = (float(photos.ratings[row, 0]), float(photos.ratings[row, 1]))
        told.append(Asked(reading=reading, true=true, theme=str(photos.themes[row])))
    return told


def _moods(valence: float, arousal: float) -> tuple[Label, ...]:
    """The four moods nearest to a point."""
    near = sorted(moods_near(valence, arousal).items(), key=lambda pair: -pair[1])
    return tuple(Label(name=name, score=score) for name, score in near[:4])


def brief(one: Asked, reasoning: str = "hybrid") -> MusicBrief:
    """The brief that the mapping makes; its vector is the mean of the vocabulary's, so that no encoder is needed."""
    return mapping.brief_for(one.reading, reasoning=reasoning, count=K, embed=embedder(one.reading))


def embedder(reading: ImageReading) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """What stands in for the text encoder: the mean of the vocabulary's vectors, whatever the words."""
    return lambda texts: np.array([_vector(reading)] * len(texts))


def _vector(reading: ImageReading) -> NDArray[np.float32]:
    known = vocabulary_vectors()
    chips = [f"{label.kind}:{label.name}" for label in (*reading.scenes, *reading.moods[:2])]
    total = np.sum([known[chip] for chip in chips if chip in known], axis=0)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def plane() -> Numbers:
    """(tracks, 2) the whole catalogue's points."""
    return np.array(AudioProfile.objects.values_list("valence", "arousal"), dtype=np.float64)


def quality(ranked: RankedList, true: tuple[float, float], catalogue: Numbers, k: int = K) -> float:
    """nDCG of a list, best match first; 0 for an empty one."""
    ids = best_first(ranked)[:k]
    listed = scratch_database.points(ids) if ids else np.zeros((0, 2))
    return metrics.graded_ndcg(gains(listed, true), np.sort(gains(catalogue, true))[::-1][:k])


def gains(points: Numbers, true: tuple[float, float]) -> Numbers:
    squares = ((points - np.array(true)) ** 2).sum(axis=1)
    return np.asarray(np.exp(-squares / (2 * WIDTH**2)))


def by_chance(lab: Lab, wanted: Sequence[Asked], catalogue: Numbers) -> Numbers:
    """(photos,) the quality of random lists."""
    generator = lab.random("random lists")
    told = []
    for one in wanted:
        listed = catalogue[generator.choice(len(catalogue), K, replace=False)]
        told.append(metrics.graded_ndcg(gains(listed, one.true), np.sort(gains(catalogue, one.true))[::-1][:K]))
    return np.array(told)


def permuted(lab: Lab, made: Sequence[Sequence[int]], wanted: Sequence[tuple[float, float]]) -> Numbers:
    """(lists,) the control of a study of lists: the quality of these lists of track ids for these points when the
    points of the catalogue's tracks are dealt to other tracks, anew for each list. Expected: a random list's."""
    ids, catalogue = zip(
        *((pk, point) for pk, *point in AudioProfile.objects.order_by("pk").values_list("pk", "valence", "arousal")),
        strict=True,
    )
    points, place = np.array(catalogue, dtype=np.float64), {pk: row for row, pk in enumerate(ids)}
    generator = lab.random("dealt tracks")
    told = []
    for tracks, true in zip(made, wanted, strict=True):
        worth = generator.permutation(gains(points, true))
        told.append(metrics.graded_ndcg(worth[[place[one] for one in tracks[:K]]], np.sort(worth)[::-1][:K]))
    return np.array(told)


def best_first(ranked: RankedList) -> list[int]:
    """Track ids, best match first."""
    return [track.track_id for track in sorted(ranked.tracks, key=lambda track: -track.score)]


def roughness(ranked: RankedList) -> float:
    """The mean cost between neighbours in playing order (``sequencing``): 0 seamless."""
    ids = [track.track_id for track in ranked.tracks]
    rows = {
        row[0]: row[1:]
        for row in AudioProfile.objects.filter(track__in=ids).values_list("track_id", "energy", "tempo", "key", "mode")
    }
    table = np.array([rows[one] for one in ids], dtype=np.float64).reshape(-1, 4)
    if len(table) < 2:
        return 0.0
    steps = sequencing.key_steps(table[:, 2], table[:, 3])[np.arange(len(table) - 1), np.arange(1, len(table))] / 7
    apart = np.abs(np.diff(np.log2(np.where(table[:, 1] > 0, table[:, 1], np.nan)))) % 1.0
    tempo = np.nan_to_num(np.minimum(apart, 1 - apart), nan=0.25)
    energy = np.abs(np.diff(table[:, 0]))
    return float(
        (
            sequencing.KEY_WEIGHT * steps + sequencing.TEMPO_WEIGHT * tempo + sequencing.ENERGY_STEP_WEIGHT * energy
        ).mean()
    )


def without_scenes(one: Asked) -> Asked:
    return replace(one, reading=replace(one.reading, scenes=(), phrase=""))
