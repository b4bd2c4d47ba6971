"""Pictures labelled with emotions, in the layouts of the usual research sets; the pictures themselves are the owner's.

- **EmoSet** (Yang et al. 2023): ``annotation/EMOTION/NAME.json`` with ``emotion``, beside ``image/EMOTION/NAME.jpg``.
- **FI** (You et al. 2016), and any folder like it: one folder an emotion, ``amusement/*.jpg`` and so on.
- **AffectNet** (Mollahosseini et al. 2017): ``train_set`` and ``val_set`` with ``images/N.jpg`` and
  ``annotations/N_exp.npy``. Its valence and arousal are a face's, not a photo's, and are not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MIKELS = ("amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness")
"""The eight emotions of EmoSet and FI (Mikels et al. 2005)."""
EXPRESSIONS = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt")
"""AffectNet's classes 0..7; higher numbers are no emotion."""
PICTURES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Labelled:
    """One picture and its emotion."""

    file: Path
    emotion: str


def read_emotion_sets(folder: Path) -> list[Labelled]:
    """Every labelled picture of the sets found in ``folder`` or right below it; empty when there is none."""
    found: dict[Path, Labelled] = {}
    for place in (folder, *sorted(one for one in folder.iterdir() if one.is_dir())):
        for reader in (_emoset, _by_folder, _affectnet):
            for one in reader(place):
                found.setdefault(one.file, one)
    return list(found.values())


def _emoset(folder: Path) -> Iterator[Labelled]:
    for note in sorted((folder / "annotation").glob("*/*.json")):
        file = folder / "image" / note.parent.name / f"{note.stem}.jpg"
        told = json.loads(note.read_text(encoding="utf-8"))
        if file.is_file() and told.get("emotion") in MIKELS:
            yield Labelled(file, told["emotion"])


def _by_folder(folder: Path) -> Iterator[Labelled]:
    for emotion in MIKELS:
        for file in sorted((folder / emotion).glob("*")):
            if file.suffix.lower() in PICTURES:
                yield Labelled(file, emotion)


def _affectnet(folder: Path) -> Iterator[Labelled]:
    for note in sorted(folder.glob("annotations/*_exp.npy")):
        number = note.name.removesuffix("_exp.npy")
        file = folder / "images" / f"{number}.jpg"
        place = int(np.load(note, allow_pickle=False))
        if file.is_file() and 0 <= place < len(EXPRESSIONS):
            yield Labelled(file, EXPRESSIONS[place])
