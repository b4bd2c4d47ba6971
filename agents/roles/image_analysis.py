"""Agent 1: pictures to a reading of mood, scene, objects, palette and faces, with confidence and tier.

Several pictures are read one by one and averaged; each reading is kept for a list in stages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agents.board import Board, Patch
from core import counters
from core.schemas import ImageReading
from core.storage import Readable
from recommender import mapping
from recommender.music.occasions import in_words, occasions
from recommender.perception.images import captions


def read_file(file: Readable) -> ImageReading:
    """Read one stored picture with the best tier on disk."""
    from recommender.perception.images import decode, reader

    image = decode.decode_picture(file.read_bytes(), name=file.name).image
    with counters.timed("model_seconds", reads="pictures") as labels:
        reading: ImageReading = reader.read_picture(image)
        labels["tier"] = reading.tier
    return reading


class ImageAnalysis:
    name = "image_analysis"
    title = "Looking at the picture"
    patience = 60.0
    gives = frozenset({"reading", "readings"})

    def __init__(self, read: Callable[[Readable], ImageReading] = read_file) -> None:
        self._read = read

    def ready(self, board: Board) -> bool:
        return board.reading is None and bool(board.order.pictures or any(board.order.cached))

    def act(self, board: Board) -> Patch:
        readings = tuple(self._readings(board))
        reading = mapping.average(readings)
        if len(readings) == 1:
            return Patch(changes={"reading": reading}, summary=describe(reading), hand_to="music_understanding")
        summary = _("{count} pictures: {seen}").format(count=len(readings), seen=describe(reading))
        return Patch(changes={"reading": reading, "readings": readings}, summary=summary, hand_to="music_understanding")

    def _readings(self, board: Board) -> Iterator[ImageReading]:
        for picture, known in zip_longest(board.order.pictures, board.order.cached):
            if known is not None:
                yield known
            elif picture is not None:
                yield self._read(picture)


CLOSE = 0.5
"""A second thing this much as likely as the first is named beside it."""


def describe(reading: ImageReading) -> str:
    """ "Looks like a wedding or a party; it feels joyful and excited." """
    known = [label for label in reading.concepts if label.name in occasions()]
    likely = [label for label in known[:2] if label.score >= CLOSE * known[0].score]
    things = list(dict.fromkeys(_called(label.name) for label in likely))
    if things:
        seen = _("Looks like {things}").format(things=_(" or ").join(things))
    else:
        seen = _("I see {phrase}").format(phrase=in_words(reading) or _("nothing I can name"))
    moods = _(" and ").join(_(mood.name) for mood in reading.moods[:2])
    if not moods:
        return _("{seen}, in no clear mood").format(seen=seen)
    return _("{seen}; it feels {moods}").format(seen=seen, moods=moods)


def _called(concept: str) -> str:
    """What a picture may look like: "a wedding", "Christmas"."""
    known = captions.CONCEPT_WORDS.get(concept)
    return pgettext("things", known) if known else _(occasions()[concept].thing)
