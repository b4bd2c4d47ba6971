"""The programme of the demonstration library: what each piece is called and what it should be like.

The rows say how a piece is *composed*. What Dylumo later says about a piece is measured from its sound.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache

from demo_music.styles import STYLES
from demo_music.theory import KEY_NAMES

_ROWS = """
ambient    | Snow on a Sleeping Harbour   | D  | major          |  64 | .72 .08
ambient    | The Tide Forgets             | A  | minor          |  58 | .42 .10
ambient    | Greenhouse at Dawn           | F  | major          |  70 | .80 .18
ambient    | Satellite Lullaby            | E  | dorian         |  60 | .56 .12
lofi       | Rain Check                   | Eb | major          |  78 | .62 .26
lofi       | Second Cup                   | C  | major          |  84 | .70 .32
lofi       | Bus Window Philosophy        | A  | minor          |  74 | .42 .24
lofi       | Paper Boats                  | G  | dorian         |  88 | .54 .34
house      | Balcony Season               | F  | major          | 122 | .82 .78
house      | Warm Concrete                | A  | minor          | 124 | .60 .76
house      | Glass Elevator               | C  | dorian         | 126 | .66 .82
house      | Sunday Spilling Over         | Bb | major          | 120 | .86 .74
trance     | Above the Cloud Line         | A  | minor          | 138 | .66 .92
trance     | Thousand Lanterns            | D  | major          | 134 | .88 .92
trance     | Last Train to Orion          | F# | minor          | 140 | .56 .94
techno     | Turbine Hall                 | E  | minor          | 132 | .34 .86
techno     | Black Glass                  | C  | minor          | 128 | .28 .78
techno     | Pressure Door                | G  | harmonic minor | 136 | .24 .90
synthpop   | Cherry Cola Satellite        | C  | major          | 112 | .86 .74
synthpop   | Electric Postcards           | Ab | major          | 118 | .80 .76
synthpop   | Hearts in Stereo             | E  | major          | 104 | .76 .66
synthpop   | Good Morning, Machine        | G  | mixolydian     | 116 | .74 .70
synthwave  | Neon Coastline               | A  | minor          | 100 | .54 .64
synthwave  | Motel Sunset                 | D  | major          |  92 | .66 .56
synthwave  | Night Shift on Mars          | B  | minor          | 110 | .40 .70
piano      | Letter Left Unsent           | D  | minor          |  66 | .26 .20
piano      | First Light on the Stairs    | G  | major          |  76 | .74 .26
piano      | Everything You Carried       | B  | minor          |  62 | .18 .24
piano      | A Small Good Thing           | Bb | major          |  84 | .78 .36
folk       | Wild Strawberry Road         | G  | major          | 104 | .82 .50
folk       | The Ferryman's Daughter      | E  | minor          |  92 | .38 .34
folk       | Kettle and Thread            | C  | major          |  88 | .72 .30
folk       | Hills I Knew by Name         | D  | mixolydian     |  96 | .62 .38
jig        | The Goose at the Gate        | D  | major          | 116 | .90 .80
jig        | Seven Miles of Rain          | E  | dorian         | 108 | .56 .66
jig        | Barrels Down the Hill        | G  | major          | 122 | .86 .86
waltz      | The Clock Strikes Gently     | F  | major          | 132 | .74 .40
waltz      | Dust on the Chandelier       | A  | harmonic minor | 120 | .32 .38
waltz      | Skating by Candlelight       | Bb | major          | 150 | .84 .54
waltz      | The Absent Guest             | C  | minor          | 108 | .24 .30
musicbox   | Moth and Moon                | C  | major          |  84 | .72 .10
musicbox   | Tin Ballerina                | E  | minor          |  80 | .40 .14
musicbox   | Pillow Fort                  | F  | major          |  92 | .82 .20
cinematic  | The Summit in Sight          | D  | major          | 120 | .86 .80
cinematic  | Banners over the Valley      | G  | minor          | 112 | .48 .78
cinematic  | A Door in the Sky            | Eb | major          |  96 | .76 .60
cinematic  | Siege at First Snow          | C  | harmonic minor | 136 | .26 .88
elegy      | After the Harvest            | E  | minor          |  60 | .24 .20
elegy      | What the Lake Remembers      | A  | minor          |  66 | .30 .24
elegy      | Empty Rooms in Spring        | F  | harmonic minor |  56 | .14 .22
elegy      | Return to the Orchard        | D  | major          |  72 | .62 .28
tension    | Footsteps in the Archive     | C# | harmonic minor |  92 | .18 .62
tension    | The Wrong Staircase          | D  | minor          | 108 | .16 .74
tension    | Fog Signal                   | B  | harmonic minor |  76 | .14 .48
tension    | Nine Minutes Left            | F  | minor          | 126 | .20 .84
jazz       | Blue Ledger                  | F  | major          | 132 | .70 .50
jazz       | Umbrella for Two             | Bb | major          | 108 | .76 .38
jazz       | Smoke Signals on Third       | D  | dorian         | 146 | .54 .56
jazz       | Closing Time Confession      | C  | minor          |  84 | .36 .26
bossa      | Mandarina                    | D  | major          | 124 | .80 .42
bossa      | Hammock Weather              | G  | major          | 112 | .78 .32
bossa      | Saudade in Pencil            | A  | minor          | 116 | .44 .34
salsa      | Medianoche                   | C  | minor          | 100 | .74 .84
salsa      | Fruit Market Parade          | G  | major          |  96 | .92 .82
salsa      | Red Shoes, No Excuses        | D  | minor          | 108 | .76 .90
rock       | Gravel and Gasoline          | E  | mixolydian     | 124 | .60 .84
rock       | Borrowed Thunder             | A  | minor          | 132 | .40 .86
rock       | Last Summer's Amplifier      | D  | major          | 116 | .72 .78
rock       | Wire Fence Horizon           | G  | major          | 140 | .68 .88
punk       | Coin Return Revolution       | A  | major          | 172 | .62 .96
punk       | Skate Ramp Elegy             | E  | minor          | 164 | .38 .94
punk       | Mum's Garage                 | D  | major          | 168 | .72 .95
metal      | Basalt Throne                | E  | minor          | 144 | .20 .96
metal      | Oath of Rust                 | D  | harmonic minor | 156 | .16 .97
metal      | Anvil Choir                  | C  | minor          | 120 | .22 .90
indie      | Tall Grass, Long Shadows     | A  | major          | 118 | .66 .58
indie      | Photobooth                   | C  | major          | 126 | .74 .64
indie      | We Were Almost There         | F# | minor          | 108 | .38 .52
country    | Gate Left Open               | G  | major          | 110 | .78 .58
country    | Porch Light Promise          | D  | major          |  92 | .66 .40
country    | Dust Devil Two-Step          | A  | mixolydian     | 128 | .80 .70
funk       | Elevator Grease              | E  | dorian         | 104 | .82 .78
funk       | Saint Marble Strut           | G  | mixolydian     | 110 | .86 .82
funk       | Pocket Full of Neon          | D  | dorian         |  98 | .76 .72
disco      | Mirrorball Holiday           | A  | minor          | 118 | .84 .84
disco      | Platform Boots at Noon       | F  | major          | 122 | .92 .86
disco      | Sequins and Seltzer          | C  | major          | 116 | .90 .80
soul       | Velvet Hour                  | Ab | major          |  60 | .68 .40
soul       | Come Down the Stairs         | C  | major          |  66 | .74 .46
soul       | Ash and Honey                | G  | minor          |  56 | .36 .38
reggae     | Tidewater Morning            | G  | major          |  76 | .84 .46
reggae     | Slow Boat, Sweet Mango       | C  | major          |  72 | .86 .42
reggae     | Night Market Dub             | A  | minor          |  80 | .56 .50
blues      | Cold Coffee Blues            | E  | mixolydian     |  96 | .44 .50
blues      | Delta Postcard               | A  | minor          |  72 | .30 .36
blues      | Two Flats and a Bad Tyre     | Bb | mixolydian     | 120 | .60 .64
hiphop     | Basement Atlas               | D  | minor          |  88 | .48 .62
hiphop     | Cartographer's Swagger       | G  | minor          |  94 | .54 .72
hiphop     | Corner Shop Gold             | F  | major          |  86 | .70 .62
"""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One piece before it is composed.

    ``style`` is a genre of the shared vocabulary, ``manner`` the way of playing it (a name of
    ``styles.STYLES``). ``tempo`` counts beats a minute (dotted quarters in 6/8), ``key`` is 0..11 with C = 0.
    ``valence`` and ``arousal``, 0..1, steer the composer and nothing else.
    """

    slug: str
    title: str
    artist: str
    style: str
    manner: str
    tempo: float
    key: int
    mode: str
    metre: str
    seed: int
    valence: float
    arousal: float


@cache
def recipes() -> tuple[Recipe, ...]:
    """The whole programme, in a fixed order."""
    programme: list[Recipe] = []
    for row in _ROWS.strip().splitlines():
        manner, title, key, mode, tempo, affect = (cell.strip() for cell in row.split("|"))
        style = STYLES[manner]
        earlier = sum(recipe.manner == manner for recipe in programme)
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower().replace("'", "")).strip("-")
        valence, arousal = map(float, affect.split())
        programme.append(
            Recipe(
                slug=slug,
                title=title,
                artist=style.ensembles[earlier % len(style.ensembles)],
                style=style.genre,
                manner=manner,
                tempo=float(tempo),
                key=KEY_NAMES.index(key),
                mode=mode,
                metre=style.metre_name,
                seed=zlib.crc32(slug.encode()),
                valence=valence,
                arousal=arousal,
            )
        )
    return tuple(programme)
