"""``train words_spans``: fits the artist and title tagger and measures it by cross-validation.

Data: labelled music requests (Epure and Hennequin, EACL 2023, MIT), and turns of the Conversational Playlist Curation
Dataset (Google 2023, CC BY 4.0) where a name of the dialogue's own search results stands in the turn; the latter only
ever train, they judge nothing.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.stats.intervals import measured_each
from recommender.perception.text.entity_tagger import (
    KERNEL,
    SPANS_FILE,
    TAGS,
    Ensemble,
    Floats,
    Tagger,
    spans_of,
    tokens,
    word_inputs,
)
from recommender.perception.weights.loaders import embed_words

HIDDEN = 96
EPOCHS = 10
BATCH = 16
RATE = 2e-3
DROPOUT = 0.5
MEMBERS = 3
FOLDS = 5


@dataclass(frozen=True)
class Sentence:
    """One labelled request: the tagger's inputs (n, d) and the tags."""

    inputs: Floats
    tags: tuple[str, ...]


def train_words_spans(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Cross-validate, fit on everything, store ``words_spans.npz`` and return the figures.

    ``shared`` holds ``data/text`` and ``data/cpcd``; raises FileNotFoundError without them.
    """
    requests = [_sentence(words, tags) for words, tags in read_requests(shared)]
    turns = [_sentence(words, tags) for words, tags in weak_turns(shared, seed)]
    order = list(range(len(requests)))
    random.Random(seed).shuffle(order)
    pairs = []
    for k in range(FOLDS):
        held = set(order[k::FOLDS])
        fold = fit([s for i, s in enumerate(requests) if i not in held] + turns, seed)
        pairs += [(fold.tags(requests[i].inputs), requests[i].tags) for i in sorted(held)]
    figures = span_figures(pairs, np.random.default_rng(seed))
    _store(fit(requests + turns, seed))
    return figures | {"requests": len(requests), "weak_turns": len(turns), "folds": FOLDS, "seed": seed}


def read_requests(shared: Path) -> list[tuple[list[str], list[str]]]:
    """Words and tags of every labelled request."""
    with (shared / "data" / "text" / "music_requests_ner.csv").open(encoding="utf-8", newline="") as file:
        return [(row["query"].split(), row["bio"].split()) for row in csv.DictReader(file)]


def _sentence(words: Sequence[str], tags: Sequence[str]) -> Sentence:
    _, states, pieces = embed_words(words)
    return Sentence(word_inputs(states, pieces, list(words)), tuple(tags))


def weak_turns(shared: Path, seed: int) -> list[tuple[list[str], list[str]]]:
    """Turns of real dialogues, tagged where a name of the dialogue's results stands in them.

    A turn with a capitalised word that no name explains is left out: it may hold a name that was misspelt.
    """
    folder = shared / "data" / "cpcd"
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as file:
        known = {row["track_id"]: row for row in csv.DictReader(file)}
    draw = random.Random(seed)
    found = []
    with gzip.open(folder / "dialogs.train.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            turns = json.loads(line)["turns"]
            shown = [known[i] for turn in turns for result in turn["search_results"] for i in result if i in known]
            artists = _names((row["artist"] for row in shown), shortest=4)
            titles = _names((re.split(r" ?[(\[]| - ", row["title"])[0] for row in shown), shortest=None)
            for turn in turns:
                words, tags = _tagged(turn["user_query"], artists, titles)
                nameless = set(tags) <= {"O"}
                wanted = not nameless or draw.random() < 0.4
                if wanted and 2 <= len(words) <= 40 and not _unexplained(turn["user_query"], words, tags):
                    found.append((words, tags))
    return found


def _names(names: Iterable[str], shortest: int | None) -> set[tuple[str, ...]]:
    """Names as words; a single word needs ``shortest`` letters (None: single words are left out)."""
    split = {tuple(token.word for token in tokens(name)) for name in names}
    return {name for name in split if len(name) > 1 or (shortest and name and len(name[0]) >= shortest)}


def _tagged(text: str, artists: set[tuple[str, ...]], titles: set[tuple[str, ...]]) -> tuple[list[str], list[str]]:
    words = [token.word for token in tokens(text)]
    tags = ["O"] * len(words)
    start = 0
    while start < len(words):
        for length in range(6, 0, -1):
            name = tuple(words[start : start + length])
            kind = "Artist" if name in artists else "WoA" if name in titles and name not in PLAIN_TITLES else None
            if kind and len(name) == length:
                tags[start : start + length] = [f"B-{kind}"] + [f"I-{kind}"] * (length - 1)
                start += length - 1
                break
        start += 1
    return words, tags


PLAIN_TITLES = {("thank", "you"), ("i", "like"), ("love", "songs"), ("good", "morning")}
_CAPITALS = "i im id ill ive rnb r&b christmas pop rock jazz rap hip hop english country edm uk us"
COMMON_CAPITALS = frozenset(_CAPITALS.split())


def _unexplained(text: str, words: list[str], tags: list[str]) -> bool:
    capitals = {token.word for token in tokens(" ".join(re.findall(r"(?<=[a-z,] )[A-Z][\w']+", text)))}
    return any(w in capitals - COMMON_CAPITALS and tag == "O" for w, tag in zip(words, tags, strict=True))


def fit(sentences: list[Sentence], seed: int) -> Ensemble:
    """Three members on the same sentences, each from a seed of its own."""
    rows = np.concatenate([sentence.inputs for sentence in sentences])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-5
    members = tuple(_fit_member(sentences, mean, deviation, seed * MEMBERS + k) for k in range(MEMBERS))
    return Ensemble(mean, deviation, members)


def _fit_member(sentences: list[Sentence], mean: Floats, deviation: Floats, seed: int) -> Tagger:
    """AdamW with a cosine schedule on the negative log likelihood of the tag paths."""
    torch.manual_seed(seed)
    size = len(mean)
    drop = nn.Dropout(DROPOUT)
    dense, conv, out = (
        nn.Linear(size, HIDDEN),
        nn.Conv1d(HIDDEN, HIDDEN, KERNEL, padding=KERNEL // 2),
        nn.Linear(HIDDEN, len(TAGS)),
    )
    moves = nn.Parameter(torch.zeros(len(TAGS), len(TAGS)))
    weights = [*dense.parameters(), *conv.parameters(), *out.parameters(), moves]
    steps = EPOCHS * (len(sentences) // BATCH + 1)
    optimiser = torch.optim.AdamW(weights, RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    inputs = [torch.tensor((s.inputs - mean) / deviation) for s in sentences]
    answers = [torch.tensor([TAGS.index(tag) for tag in s.tags]) for s in sentences]
    order = list(range(len(sentences)))
    shuffle = random.Random(seed)
    for _ in range(EPOCHS):
        shuffle.shuffle(order)
        for start in range(0, len(order), BATCH):
            loss = torch.zeros(())
            for i in order[start : start + BATCH]:
                hidden = torch.tanh(dense(drop(inputs[i])))
                hidden = hidden + torch.tanh(conv(drop(hidden).T[None])[0].T)
                loss = loss + _path_loss(out(drop(hidden)), moves, answers[i])
            optimiser.zero_grad()
            (loss / BATCH).backward()
            optimiser.step()
            schedule.step()
    arrays = (dense.weight.T, dense.bias, conv.weight.permute(2, 1, 0), conv.bias, out.weight.T, out.bias, moves)
    return Tagger(*(array.detach().numpy().copy() for array in arrays))


def _path_loss(scores: Any, moves: Any, answer: Any) -> Any:
    """Negative log likelihood of a tag path under the chain."""
    total = scores[0]
    for row in scores[1:]:
        total = torch.logsumexp(total[:, None] + moves, dim=0) + row
    taken = scores[range(len(answer)), answer].sum() + moves[answer[:-1], answer[1:]].sum()
    return torch.logsumexp(total, dim=0) - taken


def span_figures(pairs: Sequence[tuple[Sequence[str], Sequence[str]]], rng: np.random.Generator) -> dict[str, Any]:
    """Micro precision, recall and F1 of exact spans with their type, F1 with a bootstrap interval over requests."""
    counts = []
    for guessed, labelled in pairs:
        ours, theirs = set(spans_of(list(guessed))), set(spans_of(list(labelled)))
        counts.append((len(ours & theirs), len(ours), len(theirs)))
    table = np.array(counts)

    def f1(rows: Any) -> float:
        hits, ours, theirs = table[rows].sum(axis=0)
        return float(2 * hits / max(1, ours + theirs))

    told = measured_each(f1, len(table), rng, rounds=1000)
    hits, ours, theirs = table.sum(axis=0)
    return {
        "precision": round(float(hits / ours), 3),
        "recall": round(float(hits / theirs), 3),
        "f1": {"f1": round(told.value, 3), "low": round(told.low, 3), "high": round(told.high, 3)},
        "spans": int(theirs),
    }


def _store(model: Ensemble) -> None:
    names = ("dense", "dense_bias", "conv", "conv_bias", "out", "out_bias", "moves")
    stacked: dict[str, NDArray[Any]] = {
        name: np.stack([getattr(member, name) for member in model.members]).astype(np.float16) for name in names
    }
    stacked |= {"mean": model.mean.astype(np.float32), "deviation": model.deviation.astype(np.float32)}
    np.savez_compressed(SPANS_FILE, allow_pickle=False, **stacked)
