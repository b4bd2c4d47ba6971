"""Facial expression: mini-XCEPTION, trained on FER-2013 (Arriaga, Valdenegro & Ploeger 2017). Lite tier.

The publisher's file is a Keras 1 checkpoint. Its seven layers of weights are read with h5py and put together here,
from their shapes: two plain convolutions, four residual blocks of depthwise separable ones, and the mean over space.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recommender.perception.weights.loaders import loaded_once, on_disk

if TYPE_CHECKING:
    import torch

EXPRESSIONS_FILE = "face/fer2013_mini_XCEPTION.102-0.66.hdf5"

EXPRESSIONS = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
"""In the order of the network's outputs (FER-2013's classes)."""

SIDE = 64
EPSILON = 1e-3
BLOCKS = 4


class ExpressionNetwork:
    """A grey face to the probabilities of ``EXPRESSIONS``, on one thread."""

    def __init__(self, path: Path) -> None:
        import h5py
        import torch

        torch.set_num_threads(1)
        with h5py.File(path) as stored:
            found: dict[str, NDArray[np.float32]] = {}

            def keep(name: str, item: Any) -> None:
                if isinstance(item, h5py.Dataset):
                    layer, _, kind = name.rpartition("/")
                    found[f"{layer.split('/')[0]}.{kind.removesuffix(':0')}"] = np.asarray(item, dtype=np.float32)

            stored["model_weights"].visititems(keep)
        self._weights = {name: torch.from_numpy(value) for name, value in found.items()}

    def run(self, face: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``face``: a grey crop (height, width). Returns (7,) probabilities."""
        import torch
        from torch.nn.functional import conv2d

        square = Image.fromarray(face).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        pixels = (np.asarray(square, dtype=np.float32) / 255 - 0.5) * 2
        with torch.inference_mode():
            x = torch.from_numpy(pixels)[None, None]
            for number in (1, 2):
                x = self._normalised(conv2d(x, self._kernel(f"conv2d_{number}.kernel")), number).relu()
            for block in range(BLOCKS):
                x = self._block(x, block)
            x = conv2d(x, self._kernel("conv2d_7.kernel"), self._weights["conv2d_7.bias"], padding=1)
            return np.asarray(x.mean((2, 3)).softmax(1)[0].numpy())

    def _block(self, x: torch.Tensor, block: int) -> torch.Tensor:
        """Two separable convolutions and a maximum, added to a short cut of half the size."""
        from torch.nn.functional import conv2d, max_pool2d, pad

        first, norm = 2 * block + 1, 3 * block + 3  # layers are numbered through; the short cut's norm comes first
        short = self._normalised(conv2d(x, self._kernel(f"conv2d_{block + 3}.kernel"), stride=2), norm)
        deep = self._normalised(self._separable(x, first), norm + 1).relu()
        deep = self._normalised(self._separable(deep, first + 1), norm + 2)
        odd = x.shape[-1] % 2  # "same" padding as TensorFlow has it: all on the far side for even sizes
        deep = max_pool2d(pad(deep, (odd, 1, odd, 1), value=float("-inf")), 3, 2)
        return deep + short

    def _separable(self, x: torch.Tensor, number: int) -> torch.Tensor:
        from torch.nn.functional import conv2d

        depth = self._weights[f"separable_conv2d_{number}.depthwise_kernel"].permute(2, 3, 0, 1)
        apart = conv2d(x, depth, padding=1, groups=x.shape[1])
        return conv2d(apart, self._kernel(f"separable_conv2d_{number}.pointwise_kernel"))

    def _kernel(self, name: str) -> torch.Tensor:
        return self._weights[name].permute(3, 2, 0, 1)

    def _normalised(self, x: torch.Tensor, number: int) -> torch.Tensor:
        from torch.nn.functional import batch_norm

        mean, variance, scale, shift = (
            self._weights[f"batch_normalization_{number}.{part}"]
            for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return batch_norm(x, mean, variance, scale, shift, eps=EPSILON)


@loaded_once
def _network(path: Path) -> ExpressionNetwork:
    return ExpressionNetwork(path)


def expression_reader() -> ExpressionNetwork | None:
    """The network, or None when its file is not on disk."""
    path = on_disk(EXPRESSIONS_FILE)
    return _network(path) if path else None
