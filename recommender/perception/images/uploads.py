"""Pictures from strangers: decoded in a process of their own, so that none can hold up or bring down the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.confined import Confined, Costly, Refused
from core.errors import later
from recommender.perception.images import decode

SECONDS = 20.0
MEGABYTES = 1024
AT_ONCE = 2

_decoders = Confined(f"{__name__}:prepare", seconds=SECONDS, megabytes=MEGABYTES, at_once=AT_ONCE)


@dataclass(frozen=True)
class PreparedPicture:
    """What is kept of a picture: two JPEGs without metadata, and its upright size in the file."""

    file: bytes
    thumbnail: bytes
    width: int
    height: int
    format: str


def prepared(data: bytes, name: str = "") -> PreparedPicture:
    """The picture, checked and encoded anew. Raises PictureError, and core.confined.Busy."""
    decode.check_size(data, name)
    try:
        told, (file, thumbnail) = _decoders({"name": name}, data)
    except Refused as error:
        raise decode.PictureError(error.template, hint=error.hint_template, code=error.code, told=error.told) from error
    except Costly as error:
        raise decode.PictureError(
            "{name} takes far more time or memory to open than a photo.",
            code="picture_too_costly",
            told={"name": name or later("This file")},
        ) from error
    return PreparedPicture(file, thumbnail, told["width"], told["height"], told["format"])


def prepare(told: dict[str, Any], data: bytes) -> tuple[Mapping[str, Any], Sequence[bytes]]:
    """The job itself; runs in the other process."""
    picture = decode.decode_picture(data, name=told["name"])
    facts = {"width": picture.width, "height": picture.height, "format": picture.format}
    return facts, [decode.encode_picture(picture), decode.encode_thumbnail(picture)]
