"""Safe decoding of pictures: what really is in the bytes, upright, in sRGB, without metadata.

Nothing is believed but the content: the name and its extension are only used in messages. Size and pixel limits
are checked before any pixel is decoded. What is kept is always re-encoded, so metadata (place, camera, hidden
payloads) never survives. Light enough for the web process: numpy and Pillow only, HEIC support on first need.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

from core.errors import BadInput, later

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_SCANS = 40
"""Passes of a progressive JPEG, each of which costs as much as a whole picture; the most careful encoders make 20."""
MIN_SIDE = 16
KEPT_SIDE = 2048
STRIP_PIXELS = 2_000_000
THUMBNAIL_SIDE = 384

ACCEPTED = "JPEG, PNG, WebP, GIF, AVIF or HEIC"

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF_ORIENTATION = 0x0112

_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}

# Every pattern here is read once from left to right: none may repeat something that holds a repetition itself.
_OTHER_KINDS = (
    (re.compile(rb"\s*(<!doctype html|<html|<head|<body|<script)", re.I), later("a web page")),
    (re.compile(rb"%PDF-"), later("a PDF document")),
    (re.compile(rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfb]|fLaC|OggS|MThd", re.S), later("a sound file")),
    (re.compile(rb"RIFF....WAVE|FORM....AIF", re.S), later("a sound file")),
    (re.compile(rb"....ftyp(M4A|M4B)", re.S), later("a sound file")),
    (re.compile(rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", re.S), later("a video")),
    (re.compile(rb"II\*\x00|MM\x00\*"), later("a TIFF or camera raw picture")),
    (re.compile(rb"BM....\x00\x00\x00\x00", re.S), later("a BMP picture")),
    (re.compile(rb"8BPS"), later("a Photoshop document")),
    (re.compile(rb"PK\x03\x04"), later("a ZIP archive")),
)
# Formats that a program other than a picture viewer would run or unpack when they ride inside a picture.
_ACTIVE_CONTENT = re.compile(rb"<\?php|<script[\s>]|<!doctype html", re.I)
_ACTIVE_DRAWING = re.compile(rb"(<svg[\s>])|onload", re.I)
_DRAWING_WINDOW = 2000
_HEAD = 4096
_PDF_WINDOW = 1024
_ZIP_TAIL = 66_000


class PictureError(BadInput):
    """A file that cannot be used as a picture. Codes: ``picture_empty``, ``picture_too_large``,
    ``picture_too_many_pixels``, ``picture_too_small``, ``picture_unsupported``, ``picture_damaged``,
    ``picture_polyglot``, ``picture_too_costly``."""

    code = "picture_damaged"
    message = "This picture is damaged or incomplete."
    hint = "Open it in a photo viewer, save it again and try that copy."


@dataclass(frozen=True)
class DecodedPicture:
    """A picture ready to be read and stored.

    ``image``: RGB in sRGB, upright, longest side at most ``KEPT_SIDE``, no metadata attached.
    ``width``/``height``: the upright size in the file, pixels. ``format``: what the bytes really were.
    """

    image: Image.Image
    width: int
    height: int
    format: str


def content_hash(data: bytes) -> str:
    """SHA-256 of the bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sniff(data: bytes) -> str | None:
    """The format that the first bytes show: ``JPEG``, ``PNG``, ``WEBP``, ``GIF``, ``AVIF``, ``HEIF`` or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[4:8] == b"ftyp":
        length = min(max(int.from_bytes(data[:4], "big"), 16), 256)
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, length, 4))}
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIC_BRANDS:
            return "HEIF"
    return None


def decode_picture(data: bytes, *, name: str = "") -> DecodedPicture:
    """Decode any accepted picture (first frame of an animation) to upright sRGB.

    ``data``: the whole file. ``name``: as the person knows it, for messages only.
    Raises ``PictureError`` for anything that is not a whole, reasonable picture.
    """
    check_size(data, name)
    called = name or later("This file")
    format = sniff(data)
    if format is None:
        raise _unsupported(data, called)
    _refuse_polyglot(data, called)
    if format == "JPEG" and _scans(data) > MAX_SCANS:
        raise PictureError(
            "{name} is drawn in more passes than any photo.", code="picture_too_costly", told={"name": called}
        )
    try:
        return _decode(data, format, called)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(called) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, RuntimeError) as error:
        # Pillow's parsers raise all of these on malformed files.
        raise PictureError(
            "{name} starts like {format} but is damaged or incomplete.", told={"name": called, "format": format}
        ) from error


def check_size(data: bytes, name: str = "") -> None:
    """Raises PictureError for no bytes and for too many."""
    called = name or later("This file")
    if not data:
        raise PictureError(
            "{name} is empty.",
            code="picture_empty",
            hint="Choose another file; this has no bytes.",
            told={"name": called},
        )
    if len(data) > MAX_BYTES:
        raise PictureError(
            "{name} is {size} MB; pictures may have up to {most} MB.",
            code="picture_too_large",
            hint="Save a smaller copy and try that.",
            told={"name": called, "size": round(len(data) / 1024**2), "most": MAX_BYTES // 1024**2},
        )


def encode_picture(picture: DecodedPicture, longest: int = KEPT_SIDE) -> bytes:
    """The picture as a JPEG without any metadata, longest side at most ``longest`` pixels."""
    image = picture.image
    if max(image.size) > longest:
        image = image.copy()
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def encode_thumbnail(picture: DecodedPicture, longest: int = THUMBNAIL_SIDE) -> bytes:
    """A small JPEG for lists and chips."""
    return encode_picture(picture, longest)


def _unsupported(data: bytes, called: str) -> PictureError:
    head = data[:_HEAD]
    kind = next((kind for pattern, kind in _OTHER_KINDS if pattern.match(head)), None)
    kind = later("an SVG drawing") if _is_drawing(head) else kind
    told = {"name": called, "kind": kind, "accepted": ACCEPTED}
    if kind:
        return PictureError(
            "{name} is {kind}, not a photo.", code="picture_unsupported", hint="Use a {accepted} file.", told=told
        )
    return PictureError(
        "{name} is not a picture that Dylumo knows.",
        code="picture_unsupported",
        hint="Use a {accepted} file.",
        told=told,
    )


def _is_drawing(head: bytes) -> bool:
    """Whether it is an SVG: after a declaration, comments and a document type, each skipped once."""
    rest = head.lower().lstrip()
    if rest.startswith(b"<?xml"):
        rest = _after(rest, b">")
    while rest.startswith(b"<!--"):
        rest = _after(rest, b"-->")
    if rest.startswith(b"<!doctype svg"):
        rest = _after(rest, b">")
    return rest.startswith(b"<svg")


def _after(text: bytes, sign: bytes) -> bytes:
    return text.partition(sign)[2].lstrip()


def _too_many_pixels(called: str) -> PictureError:
    return PictureError(
        "{name} has more than {most} million pixels.",
        code="picture_too_many_pixels",
        hint="Save a smaller copy and try that.",
        told={"name": called, "most": MAX_PIXELS // 1_000_000},
    )


def _refuse_polyglot(data: bytes, called: str) -> None:
    """Refuse a picture that is at the same time a document, a program or an archive.

    A video after the picture (a phone's motion photo) is common and harmless, so it passes.
    """
    is_pdf = b"%PDF-" in data[:_PDF_WINDOW]
    is_zip = b"PK\x05\x06" in data[-_ZIP_TAIL:] and b"PK\x03\x04" in data
    if is_pdf or is_zip or _ACTIVE_CONTENT.search(data) or _has_active_drawing(data):
        raise PictureError(
            "{name} carries another kind of file inside the picture.",
            code="picture_polyglot",
            hint="Open it in a photo viewer, save it again and try that copy.",
            told={"name": called},
        )


def _has_active_drawing(data: bytes) -> bool:
    """Whether an SVG begins shortly before something that runs when it is shown; one pass over the bytes."""
    begun = None
    for sign in _ACTIVE_DRAWING.finditer(data):
        if sign.group(1):
            begun = sign.end()
        elif begun and sign.start() - begun <= _DRAWING_WINDOW and b"\0" not in data[begun : sign.start()]:
            return True
    return False


_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.S)
_ALONE = (0x01, 0xD8)  # markers without a segment


def _scans(data: bytes) -> int:
    """How many passes a JPEG is drawn in, by its markers up to its end; segments of metadata are stepped over."""
    count, at = 0, 2
    while (marker := _MARKER.search(data, at)) and marker[0][1] != 0xD9:
        count += marker[0][1] == 0xDA
        at = marker.end()
        if marker[0][1] not in _ALONE:
            at += int.from_bytes(data[at : at + 2], "big")
    return count


def _decode(data: bytes, format: str, called: str) -> DecodedPicture:
    if format == "HEIF":
        _register_heif()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own, lower limit follows
        opened = Image.open(io.BytesIO(data), formats=(format,))
    with opened as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_many_pixels(called)
        if min(width, height) < MIN_SIDE:
            raise PictureError(
                "{name} is only {width}x{height} pixels.",
                code="picture_too_small",
                hint="Use a picture of at least {least}x{least} pixels.",
                told={"name": called, "width": width, "height": height, "least": MIN_SIDE},
            )
        orientation = _orientation(image)
        profile = image.info.get("icc_profile")
        image.draft("RGB" if image.mode == "RGB" else None, (KEPT_SIDE, KEPT_SIDE))  # JPEG: decode at 1/2, 1/4, 1/8
        image.load()
        upright = _without_metadata(_to_rgb(_shrunk(_reduced(image)), profile))
    if orientation in _TRANSPOSE:
        upright = upright.transpose(_TRANSPOSE[orientation])
        if orientation >= 5:
            width, height = height, width
    return DecodedPicture(upright, width, height, "HEIC" if format == "HEIF" else format)


def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except (SyntaxError, ValueError, TypeError, OSError, struct.error):
        return 1  # a broken EXIF block says nothing about the pixels


def _reduced(image: Image.Image) -> Image.Image:
    """Any picture as L, RGB, RGBA or CMYK with 8 bits a channel, less than twice the kept size. It is shrunk strip by
    strip as it is converted: a large one converted whole would take many times its own memory."""
    brightest = image.getextrema()[1] if _is_deep(image) else 255.0
    scale = 257.0 if isinstance(brightest, int | float) and brightest > 255 else 1.0
    factor = max(image.size) // KEPT_SIDE
    if factor < 2:
        return _eight_bit(image, scale)
    rows = max(1, STRIP_PIXELS // (image.width * factor)) * factor
    reduced: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        strip = _eight_bit(strip, scale).reduce(factor)
        if reduced is None:
            reduced = Image.new(strip.mode, (strip.width, -(-image.height // factor)))
        reduced.paste(strip, (0, top // factor))
    assert reduced is not None
    return reduced


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _eight_bit(image: Image.Image, scale: float) -> Image.Image:
    """Palette, bilevel and 16-bit pictures (of values ``scale`` times as large) with 8 bits a channel."""
    if _is_deep(image):
        deep = np.asarray(image, dtype=np.float32)
        return Image.fromarray((deep / scale).clip(0, 255).astype(np.uint8))
    if "transparency" in image.info or image.mode in ("PA", "LA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode in ("P", "1", "LAB", "HSV", "YCbCr"):
        return image.convert("RGB")
    return image


def _shrunk(image: Image.Image) -> Image.Image:
    if max(image.size) <= KEPT_SIDE:
        return image
    scale = KEPT_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """On white where transparent, and in sRGB where the file carries a colour profile."""
    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # an unusable profile: the pixels are still a picture, read them as sRGB
    return image.convert("RGB")


def _without_metadata(image: Image.Image) -> Image.Image:
    """A copy that carries pixels only (Pillow would write ``info`` such as comments back into files)."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return clean
