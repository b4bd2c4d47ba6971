"""Affect in music: arousal from Spotify's features, valence from timbre and from what music theory says.

**Arousal.** Least squares on 322 songs of PMEmo with people's ratings; `bench table_arousal` computes it again.

**Valence.** What timbre tells was learned from songs of ten popular and classical styles (``feature_model``). It is
trusted less the further a sound lies from those songs, and less the more instrumental it is: in the same songs, mode
correlates with Spotify's valence by .22 among the more instrumental half, and by -.12 among the others, where
words and production carry the feeling. The rest of the weight goes to the cues that experiments on instrumental music
agree upon (Gabrielsson & Lindstroem 2010; Eerola, Friberg & Bresin 2013): mode first, then tempo, then the
others. Their order is from there; the weights themselves are set by hand. `trained/sound_features.md` has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# Human arousal from Spotify's features (people's 0-9, divided by 9): cross-validated by artist, the Spearman
# correlation is .594 [95 % .51, .66]; energy alone reaches .589. The slopes are divided by the fit's correlation
# (.606), so that predictions spread as widely as people's ratings do.
AROUSAL_SLOPES = {"energy": 0.774, "loudness": 0.192, "acousticness": -0.120}
AROUSAL_INTERCEPT = 0.036
LOUDNESS_FLOOR = -30.0

LOUDNESS_WEIGHT, ENERGY_SPREAD = 0.35, 0.82
"""Of loudness beside timbre, in the middle of what is best for the clips whose very track is in the table (.3 to .5),
and the standard deviation of the sum there. Timbre is told without its level, since copies differ."""

MEDIAN_LOUDNESS, LOUDNESS_SPREAD = -7.7, 4.4
"""Decibels: the table's median, and half of what lies between its 16th and 84th percentiles."""

CUE_WEIGHTS = {"mode": 0.7, "pace": 0.4, "pulse": 0.2, "consonance": 0.15, "energy": -0.3}
"""Valence's cues, each about -1..1, but energy -.5..0.5: at equal mode and tempo, forceful music is the darker."""

PLAINLY_MAJOR = 0.2
"""Difference of key correlations at which a mode is plain (``Tonality.minorness``)."""

USUAL_TEMPO, CLEAR_PULSE, PULSE_DECADES = 110.0, 0.08, 0.5
"""Beats a minute; autocorrelation at the beat that is neither clear nor vague, and the decades up to either end."""

USUAL_CONSONANCE, CONSONANCE_SPREAD = -2.45, 0.1
"""Mean and standard deviation, over the clips of the table, of the log variance of chroma: high where few pitch
classes sound at a time and stand out from the noise."""

INSTRUMENTAL_DISTRUST = 0.5
TIMBRE_SPREAD, VALENCE_SPREAD = 0.28, 0.5
"""Standard deviations of the percentile from timbre and of the blended score over the clips of the table; the latter is
rounded up, so that values spread a little less than the catalogue's, whose standard deviation is .26."""


@dataclass(frozen=True)
class Cues:
    """(n,) arrays or single numbers. ``majorness`` -1..1: best major minus best minor key correlation; ``tempo``: beats
    a minute; ``pulse`` 0..1: autocorrelation at the beat; ``consonance``: log variance of chroma; ``energy`` and
    ``instrumentalness``: percentiles 0..1."""

    majorness: Vector | float
    tempo: Vector | float
    pulse: Vector | float
    consonance: Vector | float
    energy: Vector | float
    instrumentalness: Vector | float


def arousal_of(energy: Vector, loudness: Vector, acousticness: Vector) -> Vector:
    """Arousal, 0..1, from Spotify's energy (0..1), loudness (dB) and acousticness (0..1).

    A missing loudness or acousticness (NaN) is taken as what tracks of that energy usually have.
    """
    scaled = np.clip((loudness - LOUDNESS_FLOOR) / -LOUDNESS_FLOOR, 0.0, 1.0)
    scaled = np.where(np.isnan(scaled), 0.37 + 0.54 * energy, scaled)
    acoustic = np.where(np.isnan(acousticness), 0.88 - 0.94 * energy, acousticness)
    slopes = AROUSAL_SLOPES
    value = slopes["energy"] * energy + slopes["loudness"] * scaled + slopes["acousticness"] * np.clip(acoustic, 0, 1)
    return np.clip(value + AROUSAL_INTERCEPT, 0.0, 1.0)


def energy_percentile(timbre: Vector, loudness: Vector) -> Vector:
    """Percentile 0..1 of Spotify's energy from timbre's own percentile and loudness (dB): two weighed normal scores."""
    from scipy.special import ndtr, ndtri

    loud = np.clip((loudness - MEDIAN_LOUDNESS) / LOUDNESS_SPREAD, -2, 2)
    score = (1 - LOUDNESS_WEIGHT) * ndtri(np.clip(timbre, 0.02, 0.98)) + LOUDNESS_WEIGHT * loud
    return np.asarray(ndtr(score / ENERGY_SPREAD))


def valence_percentile(timbre: Vector | float, nearness: Vector | float, cues: Cues) -> Vector:
    """Percentile 0..1 of valence: ``timbre``'s own percentile, blended with theory.

    ``nearness`` 0..1: how near the sound lies to those on which timbre's percentile was fitted.
    """
    from scipy.special import ndtr

    trust = nearness * (1 - INSTRUMENTAL_DISTRUST * np.asarray(cues.instrumentalness))
    score = trust * (np.asarray(timbre) - 0.5) / TIMBRE_SPREAD + (1 - trust) * valence_by_theory(cues)
    return np.asarray(ndtr(score / VALENCE_SPREAD))


def valence_by_theory(cues: Cues) -> Vector:
    """The weighted sum of the cues, about -1..1."""
    strengths = {
        "mode": np.tanh(np.asarray(cues.majorness) / PLAINLY_MAJOR),
        "pace": np.clip(np.log2(np.asarray(cues.tempo) / USUAL_TEMPO), -1, 1),
        "pulse": pulse_clarity(cues.pulse),
        "consonance": np.clip((np.asarray(cues.consonance) - USUAL_CONSONANCE) / CONSONANCE_SPREAD, -2, 2),
        "energy": np.asarray(cues.energy) - 0.5,
    }
    return np.asarray(sum(CUE_WEIGHTS[name] * strength for name, strength in strengths.items()))


def pulse_clarity(pulse: Vector | float) -> Vector:
    """-1 no pulse to 1 a clear one, from the autocorrelation at the beat."""
    return np.clip(np.log10(np.maximum(pulse, 1e-3) / CLEAR_PULSE) / PULSE_DECADES, -1, 1)
