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
    from recommender.perception.encoders import declare_torchvision

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
