"""A small catalogue for a copy of the site: tones that really play, spread evenly over the affect plane."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE = 8000
SECONDS = 12


def _tone(path: Path, pitch: float) -> None:
    samples = (int(9000 * math.sin(2 * math.pi * pitch * n / RATE)) for n in range(RATE * SECONDS))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def fill() -> None:
    """Called inside the copy: 64 tracks on an 8 by 8 grid; one in eight has a link and no sound."""
    from django.conf import settings

    from core.schemas import Form, Harmony, dump
    from recommender.models import AudioProfile, Track, TrackLink
    from recommender.perception.vocabulary import moods_near

    form = Form(start=0.0, end=float(SECONDS), sections=(0.0, 6.0), build_up=(1.0, 6.0), drops=(6.0,), climax=9.0)
    harmony = Harmony(outside=0.02, mixture=0.0, consonance=0.75, roughness=0.2, tension=0.18, changes=20.0)
    folder = settings.HOME / "demo"
    folder.mkdir(exist_ok=True)
    for step in range(8):
        _tone(folder / f"{step}.wav", 220 * 2 ** (step / 8))
    for number in range(64):
        valence, arousal = (number % 8 + 0.5) / 8, (number // 8 + 0.5) / 8
        sounds = number % 8 != 7
        track = Track.objects.create(
            source=Track.Source.DEMO if sounds else Track.Source.TABLE,
            title=f"Piece {number}" if number % 9 else f"夜の{number}番目のとても長い題名 " * 4,
            artist=f"Ensemble {number % 12}",
            duration=SECONDS,
            file=str(folder / f"{number % 8}.wav") if sounds else "",
        )
        AudioProfile.objects.create(
            track=track,
            valence=valence,
            arousal=arousal,
            energy=arousal,
            danceability=arousal,
            acousticness=1 - arousal,
            instrumentalness=0.8,
            speechiness=0.04,
            liveness=0.1,
            tempo=70 + 90 * arousal,
            loudness=-14,
            key=number % 12,
            mode=int(valence > 0.5),
            time_signature=4,
            moods=moods_near(valence, arousal),
            form=dump(form),
            harmony=dump(harmony),
            provenance=AudioProfile.Provenance.MEASURED,
            tier="basic",
        )
        if not sounds:
            address = f"https://open.spotify.com/track/{number}"
            TrackLink.objects.create(track=track, service="spotify", external_id=str(number), url=address)
