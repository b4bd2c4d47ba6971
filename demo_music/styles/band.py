"""Bands with guitars: rock, punk, metal, indie and country."""

from __future__ import annotations

from demo_music.styles.base import DARK, POP, Layer, Style

_ROCK_FILL = {"snare": "........x.x.xxxx", "tom": "..........x.x...", "low_tom": "............x.x."}

# A player is easier to compare with the next one on two lines than on ten.
# fmt: off
STYLES: dict[str, Style] = {
    "rock": Style(
        genre="rock",
        harmony=POP,
        ensembles=("The Gravel Kings", "Paper Tigers Local 9"),
        loudness=-13.0,
        room=0.9,
        beat={
            "kick": "x.....x.x.x..... x.x...x.x.x...x.",
            "snare": "....X.......X... ....X.......X..o",
            "hat": "x.o.x.o.x.o.x.o. ................",
            "ride": "................ x.o.x.o.x.o.x.o.",
        },
        fill=_ROCK_FILL,
        layers=(
            Layer(
                role="chords", instruments="electric_guitar", grids="x-x-x-x-x-x-x-x- X---x-x---x-x-x-", centre=50,
                gain=-3, pan=-0.7, voices=3, reverb=0.1, effects=("drive",),
            ),
            Layer(
                role="chords", instruments="electric_guitar", grids="X---x---X---x--- X-----x-X-----x-", centre=55,
                gain=-4, pan=0.7, voices=3, reverb=0.1, heard="ABCo", effects=("drive",),
            ),
            Layer(
                role="bass", instruments="bass_guitar", grids="R-R-R-R-R-R-R-R- R---R-R-R---5-a-", centre=36,
                gain=-1, reverb=0.02, heard="ABCo",
            ),
            Layer(
                role="lead", instruments="electric_guitar organ",
                grids="x---x-x-x---x--- x-x-x---x-x-x--- x-----x-x---x-x-", centre=72, gain=-2, pan=0.15,
                reverb=0.25, echo=0.2, heard="ABC", effects=("drive",),
            ),
            Layer(
                role="chords", instruments="organ", grids="x---------------", centre=64, gain=-10, heard="BC",
                pan=0.3, reverb=0.3,
            ),
        ),
    ),
    "punk": Style(
        genre="punk",
        harmony=POP,
        ensembles=("Vending Machine Riot",),
        loudness=-12.0,
        room=0.7,
        beat={
            "kick": "x.....x.x.....x. x...x...x...x...",
            "snare": "....X.......X... ....X.......X.x.",
            "open_hat": "x...x...x...x... ................",
            "crash": "................ o...o...o...o...",
        },
        fill=_ROCK_FILL,
        drums_heard="iABC",
        layers=(
            Layer(
                role="chords", instruments="electric_guitar", grids="X-x-x-x-X-x-x-x-", centre=50, gain=-2,
                pan=-0.75, reverb=0.05, effects=("drive",),
            ),
            Layer(
                role="chords", instruments="electric_guitar", grids="X-x-x-x-X-x-x-x-", centre=57, gain=-3, pan=0.75,
                reverb=0.05, heard="ABCo", effects=("drive",),
            ),
            Layer(role="bass", instruments="bass_guitar", grids="R-R-R-R-R-R-R-R-", centre=36, gain=-1, reverb=0.0),
            Layer(
                role="lead", instruments="electric_guitar", grids="x---x---x-x-x--- x-x-x-x-x---x---", centre=74,
                gain=-2, reverb=0.2, heard="ABC", effects=("drive",),
            ),
        ),
    ),
    "metal": Style(
        genre="metal",
        harmony=DARK,
        ensembles=("Iron Tithe", "Basalt Choirmaster"),
        loudness=-11.5,
        room=1.0,
        beat={
            "hard_kick": "x.xxx.xxx.xxx.xx xxxxxxxxxxxxxxxx",
            "fat_snare": "....X.......X... ........X.......",
            "hat": "x...x...x...x... ................",
            "crash": "................ x.......x.......",
        },
        fill={"fat_snare": "........xxxxxxxx", "low_tom": "............xxxx"},
        drums_gain=1.0,
        layers=(
            Layer(
                role="chords", instruments="electric_guitar", grids="0-00x-000-00x--- 0-000-00x---x---", centre=44,
                gain=-1, pan=-0.8, voices=2, reverb=0.05, effects=("drive", "drive"),
            ),
            Layer(
                role="chords", instruments="electric_guitar", grids="0-00x-000-00x--- 0-000-00x---x---", centre=44,
                gain=-1, pan=0.8, voices=2, reverb=0.05, heard="ABCo", effects=("drive", "drive"),
            ),
            Layer(
                role="bass", instruments="bass_guitar", grids="R-RRR-RRR-RRR-R-", centre=33, gain=0, reverb=0.0,
                effects=("drive",),
            ),
            Layer(
                role="lead", instruments="electric_guitar", grids="x-x-x-x-x---x--- xxx-x-x-xxx-x---", centre=74,
                gain=-2, reverb=0.3, echo=0.25, heard="AC", effects=("drive",),
            ),
            Layer(
                role="chords", instruments="choir strings", grids="x---------------", centre=60, gain=-9, reverb=0.5,
                heard="BC",
            ),
        ),
    ),
    "indie": Style(
        genre="indie",
        harmony=POP,
        ensembles=("Tall Grass Radio",),
        loudness=-15.0,
        room=1.6,
        beat={
            "kick": "x.......x.x..... x..x....x.x.....",
            "snare": "....x.......x...",
            "hat": "x.x.x.x.x.x.x.x. ................",
            "tambourine": "................ ..x...x...x...x.",
        },
        fill={"snare": "............x.xx", "tom": "........x.x....."},
        layers=(
            Layer(
                role="chords", instruments="electric_guitar", grids="0.2.1.2.3.2.1.2. 0.1.2.1.3.1.2.1.", centre=62,
                gain=-4, pan=-0.5, voices=4, ring=4, reverb=0.3, echo=0.2, effects=("chorus",),
            ),
            Layer(
                role="chords", instruments="steel_guitar", grids="x---o-x-x-o-x-o-", centre=57, gain=-6, pan=0.55,
                voices=4, strum=0.014, heard="ABCo",
            ),
            Layer(
                role="bass", instruments="bass_guitar", grids="R---R-R-R---5-R- R-----R-R-5-8-5-", centre=38,
                gain=-1, reverb=0.02, heard="ABCo",
            ),
            Layer(
                role="lead", instruments="whistle saw_lead glockenspiel", grids="x---x-x-x------- x-x---x-x---x---",
                centre=76, gain=-3, reverb=0.4, echo=0.2, heard="ABC",
            ),
            Layer(
                role="chords", instruments="warm_pad", grids="x---------------", centre=60, gain=-10, reverb=0.4,
                heard="BC",
            ),
        ),
    ),
    "country": Style(
        genre="country",
        harmony=POP,
        ensembles=("Two Creek Junction",),
        loudness=-15.0,
        room=0.8,
        beat={
            "kick": "x.......x.......",
            "brush": "o.x.X.x.o.x.X.x.",
            "snare": "....o.......o... ....x.......x..o",
        },
        fill={"snare": "........o.x.xxx."},
        pentatonic=True,
        layers=(
            Layer(
                role="chords", instruments="steel_guitar", grids="..X-x-..X-x-..X- ..x---x-..x---x-", centre=60,
                gain=-3, pan=-0.35, voices=4, strum=0.012, ring=1,
            ),
            Layer(
                role="chords", instruments="banjo", grids="0.2.1.3.2.0.3.2.", centre=67, gain=-7, pan=0.5, voices=4,
                ring=2, heard="ABC",
            ),
            Layer(
                role="bass", instruments="double_bass bass_guitar", grids="R---....5---....", centre=38, gain=0,
                reverb=0.05,
            ),
            Layer(
                role="lead", instruments="harmonica violin electric_guitar",
                grids="x-x-x---x-x-x--- x---x-x-x-x-x---", centre=74, gain=-3, pan=0.1, reverb=0.3, heard="ABC",
            ),
        ),
    ),
}
