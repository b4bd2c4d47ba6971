"""Optional readers from the model hub, off unless a setting names them: object detection and facial expressions.

``DYLUMO_DETECTOR`` and ``DYLUMO_FACES`` each take ``1`` (a usual model), the name of a hub repository, or the path of
a folder in the hub's layout. Any detector of transformers fits (DETR, YOLOS ...), and any picture classifier whose
classes are expressions. They load on first use, from the disk only; what they find are labels like all others.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np
from PIL import Image

from core.schemas import Label
from recommender.perception.images.faces import find_faces
from recommender.perception.weights.loaders import declare_torchvision, device, folder_of, loaded_once

log = logging.getLogger(__name__)

USUAL_DETECTOR = "hustvl/yolos-tiny"
USUAL_EXPRESSIONS = "trpakov/vit-face-expression"
LEAST_OBJECT, LEAST_EXPRESSION = 0.7, 0.5
MOST_OBJECTS = 6
CROP_ROOM = 1.3
"""How much wider than the face its crop is: classifiers were trained on heads, not on bare faces."""

EXPRESSION_NAMES = {
    "happiness": "happy", "sadness": "sad", "anger": "angry", "fear": "afraid", "fearful": "afraid",
    "surprise": "surprised", "disgust": "disgusted", "neutral": "calm", "contempt": "disgusted",
}  # fmt: skip
"""Data sets' class names as the vocabulary has them."""


def wanted(setting: str, usual: str) -> str:
    """The repository or folder a setting names; empty when it is off."""
    value = os.environ.get(setting, "").strip()
    return {"": "", "0": "", "1": usual}.get(value, value)


@loaded_once
def _loaded(kind: str, source: str) -> tuple[Any, Any]:
    """(processor, model) of transformers, from a folder or from what was fetched of the hub."""
    declare_torchvision()
    import torch
    import transformers

    torch.set_num_threads(1)
    folder = folder_of(source)
    if folder is None:
        raise FileNotFoundError(source)
    model_class = getattr(transformers, f"AutoModelFor{kind}")
    processor = transformers.AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    model = model_class.from_pretrained(folder, local_files_only=True).eval().to(device())
    return processor, model


def _reader(kind: str, source: str) -> tuple[Any, Any] | None:
    """None, and a line in the log, when the model is not on disk or broken: the reading goes on without it."""
    if not source:
        return None
    try:
        return _loaded(kind, source)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        log.warning("the reader %s could not be loaded: %s", source, type(error).__name__)
        return None


def find_objects(image: Image.Image) -> tuple[Label, ...]:
    """Things by name with the detector's probability, the surest of each name; empty while the reader is off."""
    reader = _reader("ObjectDetection", wanted("DYLUMO_DETECTOR", USUAL_DETECTOR))
    if reader is None:
        return ()
    import torch

    processor, model = reader
    picture = image.convert("RGB")
    with torch.inference_mode():
        seen = model(**processor(images=picture, return_tensors="pt").to(model.device))
    found = processor.post_process_object_detection(
        seen, threshold=LEAST_OBJECT, target_sizes=[(picture.height, picture.width)]
    )[0]
    best: dict[str, float] = {}
    for score, place in zip(found["scores"].tolist(), found["labels"].tolist(), strict=True):
        name = str(model.config.id2label[place])
        best[name] = max(best.get(name, 0.0), float(score))
    ranked = sorted(best.items(), key=lambda pair: -pair[1])[:MOST_OBJECTS]
    return tuple(Label(name=name, score=round(score, 4), kind="object", source="detector") for name, score in ranked)


def read_expressions(image: Image.Image) -> tuple[Label, ...]:
    """The expression of the largest face, where it is clear; empty while the reader is off or no face is found."""
    source = wanted("DYLUMO_FACES", USUAL_EXPRESSIONS)
    faces = find_faces(np.asarray(image.convert("L"))) if source else ()
    reader = _reader("ImageClassification", source) if faces else None
    if reader is None:
        return ()
    import torch

    processor, model = reader
    face = faces[0]
    half = CROP_ROOM * face.size * max(image.size) / 2
    x, y = face.x * image.width, face.y * image.height
    box = (max(0, round(x - half)), max(0, round(y - half)), round(x + half), round(y + half))
    crop = image.convert("RGB").crop((*box[:2], min(image.width, box[2]), min(image.height, box[3])))
    with torch.inference_mode():
        seen = model(**processor(images=crop, return_tensors="pt").to(model.device)).logits[0].softmax(-1)
    place = int(seen.argmax())
    name = str(model.config.id2label[place]).lower()
    score = float(seen[place])
    label = Label(name=EXPRESSION_NAMES.get(name, name), score=round(score, 4), kind="expression", source="expressions")
    return (label,) if score >= LEAST_EXPRESSION else ()
