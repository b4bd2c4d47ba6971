"""Two projection heads into one space, trained contrastively with cross-batch memories and self-modal terms.

After Nakatsuka, Hamasaki & Goto (WACV 2023): besides the batch, every item is compared with the latest embeddings of
both kinds, kept in first-in-first-out memories; pictures are compared with tracks and tracks with pictures
(cross-modal), and each kind with itself (self-modal). Where their pairs either match or not, here likeness is graded,
and the target distribution over the others is that likeness, normalised: of items that have places, ``near``; of judged
pairs, ``judged``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception.images.clip_heads import Layers

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
BLOCK_VARIANCE = 4.0

Alike = Callable[["torch.Tensor", "torch.Tensor", int, int], "torch.Tensor"]
"""``alike(mine, theirs, one, other)``: (n, m) how alike items at places (n, k) and (m, k) ought to be, from 0; ``one``
and ``other`` are their kinds, 0 pictures and 1 tracks."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``components``: principal components a head sees; ``spread``: how near two places must be to count as alike;
    ``memory``: embeddings kept of each kind; ``cross``: the share of the cross-modal terms in the loss."""

    components: int = 32
    hidden: int = 64
    dimensions: int = 32
    temperature: float = 0.1
    spread: float = 0.7
    memory: int = 512
    cross: float = 0.7
    batch: int = 128
    steps: int = 150
    rate: float = 4e-3
    decay: float = 0.05
    dropout: float = 0.2


def near(spread: float) -> Alike:
    """``exp(-d^2 / 2 spread^2)`` of the distance between places."""
    import torch

    def alike(mine: torch.Tensor, theirs: torch.Tensor, _one: int, _other: int) -> torch.Tensor:
        return torch.exp(-((mine[:, None] - theirs[None]) ** 2).sum(2) / (2 * spread**2))

    return alike


def judged(grades: Floats) -> Alike:
    """For items whose place is their number (``numbers``), by grades (pictures, tracks) from 0, where what was not
    judged counts as not matching. Two of one kind are alike as far as they match the same others (cosine)."""
    import torch

    unit = [side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9) for side in (grades, grades.T)]
    tables = {(0, 1): grades, (1, 0): grades.T, (0, 0): unit[0] @ unit[0].T, (1, 1): unit[1] @ unit[1].T}
    known = {kinds: torch.from_numpy(np.ascontiguousarray(table)) for kinds, table in tables.items()}

    def alike(mine: torch.Tensor, theirs: torch.Tensor, one: int, other: int) -> torch.Tensor:
        return known[one, other][mine[:, 0].long()[:, None], theirs[:, 0].long()[None]]

    return alike


def numbers(count: int) -> Floats:
    """(count, 1)"""
    return np.arange(count, dtype=np.float32)[:, None]


def train(
    pictures: Sequence[Floats],
    tracks: Sequence[Floats],
    places: tuple[Floats, Floats],
    settings: Settings | None = None,
    seed: int = 0,
    *,
    alike: Alike | None = None,
) -> tuple[Layers, Layers]:
    """Heads for pictures and tracks, given their ``places`` (n, k) and (m, k), which are alike when near unless
    ``alike`` says otherwise. Each kind comes as blocks (n, length), which count alike however long they are; its head
    takes them side by side."""
    import torch

    torch.set_num_threads(1)
    chosen = settings or Settings()
    due = alike or near(chosen.spread)
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    sides = [_Side.of(x, place, chosen) for x, place in zip((pictures, tracks), places, strict=True)]
    parameters = [weight for side in sides for weight in side.net.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=chosen.rate, weight_decay=chosen.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, chosen.steps)
    for _ in range(chosen.steps):
        drawn = [side.draw(generator, chosen.batch) for side in sides]
        loss = _loss(drawn, sides, chosen, due)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        for side, (vectors, place) in zip(sides, drawn, strict=True):
            side.remember(vectors.detach(), place, chosen.memory)
    return sides[0].layers(), sides[1].layers()


@dataclass
class _Side:
    """One kind of item: its inputs as principal components, its head, and the memory of its latest embeddings."""

    matrix: Floats
    offset: Floats
    inputs: torch.Tensor
    places: torch.Tensor
    net: Any
    memory: torch.Tensor
    remembered: torch.Tensor

    @classmethod
    def of(cls, blocks: Sequence[Floats], places: Floats, settings: Settings) -> _Side:
        import torch

        x = np.concatenate(blocks, axis=1)
        matrix = _components(blocks, settings.components)
        mean, kept = x.mean(0), matrix.shape[1]
        net = torch.nn.Sequential(
            torch.nn.Linear(kept, settings.hidden),
            torch.nn.ReLU(),
            torch.nn.Dropout(settings.dropout),
            torch.nn.Linear(settings.hidden, settings.dimensions),
        )
        return cls(
            matrix=matrix,
            offset=np.asarray(-mean @ matrix, dtype=np.float32),
            inputs=torch.from_numpy(x @ matrix - mean @ matrix),
            places=torch.from_numpy(places.astype(np.float32)),
            net=net,
            memory=torch.zeros(0, settings.dimensions),
            remembered=torch.zeros(0, places.shape[1]),
        )

    def draw(self, generator: np.random.Generator, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        rows = torch.from_numpy(generator.integers(0, len(self.inputs), min(batch, len(self.inputs))))
        return torch.nn.functional.normalize(self.net(self.inputs[rows]), dim=1), self.places[rows]

    def remember(self, vectors: torch.Tensor, places: torch.Tensor, most: int) -> None:
        """First in, first out."""
        import torch

        self.memory = torch.cat([self.memory, vectors])[-most:]
        self.remembered = torch.cat([self.remembered, places])[-most:]

    def layers(self) -> Layers:
        """The trained head with the components folded into its first layer."""
        first, last = self.net[0], self.net[3]
        weight, bias = first.weight.detach().numpy(), first.bias.detach().numpy()
        matrix, offset = self.matrix @ weight.T, self.offset @ weight.T + bias
        return Layers(
            (matrix.astype(np.float32), last.weight.detach().numpy().T.copy()),
            (offset.astype(np.float32), last.bias.detach().numpy().copy()),
        )


def _components(blocks: Sequence[Floats], most: int) -> Floats:
    """(length of all blocks, components): each block's standardised principal components, half-whitened, so scaled
    that every block's variance sums to the same."""
    parts = []
    for x in blocks:
        scale = np.maximum(x.std(0), 1e-6)
        _, values, axes = np.linalg.svd((x - x.mean(0)) / scale, full_matrices=False)
        kept = min(most, int((values > 1e-3 * values[0]).sum()))
        spreads = values[:kept] / np.sqrt(len(x))
        matrix = axes[:kept].T / np.sqrt(spreads) / scale[:, None]
        parts.append(matrix * np.sqrt(BLOCK_VARIANCE / spreads.sum()))
    out = np.zeros((sum(map(len, parts)), sum(part.shape[1] for part in parts)), dtype=np.float32)
    row = column = 0
    for part in parts:
        out[row : row + part.shape[0], column : column + part.shape[1]] = part
        row, column = row + part.shape[0], column + part.shape[1]
    return out


def _loss(
    drawn: list[tuple[torch.Tensor, torch.Tensor]], sides: list[_Side], settings: Settings, alike: Alike
) -> torch.Tensor:
    import torch

    total = torch.zeros(())
    for one in (0, 1):
        vectors, places = drawn[one]
        for other in (0, 1):
            others = torch.cat([drawn[other][0], sides[other].memory])
            theirs = torch.cat([drawn[other][1], sides[other].remembered])
            share = settings.cross if one != other else 1 - settings.cross
            logits = vectors @ others.T / settings.temperature
            due = alike(places, theirs, one, other)
            total = total + share * _cross_entropy(logits, due, itself=one == other)
    return total / 2


def _cross_entropy(logits: torch.Tensor, due: torch.Tensor, *, itself: bool) -> torch.Tensor:
    """Between who should be near and who is, (n, m) both; an item is not compared with itself, and one that should be
    near nobody says nothing."""
    import torch

    if itself:
        same = torch.eye(*logits.shape, dtype=torch.bool)
        logits, due = logits.masked_fill(same, -1e4), due.masked_fill(same, 0.0)
    known = due.sum(1) > 1e-6
    due = due / due.sum(1, keepdim=True).clamp(min=1e-6)
    loss = -(due * torch.log_softmax(logits, dim=1)).sum(1)
    return loss[known].mean() if known.any() else loss.sum() * 0


def embed(layers: Layers, x: Floats) -> Floats:
    """(n, dimensions) unit vectors."""
    vectors = layers(x)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
