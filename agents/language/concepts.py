"""Which occasions a sentence describes: words that name them, else the nearest meanings.

"music for my grandmother's funeral" names one; "something for when the house is finally quiet" means one.
"""

from __future__ import annotations

import io
import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.home import keep
from core.schemas import Label
from recommender.music import tables
from recommender.music.occasions import occasions
from recommender.perception.text.affect_model import without_carrier
from recommender.perception.weights.loaders import embed_texts, home_folder

MOST = 4
NEAR_FROM, NEAR_SURE = 0.34, 0.62
"""Cosine in the MiniLM space from which a sentence may mean an occasion, and from which it surely does."""
BEHIND = 0.82
"""An occasion this much less near than the nearest is not meant."""
NAMED, LEAST = 0.9, 0.05
MEANT_MOST = 0.75

WORDS = {
    "sleep": "sleep,asleep,bedtime,insomnia,nap,lullaby for me,dozing,drift off,sleeping",
    "working focus": "focus,concentrate,concentration,coding,deep work,productivity,study,studying,homework,exam,"
    "work to",
    "gym workout": "gym,workout,work out,working out,lifting,weights,crossfit,training session,pump",
    "running": "run,running,jog,jogging,marathon,5k,treadmill",
    "cycling": "cycling,bike ride,bicycle,spinning class",
    "party nightclub": "party,partying,club,clubbing,nightclub,rave,pregame,dancefloor,house party,girls night",
    "dance": "dance,dancing,salsa night,ballroom",
    "road trip": "road trip,roadtrip,on the road,long drive,highway,open road",
    "night drive": "night drive,driving at night,late night drive,midnight drive",
    "road driving": "driving,in the car,car ride,commute,traffic",
    "yoga meditation": "yoga,meditation,meditate,mindfulness,breathing,spa,massage,relaxation,stretching",
    "kitchen cooking": "cooking,cook,kitchen,baking,making dinner",
    "restaurant dinner": "dinner,dinner party,restaurant,candlelight,date night,supper",
    "cafe": "cafe,coffee,coffeehouse,coffee shop,brunch",
    "bar drinks": "bar,cocktail,cocktails,whiskey,whisky,wine,beer,pub,drinks,happy hour",
    "picnic barbecue": "barbecue,bbq,picnic,cookout,grill,grilling,backyard",
    "beach": "beach,seaside,shore,sand and",
    "sea": "sea,ocean,waves,coast",
    "surfing": "surf,surfing,surfer",
    "summer": "summer,summertime,hot day,heatwave",
    "winter ice": "winter,ice,icy,frost,frozen",
    "snow": "snow,snowy,snowfall,snowing",
    "autumn": "autumn,fall leaves,october,november day",
    "spring": "spring,springtime,blossom,april",
    "rain": "rain,rainy,raining,drizzle,grey day,gray day,rainy day",
    "storm lightning": "storm,thunder,lightning,thunderstorm,hurricane",
    "fog": "fog,mist,misty,foggy",
    "sunset": "sunset,golden hour,dusk,sundown,twilight",
    "sunrise": "sunrise,dawn,early morning,daybreak",
    "lazy morning": "sunday morning,lazy morning,slow morning,morning coffee,sunday,lazy sunday,waking up,wake up,"
    "lazy day",
    "late night": "late night,midnight,3am,2am,after hours,insomniac,small hours",
    "night sky moon": "moon,moonlight,stars,stargazing,starry",
    "space": "space,galaxy,cosmos,astronaut,planets",
    "wedding": "wedding,bride,groom,first dance,getting married,walk down the aisle,marriage",
    "funeral": "funeral,burial,wake,passed away,died,grandmother's funeral",
    "memorial": "memorial,remembrance,fallen",
    "birthday": "birthday,turning 30,turning 40,birthday party",
    "christmas": "christmas,xmas,santa,advent,carol,carols",
    "halloween": "halloween,spooky,haunted,trick or treat",
    "new year": "new year,new year's eve,nye,countdown",
    "graduation": "graduation,graduate,prom,commencement",
    "couple romance": "romantic,romance,love songs,love song,in love,anniversary,valentine,valentine's,my girlfriend,"
    "my wife,my boyfriend,my husband",
    "sensual": "sexy,sensual,seduce,seduction,bedroom music,making love,baby making",
    "heartbreak": "heartbreak,breakup,break up,broke up,my ex,heartbroken,divorce,dumped,broken heart",
    "crying sad": "sad,cry,crying,tears,sadness,depressed,weep,sob",
    "lonely person": "lonely,alone,loneliness,by myself,isolated",
    "longing": "longing,missing you,miss you,miss her,miss him,yearning,far away",
    "angry": "angry,rage,furious,anger,mad at,hate",
    "hope": "hope,hopeful,motivation,motivational,inspiring,uplifting,confidence,pick me up,cheer up,encouragement,"
    "empowerment",
    "freedom": "freedom,free,escape,independence",
    "nostalgia": "nostalgia,nostalgic,throwback,old days,memories,childhood memories,oldies",
    "laughter fun": "funny,silly,laugh,comedy,humor,fun",
    "friends": "friends,friendship,hanging out,sing along,singalong,karaoke",
    "baby": "baby,newborn,toddler",
    "children": "kids,children,for my kids,kindergarten,nursery",
    "mother": "mother,mom,mum,mother's day",
    "father": "father,dad,father's day",
    "family": "family,grandparents,reunion,thanksgiving",
    "elderly": "grandma,grandpa,grandmother,grandfather,old people,my parents' youth",
    "camping campfire": "campfire,camping,bonfire,fireside",
    "forest": "forest,woods,trees",
    "mountain": "mountain,mountains,alps,peak",
    "climbing hiking": "hike,hiking,climb,trail,trekking",
    "countryside farm": "countryside,farm,country road,village fields,harvest",
    "garden": "garden,gardening,backyard garden",
    "desert": "desert,dunes,sahara,arizona",
    "train travel": "train,railway,station",
    "airport travel": "airport,plane,flight,flying,travel,vacation,holiday,wanderlust",
    "city night neon": "city at night,neon,tokyo at night,night city,city lights,downtown at night,cyberpunk",
    "city day": "city,urban,downtown,new york",
    "library study": "library,reading a book,books",
    "reading": "reading,read a book,novel",
    "office work": "office,desk,at work,monday",
    "gaming anime": "gaming,video game,anime,gamer,boss fight",
    "fantasy": "fantasy,dragon,wizard,dungeons and dragons,d&d,fairy tale,medieval",
    "fear horror": "horror,scary,creepy,terrifying,nightmare,haunted house",
    "war soldiers": "war,soldier,soldiers,army,battle",
    "protest crowd": "protest,revolution,resistance,rally,fight the system",
    "church temple": "church,worship,prayer,god,gospel sunday,temple",
    "faith": "faith,spiritual,soul searching,praise",
    "carnival parade": "carnival,parade,mardi gras,samba parade",
    "festival": "festival,outdoor festival,coachella,woodstock",
    "concert stage": "concert,gig,live show,headbang",
    "sports victory": "victory,champion,winning,we won,triumph,pump up,game day,hype",
    "football stadium": "football,soccer,stadium,match day,super bowl",
    "boxing": "boxing,fight night,fighter,knockout",
    "skiing": "ski,skiing,snowboard,slope",
    "skateboarding": "skate,skateboard,skatepark",
    "home bedroom": "bedroom,at home,cosy evening,cozy evening,couch,rainy window,chill at home,chill,relax,relaxing,"
    "unwind,calm down,chilling,bath,bubble bath",
    "farewell": "goodbye,farewell,leaving,last day",
    "moving on": "moving on,getting over,new start,fresh start,start over,let go",
    "growing up": "growing up,coming of age,teenage,high school",
    "money luxury": "luxury,rich,money,boss,swagger,fashion show,runway",
    "driving energy": "energy,energetic,adrenaline,wake me up,power,pumped",
    "museum art": "museum,gallery,art exhibition",
    "tropical island": "island,tropical,hawaii,caribbean,palm",
    "sailing boat": "sailing,boat,yacht,sail",
    "lake": "lake,lakeside,pond",
    "dog": "dog,puppy",
    "cat": "cat,kitten",
    "horse": "horse,cowboy,rodeo",
}
"""Words that mean an occasion, beside its own name."""


def concepts_said(text: str) -> tuple[Label, ...]:
    """Up to ``MOST`` occasions that the words describe, surest first, with 0..1."""
    lower = " ".join(text.lower().replace("’", "'").split())
    named = _named(lower)
    found = {name: NAMED - 0.1 * rank for rank, name in enumerate(named)}
    core = without_carrier(text) or text
    near = _matrix() @ embed_texts([core])[0]
    by_name = near.reshape(len(occasions()), 2).max(axis=1)
    best = float(by_name.max(initial=0.0))
    for name, closeness in zip(occasions(), by_name.tolist(), strict=True):
        if closeness >= max(NEAR_FROM, BEHIND * best):
            sure = MEANT_MOST * min(1.0, (closeness - NEAR_FROM) / (NEAR_SURE - NEAR_FROM))
            found[name] = max(found.get(name, 0.0), round(sure * (0.5 if named else 1.0), 4))
    surest = sorted(((score, name) for name, score in found.items() if score > LEAST), key=lambda pair: -pair[0])
    return tuple(
        Label(name=name, score=round(score, 4), kind="concept", source="words") for score, name in surest[:MOST]
    )


def names_an_occasion(text: str) -> bool:
    """Whether a word that means an occasion stands in the text."""
    return bool(_pattern().search(text.lower()))


def _named(lower: str) -> list[str]:
    """The occasions whose words stand in the text, in the order of their places; a longer word hides a shorter one
    inside it."""
    return list(dict.fromkeys(_meanings()[match.group()] for match in _pattern().finditer(lower)))


@cache
def _meanings() -> dict[str, str]:
    words = {name: name for name in occasions()}
    for name, synonyms in WORDS.items():
        if name in occasions():
            words |= {word.strip(): name for word in synonyms.split(",") if word.strip()}
    return words


@cache
def _pattern() -> re.Pattern[str]:
    longest = sorted(_meanings(), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")


@cache
def _matrix() -> NDArray[np.float32]:
    """(2 * occasions, 384): every occasion's name and prompt; kept on disk, for they cost a second to work out."""
    file = home_folder() / "cache" / f"occasions-{tables.version(tables.OCCASIONS)}.npy"
    texts = [text for one in occasions().values() for text in (one.name, one.prompt)]
    try:
        kept = np.load(file)
        if kept.shape[0] == len(texts):
            return np.asarray(kept, dtype=np.float32)
    except (OSError, ValueError):
        pass  # not worked out yet, or damaged
    matrix = embed_texts(texts)
    draft = io.BytesIO()
    np.save(draft, matrix)
    keep(file, draft.getvalue())
    return matrix
