"""The shared words: moods, scenes, activities, genres and instruments with their places on the affect plane.

Anchors are (valence, arousal), 0..1, set by hand for this project from the circumplex model of affect
(Russell 1980: which quadrant, which neighbours); they are not copied from any word norms. ``tempo`` ranges of
genres are common knowledge of the styles. Every name is stable: it appears in chips, briefs, stored rows and
the command line's JSON (``mood:NAME``, ``genre:NAME``, ``instrument:NAME``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word of a table. ``synonyms`` are matched as whole words; ``prompt`` describes it in a phrase, for
    sentence and image-text encoders."""

    name: str
    valence: float
    arousal: float
    prompt: str
    synonyms: tuple[str, ...] = ()


def table(*rows: tuple[str, float, float, str, str]) -> dict[str, Term]:
    """Rows of (name, valence, arousal, prompt, synonyms parted by commas) by name."""
    return {
        name: Term(name, valence, arousal, prompt, tuple(s.strip() for s in synonyms.split(",") if s.strip()))
        for name, valence, arousal, prompt, synonyms in rows
    }


MOODS = table(
    ("joyful", 0.90, 0.70, "joyful, happy and full of delight", "happy,cheerful,glad,merry,delighted,feel-good,sunny"),
    ("euphoric", 0.90, 0.92, "euphoric, ecstatic celebration", "ecstatic,elated,jubilant,anthemic"),
    ("excited", 0.80, 0.88, "excited, thrilling anticipation", "thrilling,thrilled,hyped,pumped"),
    ("energetic", 0.70, 0.90, "energetic, driving and lively", "lively,driving,upbeat,dynamic,vigorous"),
    ("playful", 0.80, 0.62, "playful, quirky and light-hearted", "quirky,fun,silly,whimsical,funny,light-hearted"),
    ("confident", 0.72, 0.68, "confident, strong and cool", "cool,swagger,bold,strong,badass"),
    ("triumphant", 0.80, 0.80, "triumphant, heroic victory", "heroic,victorious,epic,majestic"),
    ("hopeful", 0.76, 0.50, "hopeful, uplifting, a new beginning", "uplifting,optimistic,inspiring"),
    ("romantic", 0.78, 0.42, "romantic, loving and intimate", "love,loving,intimate,sensual,sexy"),
    ("tender", 0.72, 0.28, "tender, gentle and warm", "gentle,warm,soft,sweet,delicate,cosy,cozy"),
    ("peaceful", 0.78, 0.15, "peaceful, serene and still", "serene,tranquil,calming,soothing,quiet"),
    ("calm", 0.68, 0.20, "calm, relaxed and easy", "relaxed,relaxing,mellow,chill,laid-back,easy,restful"),
    ("dreamy", 0.66, 0.30, "dreamy, floating and ethereal", "ethereal,floating,hazy,hypnotic,atmospheric"),
    ("spiritual", 0.66, 0.34, "spiritual, sacred and transcendent", "sacred,transcendent,devotional,meditative"),
    ("wondrous", 0.74, 0.55, "wondrous, in awe of something vast", "awe,awesome,magical,cinematic,grand"),
    ("nostalgic", 0.55, 0.34, "nostalgic, remembering old times", "wistful,sentimental,reminiscent,retro"),
    ("bittersweet", 0.48, 0.38, "bittersweet, both sad and sweet", "yearning,longing,aching"),
    (
        "pensive",
        0.46,
        0.28,
        "pensive, thoughtful and contemplative",
        "thoughtful,contemplative,reflective,introspective",
    ),
    ("melancholic", 0.28, 0.28, "melancholic, blue and wistful sadness", "melancholy,blue,moody,somber,sombre"),
    ("sad", 0.16, 0.30, "sad, sorrowful, crying", "sorrowful,unhappy,heartbroken,heartbreak,tearful,mournful,gloomy"),
    ("lonely", 0.22, 0.28, "lonely, empty and isolated", "isolated,empty,desolate,alone,forlorn"),
    ("mysterious", 0.44, 0.46, "mysterious, enigmatic and strange", "enigmatic,strange,noir,secretive"),
    ("dark", 0.24, 0.50, "dark, brooding and ominous", "brooding,ominous,sinister,bleak,grim"),
    ("tense", 0.28, 0.76, "tense, suspenseful and nervous", "suspenseful,nervous,anxious,uneasy,restless"),
    ("dramatic", 0.44, 0.72, "dramatic, intense and emotional", "intense,emotional,passionate,stormy"),
    ("fearful", 0.14, 0.80, "fearful, frightening and scary", "scary,frightening,terrifying,creepy,eerie,horror"),
    ("angry", 0.16, 0.88, "angry, furious rage", "furious,rage,mad,hostile,violent"),
    ("aggressive", 0.32, 0.92, "aggressive, heavy and hard", "heavy,hard,brutal,fierce,raw"),
    ("disgusted", 0.14, 0.56, "disgusting, dirty and repulsive", "disgust,gross,dirty,filthy"),
    ("bored", 0.36, 0.14, "dull, plain and boring", "dull,boring,plain,monotonous"),
)

SCENES = table(
    ("beach", 0.82, 0.44, "a beach by the sea", "seaside,shore,coast"),
    ("sea", 0.72, 0.40, "the open sea or ocean", "ocean,waves,sailing"),
    ("lake", 0.78, 0.24, "a quiet lake", "pond,lakeside"),
    ("river", 0.72, 0.38, "a river or waterfall", "waterfall,stream,creek"),
    ("mountain", 0.76, 0.44, "mountains and valleys", "mountains,hills,alps,peak,cliff,hiking"),
    ("forest", 0.72, 0.30, "a forest of trees", "woods,trees,jungle"),
    ("meadow", 0.80, 0.30, "a meadow with flowers", "field,fields,garden,flowers,countryside,park"),
    ("desert", 0.52, 0.36, "a dry desert", "dunes,sand"),
    ("snow", 0.66, 0.36, "a snowy winter landscape", "snowy,winter,ice,skiing"),
    ("rain", 0.44, 0.34, "rain on a grey day", "rainy,drizzle,puddle"),
    ("storm", 0.30, 0.74, "a storm with lightning", "lightning,thunder,hurricane,tornado"),
    ("fog", 0.42, 0.26, "fog and mist", "mist,misty,foggy"),
    ("sunset", 0.80, 0.34, "a sunset or sunrise", "sunrise,dusk,dawn,golden hour"),
    ("night sky", 0.66, 0.34, "the night sky with stars", "stars,moon,galaxy,moonlight"),
    ("sky", 0.74, 0.30, "the open sky with clouds", "clouds,cloud"),
    ("city", 0.54, 0.60, "a city with buildings and streets", "urban,downtown,skyline,buildings,tokyo,new york"),
    ("city night", 0.56, 0.62, "a city at night with neon lights", "neon,nightlife,night drive"),
    ("street", 0.50, 0.48, "a street with people and cars", "road,sidewalk,highway,traffic"),
    ("home", 0.64, 0.26, "a room at home", "bedroom,living room,kitchen,house"),
    ("cafe", 0.70, 0.34, "a cafe or restaurant", "coffee shop,coffeehouse,restaurant,coffee,bar"),
    ("concert", 0.78, 0.86, "a concert with a crowd", "festival,stage,gig,band,club"),
    ("celebration", 0.86, 0.82, "a party or celebration", "party,fireworks,birthday,wedding,parade,carnival"),
    ("sport", 0.70, 0.82, "people playing sports", "football,soccer,race,rugby,basketball,surfing"),
    ("portrait", 0.58, 0.42, "a portrait of a person", "face,selfie,person"),
    ("group", 0.74, 0.58, "a group of people together", "friends,family,people,couple,crowd"),
    ("animal", 0.70, 0.44, "an animal", "dog,cat,bird,horse,pet,puppy,kitten,wildlife"),
    ("food", 0.72, 0.44, "food on a table", "meal,dinner,cake,fruit"),
    ("interior", 0.52, 0.32, "an empty interior", "office,hall,museum,library,church"),
    ("industrial", 0.36, 0.46, "an industrial or abandoned place", "factory,ruins,abandoned,garbage,junk"),
    ("danger", 0.14, 0.80, "danger, fire or destruction", "fire,war,explosion,crash,accident,weapon,gun,flood"),
    ("object", 0.52, 0.28, "an everyday object", "still life,thing,tool"),
    ("art", 0.58, 0.42, "a painting or drawing", "painting,drawing,illustration,abstract"),
)

ACTIVITIES = table(
    ("workout", 0.68, 0.92, "working out at the gym", "gym,exercise,training,lifting"),
    ("running", 0.68, 0.86, "going for a run", "run,jog,jogging,cardio"),
    ("dancing", 0.84, 0.86, "dancing", "dance,dancefloor"),
    ("party", 0.84, 0.84, "a party with friends", "partying,pregame,house party,celebration"),
    ("driving", 0.66, 0.62, "driving on the road", "drive,road trip,roadtrip,commute,car"),
    ("walking", 0.70, 0.42, "taking a walk", "walk,stroll,hike"),
    ("cooking", 0.72, 0.50, "cooking in the kitchen", "cook,baking"),
    ("dinner", 0.72, 0.36, "a dinner with friends", "dinner party,candlelight,dining"),
    ("working", 0.60, 0.44, "concentrated work", "work,office,coding,productivity"),
    ("studying", 0.58, 0.28, "studying and focusing", "study,focus,homework,concentrate,concentration"),
    ("reading", 0.62, 0.22, "reading a book", "read,book"),
    ("relaxing", 0.72, 0.18, "relaxing and unwinding", "relax,unwind,spa,bath,lounging"),
    ("meditation", 0.68, 0.10, "meditation and yoga", "meditate,yoga,mindfulness,breathing"),
    ("sleeping", 0.62, 0.05, "falling asleep", "sleep,bedtime,lullaby,asleep,nap"),
    ("waking", 0.72, 0.46, "waking up in the morning", "wake up,morning,breakfast"),
    ("travelling", 0.74, 0.58, "travelling to far places", "travel,vacation,holiday,adventure,trip,flight"),
    ("date", 0.78, 0.42, "a romantic date", "date night,anniversary,valentine"),
    ("gaming", 0.62, 0.76, "playing video games", "game,gamer,videogame"),
    ("cleaning", 0.66, 0.68, "cleaning the house", "clean,chores,housework"),
    ("grieving", 0.14, 0.22, "grieving a loss", "grief,funeral,breakup,break-up,mourning,loss"),
)


@dataclass(frozen=True)
class Genre(Term):
    """A style with its usual tempo range (beats a minute)."""

    tempo: tuple[float, float] = (80.0, 140.0)


def _genres(*rows: tuple[str, float, float, tuple[float, float], str, str]) -> dict[str, Genre]:
    return {
        name: Genre(name, v, a, prompt, tuple(s.strip() for s in synonyms.split(",") if s.strip()), tempo)
        for name, v, a, tempo, prompt, synonyms in rows
    }


GENRES = _genres(
    ("pop", 0.68, 0.66, (90, 130), "pop songs", "dance pop,electropop,synthpop,k-pop,kpop,power pop"),
    ("rock", 0.56, 0.76, (95, 150), "rock with guitars", "hard rock,classic rock,album rock,rock and roll,rock n roll"),
    (
        "indie",
        0.54,
        0.54,
        (90, 140),
        "indie and alternative",
        "alternative,alt,shoegaze,lo-fi indie,indie rock,alt-rock",
    ),
    ("metal", 0.30, 0.94, (95, 180), "heavy metal", "heavy metal,death metal,black metal,metalcore,hardcore"),
    ("punk", 0.48, 0.90, (140, 200), "punk rock", "punk rock,emo,ska,grunge"),
    (
        "electronic",
        0.56,
        0.74,
        (110, 140),
        "electronic music",
        "edm,electronica,electro,synthwave,dubstep,drum and bass,dnb",
    ),
    ("house", 0.68, 0.80, (118, 130), "house music", "deep house,disco house,progressive house,garage"),
    ("techno", 0.44, 0.82, (122, 145), "techno and trance", "trance,minimal,hardstyle,big room"),
    ("ambient", 0.56, 0.12, (50, 100), "ambient soundscapes", "drone,soundscape,new age,newage,space music"),
    ("lofi", 0.58, 0.28, (65, 95), "lo-fi beats", "lo-fi,lo fi,chillhop,downtempo,trip hop,triphop,chillout,chill out"),
    (
        "hiphop",
        0.54,
        0.68,
        (75, 110),
        "hip hop and rap",
        "hip hop,hip-hop,rap,trap,drill,gangster rap,southern hip hop",
    ),
    ("rnb", 0.60, 0.48, (65, 110), "rhythm and blues", "r&b,r and b,neo soul,new jack swing,urban contemporary"),
    ("soul", 0.68, 0.56, (75, 125), "soul music", "motown,gospel"),
    ("funk", 0.80, 0.76, (95, 125), "funk", "funky,groove"),
    ("disco", 0.84, 0.82, (110, 128), "disco", "nu disco,boogie"),
    ("jazz", 0.62, 0.42, (70, 180), "jazz", "swing,bebop,bossa nova,big band,smooth jazz,jazzy"),
    ("blues", 0.42, 0.46, (60, 130), "blues", "delta blues,rhythm blues"),
    (
        "classical",
        0.56,
        0.34,
        (50, 140),
        "classical music",
        "orchestral,orchestra,symphony,baroque,opera,chamber,symphonic",
    ),
    ("soundtrack", 0.52, 0.50, (60, 140), "film soundtrack", "film score,score,cinematic,movie,trailer"),
    (
        "folk",
        0.60,
        0.34,
        (75, 130),
        "folk and acoustic",
        "acoustic,singer-songwriter,singer songwriter,celtic,bluegrass",
    ),
    ("country", 0.66, 0.56, (80, 140), "country music", "americana,honky tonk,western"),
    (
        "latin",
        0.78,
        0.76,
        (85, 130),
        "latin music",
        "reggaeton,salsa,bachata,latin pop,latin hip hop,tropical,samba,cumbia",
    ),
    ("reggae", 0.76, 0.50, (65, 95), "reggae", "dub,dancehall,roots reggae"),
    ("world", 0.64, 0.52, (70, 130), "music from around the world", "afrobeat,african,indian,arabic,flamenco"),
)


INSTRUMENTS = table(
    ("piano", 0.58, 0.34, "piano", "keys,keyboard,electric piano,rhodes"),
    ("guitar", 0.58, 0.48, "guitar", "electric guitar,guitars,riff"),
    ("acoustic guitar", 0.64, 0.36, "acoustic guitar", "unplugged,fingerpicking"),
    ("strings", 0.54, 0.42, "strings", "violin,cello,string section,viola"),
    ("synthesizer", 0.56, 0.62, "synthesizer", "synth,synths,synthesiser"),
    ("drums", 0.58, 0.76, "drums and percussion", "percussion,drum,beat,drum machine"),
    ("bass", 0.54, 0.58, "bass", "bassline,sub bass"),
    ("brass", 0.66, 0.66, "brass and horns", "trumpet,horns,trombone,horn"),
    ("saxophone", 0.62, 0.48, "saxophone", "sax"),
    ("flute", 0.66, 0.34, "flute and woodwinds", "woodwinds,clarinet,woodwind,oboe"),
    ("voice", 0.60, 0.54, "singing voice", "vocals,vocal,singing,singer,choir,female vocals,male vocals"),
    ("bells", 0.66, 0.36, "bells and mallets", "glockenspiel,marimba,vibraphone,music box"),
)

TABLES: dict[str, dict[str, Term]] = {
    "mood": MOODS,
    "scene": SCENES,
    "activity": ACTIVITIES,
    "genre": dict(GENRES),
    "instrument": INSTRUMENTS,
}


def moods_near(valence: float, arousal: float, *, spread: float = 0.16) -> dict[str, float]:
    """Every mood's closeness to a point of the affect plane: ``exp(-d^2 / 2 spread^2)``, normalised to sum 1."""
    weights = {
        term.name: math.exp(-((term.valence - valence) ** 2 + (term.arousal - arousal) ** 2) / (2 * spread**2))
        for term in MOODS.values()
    }
    total = sum(weights.values()) or 1.0
    return {name: weight / total for name, weight in weights.items()}
