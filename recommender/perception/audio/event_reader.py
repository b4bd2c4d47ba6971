"""What events (``events``) add to a reading: a crowd, voices, instruments and styles that the tagger has no tag for.

YAMNet hears everyday sound; over music, "Music" takes most of the score, and whatever else is clearly there gets a few
hundredths to a few tenths. ``CLEAR_...`` say from which mean score a thing counts as certain. They are set by hand:
too low a bar would put a choir into every string pad, so that all of them lie well above what the pieces of
Wesnoth's soundtrack (no voices, no audience) and of the demonstration library reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from core.schemas import AudioReading, Label

CROWD = ("Applause", "Cheering", "Crowd", "Clapping", "Whoop", "Hubbub, speech noise, speech babble")
SINGING = ("Singing", "Choir", "Vocal music", "A capella", "Child singing", "Rapping", "Opera", "Gospel music", "Chant")
SPEECH = ("Speech", "Narration, monologue", "Conversation", "Child speech, kid speaking")

INSTRUMENTS = {
    "brass": ("Brass instrument", "Trumpet", "Trombone", "French horn"),
    "saxophone": ("Saxophone",),
    "flute": ("Flute", "Clarinet", "Wind instrument, woodwind instrument"),
    "bells": ("Glockenspiel", "Vibraphone", "Marimba, xylophone", "Tubular bells", "Church bell", "Chime"),
    "acoustic guitar": ("Acoustic guitar", "Banjo", "Ukulele", "Mandolin", "Strum"),
    "piano": ("Piano", "Electric piano"),
    "strings": ("Bowed string instrument", "Violin, fiddle", "Cello", "String section"),
    "drums": ("Drum kit", "Drum", "Snare drum", "Bass drum"),
}
GENRES = {
    "blues": ("Blues",),
    "country": ("Country", "Bluegrass"),
    "disco": ("Disco",),
    "soul": ("Soul music", "Gospel music"),
    "rnb": ("Rhythm and blues",),
    "latin": ("Music of Latin America", "Salsa music", "Flamenco"),
    "punk": ("Punk rock", "Grunge", "Ska"),
    "hiphop": ("Hip hop music", "Rapping"),
    "reggae": ("Reggae",),
    "metal": ("Heavy metal",),
}
"""Styles of the vocabulary by the events that show them; of the tagger's own styles only those that it often misses."""
MOODS = {
    "Happy music": ("joyful", "playful", "hopeful"),
    "Sad music": ("sad", "melancholic", "lonely"),
    "Tender music": ("tender", "romantic", "peaceful"),
    "Exciting music": ("excited", "energetic", "triumphant"),
    "Angry music": ("angry", "aggressive"),
    "Scary music": ("fearful", "dark", "tense", "mysterious"),
}

CLEAR_CROWD, CLEAR_SINGING, CLEAR_SPEECH = 0.25, 0.12, 0.5
CLEAR_INSTRUMENT, CLEAR_GENRE, CLEAR_MOOD = 0.25, 0.35, 0.10
MOOD_WEIGHT = 0.3
STUDIO, ON_STAGE = 0.12, 0.95
"""Spotify's liveness of recordings without and with a clear audience: its median, and what it reaches."""
SPOKEN = 0.9
"""Spotify's speechiness of a recording that is all talk; above .66 it is probably made only of words."""
FLOOR, KEPT = 0.12, 4


def with_events(reading: AudioReading, events: Mapping[str, float]) -> AudioReading:
    """The reading with what the events tell. ``events``: mean scores by YAMNet's names."""
    crowd = _share(events, CROWD, CLEAR_CROWD)
    voice = _share(events, SINGING, CLEAR_SINGING)
    talk = _share(events, SPEECH, CLEAR_SPEECH) * (1 - voice) * (1 - events.get("Music", 0.0))
    heard = reading.instrumentalness
    silent = 1 - max(voice, talk)
    return replace(
        reading,
        liveness=STUDIO + (ON_STAGE - STUDIO) * crowd,
        speechiness=max(reading.speechiness or 0.0, SPOKEN * talk),
        instrumentalness=silent if heard is None else (2 * heard + silent) / 3,
        instruments=_joined(reading.instruments, events, INSTRUMENTS, CLEAR_INSTRUMENT, "instrument"),
        genres=_joined(reading.genres, events, GENRES, CLEAR_GENRE, "genre"),
        moods=_moods(reading.moods, events),
    )


def _share(events: Mapping[str, float], names: Iterable[str], clear: float) -> float:
    """0..1: how surely at least one of the events is there."""
    none = 1.0
    for name in names:
        none *= 1 - min(events.get(name, 0.0) / clear, 1.0)
    return 1 - none


def _joined(
    known: tuple[Label, ...], events: Mapping[str, float], table: Mapping[str, Iterable[str]], clear: float, kind: str
) -> tuple[Label, ...]:
    """The labels with those that events show; where both name a thing, the surer one counts."""
    scores = {label.name: label.score for label in known}
    for name, shown_by in table.items():
        scores[name] = max(scores.get(name, 0.0), _share(events, shown_by, clear))
    best = sorted(scores.items(), key=lambda item: -item[1])[: max(KEPT, len(known))]
    return tuple(Label(name=n, score=s, kind=kind, source="sound") for n, s in best if s >= FLOOR)


def _moods(moods: tuple[Label, ...], events: Mapping[str, float]) -> tuple[Label, ...]:
    """The same moods, each raised by the event that speaks of it."""
    lift = {mood: min(events.get(e, 0.0) / CLEAR_MOOD, 1.0) for e, named in MOODS.items() for mood in named}
    raised = [replace(m, score=min(m.score * (1 + MOOD_WEIGHT * lift.get(m.name, 0.0)), 1.0)) for m in moods]
    return tuple(sorted(raised, key=lambda label: -label.score))
