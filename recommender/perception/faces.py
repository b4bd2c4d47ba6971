"""Faces and smiles by OpenCV's bundled Haar cascades (Viola and Jones 2001). For workers: imports OpenCV on use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception.encoders import loaded_once

FRONTAL = "haarcascade_frontalface_alt2.xml"  # of the bundled frontal cascades the one with the fewest false alarms
SMILE = "haarcascade_smile.xml"
LEAST_SHARE = 0.1  # of the shorter side: smaller faces cannot be told from texture at working size


@dataclass(frozen=True)
class Face:
    """One face. ``x``, ``y``: its middle, and ``size``: its side, as shares of the picture's width, height and
    longer side. ``smiles``: a smile was found in it."""

    x: float
    y: float
    size: float
    smiles: bool


@loaded_once
def _cascade(name: str) -> Any:
    import cv2

    return cv2.CascadeClassifier(cv2.data.haarcascades + name)  # type: ignore[attr-defined]  # missing in its stubs


def find_faces(grey: NDArray[np.uint8]) -> tuple[Face, ...]:
    """Faces that look at the camera in a grey picture (height, width), largest first.

    Profiles are not sought: the bundled cascade takes longer than all else together and finds one person in ten.
    """
    import cv2

    least = max(20, round(min(grey.shape) * LEAST_SHARE))
    boxes = _cascade(FRONTAL).detectMultiScale(
        cv2.equalizeHist(grey), scaleFactor=1.12, minNeighbors=4, minSize=(least, least)
    )
    return tuple(sorted((_face(grey, tuple(map(int, box))) for box in boxes), key=lambda face: -face.size))


def _face(grey: NDArray[np.uint8], box: tuple[int, ...]) -> Face:
    x, y, w, h = box
    height, width = grey.shape
    return Face(
        x=(x + w / 2) / width,
        y=(y + h / 2) / height,
        size=max(w, h) / max(height, width),
        smiles=_smiles(grey[y : y + h, x : x + w]),
    )


def _smiles(face: NDArray[np.uint8]) -> bool:
    """Whether the smile cascade fires over and over in the lower half of the face (once or twice means little)."""
    import cv2

    mouth = cv2.resize(face, (120, 120))[58:]
    found = _cascade(SMILE).detectMultiScale(mouth, scaleFactor=1.08, minNeighbors=60, minSize=(30, 15))
    return len(found) > 0
