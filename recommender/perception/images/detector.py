"""Objects and people with their places: YOLOX-nano, trained on COCO's eighty (Ge et al. 2021). Lite tier."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recommender.perception.weights.loaders import loaded_once, on_disk

DETECTOR_FILE = "detect/yolox_nano.onnx"
DETECTOR_NAMES_FILE = "detect/coco_labels.txt"

SIDE, FILL = 416, 114
STRIDES = (8, 16, 32)
PERSON = "person"
LEAST_SCORE = 0.3
MOST_OVERLAP = 0.45
"""Share of their union from which two boxes of one kind are one thing (the publisher's own setting)."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Thing:
    """One thing seen. ``box``: left, top, right, bottom as shares of the picture's width and height, 0..1."""

    name: str
    score: float
    box: tuple[float, float, float, float]

    @property
    def share(self) -> float:
        """Of the picture's area that the box covers, 0..1."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


class Detector:
    """A picture to the things in it, on one thread."""

    def __init__(self, network: Path, names: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._lock = threading.Lock()
        self._session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        lines = names.read_text(encoding="utf-8").splitlines()
        self.names = tuple(name for name in lines if name != "n/a")  # numbers that COCO never used

    def run(self, image: Image.Image) -> tuple[Thing, ...]:
        """Things of ``image`` (RGB), the surest first."""
        pixels, scale = letterboxed(image)
        with self._lock:
            raw = self._session.run(None, {self._input: pixels})[0][0]
        boxes, scores = decoded(raw)
        kept = suppressed(boxes, scores)
        limits = np.tile(np.array(image.size, dtype=np.float32) * scale, 2)
        shares = np.clip(boxes[kept] / limits, 0, 1)
        kinds = scores[kept].argmax(axis=1)
        return tuple(
            Thing(self.names[kind], float(scores[row, kind]), (float(b[0]), float(b[1]), float(b[2]), float(b[3])))
            for row, kind, b in zip(kept, kinds, shares, strict=True)
        )


def letterboxed(image: Image.Image) -> tuple[Floats, float]:
    """(1, 3, 416, 416) BGR 0..255, the picture in the upper left corner of a grey square, and its scale."""
    scale = SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    square = np.full((SIDE, SIDE, 3), FILL, dtype=np.float32)
    square[:height, :width] = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
    return np.ascontiguousarray(square[..., ::-1].transpose(2, 0, 1))[None], scale


def decoded(raw: Floats) -> tuple[Floats, Floats]:
    """From the network's (3549, 85) to boxes (n, 4), left, top, right, bottom in pixels of the square, and scores
    (n, 80): how sure it is of a thing at all, times of which kind. Boxes without a kind of ``LEAST_SCORE`` are left
    out. Centres count from their cell, sizes are logarithms of cells (Ge et al. 2021, anchor-free heads)."""
    cells, strides = _grid()
    centre = (raw[:, :2] + cells) * strides
    half = np.exp(np.clip(raw[:, 2:4], -10, 10)) * strides / 2
    scores = raw[:, 4:5] * raw[:, 5:]
    sure = scores.max(axis=1) >= LEAST_SCORE
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    return boxes[sure].astype(np.float32), scores[sure].astype(np.float32)


def _grid() -> tuple[Floats, Floats]:
    cells, strides = [], []
    for stride in STRIDES:
        side = SIDE // stride
        down, across = np.mgrid[:side, :side]
        cells.append(np.stack([across.ravel(), down.ravel()], axis=1))
        strides.append(np.full((side * side, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def suppressed(boxes: Floats, scores: Floats) -> list[int]:
    """Rows to keep, the surest first: of boxes of one kind that overlap too much only the surest stays."""
    kinds, best = scores.argmax(axis=1), scores.max(axis=1, initial=0.0)
    kept: list[int] = []
    for row in np.argsort(-best, kind="stable"):
        rivals = [other for other in kept if kinds[other] == kinds[row]]
        if not rivals or float(overlaps(boxes[row], boxes[rivals]).max()) <= MOST_OVERLAP:
            kept.append(int(row))
    return kept


def overlaps(box: Floats, others: Floats) -> Floats:
    """(n,): intersection over union of one box (4,) with others (n, 4)."""
    across = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    down = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    area = (box[2] - box[0]) * (box[3] - box[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return np.asarray(shared / np.maximum(area + areas - shared, 1e-9), dtype=np.float32)


def things_vector(things: Sequence[Thing], names: Sequence[str]) -> Floats:
    """(83,): how much of each kind there is (square root of its best score times the root of its area), then how many
    people, the largest of them and the room they fill."""
    score, share = np.zeros(len(names)), np.zeros(len(names))
    for thing in things:
        place = names.index(thing.name)
        score[place] = max(score[place], thing.score)
        share[place] += thing.share
    people = [thing.share for thing in things if thing.name == PERSON]
    crowd = [np.log1p(len(people)), np.sqrt(max(people, default=0.0)), np.sqrt(min(sum(people), 1.0))]
    amount = np.sqrt(score * np.sqrt(np.minimum(share, 1.0)))
    return np.concatenate([amount, crowd]).astype(np.float32)


@loaded_once
def _detector(network: Path, names: Path) -> Detector:
    return Detector(network, names)


def object_detector() -> Detector | None:
    """The detector, or None when its files are not on disk."""
    network, names = on_disk(DETECTOR_FILE), on_disk(DETECTOR_NAMES_FILE)
    return _detector(network, names) if network and names else None
