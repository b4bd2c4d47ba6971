"""Words on the affect plane, and the vocabulary's stored vectors."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recommender.perception.text import affect_model
from recommender.perception.vocabulary import TABLES


@pytest.mark.parametrize(
    ("phrase", "pleasant", "aroused"),
    [
        ("peaceful sunrise over the lake", True, False),
        ("angry and loud", False, True),
        ("sleepy lullaby", True, False),
        ("gym at 6am", True, True),
        ("first dance at our wedding", True, True),
        ("my cat died", False, False),
        ("music for a funeral", False, False),
        ("hyped up party bangers", True, True),
    ],
)
def test_a_phrase_lies_in_its_quadrant(phrase: str, pleasant: bool, aroused: bool) -> None:
    valence, arousal = affect_model.read_affect(phrase)

    assert (valence > 0.5) is pleasant
    assert (arousal > 0.5) is aroused


def test_words_that_only_ask_do_not_move_the_point() -> None:
    assert affect_model.read_affect("can you make me a playlist for a funeral") == affect_model.read_affect("funeral")


def test_no_words_lie_in_the_middle() -> None:
    assert affect_model.read_affect(" ... ") == (0.5, 0.5)


@pytest.mark.slow
def test_valence_agrees_with_readers_of_real_sentences(shared_data: Path) -> None:
    with (shared_data / "text" / "emobank.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"][:300]
    read = [affect_model.read_affect(row["text"])[0] for row in rows]

    assert np.corrcoef(read, [float(row["V"]) for row in rows])[0, 1] >= 0.5


def test_stored_vectors_match_the_encoder_and_the_vocabulary() -> None:
    stored, computed = affect_model.vocabulary_vectors(), affect_model.embed_vocabulary()

    assert list(stored) == list(computed) == [f"{kind}:{name}" for kind, table in TABLES.items() for name in table]
    assert min(float(stored[key] @ computed[key]) for key in stored) > 0.999


def test_stored_vectors_need_no_model() -> None:
    code = (
        "import sys; from recommender.perception.text.affect_model import vocabulary_vectors as v; v(); "
        "assert not {'torch', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
