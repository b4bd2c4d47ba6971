"""Sounds from strangers: decoded in a process of their own, so that none can hold up or bring down a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.confined import Confined, Costly, Refused
from recommender.perception.audio.decode import Sound, SoundError, decode

SECONDS = 60.0
MEGABYTES = 1536

_decoders = Confined(f"{__name__}:excerpt", seconds=SECONDS, megabytes=MEGABYTES, at_once=1, patience=180.0)


def decoded(path: Path) -> Sound:
    """The middle of an uploaded file as samples. Raises SoundError, and core.confined.Busy."""
    try:
        told, (samples,) = _decoders({"path": str(path)})
    except Refused as error:
        raise SoundError(error.template, hint=error.hint_template, code=error.code, told=error.told) from error
    except Costly as error:
        raise SoundError("This file takes far more time or memory to open than a song.", code="sound_costly") from error
    channels = np.frombuffer(samples, np.float32).reshape(told["channels"], -1).copy()
    return Sound(channels, told["duration"], told["start"])


def excerpt(told: dict[str, Any], _data: bytes) -> tuple[Mapping[str, Any], Sequence[bytes]]:
    """The job itself; runs in the other process."""
    sound = decode(Path(told["path"]))
    facts = {"channels": len(sound.channels), "duration": float(sound.duration), "start": float(sound.start)}
    return facts, [sound.channels.astype(np.float32).tobytes()]
