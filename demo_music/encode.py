"""Rendered pieces as files that every browser plays: MP3 with ID3 tags.

MP3 because it is the one compressed format that Safari, Firefox and a Chromium without licensed codecs all play.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo_music.recipes import Recipe
from demo_music.render import render
from demo_music.synth import RATE

ALBUM = "Dylumo Demonstration Library"
COMMENT = (
    "Demonstration music composed and synthesised by the Dylumo program. "
    "The ensemble is a pseudonym of the program; no recording of any other work was used."
)
_BITS_PER_SECOND = 160_000


def tags(recipe: Recipe) -> dict[str, str]:
    """The tags of a piece's file, by FFmpeg's names."""
    return {
        "title": recipe.title,
        "artist": f"{recipe.artist} (Dylumo demo)",
        "album": ALBUM,
        "genre": recipe.style,
        "composer": "Dylumo",
        "copyright": "Made by the Dylumo program as its own demonstration music",
        "comment": COMMENT,
    }


def path_of(recipe: Recipe, folder: Path) -> Path:
    """Where a piece's file lies in a library folder."""
    return folder / f"{recipe.slug}.mp3"


def write(recipe: Recipe, folder: Path) -> Path:
    """Compose, play and keep one piece; gives the file's path.

    The file appears under its name only when it is whole: it is written beside it and renamed.
    Raises ``OSError`` when the folder cannot be written.
    """
    path = path_of(recipe, folder)
    partial = folder / f".{recipe.slug}.{os.getpid()}.partial"
    try:
        encode(render(recipe), partial, tags(recipe))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def encode(sound: NDArray[np.float32], path: Path, metadata: dict[str, str]) -> None:
    """Write ``(samples, 2)`` float32 at 44,100 Hz as an MP3 file with tags."""
    import av

    with av.open(str(path), "w", format="mp3", options={"id3v2_version": "3"}) as container:
        container.metadata.update(metadata)
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = _BITS_PER_SECOND
        stream.codec_context.options = {"compression_level": "7"}
        planar = np.ascontiguousarray(sound.T)
        step = RATE
        for start in range(0, planar.shape[1], step):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(planar[:, start : start + step]), format="fltp", layout="stereo"
            )
            frame.sample_rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
