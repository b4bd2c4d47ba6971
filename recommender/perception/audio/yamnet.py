"""What sounds in a recording: YAMNet's 521 events of AudioSet (Plakal & Ellis 2020; Gemmeke et al. 2017). Lite tier."""

from __future__ import annotations

import csv
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception.weights.loaders import loaded_once, on_disk

EVENTS_FILE = "sound/yamnet.tflite"
EVENT_NAMES_FILE = "sound/yamnet_class_map.csv"

EVENTS_RATE, WINDOW = 16_000, 15_600
"""Samples a second, and samples the network hears at once (0.975 s)."""

WINDOWS = 6
"""Spread evenly over the sound; one costs about 8 ms of one core."""


class EventNetwork:
    """Sound to the scores of events, on one thread."""

    def __init__(self, path: Path, names: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        self._interpreter = Interpreter(model_path=str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        with names.open(encoding="utf-8", newline="") as lines:
            self.names = tuple(row["display_name"] for row in csv.DictReader(lines))

    def run(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """``samples``: (N,) mono at ``EVENTS_RATE``. Each event's mean score over the windows, 0..1."""
        padded = np.pad(samples, (0, max(WINDOW - len(samples), 0)))
        starts = np.unique(np.linspace(0, len(padded) - WINDOW, WINDOWS).astype(int))
        with self._lock:
            heard = np.mean([self._window(padded[start : start + WINDOW]) for start in starts], axis=0)
        return dict(zip(self.names, map(float, heard), strict=True))

    def _window(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._interpreter.set_tensor(self._input, samples[None].astype(np.float32))
        self._interpreter.invoke()
        scores: NDArray[np.float32] = self._interpreter.get_tensor(self._output)[0].copy()
        return scores


@loaded_once
def _network(path: Path, names: Path) -> EventNetwork:
    return EventNetwork(path, names)


def event_network() -> EventNetwork | None:
    """The network, or None when its files are not on disk."""
    path, names = on_disk(EVENTS_FILE), on_disk(EVENT_NAMES_FILE)
    return _network(path, names) if path and names else None
