"""A list as a picture to show: the tall card for a story, the wide one that a link turns into.

Made of the stored photo, which was checked and decoded when it came. Nothing of a person is on it but what they share.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import gettext_noop as later
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

STORY = (1080, 1920)
PREVIEW = (1200, 630)
"""Width and height, pixels."""
UNTITLED = later("Songs for a photo")
"""What a card says where the list has no title, or none that the typefaces can draw."""
MOST_SONGS = 5
WHITE, SOFT = (255, 255, 255), (226, 222, 232)
NEVER = "\U0010fffd"
"""A character that no font draws: what it looks like is what a missing letter looks like."""
ICON = Path(__file__).resolve().parents[2] / "templates" / "static" / "icons" / "icon-192.png"
DIM = 0.25
"""How bright the photo behind the letters is on average, of white: white text on it keeps a contrast over 4.5."""
GROUND = (58, 42, 110)
"""What stands in for the photo of a list made from words."""


@dataclass(frozen=True)
class Song:
    title: str
    artist: str


@dataclass(frozen=True)
class Card:
    """What is on it. ``photo``: an encoded picture, None for a list made from words; ``palette``: ``#rrggbb`` and the
    share of the photo, 0..1."""

    title: str
    songs: Sequence[Song]
    photo: bytes | None = None
    palette: Sequence[tuple[str, float]] = ()


@lru_cache(maxsize=64)
def _fonts(size: int) -> tuple[ImageFont.FreeTypeFont, ...]:
    """The typeface that comes with Pillow, and a wider one for letters it lacks."""
    own = ImageFont.load_default(size)
    spec = find_spec("matplotlib")  # only its files: the package itself is not loaded
    folders = list(spec.submodule_search_locations or ()) if spec else []
    wider = [Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf" for folder in folders]
    found = [ImageFont.truetype(str(path), size) for path in wider if path.is_file()]
    return (*([own] if isinstance(own, ImageFont.FreeTypeFont) else []), *found)


def _draws(font: ImageFont.FreeTypeFont, text: str) -> bool:
    missing = bytes(font.getmask(NEVER))
    return all(letter.isspace() or bytes(font.getmask(letter)) != missing for letter in set(text))


def _face(text: str) -> int:
    """Which typeface draws all of it: one for a whole card, for two on one card look like a mistake."""
    return next((face for face, font in enumerate(_fonts(32)) if _draws(font, text)), len(_fonts(32)) - 1)


def legible(text: str) -> bool:
    """Can all of it be drawn?"""
    return any(_draws(font, text) for font in _fonts(32))


def _chosen(songs: Sequence[Song]) -> list[Song]:
    """The first songs whose names can be drawn; others only where there are no more."""
    clear = [song for song in songs if legible(song.title + song.artist)]
    rest = [song for song in songs if song not in clear]
    return [*clear, *rest][:MOST_SONGS]


def _fitted(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, shortened to ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _lines(text: str, font: ImageFont.FreeTypeFont, width: float, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [_fitted(line, font, width) for line in lines]


def _photo(card: Card) -> Image.Image:
    """Its photo; a plain ground without one, and where the stored file is damaged."""
    if card.photo is not None:
        with suppress(OSError):
            return Image.open(io.BytesIO(card.photo)).convert("RGB")
    return Image.new("RGB", (64, 64), GROUND)


def _backdrop(photo: Image.Image, size: tuple[int, int], dim: float) -> Image.Image:
    """The photo, out of focus and dark enough for white letters on any photo."""
    small = ImageOps.fit(photo, (size[0] // 8, size[1] // 8)).filter(ImageFilter.GaussianBlur(7))
    wide = small.resize(size, Image.Resampling.BICUBIC)
    # bright photos are dimmed more: the mean comes to at most ``dim`` of white
    mean = sum(value * count for value, count in enumerate(wide.convert("L").histogram())) / (size[0] * size[1] * 255)
    return ImageEnhance.Brightness(wide).enhance(min(0.8, dim / max(mean, 0.01)))


def _rounded(picture: Image.Image, radius: int) -> Image.Image:
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, picture.width - 1, picture.height - 1), radius, fill=255)
    return mask


class _Sheet:
    """A card being written on, in one typeface."""

    def __init__(self, card: Card, size: tuple[int, int]) -> None:
        self.photo = _photo(card)
        self.songs = _chosen(card.songs)
        self.title = card.title if legible(card.title) else UNTITLED
        self.image = _backdrop(self.photo, size, DIM)
        self.brush = ImageDraw.Draw(self.image)
        self.face = _face(self.title + "".join(song.title + song.artist for song in self.songs))

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        return _fonts(size)[self.face]

    def place(self, at: tuple[int, int], size: tuple[int, int], radius: int) -> None:
        """The photo itself, with round corners."""
        shown = ImageOps.fit(self.photo, size, Image.Resampling.LANCZOS)
        self.image.paste(shown, at, _rounded(shown, radius))

    def head(self, at: tuple[float, float], text: str, size: int, width: float) -> float:
        """A title of up to two lines; where it ends."""
        x, y = at
        for line in _lines(text, self.font(size), width, 2):
            self.brush.text((x, y), line, font=self.font(size), fill=WHITE, stroke_width=1)
            y += size * 1.15
        return y

    def line(self, at: tuple[float, float], text: str, size: int, width: float, colour: tuple[int, int, int]) -> None:
        self.brush.text(at, _fitted(text, self.font(size), width), font=self.font(size), fill=colour)

    def mark(self, at: tuple[int, int], size: int) -> None:
        with Image.open(ICON) as icon:
            drawn = icon.convert("RGBA").resize((size, size), Image.Resampling.LANCZOS)
        self.image.paste(drawn, at, drawn)
        place = (at[0] + size * 1.3, at[1] + size * 0.14)
        self.brush.text(place, "Dylumo", font=self.font(int(size * 0.62)), fill=WHITE)


def story(card: Card) -> bytes:
    """A PNG of 1080 by 1920 pixels: the photo, the title, five songs, the photo's colours."""
    sheet, (width, height), edge = _Sheet(card, STORY), STORY, 84
    room = width - 2 * edge
    sheet.place((edge, 150), (room, 800), 48)
    total, x = sum(share for _, share in card.palette) or 1.0, float(edge)
    for colour, share in card.palette:
        wide = room * share / total
        sheet.brush.rectangle((x, 978, x + wide, 992), fill=colour)
        x += wide
    y = sheet.head((edge, 1040), sheet.title, 80, room) + 24
    for number, song in enumerate(sheet.songs, 1):
        sheet.line((edge, y + 4), str(number), 40, room, SOFT)
        sheet.line((edge + 70, y), song.title, 44, room - 70, WHITE)
        sheet.line((edge + 70, y + 53), song.artist, 32, room - 70, SOFT)
        y += 112
    sheet.mark((edge, height - 118), 56)
    return _encoded(sheet.image, "PNG")


def preview(card: Card) -> bytes:
    """A JPEG of 1200 by 630 pixels for whoever is sent the link: photo, title, the first songs."""
    sheet, (width, height), edge = _Sheet(card, PREVIEW), PREVIEW, 56
    side = height - 2 * edge
    sheet.place((edge, edge), (side, side), 36)
    left = edge * 2 + side
    room = width - left - edge
    y = sheet.head((left, edge + 4), sheet.title, 58, room) + 22
    for song in sheet.songs[:4]:
        sheet.line((left, y), song.title, 30, room, WHITE)
        sheet.line((left, y + 37), song.artist, 23, room, SOFT)
        y += 74
    sheet.mark((left, height - edge - 44), 44)
    return _encoded(sheet.image, "JPEG")


def _encoded(image: Image.Image, form: str) -> bytes:
    data = io.BytesIO()
    if form == "PNG":
        image.save(data, form, compress_level=4)
    else:
        image.save(data, form, quality=86, optimize=True)
    return data.getvalue()
