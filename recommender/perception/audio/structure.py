"""How a piece unfolds: its sections, where it builds up, drops or thins out, and where its climax lies.

Sections come from a self-similarity matrix of half-second blocks (timbre and chroma) and the novelty along its
diagonal: a checkerboard under a Gaussian taper (Foote 2000). Likeness is a Gaussian of an absolute distance, so that
novelty means the same in every piece and one that never changes gets no boundary.

Growth is read from loudness: the sum over mel bands of power to the 0.23 (Zwicker & Fastl 1999), in phons (10 for
twice as loud), which rises with every instrument that enters and not only with the level.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.schemas import Form
from recommender.perception.audio.decode import RATE
from recommender.perception.audio.pitches import PITCH_RATE
from recommender.perception.audio.spectra import FRAME_RATE, Spectra

BLOCK = 0.5
"""Seconds."""

CEPSTRA_KEPT = 9
TIMBRE_SPREAD, CHROMA_SPREAD = 15.0, 0.8
"""Distance of two blocks' cepstra (decibels) and of their chroma (unit vectors) that counts as one standard deviation;
fewer cepstra keep chords out of it. With the next three chosen on the demonstration library, whose form is known, and
on bare loops of chords, which have none (`bench hearing`)."""
SMOOTHING = 12
"""Blocks: what changes from chord to chord is no new section."""
REACH = 20
"""Blocks of the checkerboard to each side."""
NOVEL, STANDING_OUT = 0.20, 0.10
"""Least novelty of a boundary, of 0..1, and how far it must rise above what surrounds it."""
SHORTEST = 10
"""Blocks of the shortest section."""

BUILD_SECONDS, BUILD_RISE, BUILD_STEADY, BUILD_STEP = (4.0, 32.0), 5.0, 0.7, 0.6
"""Of a build-up: how long; the least rise in phons; the least share of all movement that goes up; the greatest share of
the rise that one second may bring, above which it is a jump."""

BURST_PHONS, BURST_BASS, BURST_BESIDE = 5.0, 9.0, 2.0
"""Of a drop: the least jump in loudness, or of the bass in decibels with ``BURST_BESIDE`` phons."""
BEFORE, AFTER = 3.0, 4.0
"""Seconds over which before and after are compared."""
AUDIBLE = 20.0
"""Phons below the loudest at which nothing is going on."""

BASS_BANDS = 6
"""Mel bands up to 155 Hz."""
CLIMAX_SECONDS, CLIMAX_ABOVE = 4.0, 2.0

Vector = NDArray[np.float64]


def form(spectrum: Spectra, chroma: Vector, start: float = 0.0) -> Form:
    """The form of a sound: its spectrum, and (frames, 12) chroma by ``pitches``. ``start``: where in the recording it
    begins, in seconds, which all times count from."""
    mel = _blocks(spectrum.mel, FRAME_RATE)
    loud = loudness_curve(mel)
    bass = 10 * np.log10(np.maximum(mel[:, :BASS_BANDS].sum(axis=1), 1e-10))
    drops = bursts(loud, bass)
    rise, top = build_up(loud, drops), climax(loud)
    begins = sections(_blocks(spectrum.mel_db, FRAME_RATE), _blocks(chroma, PITCH_RATE, len(mel)))

    def at(block: int) -> float:
        return round(start + block * BLOCK, 1)

    return Form(
        start=at(0),
        end=round(start + len(spectrum.samples) / RATE, 1),
        sections=tuple(map(at, begins)),
        build_up=(at(rise[0]), at(rise[1])) if rise else None,
        drops=tuple(map(at, drops)),
        breaks=tuple(sorted(at(len(loud) - block) for block in bursts(loud[::-1], bass[::-1]))),
        climax=None if top is None else at(top),
    )


def _blocks(frames: NDArray[Any], rate: float, count: int = 0) -> Vector:
    """(blocks, k): means over ``BLOCK`` seconds of (frames, k) at ``rate``; ``count`` fixes how many."""
    count = count or max(int(len(frames) / rate / BLOCK), 1)
    edges = np.minimum((np.arange(count) * BLOCK * rate).astype(int), len(frames) - 1)
    sums = np.add.reduceat(frames, edges, axis=0, dtype=np.float64)
    return sums / np.maximum(np.diff(np.append(edges, len(frames))), 1)[:, None]


def loudness_curve(mel: Vector) -> Vector:
    """(blocks,) phons up to a constant, from mel power (blocks, bands); at most twice ``AUDIBLE`` below the loudest."""
    phons = 10 * np.log2(np.maximum((mel**0.23).sum(axis=1), 1e-6))
    return np.maximum(phons, phons.max() - 2 * AUDIBLE)  # type: ignore[no-any-return]


def sections(mel_db: Vector, chroma: Vector) -> list[int]:
    """The blocks at which sections begin, 0 first, from levels (blocks, bands) and chroma (blocks, 12)."""
    from scipy.fft import dct

    timbre = _smoothed(dct(mel_db, axis=1, norm="ortho")[:, :CEPSTRA_KEPT], SMOOTHING) / TIMBRE_SPREAD
    tones = np.sqrt(chroma)
    tones /= np.maximum(np.linalg.norm(tones, axis=1, keepdims=True), 1e-9)
    places = np.concatenate([timbre, _smoothed(tones, SMOOTHING) / CHROMA_SPREAD], axis=1)
    return [0, *_peaks(novelty(likeness(places)))]


def likeness(places: Vector) -> Vector:
    """(n, n) 0..1: a Gaussian of the distances of (n, k)."""
    squares = (places**2).sum(axis=1)
    return np.exp(-np.maximum(squares[:, None] + squares - 2 * places @ places.T, 0) / 2)  # type: ignore[no-any-return]


def novelty(alike: Vector) -> Vector:
    """(n + 1,) -1..1 before each block and after the last, 0 at both ends: mean likeness within both sides less that
    across them, over what of the checkerboard lies inside."""
    sums = _under_the_board(alike)
    within, across = (sums / _board_inside(len(alike))).T
    return np.pad(within - across, 1)


@cache
def _board_inside(blocks: int) -> Vector:
    return _under_the_board(np.ones((blocks, blocks)))


def _under_the_board(matrix: Vector) -> Vector:
    """(n - 1, 2): sums of (n, n) within and across the two sides of each place between two blocks."""
    padded = np.pad(matrix, REACH)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * REACH, 2 * REACH))
    places = np.arange(1, len(matrix))
    return windows[places, places].reshape(len(places), -1) @ _checkerboard().T


@cache
def _checkerboard() -> Vector:
    """(2, 4 reach^2): weights of what lies within the two sides and of what lies across, under a Gaussian."""
    offsets = np.arange(-REACH, REACH) + 0.5
    taper = np.sign(offsets) * np.exp(-0.5 * (offsets / (REACH / 2)) ** 2)
    board = np.outer(taper, taper).ravel()
    return np.stack([np.maximum(board, 0), np.maximum(-board, 0)])


def _peaks(novel: Vector) -> list[int]:
    """Peaks that are novel and stand out, none nearer than ``SHORTEST`` to another or to an end."""
    from scipy.signal import find_peaks

    found, _ = find_peaks(novel, height=NOVEL, prominence=STANDING_OUT, distance=SHORTEST)
    return [int(place) for place in found if SHORTEST <= place <= len(novel) - 1 - SHORTEST]


def build_up(loud: Vector, drops: Sequence[int] = ()) -> tuple[int, int] | None:
    """The span (first block, last block) that rises most, of those that rise steadily and end at a drop at the latest;
    None when none does."""
    curve = _smoothed(loud[:, None], round(2 / BLOCK))[:, 0]
    steps = np.diff(curve)
    shortest, longest = (round(seconds / BLOCK) for seconds in BUILD_SECONDS)
    best, found = BUILD_RISE, None
    for first in range(len(curve) - shortest):
        until = min((drop for drop in drops if drop > first), default=len(curve))
        inside = steps[first : min(first + longest, until)]
        rise = np.cumsum(inside)
        steady = rise / np.maximum(np.cumsum(np.abs(inside)), 1e-9)
        jump = np.maximum.accumulate(inside + np.append(inside[1:], 0))
        allowed = (steady >= BUILD_STEADY) & (jump <= BUILD_STEP * rise)
        allowed[: shortest - 1] = False
        if not allowed.any():
            continue
        last = int(np.where(allowed, rise, 0).argmax())
        if rise[last] > best:
            best, found = float(rise[last]), (first, first + last + 1)
    return found


def bursts(loud: Vector, bass: Vector) -> list[int]:
    """Blocks at which the sound, or its bass, suddenly grows, and stays. What begins after silence is no burst."""
    before, after = round(BEFORE / BLOCK), round(AFTER / BLOCK)
    places = np.arange(before, len(loud) - after + 1)
    lift, deep = (_mean(curve, places, after) - _mean(curve, places - before, before) for curve in (loud, bass))
    sudden = _mean(loud, places, 2) - _mean(loud, places - 2, 2) >= lift / 2
    grows = (lift >= BURST_PHONS) | ((deep >= BURST_BASS) & (lift >= BURST_BESIDE))
    audible = _mean(loud, places - before, before) > loud.max() - AUDIBLE
    lifts = np.where(grows & sudden & audible, lift, 0)
    found: list[int] = []
    for place in np.argsort(-lifts, kind="stable").tolist():
        at = int(places[place])
        if lifts[place] > 0 and all(abs(at - other) >= SHORTEST for other in found):
            found.append(at)
    return sorted(found)


def _mean(curve: Vector, starts: NDArray[np.intp], blocks: int) -> Vector:
    """(n,) means over so many blocks from each start."""
    sums = np.concatenate([[0.0], np.cumsum(curve)])
    return (sums[starts + blocks] - sums[starts]) / blocks  # type: ignore[no-any-return]


def climax(loud: Vector) -> int | None:
    """The middle block of the loudest ``CLIMAX_SECONDS``, if they stand out."""
    span = round(CLIMAX_SECONDS / BLOCK)
    if len(loud) <= span:
        return None
    curve = np.convolve(loud, np.full(span, 1 / span), mode="valid")
    top = int(curve.argmax())
    return top + span // 2 if curve[top] > np.median(curve) + CLIMAX_ABOVE else None


def _smoothed(curves: Vector, blocks: int) -> Vector:
    """(n, k) under a Hann window of that many blocks, the ends held."""
    from scipy.ndimage import convolve1d

    window = np.hanning(blocks + 2)[1:-1]
    return convolve1d(curves, window / window.sum(), axis=0, mode="nearest")  # type: ignore[no-any-return]
