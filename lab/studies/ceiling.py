"""12. How good could any system be that reads picture and music this well, and goes by affect alone?"""

from __future__ import annotations

import numpy as np

from core.stats.intervals import mean
from lab import affect_tables, matching
from lab.datasets import rated
from lab.study import Chart, Findings, Lab, Study, Table

PUBLISHED = {
    "best published music reading (DEAM R2 .52/.62)": ((1.0, 1.0), (0.52**0.5, 0.62**0.5)),
    "the same with CLIP-sized picture reading (r .87/.83)": ((0.87, 0.83), (0.52**0.5, 0.62**0.5)),
    "everything known": ((1.0, 1.0), (1.0, 1.0)),
    "nothing known": ((0.0, 0.0), (0.0, 0.0)),
}
"""Music2Emo's README for DEAM; correlations of CLIP are an estimate from AffectExMachina's layer tables."""


def simulation(lab: Lab) -> Findings:
    """Normal truths, readings blurred to given correlations; ours are those that were measured here."""
    photos, seen = rated.best_photos(lab)
    songs, heard = rated.songs(lab), rated.heard(lab)
    truth = np.asarray(photos.ratings, dtype=np.float64)
    ours = affect_tables.both(seen, truth), affect_tables.both(heard, songs.ratings)
    size = lab.size(300, 60), lab.size(2000, 500)
    settings = {"our readings, both sides": ours, "our picture reading, music known": (ours[0], (1.0, 1.0))}
    settings |= {"our music reading, picture known": ((1.0, 1.0), ours[1])} | PUBLISHED
    rows = tuple(
        (
            name,
            f"{p[0]:.2f} / {p[1]:.2f}",
            f"{s[0]:.2f} / {s[1]:.2f}",
            mean(matching.simulated(_unit(p), _unit(s), size, lab.seed), lab.seed),
        )
        for name, (p, s) in settings.items()
    )
    true = matching.standardised(truth), matching.standardised(songs.ratings)
    read = matching.standardised(seen), matching.standardised(heard)
    real = matching.quality(read, true, lab.seed)
    chance = matching.quality((read[0] * 0, read[1] * 0), true, lab.seed)
    return Findings(
        tables=(
            Table(
                name="ceiling",
                title=f"nDCG@{matching.K} that reading this well allows, simulated",
                columns=("reading", "r picture (V / A)", "r music (V / A)", "nDCG"),
                rows=rows,
                note=f"{size[0]} pictures, {size[1]} tracks; relevance exp(-d²/2(0.5 SD)²).",
            ),
            Table(
                name="real",
                title="Beside it: real photos and real songs with people's ratings",
                columns=("figure", "nDCG"),
                rows=(("our readings on real data", mean(real, lab.seed)),),
                note=f"Only {len(songs.ratings)} songs, so that every figure is higher than with {size[1]:,}.",
            ),
            Table(
                name="control",
                title="Nothing read at all, on the real data",
                columns=("figure", "nDCG"),
                rows=(("random order", mean(chance, lab.seed)),),
                control=True,
            ),
        ),
        charts=(
            Chart(table="ceiling", kind="bars", columns=("nDCG",), title="The ceiling by how well both sides are read"),
        ),
        remarks=(
            "Where a perfect picture reading gains little, the music side is a bottleneck: words and taste can help.",
        ),
    )


def size_of_catalogue(lab: Lab) -> Findings:
    """The same reading over smaller and larger catalogues."""
    photos, seen = rated.best_photos(lab)
    songs, heard = rated.songs(lab), rated.heard(lab)
    ours = (
        affect_tables.both(seen, np.asarray(photos.ratings, dtype=np.float64)),
        affect_tables.both(heard, songs.ratings),
    )
    sizes = (100, 300, 1000, 3000) if lab.quick else (100, 300, 1000, 3000, 10_000)
    rows = tuple(
        (
            float(size),
            mean(matching.simulated(_unit(ours[0]), _unit(ours[1]), (60, size), lab.seed), lab.seed),
            mean(matching.simulated((0.0, 0.0), (0.0, 0.0), (60, size), lab.seed), lab.seed),
        )
        for size in sizes
    )
    table = Table(
        name="sizes", title="By size of the catalogue", columns=("tracks", "our readings", "random"), rows=rows
    )
    chart = Chart(
        table="sizes", kind="lines", columns=("our readings", "random"), title="nDCG by size of the catalogue"
    )
    return Findings(tables=(table,), charts=(chart,))


def _unit(r: tuple[float, float]) -> tuple[float, float]:
    return min(max(r[0], 0.0), 1.0), min(max(r[1], 0.0), 1.0)


STUDY = Study(
    name="ceiling",
    title="The ceiling",
    question="How good could any system be with image and music affect known this well?",
    parts={"simulation": simulation, "size_of_catalogue": size_of_catalogue},
)
