"""Small real models in the layouts of their libraries, trained for a few seconds, so that the loading code that a user
runs is the code that is tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COLOURS = {"red": (200, 40, 40), "green": (50, 160, 60), "blue": (50, 80, 200), "white": (240, 240, 240)}

CLIP_CONFIG: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
RESNET_CONFIG: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
SIGLIP_CONFIG: dict[str, Any] = {**CLIP_CONFIG, "init_logit_bias": -10}


def plain(colour: str, seed: int = 0, side: int = 48) -> Image.Image:
    """A picture of one colour, unevenly lit."""
    generator = np.random.default_rng(seed)
    shade = np.array(COLOURS[colour]) + generator.normal(0, 12, (side, side, 3)) + generator.normal(0, 10)
    return Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8))


def make_clip(folder: Path, config: dict[str, Any] = CLIP_CONFIG, steps: int = 60) -> Path:
    """An open_clip model in open_clip's hub layout, trained to match plain pictures with the names of their colours."""
    from recommender.perception.weights.loaders import declare_torchvision

    declare_torchvision()
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    registered = folder / f"tiny-{folder.name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    registered.write_text(json.dumps(config))
    open_clip.add_model_config(registered)
    model, _, transform = open_clip.create_model_and_transforms(registered.stem, load_weights=False)
    tokenizer = open_clip.get_tokenizer(registered.stem)
    names = list(COLOURS)
    tokens = tokenizer([f"a photo of a {name} thing" for name in names])
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for step in range(steps):
        seeds = (2 * step, 2 * step + 1)
        pictures = torch.stack([transform(plain(name, seed)) for seed in seeds for name in names])
        seen, said = model.encode_image(pictures, normalize=True), model.encode_text(tokens, normalize=True)
        loss = torch.nn.functional.cross_entropy(20 * seen @ said.T, torch.arange(len(names)).repeat(2))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    preprocess = {"mean": list(model.visual.image_mean), "std": list(model.visual.image_std)}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}))
    return folder


def make_clap(folder: Path) -> Path:
    """A CLAP model with its processor in the hub's layout: random weights, a tokenizer trained on a few lines."""
    from tokenizers import ByteLevelBPETokenizer

    from recommender.perception.weights.loaders import declare_torchvision

    declare_torchvision()
    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, ClapProcessor, RobertaTokenizer

    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    words = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    words.train_from_iterator(
        ["music that feels happy and sad", "piano playing slow jazz"], 300, special_tokens=special
    )
    words.save_model(str(folder))
    tokenizer = RobertaTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=64)
    config = ClapConfig(
        text_config={
            "vocab_size": 400,
            "hidden_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 80,
            "projection_dim": 16,
        },
        audio_config={
            "hidden_size": 64,
            "num_mel_bins": 64,
            "spec_size": 256,
            "patch_embeds_hidden_size": 16,
            "depths": [1, 1, 1],
            "num_attention_heads": [1, 2, 2],
            "projection_dim": 16,
        },
        projection_dim=16,
    )
    ClapModel(config).save_pretrained(folder)
    extractor = ClapFeatureExtractor(truncation="rand_trunc", padding="repeatpad")
    ClapProcessor(feature_extractor=extractor, tokenizer=tokenizer).save_pretrained(folder)
    return folder


def make_detector(folder: Path, family: str) -> Path:
    """A YOLOS or DETR detector, or a picture classifier of expressions, in the hub's layout, with random weights."""
    from recommender.perception.weights.loaders import declare_torchvision

    declare_torchvision()
    import torch
    import transformers

    torch.manual_seed(0)
    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    if family == "yolos":
        names = {0: "dog", 1: "sofa"}
        config = transformers.YolosConfig(
            **small, image_size=[64, 64], patch_size=16, num_detection_tokens=5, id2label=names
        )
        model: Any = transformers.YolosForObjectDetection(config)
        processor: Any = transformers.YolosImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    elif family == "detr":
        backbone = transformers.ResNetConfig(
            embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], out_features=["stage2"]
        )
        config = transformers.DetrConfig(
            use_timm_backbone=False,
            use_pretrained_backbone=False,
            backbone=None,
            backbone_config=backbone,
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            num_queries=5,
            id2label={0: "dog", 1: "sofa"},
        )
        model = transformers.DetrForObjectDetection(config)
        processor = transformers.DetrImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    else:
        config = transformers.ViTConfig(**small, image_size=32, patch_size=16, id2label={0: "sadness", 1: "happiness"})
        model = transformers.ViTForImageClassification(config)
        processor = transformers.ViTImageProcessor(size={"height": 32, "width": 32})
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
