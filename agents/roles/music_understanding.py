"""Agent 2: an uploaded song to a reading of its sound, and the tracks one may choose from to a picture of the pool."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agents.board import Board, Patch, PoolReading
from core import counters
from core.schemas import AudioReading
from core.storage import Readable, on_disk
from recommender.library.audio_descriptions import sentences
from recommender.music.styles import called
from recommender.ranking import features as pool
from recommender.ranking.explain import key_name


def hear_file(file: Readable) -> AudioReading:
    """The reading of an uploaded song with the best tier on disk."""
    from recommender.perception.audio import reader, uploads
    from recommender.perception.weights.tiers import in_use

    with on_disk(file) as path:
        sound = uploads.decoded(path)
    with counters.timed("model_seconds", reads="sound", tier=in_use("sound")):
        return reader.read_decoded(sound, in_use("sound"))


def read_pool(board: Board) -> PoolReading:
    summary = pool.summarise(board.order.person_id, board.order.scope)
    return PoolReading(
        size=summary.size,
        valence=summary.valence,
        arousal=summary.arousal,
        unheard=summary.unheard,
        genres=summary.genres,
    )


class MusicUnderstanding:
    name = "music_understanding"
    title = "Seeing what music there is"
    patience = 60.0
    gives = frozenset({"heard", "pool"})

    def __init__(
        self,
        hear: Callable[[Readable], AudioReading] = hear_file,
        survey: Callable[[Board], PoolReading] = read_pool,
    ) -> None:
        self._hear = hear
        self._survey = survey

    def ready(self, board: Board) -> bool:
        return board.pool is None

    def act(self, board: Board) -> Patch:
        pool = self._survey(board)
        heard = self._hear(board.order.sound) if board.order.sound else None
        return Patch(changes={"pool": pool, "heard": heard}, summary=describe(pool, heard), hand_to="mapping")


def describe(pool: PoolReading, heard: AudioReading | None) -> str:
    styles = ", ".join(called(label.name) for label in pool.genres[:3])
    choice = ngettext("{size} track to choose from", "{size} tracks to choose from", pool.size)
    told = [choice.format(size=_grouped(pool.size)) + (_(", mostly {styles}").format(styles=styles) if styles else "")]
    if pool.unheard:
        told.append(_("{count} known by name only").format(count=_grouped(pool.unheard)))
    if heard:
        key = key_name(heard.key, heard.mode) if heard.key >= 0 else _("no clear key")
        told.append(_("your song: {tempo} beats a minute, {key}").format(tempo=round(heard.tempo), key=key))
    further = sentences(heard.form, heard.harmony, heard.mode) if heard else ()
    return ". ".join([_("; ").join(told), *(sentence.removesuffix(".") for sentence in further)])


def _grouped(number: int) -> str:
    return str(number_format(number, force_grouping=True))
