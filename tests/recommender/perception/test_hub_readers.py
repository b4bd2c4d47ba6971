"""Optional readers on small real detectors and classifiers in the hub's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.perception.images import hub_models
from recommender.perception.images.faces import Face
from tests.recommender.photos import seaside
from tests.recommender.tiny_models import make_detector


@pytest.mark.parametrize("family", ["yolos", "detr"])
def test_a_detector_is_loaded_by_path_and_says_what_the_library_says(
    family: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import torch
    import transformers

    folder = make_detector(tmp_path / family, family)
    monkeypatch.setenv("DYLUMO_DETECTOR", str(folder))
    monkeypatch.setattr(hub_models, "LEAST_OBJECT", 0.2)
    found = hub_models.find_objects(seaside())
    model = transformers.AutoModelForObjectDetection.from_pretrained(folder).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    with torch.no_grad():
        seen = model(**processor(images=seaside(), return_tensors="pt"))
    told = processor.post_process_object_detection(seen, threshold=0.2, target_sizes=[(240, 360)])[0]
    best = {}
    for score, place in zip(told["scores"].tolist(), told["labels"].tolist(), strict=True):
        best[model.config.id2label[place]] = max(best.get(model.config.id2label[place], 0), score)
    assert best
    assert {label.name: label.score for label in found} == pytest.approx(best, abs=1e-4)
    assert {label.kind for label in found} == {"object"}


def test_an_expression_is_read_off_the_largest_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYLUMO_FACES", str(make_detector(tmp_path / "faces", "faces")))
    monkeypatch.setattr(hub_models, "LEAST_EXPRESSION", 0.0)
    assert hub_models.read_expressions(seaside()) == ()

    def one_face(grey: np.ndarray) -> tuple[Face, ...]:
        return (Face(x=0.5, y=0.5, size=0.3, smiles=False),)

    monkeypatch.setattr(hub_models, "find_faces", one_face)
    (label,) = hub_models.read_expressions(seaside())
    assert label.kind == "expression"
    assert label.name in {"sad", "happy"}
    assert 0.5 <= label.score <= 1
