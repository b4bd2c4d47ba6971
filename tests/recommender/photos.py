"""Pictures made for tests, and the folder of rated photos where there is one."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

SHARED = Path(os.environ.get("DYLUMO_SHARED", Path(__file__).resolve().parents[3] / "shared"))
OASIS = SHARED / "data" / "oasis"
WEIGHTS = SHARED / "data" / "weights"

needs_photos = pytest.mark.skipif(not OASIS.is_dir(), reason=f"no rated photos in {OASIS}")
needs_weights = pytest.mark.skipif(not WEIGHTS.is_dir(), reason=f"no network files in {WEIGHTS}")


def painted(width: int = 120, height: int = 80) -> Image.Image:
    """A picture whose left half is red and whose right half shades from black to blue downwards."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = (220, 20, 20)
    pixels[:, width // 2 :, 2] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    return Image.fromarray(pixels)


def seaside(width: int = 360, height: int = 240) -> Image.Image:
    """Blue sky over darker sea over sand, with a little noise, as a smooth stand-in for a holiday photo."""
    rng = np.random.default_rng(1)
    pixels = np.zeros((height, width, 3), np.float64)
    pixels[: height // 2] = (120, 175, 235)
    pixels[height // 2 : height * 3 // 4] = (20, 80, 110)
    pixels[height * 3 // 4 :] = (225, 200, 150)
    return Image.fromarray((pixels + rng.normal(0, 2, pixels.shape)).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()
