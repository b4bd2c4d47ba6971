"""The pitched instruments: each turns (frequency, held seconds, velocity) into a mono sound with its tail.

``velocity`` is 0..1 and changes colour as well as level. Levels are only roughly alike: the mixer sets every
part's loudness itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_music.synth import (
    Sound,
    adsr,
    analogue,
    clock,
    envelope,
    fade,
    filtered,
    formant_spectrum,
    karplus_strong,
    length,
    modes,
    noise,
    phase,
    plucked_modes,
    read,
    wavetable,
)

Instrument = Callable[[float, float, float], Sound]


# Struck strings, bars and bells


def piano(frequency: float, seconds: float, velocity: float, softness: float = 0.0) -> Sound:
    n = length(seconds + 0.35)
    k = np.arange(1, 2 + int(min(26, 12_000 / frequency)))
    partials = frequency * k * np.sqrt(1 + 0.0004 * k**2)
    roll_off = 0.54 - 0.34 * velocity + softness + (frequency / 4000)
    amplitudes = np.exp(-roll_off * (k - 1)) * (1 + 0.4 * np.cos(0.9 * k))
    decays = (0.35 + frequency / 420) * (1 + 0.22 * (k - 1))
    # Each note has two strings a fraction of a cent apart, whose beating gives the long second half of the tone.
    string = modes(
        n,
        np.concatenate([partials, partials * 1.0004]),
        np.concatenate([amplitudes, 0.5 * amplitudes]),
        np.concatenate([decays, 0.5 * decays]),
    )
    thump = filtered(noise(length(0.03), seed=int(frequency)), "bandpass", 180, 1600) * envelope(
        length(0.03), (0, 1), (0.03, 0)
    )
    string[: len(thump)] += thump[:n] * 0.25 * (1 - softness)
    return fade(string * velocity, 0.3) * envelope(n, (0, 0), (0.002 + 0.01 * softness, 1))


def felt_piano(frequency: float, seconds: float, velocity: float) -> Sound:
    return piano(frequency, seconds + 0.4, velocity * 0.8, softness=0.45)


def electric_piano(frequency: float, seconds: float, velocity: float) -> Sound:
    """Frequency modulation at 1:1 for the body and 1:14 for the tine."""
    n = length(seconds + 0.25)
    time = clock(n)
    fall = np.exp(-time * (0.7 + frequency / 900))
    angle = 2 * np.pi * frequency * time
    tine = 0.35 * velocity * np.exp(-time * 14) * np.sin(14 * angle) * (frequency * 14 < 15_000)
    body = np.sin(angle + (0.4 + 1.7 * velocity**2) * fall * np.sin(angle) + tine)
    return fade((velocity * fall * body).astype(np.float32), 0.2) * envelope(n, (0, 0), (0.003, 1))


def _bar(ratios: tuple[float, ...], levels: tuple[float, ...], rings: tuple[float, ...], least: float) -> Instrument:
    """An instrument of tuned bars: partials at ``ratios``, each with a level and a ring in seconds at 440 Hz."""

    def strike(frequency: float, seconds: float, velocity: float) -> Sound:
        n = length(max(seconds, least) + 0.4)
        partials = frequency * np.asarray(ratios)
        amplitudes = np.asarray(levels) ** (1.35 - 0.35 * velocity) * velocity
        decays = (frequency / 440) ** 0.5 * 3 / np.asarray(rings)
        return fade(modes(n, partials, amplitudes, decays), 0.3) * envelope(n, (0, 0), (0.001, 1))

    return strike


vibraphone = _bar((1, 4, 10), (1, 0.22, 0.05), (2.6, 0.9, 0.3), 0.6)
marimba = _bar((1, 3.93, 9.2), (1, 0.3, 0.12), (0.8, 0.25, 0.09), 0.5)
music_box = _bar((1, 2, 3.01, 6.2, 9.4), (1, 0.25, 0.12, 0.16, 0.05), (2.2, 1.2, 0.8, 0.3, 0.15), 1.2)
glockenspiel = _bar((1, 2.76, 5.4), (1, 0.2, 0.1), (2.0, 0.7, 0.3), 0.8)
kalimba = _bar((1, 2, 5.9), (1, 0.12, 0.16), (1.1, 0.6, 0.12), 0.7)
bell = _bar((0.5, 1, 1.19, 2, 2.51, 3.01), (0.4, 1, 0.12, 0.5, 0.16, 0.14), (5, 4, 3, 2.4, 1.6, 1), 2.5)
timpani = _bar((1, 1.5, 1.98, 2.44), (1, 0.6, 0.35, 0.2), (1.6, 1.1, 0.8, 0.5), 0.6)


# Plucked strings


def _string(bright: float, place: float, ring: float, release: float = 0.15) -> Instrument:
    def pluck(frequency: float, seconds: float, velocity: float) -> Sound:
        n = length(seconds + release)
        ringing = ring * (220 / frequency) ** 0.5
        tone = plucked_modes(n, frequency, bright=bright * (0.6 + 0.4 * velocity), place=place, ring=ringing)
        return fade(velocity * tone, release) * envelope(n, (0, 0), (0.001, 1))

    return pluck


nylon_guitar = _string(bright=0.6, place=0.24, ring=0.9)
steel_guitar = _string(bright=0.95, place=0.14, ring=1.3)
harp = _string(bright=0.45, place=0.34, ring=1.6, release=0.8)
double_bass = _string(bright=0.3, place=0.3, ring=0.55, release=0.08)
bass_guitar = _string(bright=0.62, place=0.19, ring=0.9, release=0.06)
banjo = _string(bright=0.95, place=0.09, ring=0.32)


def electric_guitar(frequency: float, seconds: float, velocity: float) -> Sound:
    n = length(seconds + 0.08)
    return fade(velocity * karplus_strong(n, frequency, bright=0.35 + 0.3 * velocity, loss=0.002), 0.07)


def muted_guitar(frequency: float, seconds: float, velocity: float) -> Sound:
    n = length(min(seconds, 0.22) + 0.05)
    tone = karplus_strong(n, frequency, bright=0.4, loss=0.04)
    return fade(velocity * tone * envelope(n, (0, 1), (0.2, 0)), 0.04)


# Blown, bowed and sung


def _sustained(
    formants: tuple[tuple[float, float, float], ...],
    *,
    tilt: float,
    attack: float,
    release: float,
    vibrato: float = 0.0,
    breath: float = 0.0,
    players: int = 1,
    odd: bool = False,
) -> Instrument:
    """An instrument that holds its tone: a formant-shaped spectrum, vibrato, breath noise, several players."""

    def hold(frequency: float, seconds: float, velocity: float) -> Sound:
        shape = adsr(max(seconds, attack), attack * (1.3 - 0.6 * velocity), 0.15, 0.85, release)
        n = len(shape)
        spectrum = formant_spectrum(frequency, formants, tilt + 0.4 * (1 - velocity))
        if odd:
            spectrum = tuple(level if index % 2 == 0 else level * 0.12 for index, level in enumerate(spectrum))
        table = wavetable(spectrum)
        tone = np.zeros(n, dtype=np.float32)
        for player in range(players):
            detune = 2 ** ((player - (players - 1) / 2) * 7 / 1200)
            tone += read(table, phase(n, frequency * detune, vibrato=vibrato, rate=5.1 + 0.3 * player) + 0.37 * player)
        if breath:
            air = filtered(noise(n, seed=int(frequency)), "bandpass", frequency, min(4 * frequency, 16_000))
            tone += breath * air
        return np.asarray(tone / players**0.5 * shape * velocity)

    return hold


flute = _sustained(((600, 900, 1.0),), tilt=1.8, attack=0.06, release=0.12, vibrato=0.18, breath=0.06)
clarinet = _sustained(((500, 700, 1), (1500, 900, 0.5)), tilt=1.0, attack=0.04, release=0.1, vibrato=0.05, odd=True)
saxophone = _sustained(
    ((600, 400, 1), (1300, 500, 0.8), (2700, 700, 0.3)), tilt=0.75, attack=0.04, release=0.1, vibrato=0.2, breath=0.03
)
violin = _sustained(
    ((450, 300, 0.9), (1100, 600, 0.8), (2900, 900, 0.6)), tilt=0.8, attack=0.08, release=0.18, vibrato=0.22
)
cello = _sustained(((250, 200, 1), (600, 350, 0.7), (1500, 800, 0.4)), tilt=0.9, attack=0.1, release=0.25, vibrato=0.2)
strings = _sustained(
    ((300, 300, 0.8), (900, 700, 0.6), (2500, 1200, 0.4)), tilt=0.9, attack=0.22, release=0.5, vibrato=0.12, players=3
)
choir = _sustained(
    ((650, 200, 1), (1080, 220, 0.6), (2650, 400, 0.18)), tilt=0.9, attack=0.3, release=0.6, vibrato=0.16, players=3
)
accordion = _sustained(((700, 800, 0.9), (1900, 900, 0.5)), tilt=0.9, attack=0.03, release=0.08, players=2)
organ = _sustained(((400, 600, 1), (1600, 900, 0.3)), tilt=1.2, attack=0.01, release=0.06, vibrato=0.06)
harmonica = _sustained(((900, 500, 1), (2200, 700, 0.6)), tilt=0.8, attack=0.05, release=0.1, vibrato=0.14, breath=0.02)
whistle = _sustained(((900, 900, 1),), tilt=1.6, attack=0.03, release=0.07, vibrato=0.1, breath=0.04)


def brass(frequency: float, seconds: float, velocity: float) -> Sound:
    """The louder the wind, the more overtones: the cutoff follows the envelope."""
    shape = adsr(seconds, 0.05, 0.12, 0.75, 0.12)
    cutoff = frequency * (2 + 11 * velocity * shape)
    return analogue(phase(len(shape), frequency, vibrato=0.08), frequency, cutoff) * shape * velocity


# Synthesisers


def _synth(
    shape: str,
    *,
    opening: tuple[float, float, float],
    amp: tuple[float, float, float, float],
    detune: tuple[float, ...] = (0.0,),
    sub: float = 0.0,
) -> Instrument:
    """A subtractive synthesiser. ``opening``: the cutoff as multiples of the note at the start and the end of
    the filter's fall, and that fall's time in seconds. ``amp``: attack, decay, sustain, release.
    ``detune``: cents of each oscillator. ``sub``: level of a sine an octave below."""
    start, end, fall = opening

    def play(frequency: float, seconds: float, velocity: float) -> Sound:
        level = adsr(seconds, *amp)
        n = len(level)
        bright = start * (0.5 + 0.5 * velocity)
        cutoff = (frequency * (end + (bright - end) * np.exp(-clock(n) / fall))).astype(np.float32)
        tone = np.zeros(n, dtype=np.float32)
        for index, cents in enumerate(detune):
            cycles = phase(n, frequency * 2 ** (cents / 1200)) + 0.618 * index
            tone += analogue(cycles, frequency, cutoff, shape)
        if sub:
            tone += sub * np.sin(2 * np.pi * phase(n, frequency / 2))
        return np.asarray(tone / len(detune) ** 0.5 * level * velocity)

    return play


square_lead = _synth("square", opening=(14, 5, 0.3), amp=(0.01, 0.1, 0.8, 0.12), detune=(0, 6))
saw_lead = _synth("saw", opening=(18, 8, 0.4), amp=(0.01, 0.2, 0.8, 0.15), detune=(-8, 8))
super_saw = _synth("saw", opening=(16, 9, 0.6), amp=(0.02, 0.2, 0.85, 0.25), detune=(-16, -7, 0, 8, 17))
synth_pluck = _synth("saw", opening=(22, 1.2, 0.09), amp=(0.003, 0.3, 0.25, 0.2), detune=(-5, 5))
warm_pad = _synth("saw", opening=(2.2, 3.6, 1.5), amp=(0.5, 0.4, 0.85, 1.1), detune=(-9, 0, 10))
glass_pad = _synth("square", opening=(2, 6, 2.0), amp=(0.7, 0.4, 0.8, 1.4), detune=(-6, 7))
dark_pad = _synth("saw", opening=(3, 1.6, 2.5), amp=(0.9, 0.5, 0.9, 1.5), detune=(-14, 0, 13), sub=0.4)
synth_bass = _synth("saw", opening=(12, 2.5, 0.12), amp=(0.004, 0.15, 0.7, 0.06), detune=(-4, 4), sub=0.5)
acid_bass = _synth("saw", opening=(26, 2, 0.1), amp=(0.003, 0.2, 0.6, 0.05))
reese_bass = _synth("saw", opening=(6, 4, 0.5), amp=(0.02, 0.2, 0.9, 0.1), detune=(-14, 13), sub=0.6)


def sub_bass(frequency: float, seconds: float, velocity: float) -> Sound:
    shape = adsr(seconds, 0.008, 0.2, 0.8, 0.08)
    return read(wavetable((1.0, 0.22, 0.08)), phase(len(shape), frequency)) * shape * velocity


# Backgrounds, which have no pitch and last the whole piece


def vinyl(_frequency: float, seconds: float, velocity: float) -> Sound:
    """Surface noise with crackles."""
    n = length(seconds)
    hiss = filtered(noise(n, seed=3), "bandpass", 400, 6000) * 0.02
    crackle = np.where(noise(n, seed=11) > 3.7, noise(n, seed=5), 0).astype(np.float32)
    return (hiss + filtered(crackle, "bandpass", 800, 7000)) * velocity


def wind(_frequency: float, seconds: float, velocity: float) -> Sound:
    """Noise that swells and falls."""
    n = length(seconds)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 0.09 * clock(n), dtype=np.float32)
    return np.asarray(filtered(noise(n, seed=17), "bandpass", 180, 900) * swell * velocity)


def rain(_frequency: float, seconds: float, velocity: float) -> Sound:
    """A soft bed of high noise with drops in it."""
    n = length(seconds)
    drops = np.where(noise(n, seed=29) > 3.3, noise(n, seed=31), 0).astype(np.float32)
    return (0.05 * filtered(noise(n, seed=23), "highpass", 2500) + filtered(drops, "bandpass", 1500, 6000)) * velocity


INSTRUMENTS: dict[str, Instrument] = {
    name: instrument
    for name, instrument in globals().items()
    if callable(instrument) and not name.startswith("_") and instrument.__module__ == __name__
}
BACKGROUNDS = frozenset({"vinyl", "wind", "rain"})
