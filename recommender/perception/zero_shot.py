"""Zero-shot readings: what an image-text encoder sees, as calibrated probabilities of the vocabulary's words.

Every word is asked for by an ensemble of prompts (Radford et al. 2021, section 3.1.4: the mean of the prompts' unit
vectors). The evidence for a word is its likeness to the picture beyond that of the best prompt for "none of these",
times the model's own scale. Platt's curve (1999) turns evidence into a probability; its slope and shift are fitted on
labelled photos by ``train picture_affect --tier full``, and set by hand until then. Where only one answer can hold,
the probabilities and that of "none" sum to 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.perception.images.clip_prompts import PICTURE_TABLES, Question
from recommender.perception.weights.loaders import loaded_once, model_folder

TEMPLATES = ("a photo of {}", "a picture of {}", "an image showing {}", "a snapshot of {}", "{}")

UNFITTED = (0.5, -1.5)
"""Slope and shift before any are fitted: contrastive towers are trained to be surer than they should be on single
pictures (Guo et al. 2017 find the like of classifiers), so evidence counts half and a word starts at odds of 1 to 4."""

Floats = NDArray[np.float32]
Curves = Mapping[str, tuple[float, float]]
"""Slope and shift by kind of question."""


class TextEncoder(Protocol):
    scale: float

    @property
    def space(self) -> str: ...

    def encode_texts(self, texts: list[str], /) -> Floats: ...


@dataclass(frozen=True, eq=False)
class Asked:
    """A question's vectors: ``words`` (n, dimensions) in the table's order, ``neither`` (m, dimensions)."""

    question: Question
    words: Floats
    neither: Floats

    def evidence(self, vectors: Floats, scale: float) -> Floats:
        """(pictures, n) for unit vectors (pictures, dimensions): likeness to each word beyond "none of these"."""
        none = (vectors @ self.neither.T).max(axis=1, keepdims=True)
        return np.asarray(scale * (vectors @ self.words.T - none), dtype=np.float32)


def probabilities(evidence: Floats, curve: tuple[float, float], *, exclusive: bool) -> Floats:
    """(pictures, n), 0..1, from evidence of that shape."""
    logits = curve[0] * evidence.astype(np.float64) + curve[1]
    if not exclusive:
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)
    top = np.maximum(logits.max(axis=1, keepdims=True), 0)
    weights = np.exp(logits - top)
    return np.asarray(weights / (weights.sum(axis=1, keepdims=True) + np.exp(-top)), dtype=np.float32)


def ensemble(encoder: TextEncoder, phrases: Sequence[str], templates: Sequence[str] = TEMPLATES) -> Floats:
    """(n, dimensions): for every phrase the unit mean of its templates' unit vectors."""
    prompts = [template.format(phrase) for phrase in phrases for template in templates]
    vectors = encoder.encode_texts(prompts).reshape(len(phrases), len(templates), -1)
    means = vectors.mean(axis=1)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


@loaded_once
def asked(encoder: TextEncoder) -> tuple[Asked, ...]:
    """The vectors of everything a picture is asked about."""
    return prepared(encoder, PICTURE_TABLES)


def prepared(
    encoder: TextEncoder, questions: Sequence[Question], templates: Sequence[str] = TEMPLATES
) -> tuple[Asked, ...]:
    """The questions' vectors, worked out once for a space and its words (a minute or two of a large model), and kept
    beside the weights."""
    phrases = _phrases(questions)
    flat = [phrase for some in phrases for phrase in some]
    kept = _kept(encoder.space, questions, templates)
    if kept.is_file():
        vectors = np.load(kept, allow_pickle=False)
    else:
        vectors = ensemble(encoder, flat, templates)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=kept.parent, delete=False) as begun:
            np.save(begun, vectors)
        Path(begun.name).replace(kept)
    parts = np.split(vectors, np.cumsum([len(some) for some in phrases])[:-1])
    return tuple(
        Asked(question, rows[: len(question.terms)], rows[len(question.terms) :])
        for question, rows in zip(questions, parts, strict=True)
    )


def make_ready(encoder: TextEncoder) -> None:
    """Put what pictures are asked about into vectors, where that was not done yet."""
    prepared(encoder, PICTURE_TABLES)


def ready(space: str) -> bool:
    """Whether a space's vectors of what pictures are asked about are at hand; loads nothing."""
    return _kept(space, PICTURE_TABLES, TEMPLATES).is_file()


def _phrases(questions: Sequence[Question]) -> list[list[str]]:
    return [
        [*(question.frame.format(term.prompt) for term in question.terms.values()), *question.neither]
        for question in questions
    ]


def _kept(space: str, questions: Sequence[Question], templates: Sequence[str]) -> Path:
    words = [*templates, *(phrase for some in _phrases(questions) for phrase in some)]
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
    return model_folder() / "heads" / f"zero-shot-{space}-{digest}.npy"


def read(encoder: TextEncoder, vector: Floats, curves: Curves | None = None) -> dict[str, dict[str, float]]:
    """Probability by word, by kind of question, for one picture's unit vector (dimensions,)."""
    known = curves or {}
    told = {}
    for one in asked(encoder):
        kind = one.question.kind
        sure = probabilities(
            one.evidence(vector[None], encoder.scale), known.get(kind, UNFITTED), exclusive=one.question.exclusive
        )
        told[kind] = dict(zip(one.question.terms, map(float, sure[0]), strict=True))
    return told
