"""Makes the four sample photos of the first page: ``python bin/draw_samples.py [NAME...]``.

Nobody's camera took them: light is added up in linear values, as a sensor does it, and developed like a photo (lens
blur, exposure, vignette, grain). Everything is computed from the seeds below, so the pictures are this project's own
and come out the same each time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, map_coordinates

WIDTH, HEIGHT = 1280, 960
FOLDER = Path(__file__).resolve().parents[1] / "templates" / "static" / "samples"
Light = NDArray[np.float32]
"""Linear light: (rows, columns) or (rows, columns, 3), 1 is white at normal exposure."""
Rng = np.random.Generator


def rgb(*values: float) -> Light:
    return np.array(values, dtype=np.float32)


def noise(rng: Rng, across: float, down: float, octaves: int = 6, rough: float = 0.5) -> Light:
    """Cloudy noise, 0..1: octaves of random grids, the first with ``across`` by ``down`` cells."""
    total = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    size = 1.0
    for octave in range(octaves):
        cells = (max(int(down * 2**octave), 1) + 3, max(int(across * 2**octave), 1) + 3)
        grid = Image.fromarray(rng.random(cells).astype(np.float32))
        total += size * np.asarray(grid.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
        size *= rough
    low, high = np.percentile(total, (0.5, 99.5))
    return np.clip((total - low) / (high - low), 0, 1)


def develop(rng: Rng, light: Light, exposure: float, grain: float, colour: float) -> Image.Image:
    """Linear light to a picture: bloom, vignette, a film's shoulder, display gamma, as much more colour, grain."""
    bright = np.clip(light - 0.9, 0, 6)
    light = light + 0.16 * gaussian_filter(bright, (18, 18, 0))
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    light = light * exposure * (1 - 0.22 * np.clip(x**2 * 0.8 + y**2 * 0.6, 0, 1))[..., None]
    # a filmic curve: the fit of K. Narkowicz to the ACES reference
    shown = np.clip(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 0, 1) ** (1 / 2.2)
    grey = shown @ rgb(0.2126, 0.7152, 0.0722)
    shown = grey[..., None] + (shown - grey[..., None]) * colour
    speck = gaussian_filter(rng.normal(0, 1, (HEIGHT, WIDTH)), 0.7)[..., None] * grain * 1.9
    shown = shown + speck * (1.15 - shown)
    return Image.fromarray((shown.clip(0, 1) * 255).astype(np.uint8))


# --- sunset over the sea


def _evening(rng: Rng) -> Callable[[Light, Light], Light]:
    """The sky as a function of direction: azimuth and elevation in radians."""
    veil, puffs = noise(rng, 3, 9, 7, 0.55), noise(rng, 6, 14, 7, 0.6)
    sun_at, sun_up = 0.13, 0.055

    def sky(azimuth: Light, elevation: Light) -> Light:
        up = np.clip(elevation, 0.0, 1.0)[..., None]
        away = np.hypot((azimuth - sun_at) * 0.75, elevation - sun_up)[..., None]
        colour = rgb(0.95, 0.36, 0.13) * np.exp(-up * 7) + rgb(0.50, 0.20, 0.24) * np.exp(-up * 2.6)
        colour = colour * 0.62 + rgb(0.055, 0.085, 0.19) * (1 - np.exp(-up * 3.4))
        colour = colour + rgb(1.5, 0.68, 0.20) * np.exp(-away * 6.0) + rgb(2.4, 1.4, 0.55) * np.exp(-away * 24)
        # clouds on a flat ceiling: they crowd together towards the horizon
        high = np.clip(elevation, 0.012, 1)
        u, v = azimuth / (0.25 + high) * 260 + 640, 150 + 46 / (high + 0.075)
        for cloud, dense, low in ((veil, 0.75, 0.46), (puffs, 0.95, 0.56)):
            thick = map_coordinates(cloud, [v % HEIGHT, u % WIDTH], order=1, mode="wrap")
            thick = np.clip((thick - low) / 0.32, 0, 1) * dense * np.clip(elevation * 26, 0, 1)
            lit = rgb(1.25, 0.44, 0.24) * np.exp(-away * 2.6) + rgb(0.13, 0.085, 0.14)
            edge = np.clip(1 - thick, 0, 1)[..., None] ** 2
            colour = colour * (1 - 0.72 * thick[..., None]) + thick[..., None] * lit * (0.45 + 1.1 * edge)
        disc = np.clip((0.0185 - np.hypot(azimuth - sun_at, elevation - sun_up)) / 0.0016, 0, 1)[..., None]
        return np.asarray(colour + disc * rgb(9, 6.4, 3.4), dtype=np.float32)

    return sky


def sunset_sea(rng: Rng) -> Image.Image:
    sky = _evening(rng)
    horizon, focal, height = HEIGHT * 0.56, 1250.0, 2.6
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    azimuth, elevation = (columns - WIDTH / 2) / focal, (horizon - rows) / focal
    light = sky(azimuth, elevation)

    below = np.clip(-elevation, 1.5 / focal, None)
    far = height / below
    x, z = azimuth * far, far
    slope_x, slope_z, rough = (np.zeros_like(far) for _ in range(3))
    for _ in range(90):
        length = float(0.18 * 60 ** rng.random() ** 1.25)
        turn = float(rng.normal(0.12, 0.55))
        number, phase = 2 * np.pi / length, float(rng.uniform(0, 2 * np.pi))
        steep = 0.021 * min(1.0, (length / 0.9) ** 0.25)
        # a wave smaller than its pixel is not drawn; it only spreads what is mirrored
        seen = np.clip(length / (far * far / (height * focal) * 2.2) - 0.25, 0, 1)
        wave = np.cos(number * (np.sin(turn) * x + np.cos(turn) * z) + phase) * steep
        slope_x += wave * np.sin(turn) * seen
        slope_z += wave * np.cos(turn) * seen
        rough += (1 - seen) * steep**2 / 2
    spread = np.sqrt(rough)
    slope_z = slope_z + spread * rng.normal(0, 0.55, far.shape).astype(np.float32)
    slope_x = slope_x + spread * rng.normal(0, 0.55, far.shape).astype(np.float32)
    mirrored = np.abs(below + 2 * slope_z) + 0.004
    facing = np.clip(below + slope_z, 0.02, 1)
    fresnel = (0.02 + 0.98 * (1 - np.clip(facing, 0, 1)) ** 5)[..., None]
    water = sky(azimuth + 2 * slope_x, mirrored) * fresnel * 0.82 + (1 - fresnel) * rgb(0.012, 0.030, 0.046)
    haze = np.exp(-far / 900)[..., None]
    water = water * haze + (1 - haze) * sky(azimuth, np.full_like(azimuth, 0.012)) * 0.72
    sea = np.clip(rows - horizon, 0, 1)[..., None]
    light = light * (1 - sea) + water * sea

    # a headland, far off in the haze
    for start, tall, shade in ((-0.02, 58, 0.55), (-0.34, 92, 0.34)):
        ends = WIDTH * (start + 0.52)
        line = horizon + 1 - tall * np.clip(1 - columns[0] / ends, 0, 1) ** 0.62
        wobble = np.interp(columns[0], np.linspace(0, WIDTH, 160), gaussian_filter(rng.normal(0, 1, 160), 1.1))
        line = line + wobble * 5 * np.clip((ends - columns[0]) / 300, 0, 1)
        hill = (np.clip(rows - line, 0, 1) * (rows < horizon + 1))[..., None]
        tint = sky(np.full(1, -0.3, np.float32), np.full(1, 0.02, np.float32)) * shade * 0.6
        light = light * (1 - hill) + hill * (tint + rgb(0.02, 0.018, 0.03))
    return develop(rng, light, 0.62, 0.008, 1.42)


# --- forest in the morning


def _firs(rng: Rng, ground: Light, count: int, tall: tuple[float, float]) -> Light:
    """How much of each pixel firs cover, 0..1: every row of every tree has a width of its own on both sides."""
    cover = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    for x in np.sort(rng.uniform(-60, WIDTH + 60, count)):
        size = rng.uniform(*tall) * rng.choice((0.55, 0.8, 1.0, 1.0, 1.25))
        foot = float(ground[int(np.clip(x, 0, WIDTH - 1))]) + size * 0.05
        top = foot - size
        first, last = max(int(top), 0), min(int(foot), HEIGHT)
        if first >= last:
            continue
        down = np.clip((np.arange(first, last) - top) / size, 0, 1)
        whorl = (down * rng.uniform(17, 24) + rng.random()) % 1
        wide = size * rng.uniform(0.12, 0.19) * down**0.85 * (0.45 + 0.65 * whorl)
        lean = x + (down - 1) * rng.normal(0, size * 0.012)
        span = np.arange(WIDTH, dtype=np.float32)
        for side in (-1, 1):
            boughs = gaussian_filter(rng.uniform(-1, 1, len(down)), max(size / 90, 0.6))
            ragged = wide * (1 + 0.42 * boughs / (boughs.std() + 1e-6)).clip(0.25, 1.7) + 0.7
            reach = side * (span[None, :] - lean[:, None])
            body = np.clip(ragged[:, None] - reach + 0.5, 0, 1) * (reach >= -0.5)
            # needles let light through towards their ends
            thin = np.clip(1.25 - reach / (ragged[:, None] + 0.01) * 0.75, 0, 1)
            cover[first:last] = np.maximum(cover[first:last], body * thin)
    return cover


def forest_morning(rng: Rng) -> Image.Image:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    sun = np.hypot((columns - WIDTH * 0.68) / 620, (rows - HEIGHT * 0.17) / 430)[..., None]
    light = rgb(0.62, 0.70, 0.72) * (1 - rows[..., None] / HEIGHT * 0.25) + rgb(1.15, 0.82, 0.42) * np.exp(
        -(sun**2) * 1.7
    )
    light = light * (0.86 + 0.2 * noise(rng, 2, 5, 5))[..., None]
    mist = noise(rng, 2.5, 6, 6, 0.55)
    for depth in range(7):
        near = depth / 6
        base = HEIGHT * (0.40 + 0.105 * depth)
        hills = np.interp(np.arange(WIDTH), np.linspace(0, WIDTH, 24), gaussian_filter(rng.normal(0, 1, 24), 1.6))
        ground = (base + hills * (60 - 10 * depth) + (columns[0] / WIDTH - 0.5) * rng.normal(0, 90)).astype(np.float32)
        trees = _firs(rng, ground, int(210 - 150 * near**0.6), (46 + 205 * near**1.5, 84 + 330 * near**1.6))
        floor = np.clip((rows - ground + 0.10 * (46 + 205 * near**1.5)) / 14, 0, 1)
        cover = gaussian_filter(np.maximum(trees, floor), 0.4 + 0.7 * (1 - near))[..., None]
        air = (rgb(0.60, 0.67, 0.66) + rgb(0.62, 0.42, 0.16) * np.exp(-(sun**2) * 1.3)) * 0.9
        grain = noise(rng, 70, 60, 3, 0.7)[..., None]
        needles = rgb(0.026, 0.046, 0.030) * (0.35 + 1.2 * grain) * (0.7 + 0.8 * np.exp(-(sun**2)))
        fog = 0.84 * (1 - near) ** 1.5 + 0.01
        colour = needles * (1 - fog) + air * fog
        light = light * (1 - cover) + cover * colour
        # mist lies in the hollows, in wisps
        lying = np.clip((rows - (ground - 60 - 90 * near)) / (190 + 120 * near), 0, 1) * (
            0.35 + 0.9 * np.roll(mist, 170 * depth, 1)
        )
        lying = np.clip(lying * (0.55 - 0.48 * near), 0, 0.85)[..., None]
        light = light * (1 - lying) + lying * air
    # young trees and brush close to the camera
    brush = noise(rng, 46, 34, 5, 0.62)
    line = HEIGHT * 0.80 + 46 * gaussian_filter(rng.normal(0, 1, WIDTH), 26) / 0.1
    under = np.clip((rows - line - 70 * brush) / 26, 0, 1)[..., None]
    light = light * (1 - under) + under * rgb(0.011, 0.016, 0.009) * (0.2 + 2.2 * brush[..., None] ** 2)
    # shafts of light from the sun's side
    angle = np.arctan2(rows + 260, columns - WIDTH * 0.70)
    shafts = np.interp(angle, np.linspace(0, np.pi, 90), gaussian_filter(rng.random(90), 1.0))
    shafts = np.clip((shafts - 0.5) * 5, 0, 1) * np.exp(-(((rows - 420) / 330) ** 2))
    light = light + (gaussian_filter(shafts, 7) * 0.17)[..., None] * rgb(1.0, 0.80, 0.48)
    return develop(rng, light.astype(np.float32) * rgb(0.82, 0.98, 0.78), 0.46, 0.011, 1.5)


# --- city in the rain


def _around(x: float, y: float, reach: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Rows and columns of the square around a place, as far as it lies in the picture; perhaps none."""
    top, left = max(int(y) - reach, 0), max(int(x) - reach, 0)
    low, right = max(min(int(y) + reach, HEIGHT), top), max(min(int(x) + reach, WIDTH), left)
    rows, columns = np.mgrid[top:low, left:right]
    return rows, columns


def _disc(light: Light, x: float, y: float, radius: float, colour: Light) -> None:
    """Adds a light out of focus: the lens's opening, with a slightly brighter rim."""
    rows, columns = _around(x, y, int(radius) + 3)
    away = np.hypot(columns - x, rows - y)
    shape = np.clip(radius - away, 0, 1.6) / 1.6 * (0.78 + 0.34 * (away / radius) ** 5)
    light[rows, columns] += (shape[..., None] * colour).astype(np.float32)


def _houses(rng: Rng, light: Light, road: float) -> Light:
    """Two rows of houses that run together in the middle, with lit windows; soft, for nothing of it is in focus."""
    middle = WIDTH * 0.46
    places = sorted(((rng.random(), side) for side in (-1, 1) for _ in range(13)), key=lambda place: place[0])
    for close, side in places:
        near, far = middle + side * (50 + 760 * close**1.4), middle + side * (30 + 560 * close**1.6)
        left, right = sorted((int(near), int(far)))
        left, right = max(left, 0), min(right, WIDTH)
        top = max(int(road - (90 + 620 * close) * rng.uniform(0.75, 1.2)), 0)
        low = int(road + 6 + 60 * close)
        if right - left < 8:
            continue
        light[top:low, left:right] = rgb(0.010, 0.013, 0.024) * rng.uniform(0.8, 3.0)
        pane = 7 + 17 * close
        for y in np.arange(top + pane, low - 2 * pane, 1.7 * pane):
            for x in np.arange(left + pane * 0.5, right - pane, 1.35 * pane):
                if rng.random() < 0.36:
                    warm = rgb(0.80, 0.52, 0.24) if rng.random() < 0.75 else rgb(0.45, 0.60, 0.75)
                    light[int(y) : int(y + pane), int(x) : int(x + pane * 0.7)] = warm * rng.uniform(0.12, 0.75)
    return gaussian_filter(light, (3.4, 3.4, 0))


def _street(rng: Rng) -> Light:
    """A street at night far behind the focus: lamps, windows, shop signs, cars and all of it in the wet road."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.exp(-(((columns - WIDTH * 0.46) / 420) ** 2) - (((rows - HEIGHT * 0.52) / 250) ** 2))[..., None]
    light = rgb(0.010, 0.016, 0.030) + far * rgb(0.075, 0.058, 0.060)
    amber, white, red = rgb(1.0, 0.52, 0.16), rgb(0.95, 0.88, 0.78), rgb(1.0, 0.06, 0.04)
    signs = (rgb(0.10, 0.62, 0.80), rgb(0.85, 0.12, 0.42), rgb(0.16, 0.72, 0.36), amber, rgb(0.35, 0.25, 0.95))
    road = HEIGHT * 0.60
    light = _houses(rng, light, road)
    lights: list[tuple[float, float, float, Light]] = []
    for step in range(9):  # two rows of street lamps that run together
        close = (step / 8) ** 1.6
        for side in (-1, 1):
            x = WIDTH * 0.46 + side * (40 + 720 * close)
            lights.append((x, HEIGHT * (0.48 - 0.34 * close), 7 + 17 * close, amber * (2.6 - 0.9 * close)))
    for _ in range(34):  # signs
        side, close = rng.choice((-1, 1)), rng.random()
        x = WIDTH * 0.46 + side * (60 + 640 * close * rng.uniform(0.8, 1.2))
        y = road - rng.uniform(20, 140 + 430 * close)
        colour = signs[rng.integers(len(signs))] if rng.random() < 0.42 else amber * 0.6 + white * 0.4
        lights.append((x, y, rng.uniform(6, 10) + 10 * close, colour * rng.uniform(0.3, 1.1)))
    for _ in range(9):  # cars that come, and cars that go
        close = rng.random() ** 1.5
        comes = rng.random() < 0.5
        x = WIDTH * 0.46 + (-1 if comes else 1) * (24 + 330 * close) + rng.normal(0, 16)
        for half in (-1, 1):
            at = x + half * (10 + 44 * close)
            lights.append((at, road + 14 + 190 * close, 6 + 11 * close, (white * 2.2 if comes else red * 2.0)))
    for x, y, radius, colour in lights:
        _disc(light, x, y, radius, colour)
        depth = road + abs(road - y) * 0.62 + 26
        if y < road + 200 and depth < HEIGHT + 60:
            for _ in range(3):
                _disc(
                    light,
                    x + rng.normal(0, 7),
                    depth + rng.uniform(-34, 60),
                    radius * rng.uniform(0.7, 1.0),
                    colour * 0.2,
                )
    wet = np.zeros_like(light)
    wet[:] = light
    for channel in range(3):
        smeared = gaussian_filter(light[..., channel], (70, 9))
        wet[..., channel] = np.where(rows > road, 0.62 * light[..., channel] + 0.75 * smeared, light[..., channel])
    soft = np.clip((rows - road + 30) / 60, 0, 1)[..., None]
    return np.asarray(light * (1 - soft) + wet * soft, dtype=np.float32)


def rainy_city(rng: Rng) -> Image.Image:
    behind = _street(rng)
    glass = gaussian_filter(behind, (2.2, 2.2, 0))
    glass = glass * 0.93 + rgb(0.004, 0.006, 0.010)
    drops: list[tuple[float, float, float]] = []
    for _ in range(26):  # drops that ran down leave a clear path with small ones in it
        x, y, size = rng.uniform(0, WIDTH), rng.uniform(60, HEIGHT), rng.uniform(11, 19)
        drops.append((x, y, size))
        while y > 0:
            y -= rng.uniform(14, 46)
            x += rng.normal(0, 2.4)
            drops.append((x, y, rng.uniform(1.5, 5.5)))
    drops += [(*rng.uniform((0, 0), (WIDTH, HEIGHT)), float(1.4 + rng.gamma(1.7, 2.3))) for _ in range(2600)]
    wide = gaussian_filter(behind, (1.0, 1.0, 0))
    for x, y, radius in sorted(drops, key=lambda drop: drop[2]):
        tall = radius * rng.uniform(1.0, 1.28)
        rows, columns = _around(x, y, int(tall) + 3)
        across, down = (columns - x) / radius, (rows - y) / tall
        uneven = 1 + 0.10 * np.sin(2 * np.arctan2(down, across) + rng.uniform(0, 6))
        away = np.hypot(across, down) / uneven
        inside = np.clip((1 - away) * radius, 0, 1)[..., None]
        # a drop is a small lens: it shows the whole street upside down
        bent = 1 / np.sqrt(np.clip(1.12 - away**2, 0.05, None))
        source_y, source_x = y - down * bent * 190, x - across * bent * 230
        seen = np.stack(
            [map_coordinates(wide[..., c], [source_y, source_x], order=1, mode="reflect") for c in range(3)], -1
        )
        shade = (0.42 + 0.75 * np.clip(0.5 + 0.55 * down, 0, 1)) * (1 - 0.75 * np.clip(away, 0, 1) ** 7)
        glint = np.exp(-(((across + 0.32) / 0.2) ** 2 + ((down + 0.42) / 0.15) ** 2)) * (0.25 if radius > 4 else 0.08)
        drop = seen * 1.25 * shade[..., None] + glint[..., None] * rgb(0.8, 0.85, 0.95)
        glass[rows, columns] = glass[rows, columns] * (1 - inside) + drop * inside
    return develop(rng, glass.astype(np.float32), 1.2, 0.014, 1.3)


# --- party lights


def _crowd(rng: Rng, line: float, size: float, count: int, hands: float) -> Light:
    """People from behind as a mask, 0..1: heads, shoulders, some arms in the air."""
    mask = Image.new("L", (WIDTH, HEIGHT))
    brush = ImageDraw.Draw(mask)
    for x in np.linspace(-40, WIDTH + 40, count) + rng.normal(0, size * 0.35, count):
        head = size * rng.uniform(0.86, 1.12)
        y = line + rng.normal(0, size * 0.42)
        brush.ellipse((x - head * 0.72, y - head, x + head * 0.72, y + head * 0.9), fill=255)
        if rng.random() < 0.45:  # hair
            brush.ellipse(
                (x - head * 0.86, y - head * 1.06, x + head * 0.86, y + head * rng.uniform(0.5, 1.7)), fill=255
            )
        neck, broad = y + head * 0.8, head * rng.uniform(1.75, 2.2)
        brush.polygon(
            [
                (x - head * 0.34, neck - 8), (x + head * 0.34, neck - 8), (x + broad * 0.78, neck + head * 0.55),
                (x + broad, neck + head * 1.5), (x + broad, HEIGHT), (x - broad, HEIGHT),
                (x - broad, neck + head * 1.5), (x - broad * 0.78, neck + head * 0.55),
            ],
            fill=255,
        )  # fmt: skip
        for side in (-1, 1):
            if rng.random() > hands:
                continue
            elbow = (x + side * broad * rng.uniform(0.9, 1.3), neck - head * rng.uniform(0.2, 1.0))
            hand = (elbow[0] - side * head * rng.uniform(-0.5, 0.7), elbow[1] - head * rng.uniform(1.5, 2.4))
            thick = int(head * 0.42)
            brush.line([(x + side * broad * 0.8, neck + head * 0.8), elbow], fill=255, width=int(thick * 1.25))
            brush.line([elbow, hand], fill=255, width=thick)
            brush.circle(elbow, thick * 0.6, fill=255)
            brush.circle(hand, thick * 0.66, fill=255)
            for finger in rng.uniform(-0.7, 0.7, 4):
                tip = (hand[0] + thick * 1.25 * np.sin(finger), hand[1] - thick * 1.3 * np.cos(finger))
                brush.line([hand, tip], fill=255, width=max(thick // 4, 2))
    return np.asarray(mask, dtype=np.float32) / 255


def party_lights(rng: Rng) -> Image.Image:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    haze = 0.45 + 0.9 * noise(rng, 2.2, 2.0, 6, 0.55)
    stage = np.exp(-(((columns - WIDTH * 0.52) / 430) ** 2) - (((rows - HEIGHT * 0.56) / 250) ** 2))
    light = rgb(0.010, 0.005, 0.022) + stage[..., None] * rgb(0.62, 0.10, 0.34) * haze[..., None]
    colours = (
        rgb(1.0, 0.10, 0.42),
        rgb(0.18, 0.30, 1.0),
        rgb(1.0, 0.46, 0.10),
        rgb(0.55, 0.14, 1.0),
        rgb(0.10, 0.75, 0.95),
    )
    for lamp in range(11):
        x, y = (
            WIDTH * (0.06 + 0.088 * lamp) + rng.normal(0, 12),
            HEIGHT * (0.09 + 0.05 * np.sin(lamp * 1.7)) + rng.normal(0, 16),
        )
        aim = np.arctan2(HEIGHT * 0.95, rng.uniform(0.0, 1.0) * WIDTH - x)
        bright = rng.uniform(0.35, 1.25)
        distance = np.hypot(columns - x, rows - y) + 1
        off = np.abs((np.arctan2(rows - y, columns - x) - aim + np.pi) % (2 * np.pi) - np.pi)
        beam = np.exp(-((off / 0.062) ** 2)) * 0.85 / (1 + distance / 260) * np.clip(distance / 10, 0, 1)
        colour = colours[lamp % 5]
        light = light + (beam * haze * bright)[..., None] * colour
        light = light + np.exp(-((distance / (6 + 7 * bright)) ** 2))[..., None] * (colour * 3 + 4.0 * bright)
        light = light + np.exp(-distance / 46)[..., None] * colour * 0.5
    for _ in range(120):  # paper in the air, some of it out of focus
        x, y, size = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT * 0.8), 2 + rng.gamma(1.3, 2.4)
        near = light[min(int(y), HEIGHT - 1), min(int(x), WIDTH - 1)]
        _disc(light, x, y, size, (near * 1.2 + colours[rng.integers(5)] * 0.22) * min(1.0, 5 / size))
    light = gaussian_filter(light, (1.3, 1.3, 0))
    for line, size, count, hands, blur in (
        (0.665, 13, 46, 0.30, 1.0), (0.705, 20, 32, 0.34, 1.3), (0.765, 31, 21, 0.36, 2.0), (0.875, 52, 12, 0.34, 4.2),
    ):  # fmt: skip
        mask = _crowd(rng, HEIGHT * line, size, count, hands)
        cover = gaussian_filter(mask, blur)[..., None]
        # light comes from the stage: it creeps around the edges of everybody
        rim = np.clip(
            gaussian_filter(mask, 1 + size / 7) - gaussian_filter(np.roll(mask, int(2 + size / 5), 0), 1 + size / 7),
            0,
            1,
        )
        glow = gaussian_filter(light, (30, 30, 0))
        depth = 0.10 * (1 - size / 60)
        person = glow * depth + rim[..., None] * glow * 0.55 + rgb(0.003, 0.002, 0.005)
        light = light * (1 - cover) + cover * person
        veil = np.exp(-(((rows - HEIGHT * line) / 90) ** 2)) * haze * (0.05 * (1 - size / 60))
        light = light + veil[..., None] * rgb(0.9, 0.22, 0.62)
    return develop(rng, light.astype(np.float32), 0.95, 0.016, 1.2)


SCENES: dict[str, Callable[[Rng], Image.Image]] = {
    "sunset-sea": sunset_sea,
    "rainy-city": rainy_city,
    "forest-morning": forest_morning,
    "party-lights": party_lights,
}


def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, (name, draw) in enumerate(SCENES.items()):
        if names and name not in names:
            continue
        picture = draw(np.random.default_rng(seed))
        picture.save(FOLDER / f"{name}.webp", quality=82, method=6)
        for size, across, quality in (("small", 640, 72), ("tiny", 240, 70)):
            smaller = picture.resize((across, across * 3 // 4), Image.Resampling.LANCZOS)
            smaller.save(FOLDER / f"{name}-{size}.webp", quality=quality, method=6)


if __name__ == "__main__":
    main(sys.argv[1:])
