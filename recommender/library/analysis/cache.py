"""Readings kept by the sound itself, so that a copy is never analysed twice: retagged, renamed, in another container,
in another person's folder, or after the database was lost.

The key is the decoded excerpt, not the file. The folder is named by the tier and ``ANALYSIS_VERSION``, so that a better
reader analyses every sound again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from core.home import keep
from core.schemas import AudioReading, dump, load
from recommender.perception.weights import loaders
from recommender.perception.weights.tiers import in_use

if TYPE_CHECKING:
    from recommender.perception.audio.decode import Sound


ANALYSIS_VERSION = "felt-by-listeners-1"
"""Names the code and the coefficients that readings come from. Change it whenever either would read a sound
differently: every sound is then analysed once more."""


def reading_of(sound: Sound) -> AudioReading:
    """The reading of the best tier on disk, analysed once for all copies. Raises ``SoundError``."""
    from recommender.perception.audio.reader import read_decoded

    tier = in_use("sound")
    file = loaders.home_folder() / "cache" / "readings" / f"{tier}-{ANALYSIS_VERSION}" / fingerprint(sound)
    try:
        return load(AudioReading, json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        pass  # not heard yet, or damaged: hear it
    reading = read_decoded(sound, tier)
    keep(file, json.dumps(dump(reading)).encode())
    return reading


def fingerprint(sound: Sound) -> str:
    """SHA-256 (hex) of the excerpt as 16-bit samples, its length in the whole and its place there."""
    import numpy as np

    digest = hashlib.sha256(f"{sound.duration:.1f} {sound.start:.1f} {len(sound.channels)}".encode())
    digest.update(np.clip(np.rint(sound.channels * 32767), -32768, 32767).astype("<i2").tobytes())
    return digest.hexdigest()
