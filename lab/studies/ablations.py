"""5. What is lost when one thing is left out: features of pictures and music, parts of the score, variety, order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.schemas import MusicBrief, RankedList
from core.stats.intervals import compared, holm, mean
from lab import affect_tables, metrics, scratch_database
from lab.datasets import rated
from lab.studies import lists
from lab.studies.mapping import song_control
from lab.study import Cell, Chart, Findings, Lab, Study, Table
from recommender.models import Track
from recommender.perception.images import features
from recommender.ranking import candidates, scoring, sequencing
from recommender.ranking import features as pool
from recommender.ranking.pipeline import recommend

FEATURE_GROUPS = {
    "mood (Spotify's valence)": ("valence",),
    "force (energy, loudness)": ("energy", "loudness"),
    "movement (danceability, tempo)": ("danceability", "tempo"),
    "timbre (acousticness, instrumentalness)": ("acousticness", "instrumentalness"),
    "voice and room (speechiness, liveness)": ("speechiness", "liveness"),
    "mode": ("mode",),
}


def picture_features(lab: Lab) -> Findings:
    """Ridge on principal components of each block of the picture's numbers, alone and left out."""
    tier = features.best_tier()
    known = rated.photos(lab, tier)
    truth = np.asarray(known.ratings, dtype=np.float64)
    blocks = {name: _components(np.asarray(values, dtype=np.float64)) for name, values in known.inputs.items()}
    sets = {"all": list(blocks)} | {f"only {name}": [name] for name in blocks}
    if len(blocks) > 2:
        sets |= {f"without {name}": [other for other in blocks if other != name] for name in blocks}
    systems = {
        name: rated.cross_validated(np.hstack([blocks[one] for one in chosen]), truth, known.themes, lab.seed, 20.0)
        for name, chosen in sets.items()
    }
    everything = np.hstack(list(blocks.values()))
    control = affect_tables.control(
        lambda targets: rated.cross_validated(everything, targets, known.themes, lab.seed, 20.0),
        truth,
        lab,
        "ablated photos",
    )
    return _affect_findings("picture", systems, control, truth=truth, groups=known.themes, lab=lab, units="themes")


def _components(values: rated.Numbers, most: int = 48) -> rated.Numbers:
    """Unsupervised: the strongest directions of a block, standardised."""
    centred = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    told: rated.Numbers = left[:, :most] * sizes[:most] / sizes[0]
    return told


def music_features(lab: Lab) -> Findings:
    songs = rated.songs(lab)
    places = {name: [rated.SONG_COLUMNS.index(one) for one in group] for name, group in FEATURE_GROUPS.items()}
    everything = list(range(len(rated.SONG_COLUMNS)))
    sets = {"all": everything} | {
        f"without {name}": [p for p in everything if p not in gone] for name, gone in places.items()
    }
    sets |= {f"only {name}": kept for name, kept in places.items()}
    systems = {
        name: rated.cross_validated(songs.features[:, kept], songs.ratings, songs.artists, lab.seed)
        for name, kept in sets.items()
    }
    return _affect_findings(
        "song", systems, song_control(lab), truth=songs.ratings, groups=songs.artists, lab=lab, units="artists"
    )


def _affect_findings(
    what: str,
    systems: dict[str, rated.Numbers],
    control: Table,
    *,
    truth: rated.Numbers,
    groups: np.ndarray[tuple[int], np.dtype[np.str_]],
    lab: Lab,
    units: str,
) -> Findings:
    columns = ("features", "valence r", "arousal r")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(affect_tables.correlation(read[:, axis], truth[:, axis], groups, lab.seed) for axis in (0, 1)))
        for name, read in systems.items()
    )
    return Findings(
        tables=(
            Table(
                name="groups",
                title=f"Correlation with people's ratings by {what} features ({units} held out)",
                columns=columns,
                rows=rows,
                note=f"{len(truth)} rated; one ridge regression for all sets, so that only the features differ.",
            ),
            control,
        ),
        charts=(
            Chart(table="groups", kind="bars", columns=("valence r",), title="Valence by feature group", chance=0.0),
        ),
    )


def score_parts(lab: Lab) -> Findings:
    """The best of the pool by the whole score, and with one part taken away; judged by people's point for the photo."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    wanted = lists.asked(lab, lab.size(120, 25))
    catalogue = lists.plane()
    told: dict[str, list[float]] = {}
    chosen: list[list[int]] = []
    for one in wanted:
        brief = lists.brief(one)
        pool = candidates.gather(brief, None)
        points = np.stack([pool.columns["valence"], pool.columns["arousal"]], axis=1)
        best = np.sort(lists.gains(catalogue, one.true))[::-1][: lists.K]
        for name in ("", "affect", "mood", "sound", "genre", "semantic"):
            total = scoring.score(pool, brief, without=name).total
            top = np.argsort(-total, kind="stable")[: lists.K]
            gains = lists.gains(points[top], one.true)
            told.setdefault(name or "all parts", []).append(metrics.graded_ndcg(gains, best))
            if not name:
                chosen.append([int(pool.ids[row]) for row in top])
    tests = {
        f"without {name}": compared(values, told["all parts"], lab.seed)
        for name, values in told.items()
        if name != "all parts"
    }
    adjusted = holm({name: test.p for name, test in tests.items()})
    chance = lists.by_chance(lab, wanted, catalogue)
    shuffled = lists.permuted(lab, chosen, [one.true for one in wanted])
    return Findings(
        tables=(
            Table(
                name="parts",
                title=f"nDCG@{lists.K} without one part of the score",
                columns=("score", "nDCG", "change", "p, Holm"),
                rows=(
                    ("all parts", mean(told["all parts"], lab.seed), "", ""),
                    *(
                        (
                            name,
                            mean(told[name.removeprefix("without ")], lab.seed),
                            t.difference,
                            round(adjusted[name], 4),
                        )
                        for name, t in tests.items()
                    ),
                    ("random", mean(chance, lab.seed), "", ""),
                ),
                note=f"{len(wanted)} photos, {len(catalogue)} tracks. Only affect is rewarded, not style.",
            ),
            Table(
                name="control",
                title="All parts, with the tracks' points dealt to other tracks",
                columns=("score", "nDCG", "random"),
                rows=(("shuffled tracks", mean(shuffled, lab.seed), mean(chance, lab.seed)),),
                control=True,
            ),
        ),
        charts=(
            Chart(
                table="parts",
                kind="bars",
                columns=("nDCG",),
                title="nDCG by what is left out",
                chance=round(float(chance.mean()), 4),
            ),
        ),
    )


def variety_and_order(lab: Lab) -> Findings:
    """Lists as shipped, without looking for variety, without ordering, and without scenes."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    wanted = lists.asked(lab, lab.size(80, 15))
    catalogue = lists.plane()
    rows = {"as shipped": [], "without variety": [], "without order": [], "without scenes": []}  # type: dict[str, list[tuple[float, float, float]]]
    shown: list[list[int]] = []
    for one in wanted:
        brief = lists.brief(one)
        made = {
            "as shipped": recommend(brief, None, seed=lab.seed),
            "without variety": _by_fit(brief),
            "without scenes": recommend(lists.brief(lists.without_scenes(one)), None, seed=lab.seed),
        }
        shipped = made["as shipped"]
        shown.append(lists.best_first(shipped))
        made["without order"] = replace(shipped, tracks=tuple(sorted(shipped.tracks, key=lambda track: -track.score)))
        for name, ranked in made.items():
            rows[name].append((lists.quality(ranked, one.true, catalogue), _diversity(ranked), lists.roughness(ranked)))
    tables: list[tuple[Cell, ...]] = []
    for name, values in rows.items():
        columns = np.array(values)
        tables.append((name, *(mean(columns[:, place], lab.seed) for place in range(3))))
    chance = lists.by_chance(lab, wanted, catalogue)
    shuffled = lists.permuted(lab, shown, [one.true for one in wanted])
    return Findings(
        tables=(
            Table(
                name="lists",
                title="Quality, variety and smoothness of lists",
                columns=("lists", "nDCG", "diversity", "roughness"),
                rows=tuple(tables),
                note="Diversity: mean cosine distance of sound between tracks, 0..2. Roughness: mean cost of "
                "key, tempo and energy steps between neighbours; lower is smoother.",
            ),
            Table(
                name="control",
                title="Lists as shipped, with the tracks' points dealt to other tracks",
                columns=("lists", "nDCG", "random"),
                rows=(("shuffled tracks", mean(shuffled, lab.seed), mean(chance, lab.seed)),),
                control=True,
            ),
        ),
    )


def _by_fit(brief: MusicBrief) -> RankedList:
    """Only the nearest by score: lambda 1, in playing order all the same."""
    pool = candidates.gather(brief, None)
    scores = scoring.score(pool, brief)
    top = np.argsort(-scores.total, kind="stable")[: lists.K]
    order = sequencing.order({name: pool.columns[name][top] for name in ("energy", "tempo", "key", "mode")}, brief.arc)
    plain = recommend(replace(brief, count=1), None)
    template = plain.tracks[0]
    tracks = tuple(
        replace(template, track_id=int(pool.ids[top[row]]), score=float(100 * scores.total[top[row]])) for row in order
    )
    return RankedList(tracks=tracks)


def _diversity(ranked: RankedList) -> float:
    tracks = pool.load(Track.objects.all(), [track.track_id for track in ranked.tracks])
    columns = np.stack(
        [np.nan_to_num(tracks.columns[name]) for name in ("energy", "danceability", "acousticness", "valence")], axis=1
    )
    return metrics.diversity(columns - 0.5)


STUDY = Study(
    name="ablations",
    title="Ablations",
    question="What is lost when an agent, a feature group, a part of the score, taste, variety or order is left out?",
    parts={
        "picture_features": picture_features,
        "music_features": music_features,
        "score_parts": score_parts,
        "variety_and_order": variety_and_order,
    },
)
