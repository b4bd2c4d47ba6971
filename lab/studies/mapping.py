"""1. How well pictures and songs are read, and how well the two are brought together."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from core.schemas import AudioReading, ImageReading, Label
from core.stats.agreement import spearman
from core.stats.intervals import compared, holm, mean, measured
from lab import affect_tables, matching
from lab.datasets import lastfm, rated
from lab.study import Chart, Findings, Lab, NotHere, Study, Table
from lab.training import alignment as alignment_training
from recommender.perception.images import features
from recommender.perception.vocabulary import moods_near
from recommender.ranking import alignment

HUMAN_RATER = (0.752, 0.481)
"""One OASIS rater against the mean of the others (Kurdi et al. 2017, from the set's rater statistics)."""


def image_affect(lab: Lab) -> Findings:
    """Photos whose theme no model saw, against what about 100 people said."""
    tiers = features.TIERS[: features.TIERS.index(features.best_tier()) + 1]
    known = rated.photos(lab, tiers[0])
    truth = np.asarray(known.ratings, dtype=np.float64)
    systems = {"mean of all photos": np.tile(truth.mean(axis=0), (len(truth), 1))}
    systems |= {f"{tier} tier": rated.held_out(lab, tier) for tier in tiers}
    table = Table(
        name="systems",
        title="Valence and arousal of photos, themes held out",
        columns=affect_tables.COLUMNS,
        rows=affect_tables.rows(systems, truth, known.themes, lab.seed),
        note=f"{len(truth)} photos of {len(set(known.themes))} themes; intervals resample themes. One human rater "
        f"against the others reaches r = {HUMAN_RATER[0]} and {HUMAN_RATER[1]} (published).",
    )
    control = affect_tables.control(
        lambda targets: rated.held_out_targets(lab, tiers[-1], targets), truth, lab, "shuffled photos"
    )
    missing = () if "lite" in tiers else ("image_affect: the lite tier's files are not on this machine.",)
    return Findings(tables=(table, control), charts=(_by_row("systems", "Pearson", 0.0),), missing=missing)


def _by_row(table: str, column: str, chance: float | None) -> Chart:
    return Chart(table=table, kind="bars", columns=(column,), title=f"{column} by system", chance=chance)


def audio_affect(lab: Lab) -> Findings:
    """Songs by their features, artists held out, against what people said they felt."""
    songs = rated.songs(lab)
    plain = np.stack([songs.column("valence"), songs.column("energy")], axis=1)
    systems = {"Spotify's valence and energy": plain, "all features, ridge": rated.heard(lab)}
    rows = affect_tables.rows(systems, songs.ratings, songs.artists, lab.seed)
    return Findings(
        tables=(
            Table(
                name="systems",
                title="Valence and arousal of songs, artists held out",
                columns=affect_tables.COLUMNS,
                rows=rows,
                note=f"{len(songs.ratings)} songs rated for PMEmo; intervals resample artists.",
            ),
            song_control(lab),
        ),
        charts=(_by_row("systems", "Pearson", 0.0),),
        remarks=(
            "Excerpts are judged by the features of the whole song, so these figures are a lower bound.",
            "Hearing itself is judged by `train sound_felt`, on clips that listeners answered for.",
        ),
    )


def song_control(lab: Lab) -> Table:
    """Ridge regression on songs' features with ratings dealt to other songs."""
    songs = rated.songs(lab)
    return affect_tables.control(
        lambda targets: rated.cross_validated(songs.features, targets, songs.artists, lab.seed),
        songs.ratings,
        lab,
        "shuffled songs",
    )


def retrieval(lab: Lab) -> Findings:
    """Photos asked, songs answered: both sides have people's ratings, neither side's ratings are used to search."""
    known, seen = rated.best_photos(lab)
    songs, heard = rated.songs(lab), rated.heard(lab)
    true = matching.standardised(np.asarray(known.ratings, dtype=np.float64)), matching.standardised(songs.ratings)
    read = matching.standardised(seen), matching.standardised(heard)
    nothing = np.zeros_like(read[0])
    systems = {
        "both as read": matching.quality(read, true, lab.seed),
        "valence only": matching.quality(tuple(one * [1, 0] for one in read), true, lab.seed),  # type: ignore[arg-type]
        "arousal only": matching.quality(tuple(one * [0, 1] for one in read), true, lab.seed),  # type: ignore[arg-type]
        "picture known, song as read": matching.quality((true[0], read[1]), true, lab.seed),
        "picture as read, song known": matching.quality((read[0], true[1]), true, lab.seed),
        "random": matching.quality((nothing, read[1] * 0), true, lab.seed),
    }
    shuffled = matching.permuted_quality(read, true, lab.random("dealt songs"))
    tests = {name: compared(systems["both as read"], values, lab.seed) for name, values in systems.items()}
    del tests["both as read"]
    adjusted = holm({name: test.p for name, test in tests.items()})
    return Findings(
        tables=(
            Table(
                name="systems",
                title=f"nDCG@{matching.K} of songs for photos",
                columns=("system", "nDCG"),
                rows=tuple((name, mean(values, lab.seed)) for name, values in systems.items()),
                note=f"{len(true[0])} photos, {len(true[1])} songs.",
            ),
            Table(
                name="tests",
                title="How far both as read is ahead of the others",
                columns=("than", "difference", "p, Holm", "effect (d)"),
                rows=tuple((name, t.difference, round(adjusted[name], 4), t.effect) for name, t in tests.items()),
            ),
            Table(
                name="control",
                title="The same lists, with relevance dealt to other songs",
                columns=("system", "nDCG", "random"),
                rows=(("shuffled relevance", mean(shuffled, lab.seed), mean(systems["random"], lab.seed)),),
                control=True,
            ),
        ),
        charts=(_by_row("systems", "nDCG", round(float(systems["random"].mean()), 4)),),
    )


def alignment_score(lab: Lab) -> Findings:
    """Does the 0 to 100 score tell pairs that feel alike, by people's ratings, from random ones?"""
    known, seen = rated.best_photos(lab)
    songs, heard = rated.songs(lab), rated.heard(lab)
    generator = lab.random("pairs")
    count = lab.size(2000, 300)
    pairs = generator.integers(0, (len(seen), len(heard)), (count, 2))
    true = matching.standardised(np.asarray(known.ratings, dtype=np.float64)), matching.standardised(songs.ratings)
    near = np.array([np.exp(-((true[0][a] - true[1][b]) ** 2).sum() / 2) for a, b in pairs])
    # what a regressor gives is pulled to the middle; scores are calibrated on songs as widely spread as a catalogue's
    wide = np.clip(0.5 + matching.standardised(heard) * 0.24, 0, 1)
    error = np.sqrt(((seen - known.ratings) ** 2).mean(axis=0))
    pictures = [_picture(point, error) for point in seen]
    scores = np.array([alignment.align(pictures[a], _song(songs, wide[b], b)).score for a, b in pairs]) / 100
    catalogue = [
        one.audio for one in alignment_training.read_songs(lab.file("spotify", "tracks_features_70k.csv.gz"), generator)
    ]
    random = [alignment.align(pictures[a], catalogue[b % len(catalogue)]).score / 100 for a, b in pairs * [1, 7]]
    right = near >= np.quantile(near, 0.75)
    shuffled = generator.permutation(right)
    rows = (
        (
            "area under the curve, best quarter of pairs",
            measured(lambda some: float(roc_auc_score(right[some], scores[some])), pairs[:, 0], lab.seed),
        ),
        (
            "rank correlation with nearness",
            measured(lambda some: spearman(scores[some], near[some]), pairs[:, 0], lab.seed),
        ),
        ("mean score with random songs of the catalogue (promised 0.5)", mean(random, lab.seed)),
        ("mean score with random songs of PMEmo (nothing promised)", mean(scores, lab.seed)),
    )
    control = measured(lambda some: float(roc_auc_score(shuffled[some], scores[some])), pairs[:, 0], lab.seed)
    return Findings(
        tables=(
            Table(
                name="score",
                title="The alignment score on random pairs of rated photos and rated songs",
                columns=("figure", "value"),
                rows=rows,
                note=f"{count} pairs; held-out readings on both sides; intervals resample photos.",
            ),
            Table(
                name="control",
                title="Area under the curve, labels shuffled (chance 0.5)",
                columns=("figure", "value"),
                rows=(("shuffled", control),),
                control=True,
            ),
        ),
        remarks=(
            "The score is a percentile among songs of a wide catalogue; PMEmo has pop only, nearer to most photos.",
            "People's judgement of a photo and a song together is in no set here; nearness of their ratings stands in.",
        ),
    )


def _picture(
    point: np.ndarray[tuple[int], np.dtype[np.float64]], error: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> ImageReading:
    """As the product reads it: its error is known, so that the mapping restores the spread of ratings."""
    valence, arousal = (float(value) for value in np.clip(point, 0, 1))
    moods = tuple(Label(name=name, score=score) for name, score in moods_near(valence, arousal).items())
    return ImageReading(
        valence=valence, arousal=arousal, valence_sd=float(error[0]), arousal_sd=float(error[1]), moods=moods
    )


def _song(songs: rated.RatedSongs, point: np.ndarray[tuple[int], np.dtype[np.float64]], place: int) -> AudioReading:
    valence, arousal = (float(value) for value in np.clip(point, 0, 1))
    told: dict[str, Any] = {name: float(songs.column(name)[place]) for name in rated.SONG_FEATURES if name != "valence"}
    return AudioReading(
        valence=valence,
        arousal=arousal,
        tempo=float(songs.column("tempo")[place] * 200),
        key=-1,
        mode=1,
        loudness=-9.0,
        **told,
    )


def pairs(lab: Lab) -> Findings:
    """What there is to win at all: people's judgement of art with music made for it, and with random music."""
    judged = [row for row in lastfm.rows(lab.file("pairs", "art_music_ratings.csv")) if row["correspondence"]]
    by_person: dict[str, dict[str, list[float]]] = {}
    for row in judged:
        if row["condition"].startswith("AV"):
            by_person.setdefault(row["participant"], {}).setdefault(row["condition"], []).append(
                float(row["correspondence"])
            )
    kinds = sorted({kind for told in by_person.values() for kind in told})
    intended = [kind for kind in kinds if kind != "AV-Random"]
    if "AV-Random" not in kinds or not intended:
        raise NotHere("The art and music ratings have no intended and random pairs.")
    both = [told for told in by_person.values() if {"AV-Random", intended[0]} <= set(told)]
    meant = np.array([np.mean(told[intended[0]]) for told in both])
    chance = np.array([np.mean(told["AV-Random"]) for told in both])
    generator = lab.random("pairs shuffled")
    flips = generator.choice([-1.0, 1.0], len(both))
    test = compared(meant, chance, lab.seed)
    return Findings(
        tables=(
            Table(
                name="people",
                title="Correspondence 0 to 100 of art with music, as people rate it",
                columns=("pairs", "mean"),
                rows=(
                    ("intended", mean(meant, lab.seed)),
                    ("random", mean(chance, lab.seed)),
                    ("difference", test.difference),
                    ("effect (d)", test.effect),
                    ("p", round(test.p, 4)),
                ),
                note=f"{len(both)} people who rated both kinds; intervals resample people.",
            ),
            Table(
                name="control",
                title="The difference, with the kinds exchanged at random for each person",
                columns=("pairs", "difference"),
                rows=(("shuffled", mean((meant - chance) * flips, lab.seed)),),
                control=True,
            ),
        ),
        remarks=(
            "People rate intended pairs only a little above random ones: no system should promise large match scores.",
        ),
    )


STUDY = Study(
    name="mapping",
    title="Mapping accuracy",
    question="How well are pictures and songs read, and how well is music found for a picture?",
    parts={
        "image_affect": image_affect,
        "audio_affect": audio_affect,
        "retrieval": retrieval,
        "alignment_score": alignment_score,
        "pairs": pairs,
    },
)
