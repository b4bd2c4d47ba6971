"""Draws the four sample scenes of the first page: ``python bin/draw_samples.py``.

Everything is computed from the seeds below, so the pictures are this project's own and come out the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 960
FOLDER = Path(__file__).resolve().parents[1] / "templates" / "static" / "samples"
Colour = tuple[int, int, int]


def gradient(stops: Sequence[tuple[float, Colour]], height: int = HEIGHT) -> Image.Image:
    """A vertical gradient through ``(position 0..1, colour)`` stops."""
    at = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    columns = [np.interp(at, places, [colour[i] for _, colour in stops]) for i in range(3)]
    return Image.fromarray(np.repeat(np.stack(columns, 1)[:, None, :], WIDTH, 1).astype(np.uint8))


def glow(image: Image.Image, x: float, y: float, radius: float, colour: Colour) -> Image.Image:
    """Adds light that fades with distance (a Gaussian of ``radius`` pixels)."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
    pixels = np.asarray(image, dtype=np.float32) + light[..., None] * np.array(colour, dtype=np.float32)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def dimmed(colour: Colour, share: float) -> Colour:
    red, green, blue = colour
    return int(red * share), int(green * share), int(blue * share)


def ridge(rng: np.random.Generator, base: float, rough: float) -> list[tuple[float, float]]:
    """A mountain line: sines of falling size, closed along the bottom edge."""
    x = np.linspace(0, WIDTH, 200)
    y = np.full_like(x, base)
    for k in range(1, 9):
        y += rough / k * np.sin(x / WIDTH * 2 * np.pi * k * rng.uniform(0.7, 1.4) + rng.uniform(0, 6))
    return [*zip(x, y, strict=True), (WIDTH, HEIGHT), (0, HEIGHT)]


def grain(rng: np.random.Generator, image: Image.Image, amount: float = 4.0) -> Image.Image:
    noise = rng.normal(0, amount, (HEIGHT, WIDTH, 1))
    return Image.fromarray((np.asarray(image, dtype=np.float32) + noise).clip(0, 255).astype(np.uint8))


def sunset_sea(rng: np.random.Generator) -> Image.Image:
    horizon = int(HEIGHT * 0.58)
    sky = gradient([(0, (46, 48, 110)), (0.35, (164, 82, 128)), (0.7, (250, 142, 92)), (1, (255, 208, 128))], horizon)
    sea = gradient([(0, (236, 150, 108)), (0.25, (150, 84, 116)), (1, (28, 32, 72))], HEIGHT - horizon)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.paste(sky)
    cloud = Image.new("RGBA", image.size, (255, 190, 150, 0))
    brush = ImageDraw.Draw(cloud)
    for _ in range(46):
        x, y, w = rng.uniform(-100, WIDTH), rng.uniform(60, horizon - 90), rng.uniform(120, 520)
        brush.ellipse((x, y, x + w, y + w * 0.07), fill=(255, 170 + int(y / 9), 150, 62))
    image.paste(cloud := cloud.filter(ImageFilter.GaussianBlur(9)), (0, 0), cloud)
    image = glow(image, WIDTH * 0.6, horizon - 40, 240, (120, 84, 30))
    ImageDraw.Draw(image).circle((WIDTH * 0.6, horizon - 30), 62, fill=(255, 246, 206))
    image.paste(sea, (0, horizon))
    image = glow(image, WIDTH * 0.6, horizon, 130, (90, 50, 10))
    shine = Image.new("RGBA", image.size, (255, 222, 164, 0))
    brush = ImageDraw.Draw(shine)
    for _ in range(620):
        depth = rng.random() ** 1.6
        y = horizon + 4 + depth * (HEIGHT - horizon)
        x = WIDTH * 0.6 + rng.normal(0, 46 + 190 * depth)
        half, thick = 8 + 46 * depth * rng.random(), 1 + 3.5 * depth
        brush.ellipse((x - half, y, x + half, y + thick), fill=(255, 222, 164, int(200 - 120 * depth)))
    image.paste(shine := shine.filter(ImageFilter.GaussianBlur(0.8)), (0, 0), shine)
    return image


def rainy_city(rng: np.random.Generator) -> Image.Image:
    image = gradient([(0, (10, 12, 34)), (0.5, (34, 26, 74)), (0.62, (66, 34, 96)), (1, (10, 10, 26))])
    street = int(HEIGHT * 0.64)
    brush = ImageDraw.Draw(image)
    for layer, shade in enumerate(((30, 28, 66), (20, 19, 48), (12, 12, 32))):
        x = -20.0
        while x < WIDTH:
            w, top = rng.uniform(70, 170), rng.uniform(80 + 90 * layer, 340 + 60 * layer)
            brush.rectangle((x, top, x + w, street), fill=shade)
            for wy in np.arange(top + 18, street - 20, 22):
                for wx in np.arange(x + 10, x + w - 14, 19):
                    if rng.random() < 0.26:
                        lamp = ((255, 206, 120), (120, 200, 255), (255, 120, 190))[rng.integers(3)]
                        brush.rectangle((wx, wy, wx + 8, wy + 11), fill=dimmed(lamp, 0.35 + 0.2 * layer))
            x += w + rng.uniform(2, 26)
    neon: list[tuple[float, float, Colour]] = [
        (180, 430, (255, 40, 150)), (420, 350, (40, 210, 255)), (700, 470, (255, 90, 60)),
        (930, 380, (170, 70, 255)), (1130, 450, (40, 255, 190)),
    ]  # fmt: skip
    for x, y, colour in neon:
        brush = ImageDraw.Draw(image)
        brush.rounded_rectangle((x - 16, y - 70, x + 16, y + 70), 10, outline=colour, width=5)
        brush.line((x, y - 46, x, y + 46), fill=(255, 255, 255), width=4)
        image = glow(image, x, y, 100, dimmed(colour, 0.6))
    upper = image.crop((0, 0, WIDTH, street))
    mirror = upper.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((WIDTH, HEIGHT - street + 160))
    wet = np.asarray(mirror.filter(ImageFilter.GaussianBlur(7)).crop((0, 0, WIDTH, HEIGHT - street)), dtype=np.float32)
    shift = (np.sin(np.arange(HEIGHT - street) / 5.0) * 9 + rng.normal(0, 3, HEIGHT - street)).astype(int)
    wet = np.stack([np.roll(row, by, axis=0) for row, by in zip(wet, shift, strict=True)])
    image.paste(Image.fromarray((wet * 0.72).clip(0, 255).astype(np.uint8)), (0, street))
    rain = Image.new("RGBA", image.size)
    brush = ImageDraw.Draw(rain)
    for _ in range(900):
        x, y, length = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(14, 46)
        brush.line((x, y, x - length * 0.16, y + length), fill=(190, 205, 255, int(rng.uniform(24, 84))), width=1)
    image.paste(rain, (0, 0), rain)
    return image


def forest_morning(rng: np.random.Generator) -> Image.Image:
    image = gradient([(0, (206, 226, 206)), (0.4, (236, 238, 200)), (0.75, (150, 182, 130)), (1, (52, 88, 52))])
    image = glow(image, WIDTH * 0.7, 200, 300, (70, 60, 20))
    for depth in range(6):
        near = depth / 5
        shade = (int(164 - 134 * near), int(190 - 132 * near), int(150 - 112 * near))
        layer = Image.new("RGBA", image.size, (*shade, 0))
        brush = ImageDraw.Draw(layer)
        brush.polygon(ridge(rng, HEIGHT * (0.52 + 0.085 * depth), 16 + 8 * near), fill=shade)
        for _ in range(int(26 - 3 * depth)):
            x, foot = rng.uniform(-30, WIDTH + 30), HEIGHT * (0.56 + 0.085 * depth) + rng.uniform(-10, 40)
            tall = rng.uniform(150, 250) * (0.6 + 1.15 * near)
            brush.rectangle((x - tall * 0.012, foot - tall * 0.3, x + tall * 0.012, foot + 30), fill=shade)
            for step in range(7):
                y, half = foot - tall * (0.14 + 0.125 * step), tall * 0.17 * (1 - step / 8) * rng.uniform(0.85, 1.15)
                brush.polygon(((x - half, y), (x + half, y), (x, y - tall * 0.22)), fill=shade)
        layer = layer.filter(ImageFilter.GaussianBlur(2.2 * (1 - near) + 0.4))
        image.paste(layer, (0, 0), layer)
        mist = Image.new("RGBA", image.size, (236, 240, 214, int(46 * (1 - near))))
        image.paste(mist, (0, 0), mist)
    beams = Image.new("RGBA", image.size, (255, 246, 190, 0))
    brush = ImageDraw.Draw(beams)
    for _ in range(9):
        x, spread = rng.uniform(0.35, 1.0) * WIDTH, rng.uniform(20, 70)
        low = HEIGHT * 0.9
        beam = ((x, -10), (x + spread * 0.4, -10), (x - 330 + spread, low), (x - 330 - spread, low))
        brush.polygon(beam, fill=(255, 246, 190, 34))
    image.paste(beams := beams.filter(ImageFilter.GaussianBlur(16)), (0, 0), beams)
    return image


def party_lights(rng: np.random.Generator) -> Image.Image:
    image = gradient([(0, (26, 8, 50)), (0.55, (86, 16, 92)), (1, (24, 6, 34))])
    colours: list[Colour] = [(255, 60, 130), (255, 180, 50), (70, 180, 255), (150, 90, 255), (80, 255, 170)]
    beams = Image.new("RGBA", image.size)
    brush = ImageDraw.Draw(beams)
    for i in range(10):
        x, lean = (i + 0.5) * WIDTH / 10, rng.uniform(-320, 320)
        beam = ((x - 5, -10), (x + 5, -10), (x + lean + 95, HEIGHT), (x + lean - 95, HEIGHT))
        brush.polygon(beam, fill=(*colours[i % 5], 66))
    image.paste(beams := beams.filter(ImageFilter.GaussianBlur(14)), (0, 0), beams)
    for _ in range(70):
        spots = Image.new("RGBA", image.size)
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT * 0.74), rng.uniform(7, 44)
        colour = colours[rng.integers(5)]
        fill = (*colour, int(rng.uniform(60, 170)))
        ImageDraw.Draw(spots).ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=(*colour, 220), width=2)
        image.paste(spots, (0, 0), spots)
    image = glow(image, WIDTH / 2, HEIGHT * 0.55, 280, (120, 50, 60))
    brush = ImageDraw.Draw(image)
    for row in range(3):
        for place in np.arange(-20, WIDTH + 60, 88 - row * 6):
            x = place + rng.uniform(-18, 18)
            top, size = HEIGHT * (0.72 + 0.085 * row) + rng.uniform(-18, 22), 25 + 7 * row
            shade = (int(30 - 8 * row), int(8 - 2 * row), int(42 - 11 * row))
            brush.ellipse((x - size, top - size, x + size, top + size * 1.15), fill=shade)
            brush.rounded_rectangle((x - size * 1.7, top + size, x + size * 1.7, HEIGHT + 60), 30, fill=shade)
            if rng.random() < 0.42:
                lean = rng.uniform(-40, 40)
                hand = (x + size + lean, top - size * 2.6)
                brush.line((x + size, top + size * 1.4, *hand), fill=shade, width=int(size * 0.5))
                brush.circle(hand, size * 0.36, fill=shade)
    for _ in range(260):
        x, y, s = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT * 0.8), rng.uniform(2, 6)
        brush.rectangle((x, y, x + s, y + s * 1.8), fill=colours[rng.integers(5)])
    return image


SCENES = {
    "sunset-sea": sunset_sea,
    "rainy-city": rainy_city,
    "forest-morning": forest_morning,
    "party-lights": party_lights,
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, (name, draw) in enumerate(SCENES.items()):
        rng = np.random.default_rng(seed)
        picture = grain(rng, draw(rng)).filter(ImageFilter.GaussianBlur(0.6))
        picture.save(FOLDER / f"{name}.webp", quality=80, method=6)
        picture.resize((480, 360), Image.Resampling.LANCZOS).save(FOLDER / f"{name}-small.webp", quality=78, method=6)


if __name__ == "__main__":
    main()
