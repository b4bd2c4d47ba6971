"""Hearing: a file or decoded sound to an ``AudioReading``, Spotify's features measured from the signal.

What each value is made of (``u`` is a percentile of Spotify's catalogue, turned into a value by its quantiles):

- ``tempo``, ``time_signature``: ``tempo.rhythm``; ``key``, ``mode``: ``key.tonality``;
  ``loudness``: ITU-R BS.1770-4 (``loudness.integrated_loudness``).
- ``energy``: u from timbre and loudness; ``acousticness``, ``speechiness``: u from timbre (``feature_model``);
  ``instrumentalness``: the value to expect at such a u, since half-certain is neither of the two heaps of Spotify's
  values.
- ``danceability``: u from timbre, moved by the clarity of the pulse, which timbre cannot know.
- The less a sound is like those that the model was fitted on, the more u of ``energy`` leans on loudness and onset
  rate, which are the same for any music.
- ``valence``, ``arousal``: as listeners feel them, from the cues of ``cues`` (``felt_model``), with a share of what the
  tables of songs tell: valence's u from timbre, blended with mode, tempo and others (``affect_model``), and arousal
  from energy, loudness and acousticness.
- ``form``: sections, growth and climax (``structure.form``); ``harmony``: what theory says of the chords
  (``harmony.harmony``), both from the spectra that are there anyway.
- ``moods``: closeness on the affect plane, weighed by what mode, pulse and acousticness say; ``genres``: ten
  styles, from timbre. ``liveness`` and ``instruments`` cannot be heard at this tier: they stay unknown.

The lite tier adds a tagger (``musicnn``, ``tag_reader``) and events (``yamnet``, ``event_reader``) to the same reading;
``liveness`` is heard there, by the audience. The full tier adds CLAP (``clap``, ``clap_reader``).
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import Unavailable
from core.schemas import AudioReading, Label
from recommender.perception.audio import clap, felt_model
from recommender.perception.audio.affect_model import (
    Cues,
    arousal_of,
    energy_percentile,
    pulse_clarity,
    valence_percentile,
)
from recommender.perception.audio.clap_reader import with_clap
from recommender.perception.audio.cues import Heard, cues
from recommender.perception.audio.decode import RATE, Sound, SoundError, decode
from recommender.perception.audio.event_reader import with_events
from recommender.perception.audio.feature_model import FEATURES, load
from recommender.perception.audio.harmony import harmony
from recommender.perception.audio.key import Tonality, tonality
from recommender.perception.audio.loudness import SILENCE, integrated_loudness
from recommender.perception.audio.musicnn import TAGS, sound_tagger
from recommender.perception.audio.pitches import pitches
from recommender.perception.audio.spectra import spectra
from recommender.perception.audio.structure import form
from recommender.perception.audio.tag_reader import with_tags
from recommender.perception.audio.tempo import Rhythm, rhythm
from recommender.perception.audio.timbre import CONSONANCE, as_row, descriptors
from recommender.perception.audio.yamnet import EVENTS_RATE, event_network
from recommender.perception.vocabulary import MOODS
from recommender.perception.weights.loaders import tier_of
from recommender.perception.weights.tiers import in_use

log = logging.getLogger(__name__)

PULSE_SHIFT = 0.10
"""How far (in percentiles, at most) the pulse moves danceability: set by hand, since no table at hand has it together
with timbre."""

LOUDNESS_SHARE = 0.7
"""Of loudness in the energy of a sound unlike any that the model was fitted on; the rest is the onset rate's, which
means less in music without a beat."""

NOT_IN_MUSIC = {"disgusted", "bored"}
"""Moods of pictures that listeners do not report of music (Zentner, Grandjean & Scherer 2008)."""

MOOD_SPREAD, MOODS_KEPT, MOOD_FLOOR = 0.16, 6, 0.15
GENRES_KEPT, GENRE_FLOOR = 3, 0.10

MOOD_EVIDENCE = {
    "minor": ("melancholic", "sad", "lonely", "dark", "dramatic", "tense", "mysterious", "angry", "fearful"),
    "major": ("joyful", "hopeful", "playful", "triumphant", "tender", "romantic"),
    "acoustic": ("tender", "peaceful", "romantic", "nostalgic", "pensive", "spiritual"),
    "electric": ("aggressive", "energetic", "euphoric", "confident", "excited"),
    "beat": ("energetic", "playful", "confident", "euphoric", "excited"),
    "beatless": ("dreamy", "spiritual", "peaceful", "wondrous", "mysterious"),
}
"""Which moods each measured quality speaks for."""


def read_sound(path: Path | str | bytes, tier: str | None = None) -> AudioReading:
    """Decode a file (or its bytes) and analyse the middle of it.

    ``tier``: ``basic``, ``lite`` or ``full``; the best one on disk by default. Raises ``SoundError``, and
    ``Unavailable`` when the asked tier is not there. By default a full tier that cannot be loaded gives way to the
    best below it, and the log says so.
    """
    chosen = tier or in_use("sound")
    if chosen not in {"basic", "full", tier_of("sound")}:
        raise Unavailable(
            f"Sound cannot be read in the {tier} tier: its files are not on disk.",
            hint="Leave the tier out, or use basic.",
            code="tier_unavailable",
        )
    return read_decoded(decode(path), chosen, asked=tier is not None)


def read_decoded(sound: Sound, tier: str, *, asked: bool = False) -> AudioReading:
    """The reading of decoded sound in a tier that is on disk. Raises ``SoundError`` for silence, and ``Unavailable``
    when the full tier was ``asked`` for and cannot be loaded."""
    if tier == "full":
        return _with_clap(read_decoded(sound, tier_of("sound")), sound, asked=asked)
    reading = analyse_sound(sound)
    return reading if tier == "basic" else _with_networks(reading, sound)


def _with_clap(below: AudioReading, sound: Sound, *, asked: bool) -> AudioReading:
    try:
        return with_clap(below, clap.clap(), sound.mono)
    except Unavailable as error:
        if asked:
            raise
        log.warning("the full tier could not be used: %s", error)
        return below


def _with_networks(reading: AudioReading, sound: Sound) -> AudioReading:
    """The lite tier's reading; one that lost its files in the meantime stays as it is."""
    import soxr

    tagger, events = sound_tagger(), event_network()
    if tagger is None or events is None:
        return reading
    samples = soxr.resample(sound.mono, RATE, EVENTS_RATE).astype(np.float32)
    tagged = with_tags(reading, dict(zip(TAGS, map(float, tagger.run(samples)), strict=True)))
    return with_events(tagged, events.run(samples))


def analyse_sound(sound: Sound) -> AudioReading:
    """The basic tier's reading. Raises ``SoundError`` (``sound_silent``) when there is nothing to hear."""
    measured = heard(sound)
    told = by_the_tables(measured)
    values, pulse, tones = told.values, measured.rhythm, measured.tones
    valence, arousal = felt_model.load().read(cues(measured), told.point)
    return AudioReading(
        valence=valence,
        energy=values["energy"],
        danceability=values["danceability"],
        acousticness=values["acousticness"],
        instrumentalness=values["instrumentalness"],
        speechiness=values["speechiness"],
        arousal=arousal,
        liveness=None,
        tempo=pulse.tempo,
        tempo_alternative=pulse.alternative,
        time_signature=pulse.beats_a_bar,
        key=tones.key,
        mode=tones.mode,
        loudness=measured.loudness,
        duration=sound.duration,
        moods=_moods(valence, arousal, values["acousticness"], pulse, tones),
        genres=_genres(measured.genres),
        form=form(measured.spectrum, measured.pitches.chroma(), sound.start),
        harmony=measured.harmony,
        confidence=_confidence(measured.nearness, pulse, tones),
        tier="basic",
    )


def heard(sound: Sound) -> Heard:
    """What everything else is told from. Raises ``SoundError`` (``sound_silent``) when there is nothing to hear."""
    loudness = integrated_loudness(sound.channels, RATE)
    if loudness <= SILENCE:
        raise SoundError("This recording is silent.", hint="Choose another file.", code="sound_silent")
    spectrum, sounding = spectra(sound.mono), pitches(sound.mono)
    tones = tonality(sounding)
    row = as_row(descriptors(spectrum, sounding.tuning))
    timbre, genres, nearness = load().percentiles(row)
    return Heard(
        loudness=loudness,
        spectrum=spectrum,
        pitches=sounding,
        tones=tones,
        rhythm=rhythm(spectrum, timbre["energy"]),
        harmony=harmony(sounding, tones),
        timbre=timbre,
        genres=genres,
        nearness=nearness,
        consonance=float(row[CONSONANCE]),
    )


@dataclass(frozen=True)
class Told:
    """What the tables of songs tell: Spotify's features by name, 0..1, and ``point``: valence and arousal."""

    values: dict[str, float]
    point: tuple[float, float]


def by_the_tables(measured: Heard) -> Told:
    model, percentiles = load(), _adjusted(measured)
    values = {name: model.value(name, percentiles[name]) for name in FEATURES}
    values["instrumentalness"] = model.instrumentalness(
        percentiles["instrumentalness"], measured.genres, measured.nearness
    )
    arousal = arousal_of(np.array(values["energy"]), np.array(measured.loudness), np.array(values["acousticness"]))
    return Told(values=values, point=(values["valence"], float(arousal)))


def _adjusted(measured: Heard) -> dict[str, float]:
    """The percentiles with what timbre does not tell."""
    timbre, pulse, near = measured.timbre, measured.rhythm, measured.nearness
    loud, busy = _normal((measured.loudness + 14) / 5), _normal((pulse.onset_rate - 4) / 1.2)
    known = float(energy_percentile(np.array(timbre["energy"]), np.array(measured.loudness)))
    energy = near * known + (1 - near) * (LOUDNESS_SHARE * loud + (1 - LOUDNESS_SHARE) * busy)
    told = Cues(
        majorness=-measured.tones.minorness,
        tempo=pulse.tempo,
        pulse=pulse.pulse,
        consonance=measured.consonance,
        energy=energy,
        instrumentalness=timbre["instrumentalness"],
    )
    valence = float(valence_percentile(timbre["valence"], near, told))
    danceability = timbre["danceability"] + PULSE_SHIFT * _beat(pulse)
    return {**timbre, "energy": energy, "danceability": danceability, "valence": valence}


def _normal(score: float) -> float:
    return 0.5 * (1 + math.erf(score / math.sqrt(2)))


def _beat(pulse: Rhythm) -> float:
    """-1 no pulse to 1 a clear one."""
    return float(pulse_clarity(pulse.pulse))


def _minor(tones: Tonality) -> float:
    """-1 surely major to 1 surely minor."""
    return (1 - 2 * tones.mode) * tones.mode_confidence


def _moods(valence: float, arousal: float, acousticness: float, pulse: Rhythm, tones: Tonality) -> tuple[Label, ...]:
    """The moods nearest to the point, with the evidence: each quality multiplies its moods by up to 1.3."""
    minor, beat, acoustic = _minor(tones), _beat(pulse), 2 * acousticness - 1
    strengths = {
        "minor": minor, "major": -minor, "acoustic": acoustic, "electric": -acoustic, "beat": beat, "beatless": -beat
    }  # fmt: skip
    scores = {}
    for term in MOODS.values():
        if term.name in NOT_IN_MUSIC:
            continue
        distance = (term.valence - valence) ** 2 + (term.arousal - arousal) ** 2
        scores[term.name] = math.exp(-distance / (2 * MOOD_SPREAD**2))
    for quality, strength in strengths.items():
        for mood in MOOD_EVIDENCE[quality]:
            scores[mood] *= 1 + 0.3 * strength
    best = sorted(scores.items(), key=lambda item: -item[1])[:MOODS_KEPT]
    return tuple(Label(name=n, score=min(s, 1.0), kind="mood", source="sound") for n, s in best if s >= MOOD_FLOOR)


def _genres(probabilities: dict[str, float]) -> tuple[Label, ...]:
    best = sorted(probabilities.items(), key=lambda item: -item[1])[:GENRES_KEPT]
    return tuple(Label(name=n, score=p, kind="genre", source="sound") for n, p in best if p >= GENRE_FLOOR)


def _confidence(nearness: float, pulse: Rhythm, tones: Tonality) -> dict[str, float]:
    """0..1 by feature: for what timbre tells, its cross-validated rank correlation times the nearness; for what
    listeners felt, the rank correlation on clips left out."""
    learned = {name: float(skill) * nearness for name, skill in zip(FEATURES, load().skill, strict=True)}
    felt = dict(zip(felt_model.AXES, map(float, felt_model.load().skill), strict=True))
    return {
        **learned,
        **felt,
        "tempo": pulse.confidence,
        "key": tones.confidence,
        "mode": tones.mode_confidence,
        "loudness": 1.0,
    }
