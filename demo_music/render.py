"""From score to sound: every note synthesised once, placed, mixed and mastered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo_music import mix
from demo_music.arrange import arrange
from demo_music.drums import DRUMS, PLACES
from demo_music.instruments import INSTRUMENTS
from demo_music.recipes import Recipe
from demo_music.score import Part, Score
from demo_music.synth import Sound, length
from demo_music.theory import frequency

_VELOCITIES = 6
_GRID = 0.02


def render(recipe: Recipe) -> NDArray[np.float32]:
    """The piece as ``(samples, 2)`` float32 at 44,100 Hz, peaks under 1. Deterministic."""
    return perform(arrange(recipe))


def perform(score: Score) -> NDArray[np.float32]:
    """A score played by its instruments in its room: ``(samples, 2)`` float32 at 44,100 Hz."""
    n = length(score.seconds)
    kicks = [strike.start for strike in score.strikes if strike.drum.endswith("kick")]
    total = np.zeros((2, n), dtype=np.float32)
    send = np.zeros((2, n), dtype=np.float32)
    if score.strikes:
        drums = mix.levelled(_drum_bus(score, n), score.style.drums_gain)
        total += drums
        send += np.float32(score.style.drums_reverb) * drums
    for part in score.parts:
        bus = _part_bus(part, n)
        for effect in part.layer.effects:
            bus = mix.duck(bus, kicks) if effect == "duck" else mix.EFFECTS[effect](bus)
        bus = mix.panned(mix.levelled(bus, part.layer.gain), part.layer.pan)
        if part.layer.echo:
            bus = mix.echo(bus, 0.75 * score.beat, part.layer.echo)
        total += bus
        send += np.float32(part.layer.reverb) * bus
    total += mix.reverberate(send, score.style.room)
    return np.ascontiguousarray(mix.master(total, score.loudness, score.style.air).T)


def _part_bus(part: Part, n: int) -> mix.Bus:
    """One player's notes on a bus. Notes alike in pitch, length and force are synthesised once."""
    play = INSTRUMENTS[part.instrument]
    known: dict[tuple[int, int, int], Sound] = {}
    bus = np.zeros((2 if part.layer.spread else 1, n), dtype=np.float32)
    for note in part.notes:
        kind = (note.pitch, round(note.seconds / _GRID), max(1, round(note.velocity * _VELOCITIES)))
        if kind not in known:
            known[kind] = play(frequency(note.pitch), kind[1] * _GRID, kind[2] / _VELOCITIES)
        pan = part.layer.pan + part.layer.spread * (note.pitch - part.layer.centre) / 24
        mix.place(bus, known[kind], note.start, pan, note.velocity * _VELOCITIES / kind[2])
    return bus


def _drum_bus(score: Score, n: int) -> mix.Bus:
    known: dict[tuple[str, int], Sound] = {}
    bus = np.zeros((2, n), dtype=np.float32)
    for strike in score.strikes:
        kind = (strike.drum, max(1, round(strike.velocity * 2 * _VELOCITIES)))
        if kind not in known:
            known[kind] = DRUMS[strike.drum](kind[1] / (2 * _VELOCITIES))
        mix.place(bus, known[kind], strike.start, PLACES.get(strike.drum, 0.0))
    return bus
