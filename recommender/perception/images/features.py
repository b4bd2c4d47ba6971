"""What the regressors see of a picture: one dictionary of blocks of numbers for each tier.

``basic``: ``colour``, ``texture``, ``gist``. ``lite`` adds what small networks see: ``embedding``, the mean ImageNet
embedding of five views (the two ends of the picture, one of them mirrored, its middle, and the whole squeezed into a
square, once mirrored); ``meaning``, the damped mean class probabilities of three of them; ``things``, objects and
people; ``faces``, their expression; ``structure``, texture and gist together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recommender.perception.images import colour, texture
from recommender.perception.images.detector import Detector, Thing, object_detector, things_vector
from recommender.perception.images.expressions import expression_reader
from recommender.perception.images.faces import Face, faces_vector, find_faces
from recommender.perception.weights.loaders import image_classifier, image_embedder, tier_of

WORKING_SIDE = 384
PART_SHARE = 0.78
TIERS = ("basic", "lite")
BLOCKS = {"basic": ("colour", "texture", "gist"), "lite": ("embedding", "meaning", "things", "faces", "structure")}

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def best_tier() -> str:
    """The best tier whose files are on disk."""
    return tier_of("pictures")


@dataclass(frozen=True)
class View:
    """A picture at working size (longest side ``WORKING_SIDE``), measured when asked and once only."""

    image: Image.Image

    @classmethod
    def of(cls, image: Image.Image) -> View:
        scale = WORKING_SIDE / max(image.size)
        size = tuple(max(16, round(side * scale)) for side in image.size)
        return cls(image.convert("RGB").resize((size[0], size[1]), Image.Resampling.BICUBIC, reducing_gap=2.0))

    @cached_property
    def pixels(self) -> Pixels:
        """(height, width, 3) uint8 sRGB."""
        return np.asarray(self.image)

    @cached_property
    def lab(self) -> Floats:
        """(height, width, 3) OKLab."""
        return colour.oklab(self.pixels)

    @cached_property
    def light(self) -> Floats:
        """(height, width) OKLab lightness 0..1."""
        return self.lab[..., 0]

    @cached_property
    def classes(self) -> Floats:
        """(1000,) mean ImageNet probabilities of three views, without the background; lite only."""
        classifier = image_classifier()
        if classifier is None:
            raise LookupError("the lite tier's classifier is not on disk")
        first, last, _, whole, _ = self._squares
        return _mean([classifier.run(square)[1:] for square in (first, last, whole)])

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Objects and people, the surest first; lite only."""
        return self._detector.run(self.image)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Faces, the largest first; with expressions where the network for them is on disk."""
        return find_faces(np.asarray(self.image.convert("L")), expression_reader())

    @property
    def _detector(self) -> Detector:
        detector = object_detector()
        if detector is None:
            raise LookupError("the lite tier's detector is not on disk")
        return detector

    @cached_property
    def embedding(self) -> Floats:
        """(1024,) mean embedding of the five views; lite only."""
        embedder = image_embedder()
        if embedder is None:
            raise LookupError("the lite tier's embedder is not on disk")
        return _mean([embedder.run(square) for square in self._squares])

    def blocks(self, tier: str) -> dict[str, Floats]:
        """The tier's inputs by name, each one-dimensional and of fixed length."""
        shape = _mean([texture.texture_vector(part) for part in self._parts])
        layout = _mean([texture.gist(part) for part in self._parts[:2]])
        if tier == "basic":
            halved = self.image.reduce(2)  # colours need no detail, and a quarter of the pixels costs a quarter
            pixels: Pixels = np.asarray(halved)
            return {"colour": colour.colour_vector(pixels, colour.oklab(pixels)), "texture": shape, "gist": layout}
        damped: Floats = np.sqrt(self.classes)
        return {
            "embedding": self.embedding,
            "meaning": np.asarray(damped / max(float(damped.sum()), 1e-6), dtype=np.float32),
            "things": things_vector(self.things, self._detector.names),
            "faces": faces_vector(self.faces),
            "structure": np.concatenate([shape, layout]),
        }

    @cached_property
    def _parts(self) -> list[Floats]:
        """The lightness of the whole, of its middle and of its four corners: how a picture is cut should matter little,
        and texture averaged over cuts predicts ratings better than that of the whole alone."""
        height, width = (round(side * PART_SHARE) for side in self.light.shape)
        down, across = self.light.shape[0] - height, self.light.shape[1] - width
        corners = ((down // 2, across // 2), (0, 0), (0, across), (down, 0), (down, across))
        return [self.light, *(self.light[y : y + height, x : x + width] for y, x in corners)]

    @cached_property
    def _squares(self) -> list[Pixels]:
        width, height = self.image.size
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        mirrored = self.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        first = self.image.crop((0, 0, side, side))
        last = mirrored.crop((0, height - side, side, height))
        middle = self.image.crop((left, top, left + side, top + side))
        squares = (first, last, middle, self.image, mirrored)
        return [np.asarray(square.resize((224, 224), Image.Resampling.BICUBIC)) for square in squares]


def _mean(vectors: list[Floats]) -> Floats:
    return np.asarray(np.mean(vectors, axis=0), dtype=np.float32)
