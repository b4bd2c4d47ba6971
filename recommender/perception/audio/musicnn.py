"""The music tagger of the lite tier: MusiCNN trained on MTG-Jamendo, fifty tags (Pons & Serra 2019; Won et al. 2020).

The checkpoint holds weights only; the network is put together here from their shapes. Log mel spectra pass two
families of filters, tall ones over timbre (their maximum over frequency) and long ones over rhythm (on the mean over
frequency), three residual layers over time, and a dense layer on each channel's maximum and mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.perception.weights.loaders import loaded_once, on_disk

if TYPE_CHECKING:
    import torch

SOUND_TAGS_FILE = "sound/jamendo-musicnn.pth"

TAGS = (
    "alternative",
    "ambient",
    "atmospheric",
    "chillout",
    "classical",
    "dance",
    "downtempo",
    "easylistening",
    "electronic",
    "experimental",
    "folk",
    "funk",
    "hiphop",
    "house",
    "indie",
    "instrumentalpop",
    "jazz",
    "lounge",
    "metal",
    "newage",
    "orchestral",
    "pop",
    "popfolk",
    "poprock",
    "reggae",
    "rock",
    "soundtrack",
    "techno",
    "trance",
    "triphop",
    "world",
    "acousticguitar",
    "bass",
    "computer",
    "drummachine",
    "drums",
    "electricguitar",
    "electricpiano",
    "guitar",
    "keyboard",
    "piano",
    "strings",
    "synthesizer",
    "violin",
    "voice",
    "emotional",
    "energetic",
    "film",
    "happy",
    "relaxing",
)
"""In the order of the network's outputs: genres, instruments, moods and themes."""

TAGGER_RATE, WINDOW = 16_000, 48_000
"""Samples a second, and samples the network hears at once (3 s)."""

FRAME, HOP = 512, 256
WINDOWS = 3
"""Spread evenly over the sound; one costs 20 to 60 ms of one core, more than all else in a reading."""

NEGLIGIBLE = 1e-30
"""Weights that training has shrunk to denormal numbers, which make processors a hundred times slower, become zero."""


class Tagger:
    """Sound to the probabilities of ``TAGS``. Runs on one thread; sets torch's threads for the whole process."""

    def __init__(self, path: Path) -> None:
        import torch

        torch.set_num_threads(1)
        stored = torch.load(path, map_location="cpu", weights_only=True)
        self._weights = {
            name: value.where(value.abs() > NEGLIGIBLE, 0) if value.is_floating_point() else value
            for name, value in stored.items()
        }

    def run(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """``samples``: (N,) mono at ``TAGGER_RATE``. Returns (50,) probabilities, the mean over the windows."""
        import torch

        samples = np.pad(samples, (0, max(WINDOW - len(samples), 0)))
        starts = np.unique(np.linspace(0, len(samples) - WINDOW, WINDOWS).astype(int))
        with torch.inference_mode():
            heard = [self._window(torch.from_numpy(samples[start : start + WINDOW])).numpy() for start in starts]
        return np.mean(heard, axis=0, dtype=np.float64)  # type: ignore[no-any-return]

    def _window(self, samples: torch.Tensor) -> torch.Tensor:
        """(48000,) samples to (50,) probabilities. One window at a time stays in the processor's cache."""
        import torch
        from torch.nn.functional import conv1d, conv2d, linear

        weights = self._weights
        level = self._normalised(self._mel(samples)[None, None], "spec_bn")
        tall = [
            self._activated(conv2d(level, *self._pair(f"layers.{n}.conv"), padding=(0, 3)), f"layers.{n}.bn").amax(2)
            for n in (0, 1)
        ]
        long = []
        for n in (2, 3, 4):
            pad = weights[f"layers.{n}.conv.weight"].shape[2] // 2
            rhythm = conv1d(level.mean(2), *self._pair(f"layers.{n}.conv"), padding=pad)
            long.append(self._activated(rhythm, f"layers.{n}.bn"))
        layers = [torch.cat([*tall, *long], 1)]
        for n in (1, 2, 3):
            deeper = self._activated(conv1d(layers[-1], *self._pair(f"layer{n}.conv"), padding=3), f"layer{n}.bn")
            layers.append(deeper if n == 1 else deeper + layers[-1])
        channels = torch.cat(layers, 1)
        pooled = torch.cat([channels.amax(2), channels.mean(2)], 1)
        hidden = self._activated(linear(pooled, *self._pair("dense1")), "bn")
        return torch.sigmoid(linear(hidden, *self._pair("dense2")))[0]

    def _mel(self, samples: torch.Tensor) -> torch.Tensor:
        """(96, frames): decibels, by the window and the mel matrix stored with the weights."""
        import torch

        window, bands = self._weights["spec.spectrogram.window"], self._weights["spec.mel_scale.fb"]
        spectrum = torch.stft(samples, FRAME, HOP, FRAME, window, center=True, pad_mode="reflect", return_complex=True)
        return 10 * torch.log10((bands.T @ spectrum.abs().square()).clamp(min=1e-10))

    def _pair(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]

    def _normalised(self, values: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn.functional import batch_norm

        return batch_norm(
            values, self._weights[f"{name}.running_mean"], self._weights[f"{name}.running_var"], *self._pair(name)
        )

    def _activated(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return self._normalised(values, name).relu()


@loaded_once
def _tagger(path: Path) -> Tagger:
    return Tagger(path)


def sound_tagger() -> Tagger | None:
    """The tagger, or None when its file is not on disk."""
    path = on_disk(SOUND_TAGS_FILE)
    return _tagger(path) if path else None
