"""What may move a listener, in numbers: mode and key, chords, rhythm, dynamics, and where in the spectrum it lies.

The kinds of cue are those on which studies of emotion in music agree (Gabrielsson & Lindstroem 2010; Eerola, Friberg &
Bresin 2013; Panda, Malheiro & Paiva 2020). They are read from what key, harmony, rhythm and timbre have measured
anyway, and do not change with the gain of a recording. ``felt_model`` says what they tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.schemas import Harmony
from recommender.perception.audio.affect_model import pulse_clarity
from recommender.perception.audio.key import Tonality
from recommender.perception.audio.pitches import PITCH_RATE, Pitches
from recommender.perception.audio.spectra import FRAME_RATE, Spectra
from recommender.perception.audio.tempo import Rhythm

AUDIBLE = 0.1
"""A frame counts from this share of the typical frame's weight."""

CHORD_SECONDS, SPAN_SECONDS = 1.0, 2.0
"""Over which chroma is averaged to look for triads, and for the circle of fifths."""

TRIADS = ((0, 4, 7), (0, 3, 7))
BASS_PITCH = 48.0
"""Semitones; the C below which a note counts as bass."""

QUIETEST = 60.0
"""Decibels below the loudest frame from which a frame is silence."""

PULSATIONS = (0.2, 1.0, 2.5, 5.0, 10.0)
"""Hertz: edges of the bands in which the level's fluctuation is told."""
USUAL_TEMPO = 100.0
FLUX_REGIONS, BANDS = 4, 10
LAGS = (10, 43, 172)
"""Frames (0.2, 1 and 4 s) after which a sound is compared with itself."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heard:
    """What has been measured of one sound. ``loudness`` in LUFS; ``timbre``: percentiles of Spotify's features by name,
    and ``genres``: probabilities, both from timbre alone; ``nearness`` 0..1 to the songs that these were learned from;
    ``consonance``: log variance of chroma."""

    loudness: float
    spectrum: Spectra
    pitches: Pitches
    tones: Tonality
    rhythm: Rhythm
    harmony: Harmony | None
    timbre: dict[str, float]
    genres: dict[str, float]
    nearness: float
    consonance: float


def cues(heard: Heard) -> dict[str, float]:
    """By name, always in the same order; NaN where a sound has no pitch to tell it from."""
    return {**_tonal(heard), **_rhythmic(heard), **_dynamic(heard.spectrum), **_spectral(heard)}


def _tonal(heard: Heard) -> dict[str, float]:
    tones, harmony = heard.tones, heard.harmony
    chroma = _audible(heard.pitches)
    told = {
        "minorness": tones.minorness,
        "minor, bounded": float(np.tanh(tones.minorness / 0.1)),
        "key clarity": tones.clarity,
        "key sureness": tones.confidence,
    }
    for name in ("outside", "mixture", "consonance", "roughness", "tension", "changes"):
        told[name] = float(getattr(harmony, name)) if harmony else np.nan
    return {**told, **_degrees(chroma, tones.key), **_circles(chroma), **_chords(chroma), **_notes(heard.pitches)}


def _audible(sounding: Pitches) -> Vector:
    """(frames, 12), each summing to 1; one frame of NaN where nothing is pitched."""
    chroma = sounding.chroma()
    totals = chroma.sum(axis=1)
    if not totals.any():
        return np.full((1, 12), np.nan)
    kept = totals > AUDIBLE * np.median(totals[totals > 0])
    return chroma[kept] / totals[kept, None]  # type: ignore[no-any-return]


def _degrees(chroma: Vector, key: int) -> dict[str, float]:
    """By how much the major third, sixth and seventh above the tonic outweigh the minor ones."""
    mean = np.roll(np.sqrt(chroma).mean(axis=0), -max(key, 0))
    share = mean / mean.sum()
    return {
        f"major {name}": float(share[at] - share[at - 1]) for name, at in (("third", 4), ("sixth", 9), ("seventh", 11))
    }


def _circles(chroma: Vector) -> dict[str, float]:
    """Magnitudes of the chroma's Fourier coefficients, the same in every key: the fifth is high for notes of one
    diatonic scale, the third for triads, the sixth for whole tones (Amiot 2016). Of the whole, of frames, of spans."""
    whole = np.sqrt(chroma).mean(axis=0)
    spans = _running_mean(chroma, SPAN_SECONDS)
    return {
        **_magnitudes("whole", whole / whole.sum(), range(1, 7)),
        **_magnitudes("frames", chroma, range(1, 7)),
        **_magnitudes("spans", spans, (3, 5)),
    }


def _magnitudes(of: str, chroma: Vector, orders: range | tuple[int, ...]) -> dict[str, float]:
    told = np.abs(np.fft.rfft(chroma, axis=-1)).reshape(-1, 7).mean(axis=0)
    return {f"circle {order} of {of}": float(told[order]) for order in orders}


def _chords(chroma: Vector) -> dict[str, float]:
    """How well triads fit, how often major ones fit best, how often the best one changes, and how many notes sound."""
    smooth = _running_mean(np.sqrt(chroma), CHORD_SECONDS)
    smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
    shapes = np.zeros((2, 12, 12))
    for shape, notes in zip(shapes, TRIADS, strict=True):
        for root in range(12):
            shape[root, [(note + root) % 12 for note in notes]] = 3**-0.5
    fit = shapes @ smooth.T
    lean = fit[0].max(axis=0) - fit[1].max(axis=0)
    best = fit.reshape(24, -1).argmax(axis=0)
    squares = smooth**2
    return {
        "major triads": float((lean > 0).mean()),
        "lean to major triads": float(lean.mean()),
        "triads": float(fit.max(axis=(0, 1)).mean()),
        "changes of triad": float((np.diff(best) != 0).mean()) if len(best) > 1 else 0.0,
        "notes at once": float(-(squares * np.log(squares + 1e-12)).sum(axis=1).mean()),
        "same notes": float((smooth[2:] * smooth[:-2]).sum(axis=1).mean()) if len(smooth) > 2 else 1.0,
    }


def _notes(sounding: Pitches) -> dict[str, float]:
    """How high, how wide, how many partials, and how far from the tuned semitones."""
    names = ("register", "width", "bass", "off the grid")
    if sounding.silent:
        return {**dict.fromkeys(names, np.nan), "partials": 0.0}
    share = sounding.weight / sounding.weight.sum()
    middle = float(share @ sounding.pitch)
    tuned = sounding.pitch - sounding.tuning
    values = (
        middle,
        float(np.sqrt(share @ (sounding.pitch - middle) ** 2)),
        float(share[sounding.pitch < BASS_PITCH].sum()),
        float(share @ np.abs(tuned - np.round(tuned))),
    )
    return {**dict(zip(names, values, strict=True)), "partials": len(sounding.pitch) / sounding.frames}


def _rhythmic(heard: Heard) -> dict[str, float]:
    beat = heard.rhythm
    level = np.log10(heard.spectrum.mel.sum(axis=1, dtype=np.float64) + 1e-9)
    power = np.abs(np.fft.rfft((level - level.mean()) * np.hanning(len(level)))) ** 2
    hertz = np.fft.rfftfreq(len(level), 1 / FRAME_RATE)
    edges = np.searchsorted(hertz, (*PULSATIONS, 20.0))
    whole = max(power[edges[0] : edges[-1]].sum(), 1e-12)
    told = {
        "onsets": beat.onset_rate,
        "pulse": float(pulse_clarity(beat.pulse)),
        "tempo": float(np.log2(beat.tempo / USUAL_TEMPO)),
        "tempo sureness": beat.confidence,
        "triple": float(beat.beats_a_bar == 3),
    }
    for band, low in enumerate(PULSATIONS[:-1]):
        told[f"pulsation from {low:g} Hz"] = float(power[edges[band] : edges[band + 1]].sum() / whole)
    return told


def _dynamic(spectrum: Spectra) -> dict[str, float]:
    """How the level moves: slowly, quickly, and how new sound enters by region of the spectrum."""
    level = 20 * np.log10(spectrum.rms.astype(np.float64) + 1e-6)
    level = level[level > level.max() - QUIETEST]
    slow = _running_mean(level[:, None], 1.0, FRAME_RATE)[:, 0]
    rise = np.diff(spectrum.mel_db, axis=0)
    entering, leaving = np.maximum(rise, 0), -np.minimum(rise, 0).mean(dtype=np.float64)
    flux = entering.mean(axis=1, dtype=np.float64)
    moving = np.abs(rise).mean(axis=0, dtype=np.float64)
    told = {
        "spread of level": float(level.std()),
        "range of level": float(np.subtract(*np.percentile(level, (95, 10)))),
        "slow dynamics": float(slow.std()),
        "quick dynamics": float((level - slow).std()),
        "growth": float(np.polyfit(np.linspace(0, 1, len(slow)), slow, 1)[0]) if len(slow) > 1 else 0.0,
        "quiet frames": float((spectrum.rms < spectrum.rms.mean()).mean()),
        "spread of flux": float(np.log(flux.std() + 1e-3)),
        "peaks of flux": float(np.percentile(flux, 95) / (np.median(flux) + 1e-3)),
        "decay": float(np.log(leaving + 1e-3)),
    }
    for region, values in enumerate(np.array_split(entering.mean(axis=0, dtype=np.float64), FLUX_REGIONS)):
        told[f"flux {region}"] = float(np.log(values.mean() + 1e-3))
    for region, values in enumerate(np.array_split(moving, FLUX_REGIONS + 1)):
        told[f"motion {region}"] = float(np.log(values.mean() + 1e-3))
    return told


def _spectral(heard: Heard) -> dict[str, float]:
    """The mean spectrum's shape in decibels, how its bands move, and how alike the sound is to itself a while later."""
    level = heard.spectrum.mel_db
    shape = level.mean(axis=0, dtype=np.float64)
    centred = shape - shape.mean()
    across = float(np.abs(level[:, 2:] - level[:, :-2]).mean(dtype=np.float64))
    along = float(np.abs(level[2:] - level[:-2]).mean(dtype=np.float64)) if len(level) > 2 else 0.0
    told = {
        "tilt": float(np.polyfit(np.linspace(0, 1, len(centred)), centred, 1)[0]),
        "percussive": float(np.log((along + 1e-3) / (across + 1e-3))),
    }
    for number, (mean, moving) in enumerate(
        zip(np.array_split(centred, BANDS), np.array_split(level, BANDS, axis=1), strict=True)
    ):
        told[f"band {number}"] = float(mean.mean())
        told[f"band {number} moving"] = float(moving.mean(axis=1).std())
    away = level - shape.astype(np.float32)
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
    for lag in LAGS:
        told[f"likeness after {lag}"] = (
            float((away[lag:] * away[:-lag]).sum(axis=1).mean()) if len(away) > lag else np.nan
        )
    return told


def _running_mean(curves: Vector, seconds: float, rate: float = PITCH_RATE) -> Vector:
    """(n, k): means over so many seconds around each frame, the ends held."""
    from scipy.ndimage import uniform_filter1d

    return uniform_filter1d(curves, max(round(seconds * rate), 1), axis=0, mode="nearest")  # type: ignore[no-any-return]
