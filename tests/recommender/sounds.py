"""Small real audio files for tests."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 22_050


def write_wav(path: Path, pitch: float = 220.0, seconds: float = 2.0) -> Path:
    """A beating tone: each pitch gives another content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(RATE * seconds)) / RATE
    samples = 0.4 * np.sin(2 * np.pi * pitch * time) * (1 + np.sin(2 * np.pi * 2 * time)) / 2
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path
