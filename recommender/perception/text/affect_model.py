"""Words to valence and arousal, and to the vocabulary's terms.

Affect is a kernel ridge regression (Gaussian kernel on MiniLM sentence vectors, Nystroem landmarks; Williams and
Seeger 2001) fitted by ``train words_affect`` on rated sentences and on this project's own anchors; words of the
vocabulary that stand in the text pull it towards their anchors. ``vocabulary_vectors`` needs no model, so the web
process may call it; everything else embeds text and is for workers and commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED
from recommender.perception.vocabulary import TABLES, Term
from recommender.perception.weights.loaders import embed_texts

AFFECT_FILE = TRAINED / "words_affect.npz"
VOCABULARY_FILE = TRAINED / "vocabulary_minilm.npz"
MAX_CHARACTERS = 1000
CARRIER = re.compile(
    r"^(?:(?:hi|hey|hello|please|can|could|would|you|i|i'd|i'm|im|we|me|us|give|make|create|find|play|get|need|want|like|love|"
    r"looking|for|to|some|any|a|an|the|good|nice|playlist|list|mix|music|songs?|tracks?|tunes?|something|anything|"
    r"recommend|suggest|suggestions?|of|about|when|that|are|is|with|hear|listen|while|perfect|right)\b[ ,]*)+",
    re.IGNORECASE,
)
"""How requests begin: it says nothing about the mood asked for."""
NAMED_PULL = 0.55  # how far words of the vocabulary pull a short text; chosen on the dev split and the phrases


@dataclass(frozen=True)
class AffectModel:
    """``landmarks`` (m, 384); ``weights`` (m + 1, 2), the last row the intercept; kernel exp(-gamma d^2);
    ``centre``, ``gain`` (2,): the affine map that undoes the regression's shrinkage on phrases."""

    landmarks: NDArray[np.float32]
    weights: NDArray[np.float32]
    gamma: float
    centre: NDArray[np.float32]
    gain: NDArray[np.float32]

    def predict(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit vectors (n, 384) to valence and arousal (n, 2), 0..1."""
        kernel = np.exp(-self.gamma * (2.0 - 2.0 * vectors @ self.landmarks.T))
        raw = kernel @ self.weights[:-1] + self.weights[-1]
        points: NDArray[np.float32] = self.centre + self.gain * (raw - self.centre)
        return np.clip(points, 0.02, 0.98).astype(np.float32)


@cache
def affect_model() -> AffectModel:
    """The trained regressor from this package."""
    with np.load(AFFECT_FILE) as stored:
        return AffectModel(
            landmarks=stored["landmarks"].astype(np.float32),
            weights=stored["weights"].astype(np.float32),
            gamma=float(stored["gamma"]),
            centre=stored["centre"],
            gain=stored["gain"],
        )


def read_affect(text: str) -> tuple[float, float]:
    """Valence and arousal, 0..1, of what the words describe; (0.5, 0.5) when there are none."""
    core = without_carrier(text)
    if not re.search(r"\w", core):
        return 0.5, 0.5
    return _read_affect(core)


@lru_cache(maxsize=512)
def _read_affect(core: str) -> tuple[float, float]:
    point = affect_model().predict(embed_texts([core]))[0]
    anchors = named_terms(core)
    if anchors:
        words = max(1, len([word for word in re.findall(r"\w+", core) if len(word) > 2]))
        pull = NAMED_PULL * min(1.0, 1.5 * len(anchors) / words)
        point = (1 - pull) * point + pull * np.mean([(term.valence, term.arousal) for term in anchors], axis=0)
    return round(float(point[0]), 4), round(float(point[1]), 4)


def without_carrier(text: str) -> str:
    """The text without the words that only ask ("can you make me a playlist for"), unless nothing else is there."""
    tidy = re.sub(r"\s+", " ", text[:MAX_CHARACTERS]).strip()
    return CARRIER.sub("", tidy) or tidy


def named_terms(text: str) -> list[Term]:
    """Moods and activities that stand in the text as whole words and are not negated."""
    return [
        _by_word(kind)[match[0].lower()]
        for kind in ("mood", "activity")
        for match in _word_pattern(kind).finditer(text)
        if not re.search(r"\b(?:not|no|never|isn'?t|without|less|too)(?: \w+)? $", text[: match.start()], re.IGNORECASE)
    ]


def describes(text: str) -> bool:
    """Whether a mood, scene or activity of the vocabulary stands in the text."""
    return any(_word_pattern(kind).search(text) for kind in ("mood", "scene", "activity"))


@cache
def _by_word(kind: str) -> dict[str, Term]:
    return {word: term for term in TABLES[kind].values() for word in (term.name, *term.synonyms)}


@cache
def _word_pattern(kind: str) -> re.Pattern[str]:
    words = sorted(_by_word(kind), key=len, reverse=True)
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(re.escape(word) for word in words)})(?![\w'-])", re.IGNORECASE)


@cache
def vocabulary_vectors() -> dict[str, NDArray[np.float32]]:
    """Every term's unit vector (384,) in the MiniLM space, by ``kind:name``, from a file: no model is loaded."""
    with np.load(VOCABULARY_FILE) as stored:
        vectors = stored["vectors"].astype(np.float32)
        names = [str(name) for name in stored["names"]]
    return {name: vector / np.linalg.norm(vector) for name, vector in zip(names, vectors, strict=True)}


def embed_vocabulary() -> dict[str, NDArray[np.float32]]:
    """The same vectors computed now by the encoder: the mean of a term's name and prompt, normalised."""
    terms = [(f"{kind}:{term.name}", term) for kind, table in TABLES.items() for term in table.values()]
    both = embed_texts([term.name for _, term in terms]) + embed_texts([term.prompt for _, term in terms])
    return {key: vector / np.linalg.norm(vector) for (key, _), vector in zip(terms, both, strict=True)}
