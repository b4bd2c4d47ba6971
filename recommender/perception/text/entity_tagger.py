"""Artist and title spans in a request: "something like karma police by radiohead".

A small tagger on MiniLM's word states: a dense layer, one convolution over five words, and the best tag path by
Viterbi (a linear-chain CRF; Lafferty, McCallum, Pereira 2001). Three such taggers, trained from different seeds,
average their scores. Fitted by ``train words_spans``; inference is numpy alone, beside the one MiniLM pass.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED

Floats = NDArray[np.float32]

TAGS = ("O", "B-Artist", "I-Artist", "B-WoA", "I-WoA")
"""The tags of the labelled requests: WoA is a work of art, here a track or an album."""
KINDS = {"Artist": "artist", "WoA": "track"}
SPANS_FILE = TRAINED / "words_spans.npz"
MAX_WORDS = 120
KERNEL = 5


@dataclass(frozen=True)
class Token:
    """A word as it stands in the text (``start``, ``end``) and as the tagger sees it: lower case, no punctuation."""

    word: str
    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """``kind`` artist or track; the half-open range of token indices; ``text`` as it was written."""

    kind: str
    first: int
    last: int
    text: str


def tokens(text: str) -> list[Token]:
    """Words of a text with their places; at most 120."""
    found = []
    for match in re.finditer(r"[^\s,/;:!?\"“”()\[\]]+", text):
        core = re.sub(r"^[^\w$&#+]+|[^\w$+]+$", "", match[0])
        word = unicodedata.normalize("NFKC", core).lower().replace("'", "").replace("’", "")
        if word:
            start = match.start() + match[0].index(core)
            found.append(Token(word, start, start + len(core)))
    return found[:MAX_WORDS]


@dataclass(frozen=True)
class Tagger:
    """One member: ``dense`` (d, h), ``dense_bias``, ``conv`` (5, h, h), ``conv_bias``, ``out`` (h, 5), ``out_bias``,
    ``moves`` (5, 5) from tag to tag."""

    dense: Floats
    dense_bias: Floats
    conv: Floats
    conv_bias: Floats
    out: Floats
    out_bias: Floats
    moves: Floats

    def scores(self, inputs: Floats) -> Floats:
        """Standardised inputs (n, d) to tag scores (n, 5)."""
        hidden = np.tanh(inputs @ self.dense + self.dense_bias)
        padded = np.pad(hidden, ((KERNEL // 2, KERNEL // 2), (0, 0)))
        context = sum(padded[k : k + len(hidden)] @ self.conv[k] for k in range(KERNEL)) + self.conv_bias
        scores: Floats = (hidden + np.tanh(context)) @ self.out + self.out_bias
        return scores


@dataclass(frozen=True)
class Ensemble:
    """Taggers that share the inputs' mean and standard deviation (d,)."""

    mean: Floats
    deviation: Floats
    members: tuple[Tagger, ...]

    def tags(self, inputs: Floats) -> list[str]:
        """The best legal tag path for one sentence's inputs (n, d)."""
        standard = (inputs - self.mean) / self.deviation
        scores = np.mean([member.scores(standard) for member in self.members], axis=0)
        return viterbi(scores, np.mean([member.moves for member in self.members], axis=0))


def word_inputs(states: Floats, pieces: NDArray[np.int64], words: list[str]) -> Floats:
    """What the tagger sees of each word: its states, rarity (word pieces), digits and place; (n, d) float32."""
    count = len(words)
    hand = [
        (
            min(pieces[i, 0], 4) / 2,
            np.log(pieces[i, 1] + 1) / 5 - 1,
            np.log(pieces[i, 2] + 1) / 5 - 1,
            word.isdigit(),
            i / 20,
            i == 0,
            i == count - 1,
        )
        for i, word in enumerate(words)
    ]
    return np.concatenate([states, np.array(hand, dtype=np.float32).reshape(count, -1)], axis=1)


def illegal_moves() -> Floats:
    """Added to a move's score: -1e4 where an inside tag would not follow its own kind."""
    blocked = np.zeros((len(TAGS), len(TAGS)), dtype=np.float32)
    for i, before in enumerate(TAGS):
        for j, after in enumerate(TAGS):
            if after[0] == "I" and before[2:] != after[2:]:
                blocked[i, j] = -1e4
    return blocked


def viterbi(scores: Floats, moves: Floats) -> list[str]:
    """The best legal path through tag scores (n, 5)."""
    allowed = moves + illegal_moves()
    best = scores[0] + np.array([-1e4 if tag[0] == "I" else 0.0 for tag in TAGS], dtype=np.float32)
    came: list[NDArray[np.int64]] = []
    for row in scores[1:]:
        options = best[:, None] + allowed
        came.append(options.argmax(axis=0))
        best = options.max(axis=0) + row
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return [TAGS[i] for i in reversed(path)]


def spans_of(tags: list[str]) -> list[tuple[int, int, str]]:
    """(first, last, tag kind) of every span in a tag path; last is exclusive."""
    found = []
    first = 0
    while first < len(tags):
        last = first + 1
        if tags[first][0] == "B":
            while last < len(tags) and tags[last] == f"I-{tags[first][2:]}":
                last += 1
            found.append((first, last, tags[first][2:]))
        first = last
    return found


@cache
def ensemble() -> Ensemble:
    """The trained taggers from this package."""
    with np.load(SPANS_FILE) as stored:
        parts = {name: stored[name].astype(np.float32) for name in stored.files}
    names = ("dense", "dense_bias", "conv", "conv_bias", "out", "out_bias", "moves")
    members = tuple(Tagger(*(parts[name][k] for name in names)) for k in range(len(parts["dense"])))
    return Ensemble(parts["mean"], parts["deviation"], members)


def find_spans(text: str, found: list[Token], states: Floats, pieces: NDArray[np.int64]) -> list[Span]:
    """Artist and title spans of a text, given its tokens and what ``loaders.embed_words`` said of them."""
    if not found:
        return []
    tags = ensemble().tags(word_inputs(states, pieces, [token.word for token in found]))
    for i, tag in enumerate(tags):  # a comma or a stop inside a name starts another one
        if tag[0] == "I" and re.search(r"[,;:!?/]", text[found[i - 1].end : found[i].start]):
            tags[i] = f"B-{tag[2:]}"
    return [
        Span(KINDS[kind], first, last, text[found[first].start : found[last - 1].end])
        for first, last, kind in spans_of(tags)
    ]
