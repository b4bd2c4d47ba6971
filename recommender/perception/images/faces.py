"""Faces and smiles by OpenCV's bundled Haar cascades (Viola and Jones 2001). For workers: imports OpenCV on use.

Where the lite tier's network is at hand (``expressions``), each face's expression is read too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception.images.expressions import EXPRESSIONS, ExpressionNetwork
from recommender.perception.weights.loaders import loaded_once

FRONTAL = "haarcascade_frontalface_alt2.xml"  # of the bundled frontal cascades the one with the fewest false alarms
SMILE = "haarcascade_smile.xml"
CROPS = (0.5, 0.6)
"""Half sides of the squares in which an expression is read, in sides of the face: their mean is steadier than one."""
MOST_READ = 4
LEAST_SHARE = 0.1  # of the shorter side: smaller faces cannot be told from texture at working size


@dataclass(frozen=True)
class Face:
    """One face. ``x``, ``y``: its middle, and ``size``: its side, as shares of the picture's width, height and
    longer side. ``smiles``: a smile was found in it. ``expression``: probabilities of ``EXPRESSIONS``, or empty."""

    x: float
    y: float
    size: float
    smiles: bool
    expression: tuple[float, ...] = ()

    @property
    def shows(self) -> tuple[str, float]:
        """The likeliest expression and its probability; nothing where it was not read."""
        if not self.expression:
            return "", 0.0
        best = int(np.argmax(self.expression))
        return EXPRESSIONS[best], self.expression[best]


@loaded_once
def _cascade(name: str) -> Any:
    import cv2

    return cv2.CascadeClassifier(cv2.data.haarcascades + name)  # type: ignore[attr-defined]  # missing in its stubs


def find_faces(grey: NDArray[np.uint8], reader: ExpressionNetwork | None = None) -> tuple[Face, ...]:
    """Faces that look at the camera in a grey picture (height, width), largest first. ``reader``
    tells the expression of the largest few.

    Profiles are not sought: the bundled cascade takes longer than all else together and finds one person in ten.
    """
    import cv2

    least = max(20, round(min(grey.shape) * LEAST_SHARE))
    boxes = _cascade(FRONTAL).detectMultiScale(
        cv2.equalizeHist(grey), scaleFactor=1.12, minNeighbors=4, minSize=(least, least)
    )
    faces = sorted((_face(grey, tuple(map(int, box))) for box in boxes), key=lambda face: -face.size)
    if reader is None:
        return tuple(faces)
    return (*(_with_expression(grey, face, reader) for face in faces[:MOST_READ]), *faces[MOST_READ:])


def _with_expression(grey: NDArray[np.uint8], face: Face, reader: ExpressionNetwork) -> Face:
    height, width = grey.shape
    side, x, y = face.size * max(height, width), face.x * width, face.y * height
    read = []
    for half in CROPS:
        top, left = (max(0, round(middle - half * side)) for middle in (y, x))
        read.append(reader.run(grey[top : round(y + half * side), left : round(x + half * side)]))
    return replace(face, expression=tuple(map(float, np.mean(read, axis=0))))


def faces_vector(faces: Sequence[Face]) -> NDArray[np.float32]:
    """(9,): mean expression weighted by size, the share of the picture's side that faces fill, and how many there
    are (logarithmic); zeros without a face."""
    read = [face for face in faces if face.expression]
    if not read:
        return np.zeros(len(EXPRESSIONS) + 2, dtype=np.float32)
    expression = np.average([face.expression for face in read], axis=0, weights=[face.size for face in read])
    filled = min(sum(face.size for face in read), 1.0)
    return np.array([*expression, filled, np.log1p(len(faces))], dtype=np.float32)


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
