"""A picture named on the command line, read with the best tier on disk."""

from __future__ import annotations

from agents.roles.image_analysis import read_file
from core.errors import BadInput
from core.schemas import ImageReading
from core.storage import Readable


def read_picture_file(file: Readable) -> ImageReading:
    """Raises BadInput when the file cannot be opened, PictureError when it is no usable picture."""
    try:
        return read_file(file)
    except OSError as error:
        raise BadInput(
            f"The picture could not be opened: {error.strerror or 'unreadable'}.",
            hint="Check the path and that you may read the file.",
            code="picture_unreadable",
        ) from error
