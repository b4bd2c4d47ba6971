"""The files of the lite tier: where their publishers keep them, and what they must be, to the byte.

An address may change or go; what counts is the checksum, so several addresses may be named and the first good file is
taken. Names are paths under the models' folder (``loaders.model_folder``).
"""

from __future__ import annotations

from dataclasses import dataclass

GITHUB = "https://raw.githubusercontent.com"
CORAL = f"{GITHUB}/google-coral/test_data/master"
GOOGLE = "https://storage.googleapis.com"


@dataclass(frozen=True)
class ModelFile:
    """One file. ``size`` in bytes; ``sense``: what of it is used for, ``pictures`` or ``sound``; ``version``: the
    publisher's own name for it. ``blob``: git's name of the content, where ``sha256`` is not known and empty."""

    name: str
    sense: str
    what: str
    version: str
    licence: str
    publisher: str
    addresses: tuple[str, ...]
    sha256: str
    size: int
    blob: str = ""

    @property
    def mark(self) -> str:
        """What tells this content from any other."""
        return self.sha256 or self.blob


LITE = (
    ModelFile(
        name="image/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",
        sense="pictures",
        what="what a picture looks like (embedding)",
        version="MobileNet v1 1.0 224, quantised",
        licence="Apache-2.0",
        publisher="google-coral/test_data",
        addresses=(f"{CORAL}/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",),
        sha256="f409ef4f73fcbb9667841965623c5c8524aac33d41b9bf5f3667161fb4a76319",
        size=3_251_736,
    ),
    ModelFile(
        name="image/tf2_mobilenet_v2_1.0_224_ptq.tflite",
        sense="pictures",
        what="what a picture shows (1000 classes)",
        version="MobileNet v2 1.0 224, quantised",
        licence="Apache-2.0",
        publisher="google-coral/test_data",
        addresses=(f"{CORAL}/tf2_mobilenet_v2_1.0_224_ptq.tflite",),
        sha256="5d3137241276e79c86d14a74fe43581398ae0e815191d3dba45495b810840e8c",
        size=4_070_174,
    ),
    ModelFile(
        name="image/imagenet_labels.txt",
        sense="pictures",
        what="the names of the classes",
        version="ImageNet 2012, with background",
        licence="Apache-2.0",
        publisher="google-coral/test_data",
        addresses=(f"{CORAL}/imagenet_labels.txt",),
        sha256="b8aaeb5630c62626a7d124a05c0e14230a7ffdd2136a31d0190a4fb71c1d82f1",
        size=21_686,
    ),
    ModelFile(
        name="detect/yolox_nano.onnx",
        sense="pictures",
        what="objects and people",
        version="YOLOX-nano 0.1.1rc0",
        licence="Apache-2.0",
        publisher="Megvii-BaseDetection/YOLOX",
        addresses=(
            "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx",
            f"{GITHUB}/hamacom2004jp/iinfer/c7f9a3c5216c6f8b3e8b35886f863dffa2dc0bf9/models/yolox_nano.onnx",
        ),
        sha256="d39bee73564e338080378b0ad567fbb40e818b55bbfaf971de82a0267ed16b8a",
        size=3_713_911,
    ),
    ModelFile(
        name="detect/coco_labels.txt",
        sense="pictures",
        what="the names of the objects",
        version="COCO 2017",
        licence="Apache-2.0",
        publisher="google-coral/test_data",
        addresses=(f"{CORAL}/coco_labels.txt",),
        sha256="dc183f003fc753c4c43fae6fdf7f387559449573f13fa32e517fb7453fd380f1",
        size=661,
    ),
    ModelFile(
        name="face/fer2013_mini_XCEPTION.102-0.66.hdf5",
        sense="pictures",
        what="facial expression",
        version="mini-XCEPTION, FER-2013, epoch 102",
        licence="MIT",
        publisher="oarriaga/face_classification",
        addresses=(
            f"{GITHUB}/oarriaga/face_classification/master/trained_models/emotion_models/"
            "fer2013_mini_XCEPTION.102-0.66.hdf5",
        ),
        sha256="59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
        size=872_856,
    ),
    ModelFile(
        name="sound/jamendo-musicnn.pth",
        sense="sound",
        what="genres, instruments and moods of music",
        version="MusiCNN on MTG-Jamendo",
        licence="MIT",
        publisher="minzwon/sota-music-tagging-models",
        addresses=(
            f"{GITHUB}/minzwon/sota-music-tagging-models/master/models/jamendo/musicnn/best_model.pth",
            f"{GITHUB}/philtgun/music-tagging-benchmark/master/models/jamendo/musicnn/best_model.pth",
        ),
        sha256="66280f4859376377c47f64313c7ac889a3201fdb06a01bf6e94ac6e619081bb5",
        size=3_257_168,
    ),
    ModelFile(
        name="sound/yamnet.tflite",
        sense="sound",
        what="voices, crowds and other sounds (521 events)",
        version="YAMNet 1",
        licence="Apache-2.0",
        publisher="Google, YAMNet",
        addresses=(
            f"{GOOGLE}/tfhub-lite-models/google/lite-model/yamnet/classification/tflite/1.tflite",
            f"{GOOGLE}/mediapipe-models/audio_classifier/yamnet/float32/1/yamnet.tflite",
            f"{GOOGLE}/ai-edge/interpreter-samples/audio_classification/ios/yamnet.tflite",
            f"{GOOGLE}/tfhub-lite-models/google/lite-model/yamnet/tflite/1.tflite",
        ),
        sha256="469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194",
        size=4_078_224,
    ),
    ModelFile(
        name="sound/yamnet_class_map.csv",
        sense="sound",
        what="the names of the events",
        version="AudioSet, as YAMNet has it",
        licence="Apache-2.0",
        publisher="tensorflow/models",
        addresses=(f"{GITHUB}/tensorflow/models/master/research/audioset/yamnet/yamnet_class_map.csv",),
        sha256="cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
        size=14_096,
    ),
)
"""About 19 MB. ``version`` is told on pages and in `models list`."""


def files_of(sense: str) -> tuple[ModelFile, ...]:
    """The files that reading ``pictures`` or ``sound`` in the lite tier needs."""
    return tuple(file for file in LITE if file.sense == sense)
