"""Faces and smiles by OpenCV's bundled Haar cascades (Viola and Jones 2001). For workers: imports OpenCV on use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception.encoders import loaded_once


@dataclass(frozen=True)
class Face:
    """One face. ``x``, ``y`` its middle and ``size`` its side, as shares of the picture's width, height and
    longer side. ``frontal``: looks at the camera. ``smile``: 0..1, how certain a smile is."""

    x: float
    y: float
    size: float
    frontal: bool
    smile: float


@loaded_once
def _cascade(name: str) -> Any:
    import cv2

    return cv2.CascadeClassifier(cv2.data.haarcascades + name)


def find_faces(grey: NDArray[np.uint8]) -> tuple[Face, ...]:
    """Faces in a grey picture (height, width), largest first."""
    import cv2

    evened = cv2.equalizeHist(grey)
    least = max(24, round(min(grey.shape) * 0.08))
    boxes = [
        (tuple(map(int, box)), True)
        for box, weight in _detect("haarcascade_frontalface_default.xml", evened, least, neighbours=6)
        if weight > 2.0
    ]
    mirrored = np.ascontiguousarray(evened[:, ::-1])
    for image, flipped in ((evened, False), (mirrored, True)):
        for (x, y, w, h), weight in _detect("haarcascade_profileface.xml", image, least, neighbours=6):
            box = (grey.shape[1] - x - w if flipped else x, y, w, h)
            if weight > 2.0 and not any(_overlap(box, known) > 0.2 for known, _ in boxes):
                boxes.append((box, False))
    faces = [_face(grey, box, frontal) for box, frontal in boxes]
    return tuple(sorted(faces, key=lambda face: -face.size))


def _detect(name: str, grey: NDArray[np.uint8], least: int, neighbours: int) -> list[tuple[tuple[int, ...], float]]:
    boxes, _, weights = _cascade(name).detectMultiScale3(
        grey, scaleFactor=1.12, minNeighbors=neighbours, minSize=(least, least), outputRejectLevels=True
    )
    return [(tuple(map(int, box)), float(weight)) for box, weight in zip(boxes, np.ravel(weights), strict=False)]


def _overlap(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Intersection over the smaller area."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return max(0, width) * max(0, height) / max(1, min(first[2] * first[3], second[2] * second[3]))


def _face(grey: NDArray[np.uint8], box: tuple[int, ...], frontal: bool) -> Face:
    x, y, w, h = box
    height, width = grey.shape
    return Face(
        x=(x + w / 2) / width,
        y=(y + h / 2) / height,
        size=max(w, h) / max(height, width),
        frontal=frontal,
        smile=_smile(grey[y : y + h, x : x + w]) if frontal else 0.0,
    )


def _smile(face: NDArray[np.uint8]) -> float:
    """Certainty of a smile in the lower half of a face: the cascade's level weight, squashed."""
    import cv2

    lower = cv2.resize(face, (120, 120))[58:]
    found = _detect("haarcascade_smile.xml", cv2.equalizeHist(lower), 28, neighbours=12)
    return float(1 / (1 + np.exp(-(max(weight for _, weight in found) - 1.5)))) if found else 0.0
