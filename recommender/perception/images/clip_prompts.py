"""Words for what else a picture may show: place, weather, time, season, company, style, things, expression, writing.

Tables of the same kind as ``vocabulary``'s, with anchors (valence, arousal), 0..1, set by hand for this project. Only
image-text encoders name these (``zero_shot``); ``PICTURE_TABLES`` is everything they are asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

from recommender.perception.vocabulary import ACTIVITIES, MOODS, SCENES, Term, table

PLACES = table(
    ("church", 0.58, 0.28, "the inside of a church or temple", "temple,cathedral,mosque"),
    ("museum", 0.58, 0.30, "a museum or gallery", "gallery"),
    ("library", 0.60, 0.22, "a library full of books", "bookshop"),
    ("station", 0.46, 0.52, "a railway or underground station", "subway,metro"),
    ("airport", 0.50, 0.52, "an airport with planes", "terminal"),
    ("harbour", 0.66, 0.38, "a harbour with boats", "port,marina"),
    ("market", 0.66, 0.60, "a busy market", "bazaar"),
    ("village", 0.70, 0.30, "a small village", "hamlet"),
    ("castle", 0.62, 0.40, "an old castle or palace", "palace,fortress"),
    ("ruins", 0.40, 0.34, "old ruins", "abandoned building"),
    ("bridge", 0.60, 0.38, "a bridge", "viaduct"),
    ("garden", 0.78, 0.30, "a garden in bloom", "park"),
    ("pool", 0.76, 0.50, "a swimming pool", "swimming pool"),
    ("stadium", 0.68, 0.80, "a stadium full of people", "arena"),
    ("club", 0.70, 0.86, "a dark nightclub with coloured lights", "nightclub,disco"),
    ("school", 0.52, 0.42, "a classroom or school", "classroom"),
    ("hospital", 0.28, 0.48, "a hospital", "clinic"),
    ("office", 0.46, 0.36, "an office", "workplace"),
    ("playground", 0.76, 0.62, "a playground", "swings"),
    ("cemetery", 0.24, 0.24, "a cemetery with graves", "graveyard"),
)

WEATHER = table(
    ("sunny", 0.80, 0.48, "bright sunshine and a clear sky", "clear,sunshine"),
    ("cloudy", 0.50, 0.30, "a grey, overcast sky", "overcast"),
    ("rainy", 0.42, 0.34, "rain falling", "rain"),
    ("stormy", 0.28, 0.76, "a thunderstorm with lightning", "storm"),
    ("snowy", 0.66, 0.34, "snow on the ground", "snow"),
    ("foggy", 0.42, 0.24, "thick fog or mist", "mist"),
)

TIMES = table(
    ("sunrise", 0.78, 0.34, "at sunrise, early in the morning", "dawn"),
    ("day", 0.64, 0.46, "in the middle of the day", "daytime"),
    ("golden hour", 0.80, 0.34, "in warm, low evening light", "evening"),
    ("sunset", 0.78, 0.32, "at sunset", "dusk"),
    ("night", 0.46, 0.44, "at night, in the dark", "dark"),
)

SEASONS = table(
    ("spring", 0.78, 0.46, "in spring, with fresh leaves and blossom", "blossom"),
    ("summer", 0.82, 0.56, "in summer, hot and green", "heat"),
    ("autumn", 0.56, 0.32, "in autumn, with coloured leaves", "fall"),
    ("winter", 0.54, 0.32, "in winter, cold and bare", "cold"),
)

COMPANY = table(
    ("nobody", 0.54, 0.26, "a place with no people", "empty"),
    ("one person", 0.54, 0.38, "one person alone", "alone"),
    ("a couple", 0.76, 0.42, "a couple in love", "couple"),
    ("a family", 0.76, 0.48, "a family with children", "family"),
    ("friends", 0.82, 0.64, "a group of friends", "friends"),
    ("a crowd", 0.62, 0.76, "a large crowd of people", "crowd"),
)

STYLES = table(
    ("photograph", 0.54, 0.42, "a plain photograph", "photo"),
    ("black and white", 0.44, 0.36, "a black and white photograph", "monochrome"),
    ("oil painting", 0.56, 0.38, "an oil painting", "painting"),
    ("watercolour", 0.66, 0.28, "a watercolour painting", "watercolor"),
    ("drawing", 0.56, 0.34, "a pencil drawing or sketch", "sketch"),
    ("comic", 0.66, 0.60, "a comic or cartoon drawing", "cartoon,anime"),
    ("impressionist", 0.68, 0.36, "an impressionist painting", "impressionism"),
    ("abstract", 0.54, 0.50, "abstract art", "abstract painting"),
    ("surreal", 0.48, 0.54, "surreal art, like a dream", "surrealism"),
    ("poster", 0.58, 0.54, "a poster or graphic design", "graphic design"),
    ("computer graphics", 0.56, 0.56, "a computer-generated image", "render"),
)

OBJECTS = table(
    ("dog", 0.78, 0.56, "a dog", "puppy"),
    ("cat", 0.74, 0.40, "a cat", "kitten"),
    ("bird", 0.70, 0.42, "a bird", "birds"),
    ("horse", 0.70, 0.52, "a horse", "horses"),
    ("flower", 0.80, 0.30, "flowers", "flowers"),
    ("tree", 0.70, 0.26, "a tree", "trees"),
    ("boat", 0.70, 0.40, "a boat", "ship"),
    ("car", 0.56, 0.60, "a car", "cars"),
    ("bicycle", 0.68, 0.54, "a bicycle", "bike"),
    ("train", 0.54, 0.54, "a train", "locomotive"),
    ("aeroplane", 0.58, 0.58, "an aeroplane", "plane"),
    ("guitar", 0.66, 0.54, "a guitar", "guitars"),
    ("piano", 0.64, 0.36, "a piano", "keyboard"),
    ("book", 0.60, 0.22, "a book", "books"),
    ("cup", 0.68, 0.30, "a cup of coffee or tea", "coffee"),
    ("wine", 0.72, 0.42, "a glass of wine", "drink"),
    ("cake", 0.80, 0.52, "a cake", "dessert"),
    ("candle", 0.70, 0.22, "a candle", "candles"),
    ("balloon", 0.82, 0.62, "balloons", "balloons"),
    ("fireworks", 0.84, 0.86, "fireworks", "sparkler"),
    ("weapon", 0.16, 0.78, "a weapon", "gun,knife"),
    ("rubbish", 0.24, 0.42, "rubbish and waste", "garbage"),
)

EXPRESSIONS = table(
    ("happy", 0.88, 0.62, "a person with a happy, smiling face", "smiling"),
    ("sad", 0.16, 0.30, "a person with a sad, crying face", "crying"),
    ("angry", 0.16, 0.86, "a person with an angry face", "shouting"),
    ("afraid", 0.16, 0.80, "a person with a frightened face", "fear,fearful"),
    ("surprised", 0.60, 0.80, "a person with a surprised face", "surprise"),
    ("disgusted", 0.14, 0.54, "a person with a disgusted face", "disgust"),
    ("calm", 0.58, 0.24, "a person with a calm, neutral face", "neutral"),
)

WRITING = table(("writing", 0.50, 0.40, "written words, a sign or a caption", "text"))
"""Noted only: what the words say is never read, so it can be neither a wish nor an instruction."""


@dataclass(frozen=True)
class Question:
    """One table as a question. ``exclusive``: at most one answer holds. ``neither``: prompts that describe what holds
    when no answer does. ``frame``: how an answer's phrase is put into the templates. ``kept``: most answers shown."""

    kind: str
    terms: dict[str, Term]
    frame: str = "{}"
    neither: tuple[str, ...] = ("something else",)
    exclusive: bool = False
    kept: int = 3


PEOPLELESS = ("a thing", "a place with no people", "a landscape", "an animal")

PICTURE_TABLES = (
    Question("mood", MOODS, "a scene that feels {}", ("a scene without any mood", "a plain scene"), kept=5),
    Question("scene", SCENES, neither=("an unclear scene", "a close-up of a texture", "a blank surface"), kept=4),
    Question("place", PLACES, neither=("an ordinary place", "an unknown place", "a plain background")),
    Question("weather", WEATHER, "a scene with {}", ("a scene indoors", "a close-up indoors"), exclusive=True, kept=1),
    Question("time", TIMES, "a scene {}", ("a scene indoors", "a picture with no sky"), exclusive=True, kept=1),
    Question("season", SEASONS, "a scene {}", ("a scene indoors", "no sign of a season"), exclusive=True, kept=1),
    Question("activity", ACTIVITIES, "people {}", ("nobody doing anything", "a still scene"), kept=2),
    Question("company", COMPANY, neither=("a thing close up",), exclusive=True, kept=1),
    Question("style", STYLES, neither=("a blurred image",), exclusive=True, kept=1),
    Question("object", OBJECTS, neither=("an unclear thing", "a blank surface", "an empty scene")),
    Question("expression", EXPRESSIONS, neither=PEOPLELESS, exclusive=True, kept=1),
    Question("writing", WRITING, neither=("a picture without any words",), kept=1),
)
"""What an image-text encoder is asked about every picture, in this order."""

TAG_KINDS = ("place", "weather", "time", "season", "activity", "company", "style", "expression", "writing")
"""Kinds that a reading keeps as its tags; moods, scenes and objects have fields of their own."""
