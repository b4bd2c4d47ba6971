"""Any photo is decoded upright and bare, or refused with a code and a plain sentence."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from recommender.perception.images import decode
from recommender.perception.images.decode import PictureError, decode_picture, encode_picture, encode_thumbnail
from tests.recommender.photos import encoded, painted

LEFT, RIGHT_BOTTOM = (20, 40), (100, 78)


def refused(data: bytes, name: str = "holiday.jpg") -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, name=name)
    assert caught.value.message.startswith(name)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"])
def test_common_formats_are_decoded_whatever_the_name_says(format: str) -> None:
    if format == "HEIF":
        decode._register_heif()
    picture = decode_picture(encoded(painted(), format), name="photo.txt")
    assert (picture.width, picture.height) == (120, 80)
    assert picture.format == ("HEIC" if format == "HEIF" else format)
    assert picture.image.mode == "RGB"
    red, green, blue = picture.image.getpixel(LEFT)
    assert red > 190
    assert max(green, blue) < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_comes_out_upright(orientation: int) -> None:
    upright = painted()
    back = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}.get(orientation)
    stored = upright.transpose(decode._TRANSPOSE[back]) if back else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode_picture(encoded(stored, "JPEG", quality=95, exif=exif))
    assert (picture.width, picture.height) == picture.image.size == (120, 80)
    assert picture.image.getpixel(LEFT)[0] > 190
    assert picture.image.getpixel(RIGHT_BOTTOM)[2] > 190


def test_nothing_but_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    data = encoded(painted(), "JPEG", exif=exif, comment=b"home address")
    for kept in (encode_picture(decode_picture(data)), encode_thumbnail(decode_picture(data))):
        assert b"SecretCamera" not in kept
        assert b"home address" not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()
        assert "icc_profile" not in Image.open(io.BytesIO(kept)).info


def test_transparency_lies_on_white() -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert decode_picture(encoded(image, "PNG")).image.getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (40, 40), 0)
    assert decode_picture(encoded(palette, "PNG", transparency=0)).image.getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bits_print_colours_and_foreign_profiles_become_srgb() -> None:
    deep = Image.fromarray(np.full((40, 40), 128 * 257, np.uint16))
    assert decode_picture(encoded(deep, "PNG")).image.getpixel((5, 5)) == (128, 128, 128)
    print_red = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    red, green, blue = decode_picture(encoded(print_red, "JPEG", quality=95)).image.getpixel((5, 5))
    assert red > 200
    assert max(green, blue) < 60
    broken = encoded(painted(), "PNG", icc_profile=b"not a profile")
    assert decode_picture(broken).image.size == (120, 80)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decode_picture(encoded(painted(), "PNG", icc_profile=profile)).image.getpixel(LEFT)[0] == pytest.approx(
        220, abs=3
    )


def test_a_large_photo_is_kept_smaller_but_remembers_its_size() -> None:
    picture = decode_picture(encoded(Image.new("RGB", (5000, 2500), "teal")))
    assert (picture.width, picture.height) == (5000, 2500)
    assert picture.image.size == (2048, 1024)
    assert Image.open(io.BytesIO(encode_thumbnail(picture))).size == (384, 192)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_picture(data).image.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?> <!-- a --><!-- b --> <!DOCTYPE svg> <SVG xmlns=""/>', "an SVG drawing"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"ID3\x04\x00" + bytes(100), "a sound file"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a sound file"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(60), "a video"),
        (b"%PDF-1.7 ", "a PDF document"),
        (b"hello", "not a picture"),
    ],
)
def test_what_is_no_photo_is_named(data: bytes, what: str) -> None:
    error = refused(data)
    assert error.code == "picture_unsupported"
    assert what in error.message


def test_an_empty_file_is_refused() -> None:
    assert refused(b"").code == "picture_empty"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_truncated_photo_is_refused(format: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    data = encoded(noise, format)
    assert refused(data[: int(len(data) * share)]).code == "picture_damaged"


def test_too_many_bytes_are_refused() -> None:
    assert refused(b"\xff\xd8\xff" + bytes(decode.MAX_BYTES)).code == "picture_too_large"


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_000, 7_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_decoding(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("pixels were decoded"))
    assert refused(png_that_claims(*size)).code == "picture_too_many_pixels"


def test_a_dot_is_too_small() -> None:
    assert refused(encoded(Image.new("RGB", (1, 1)), "PNG")).code == "picture_too_small"


@pytest.mark.parametrize(
    "rider",
    [
        b"<?php system($_GET['c']); ?>",
        b"<script>alert(1)</script>",
        b'<svg viewBox="0 0 1 1" onload="alert(1)">',
        b"PK\x03\x04" + bytes(60) + b"PK\x05\x06" + bytes(18),
    ],
)
def test_a_picture_that_is_also_something_else_is_refused(rider: bytes) -> None:
    assert refused(encoded(painted()) + rider).code == "picture_polyglot"


HOSTILE = {
    "comments that never become a drawing": b"<!---->" * 500 + b"x",
    "drawings that never run": b"\xff\xd8\xff" + b"<svg " * 1_000_000,
    "runs without a drawing": b"\xff\xd8\xff" + b"onload" * 1_000_000,
    "tags that are none": b"\xff\xd8\xff" + b"<script" * 1_000_000,
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_bytes_made_to_be_slow_are_read_once(shape: str, tmp_path: Path) -> None:
    """In a process of its own: reading them by trial and error would take days and let nothing else run."""
    code = (
        "import sys, pathlib; from recommender.perception.images.decode import PictureError, decode_picture\n"
        "try: decode_picture(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "except PictureError as error: print(error.code)"
    )
    file = tmp_path / "upload"
    file.write_bytes(HOSTILE[shape])
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", code, str(file)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=180)
    assert done.stdout.strip() in {"picture_unsupported", "picture_damaged"}


def test_a_phones_motion_photo_is_welcome() -> None:
    data = encoded(painted()) + b"\x00\x00\x00\x18ftypmp42" + bytes(500)
    assert decode_picture(data).image.size == (120, 80)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "AVIF"]), st.data())
def test_damaged_bytes_never_raise_anything_else(format: str, data: st.DataObject) -> None:
    body = bytearray(encoded(painted(40, 32), format))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = decode_picture(bytes(body))
    except PictureError:
        return
    assert picture.image.mode == "RGB"


def test_decoding_needs_nothing_heavy() -> None:
    code = (
        "import sys; from recommender.perception.images import decode as pictures; "
        "print([m for m in ('torch', 'cv2', 'scipy', 'sklearn', 'pillow_heif') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_same_bytes_have_the_same_hash() -> None:
    assert decode.content_hash(b"x") == decode.content_hash(b"x") != decode.content_hash(b"y")
