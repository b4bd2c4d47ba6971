"""What was seen and said to what music to look for: ImageReading + WordsReading -> MusicBrief.

Three reasonings: ``symbolic`` (the stated rules of ``rules`` over the reading), ``neural`` (sentence vectors
only: the target is where the words of the phrase lie among the moods) and ``hybrid`` (both). No model is loaded
here: a worker passes ``embed``; ``adjust`` needs none and serves the web process.
"""

from recommender.mapping.adjust import adjust, move, towards, with_song
from recommender.mapping.build import MOST_TRACKS, REASONINGS, NothingToGoBy, brief_for
from recommender.mapping.context import in_moment, moment_names, moment_pull, moment_words, without_moment
from recommender.mapping.leanings import Leanings
from recommender.mapping.multi_photo import MOST_PHOTOS, TOGETHER, average, with_stages
from recommender.mapping.named import limited, named
from recommender.mapping.takes import choose_take, shown_takes, standing_takes
from recommender.mapping.target import rescale_to_rating_spread

__all__ = [
    "MOST_PHOTOS",
    "MOST_TRACKS",
    "REASONINGS",
    "TOGETHER",
    "Leanings",
    "NothingToGoBy",
    "adjust",
    "average",
    "brief_for",
    "choose_take",
    "in_moment",
    "limited",
    "moment_names",
    "moment_pull",
    "moment_words",
    "move",
    "named",
    "rescale_to_rating_spread",
    "shown_takes",
    "standing_takes",
    "towards",
    "with_song",
    "with_stages",
    "without_moment",
]
