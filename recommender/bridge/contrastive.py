"""Two projection heads into one space, trained contrastively with cross-batch memories and self-modal terms.

After Nakatsuka, Hamasaki & Goto (WACV 2023): besides the batch, every item is compared with the latest embeddings of
both kinds, kept in first-in-first-out memories; pictures are compared with tracks and tracks with pictures
(cross-modal), and each kind with itself (self-modal). Where their pairs either match or not, here likeness is graded:
each item has a place, and the target distribution over the others is ``exp(-d^2 / 2 spread^2)``, normalised. Pairs
that simply match are the special case of places that are the same or far apart (``places_of_pairs``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception.picture_heads import Layers

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
FAR = 1000.0
BLOCK_VARIANCE = 4.0


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


def places_of_pairs(pairs: NDArray[np.intp]) -> Floats:
    """(n, 1): places for items that match when their pair's number is the same, and not at all otherwise."""
    return np.asarray(pairs[:, None] * FAR, dtype=np.float32)


def train(
    pictures: Sequence[Floats],
    tracks: Sequence[Floats],
    places: tuple[Floats, Floats],
    settings: Settings | None = None,
    seed: int = 0,
) -> tuple[Layers, Layers]:
    """Heads for pictures and tracks, given their ``places`` (n, k) and (m, k). Each kind comes as blocks (n, length),
    which count alike however long they are; its head takes them side by side."""
    import torch

    torch.set_num_threads(1)
    chosen = settings or Settings()
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    sides = [_Side.of(x, place, chosen) for x, place in zip((pictures, tracks), places, strict=True)]
    parameters = [weight for side in sides for weight in side.net.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=chosen.rate, weight_decay=chosen.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, chosen.steps)
    for _ in range(chosen.steps):
        drawn = [side.draw(generator, chosen.batch) for side in sides]
        loss = _loss(drawn, sides, chosen)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
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


def _loss(drawn: list[tuple[torch.Tensor, torch.Tensor]], sides: list[_Side], settings: Settings) -> torch.Tensor:
    import torch

    total = torch.zeros(())
    for one in (0, 1):
        vectors, places = drawn[one]
        for other in (0, 1):
            others = torch.cat([drawn[other][0], sides[other].memory])
            theirs = torch.cat([drawn[other][1], sides[other].remembered])
            share = settings.cross if one != other else 1 - settings.cross
            total = total + share * _graded(vectors, places, others, theirs, settings, itself=one == other)
    return total / 2


def _graded(
    vectors: torch.Tensor,
    places: torch.Tensor,
    others: torch.Tensor,
    theirs: torch.Tensor,
    settings: Settings,
    *,
    itself: bool,
) -> torch.Tensor:
    """Cross entropy between who should be near, by their places, and who is; an item is not compared with itself."""
    import torch

    logits = vectors @ others.T / settings.temperature
    due = torch.exp(-((places[:, None] - theirs[None]) ** 2).sum(2) / (2 * settings.spread**2))
    if itself:
        same = torch.eye(len(vectors), len(others), dtype=torch.bool)
        logits, due = logits.masked_fill(same, -1e4), due.masked_fill(same, 0.0)
    known = due.sum(1) > 1e-6
    due = due / due.sum(1, keepdim=True).clamp(min=1e-6)
    loss = -(due * torch.log_softmax(logits, dim=1)).sum(1)
    return loss[known].mean() if known.any() else loss.sum() * 0


def embed(layers: Layers, x: Floats) -> Floats:
    """(n, dimensions) unit vectors."""
    vectors = layers(x)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
