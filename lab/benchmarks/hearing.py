"""Are tempo, key, sections and changes of harmony heard right? The demonstration library, whose recipes are known,
against what is heard in it.

Sections: the F measure of boundaries within ``NEAR`` seconds, against boundaries every ten seconds. Four of the form's
settings were chosen on this library, so that other music will do worse.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from core.stats.agreement import spearman
from core.stats.intervals import mean, measured_each
from demo_music.arrange import outline
from demo_music.recipes import Recipe
from demo_music.render_library import render_library
from recommender.perception.audio.reader import read_sound

TOLERANCE = 0.04
OCTAVES = (1.0, 2.0, 0.5)
SEED, ROUNDS = 0, 1000
NEAR, EVENLY = 3.0, 10.0
"""Seconds."""
MINOR_MODES = ("minor", "dorian", "harmonic minor")
"""Scales with a minor third; the others count as major."""


def run() -> dict[str, Any]:
    """Shares of pieces, F and correlation, each with a 95 % bootstrap interval. Renders what is missing first."""
    rendered = render_library(settings.HOME / "music")
    tempo, octave, tonic, mode = [], [], [], []
    edges, evenly, changes = [], [], []
    for track in rendered:
        reading, recipe = read_sound(track.path), track.recipe
        ratio = reading.tempo / recipe.tempo
        tempo.append(abs(ratio - 1) <= TOLERANCE)
        octave.append(any(abs(ratio / factor - 1) <= TOLERANCE for factor in OCTAVES))
        tonic.append(reading.key == recipe.key)
        mode.append(reading.mode == int(recipe.mode not in MINOR_MODES))
        written, often = as_written(recipe)
        if reading.form:
            start, end = reading.form.start, reading.form.end
            inside = [at for at in written if start + NEAR < at < end - NEAR]
            edges.append(f_measure(inside, reading.form.sections[1:]))
            evenly.append(f_measure(inside, np.arange(start + EVENLY, end - NEAR, EVENLY).tolist()))
        if reading.harmony:
            changes.append((often, reading.harmony.changes))
    return {
        "tracks": len(rendered),
        "tempo": _share(tempo),
        "tempo_octave_allowed": _share(octave),
        "tonic": _share(tonic),
        "mode": _share(mode),
        "tonic_and_mode": _share([t and m for t, m in zip(tonic, mode, strict=True)]),
        "section_boundaries": _share(edges),
        "section_boundaries_every_ten_seconds": _share(evenly),
        "harmony_changes": _correlation(np.array(changes)),
        "tolerance": TOLERANCE,
        "seed": SEED,
    }


def as_written(recipe: Recipe) -> tuple[list[float], float]:
    """Where one section gives way to another, in seconds, and the changes of chord a minute."""
    groove, sections = outline(recipe, random.Random(recipe.seed))
    steps = groove.metre.steps
    edges = [groove.seconds(b.first * steps) for a, b in pairwise(sections) if a.letter != b.letter]
    chords = [span.chord for section in sections for span in section.passage.spans]
    minutes = groove.seconds((sections[-1].first + sections[-1].bars) * steps) / 60
    return edges, sum(a != b for a, b in pairwise(chords)) / minutes


def f_measure(written: Sequence[float], heard: Sequence[float]) -> float:
    """Harmonic mean of the shares of boundaries found and of those right; each is matched once, within ``NEAR``."""
    left, hits = list(written), 0
    for at in heard:
        nearest = min(left, key=lambda one: abs(one - at), default=np.inf)
        if abs(nearest - at) <= NEAR:
            left.remove(nearest)
            hits += 1
    return 2 * hits / (len(written) + len(heard)) if written or heard else 1.0


def _correlation(pairs: NDArray[np.float64]) -> dict[str, float]:
    """Spearman's, of (n, 2)."""
    return measured_each(lambda some: spearman(*pairs[some].T), len(pairs), SEED, ROUNDS).figures()


def _share(right: Sequence[float]) -> dict[str, float]:
    return mean(right, SEED).figures()
