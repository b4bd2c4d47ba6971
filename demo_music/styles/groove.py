"""Music for the body: funk, disco, soul, reggae, blues and hip-hop."""

from __future__ import annotations

from demo_music.styles.base import BLUES, GENTLE, JAZZ, POP, Layer, Style

# A player is easier to compare with the next one on two lines than on ten.
# fmt: off
STYLES: dict[str, Style] = {
    "funk": Style(
        genre="funk",
        harmony=JAZZ,
        ensembles=("Elevator Grease", "Saint Marble Street Band"),
        loudness=-14.0,
        room=0.6,
        looseness=0.003,
        swing=0.54,
        pair=2,
        beat={
            "kick": "X..x..x...x..x.. X.x...x..x...x..",
            "snare": "....X..o.o..X..o",
            "hat": "xoxoxoxoxoxoxoxo",
            "conga": "..x...x...x..xx.",
        },
        fill={"snare": "........xoxxo.xx", "tom": "............x..."},
        pentatonic=True,
        drums_heard="iABC",
        layers=(
            Layer(
                role="bass", instruments="bass_guitar", grids="R..8.R7-..R.5.7a R--R..8.R.7.5-a-", centre=36, gain=2,
                reverb=0.0,
            ),
            Layer(
                role="chords", instruments="muted_guitar", grids="x.xx..x.xx.x..x.", centre=64, gain=-4, pan=0.6,
                voices=3,
            ),
            Layer(
                role="chords", instruments="electric_piano organ", grids="x-....x-..x-.... ..x-..x-....x-..",
                centre=62, gain=-4, pan=-0.4, voices=4, effects=("chorus",), heard="ABCo",
            ),
            Layer(
                role="lead", instruments="brass saxophone", grids="x-x-..x-x-....x- x.x.x-..x-x-x---", centre=70,
                gain=-2, reverb=0.25, heard="ABC",
            ),
            Layer(role="double", instruments="brass", centre=62, gain=-6, pan=0.3, reverb=0.25, heard="C"),
        ),
    ),
    "disco": Style(
        genre="disco",
        harmony=POP,
        ensembles=("Mirrorball Holiday",),
        loudness=-13.5,
        room=1.2,
        looseness=0.002,
        beat={
            "club_kick": "X...X...X...X...",
            "clap": "....x.......x...",
            "open_hat": "..x...x...x...x.",
            "hat": "x.ox..oxx.ox..ox",
            "tambourine": "................ o.o.x.o.o.o.x.o.",
        },
        fill={"snare": "........x.xxx.xx", "tom": "............x.xx"},
        drums_heard="iABCo",
        layers=(
            Layer(
                role="bass", instruments="bass_guitar synth_bass", grids="R.8.R.8.R.8.R.8a R.8.R.8.5.8.R.8.",
                centre=36, gain=1, reverb=0.02,
            ),
            Layer(role="chords", instruments="muted_guitar", grids="..x.x.xx..x.x.xx", centre=66, gain=-5, pan=0.6),
            Layer(
                role="chords", instruments="strings", grids="x---------------", centre=69, gain=-6, reverb=0.4,
                heard="ABCo", voices=3,
            ),
            Layer(
                role="chords", instruments="electric_piano", grids="x---..x-..x-....", centre=62, gain=-5, pan=-0.4,
                voices=4,
            ),
            Layer(
                role="lead", instruments="strings saw_lead", grids="x-x-x---x-x-x--- x---x-x-x---x---", centre=78,
                gain=-2, reverb=0.35, heard="ABC",
            ),
            Layer(role="double", instruments="brass", centre=66, gain=-7, pan=-0.2, heard="C"),
        ),
    ),
    "soul": Style(
        genre="soul",
        metre_name="6/8",
        harmony=GENTLE,
        ensembles=("The Velvet Ledger",),
        loudness=-16.0,
        room=1.2,
        air=3.5,
        beat={"kick": "X....ox..... X...x.x.....", "snare": "......X.....", "hat": "x.o.o.x.o.o."},
        fill={"snare": "......x.x.xx", "tom": "....x......."},
        layers=(
            Layer(
                role="chords", instruments="piano electric_piano", grids="x-o-o-x-o-o- X---x-x---x-", centre=62,
                gain=-3, voices=4, pan=-0.2,
            ),
            Layer(
                role="bass", instruments="bass_guitar", grids="R---5-8---5- R-----R---a-", centre=38, gain=1,
                reverb=0.0,
            ),
            Layer(
                role="chords", instruments="organ", grids="x-----------", centre=66, gain=-9, pan=0.4, reverb=0.3,
                heard="ABCo", effects=("tremolo",),
            ),
            Layer(
                role="lead", instruments="saxophone brass", grids="x---x-x----- x-x-x-x---x-", centre=70, gain=-1,
                reverb=0.35, heard="ABC",
            ),
            Layer(
                role="chords", instruments="strings", grids="x-----------", centre=74, gain=-8, reverb=0.4,
                heard="BC",
            ),
        ),
    ),
    "reggae": Style(
        genre="reggae",
        harmony=POP,
        ensembles=("Tidewater Sound System",),
        loudness=-15.5,
        room=1.3,
        air=3.5,
        swing=0.57,
        pair=2,
        beat={
            "kick": "x.......X....... x...x...X...x...",
            "rim": "........X....... ........x......o",
            "hat": "x.o.x.o.x.o.x.o.",
            "low_conga": "..............xx",
        },
        fill={"snare": "........x..x..x.", "low_tom": "..............x."},
        pentatonic=True,
        layers=(
            Layer(
                role="chords", instruments="electric_guitar", grids="....X.......X...", centre=64, gain=-2, pan=0.4,
                voices=3, reverb=0.25, echo=0.12, strum=0.006,
            ),
            Layer(
                role="chords", instruments="organ", grids="..x.x.x...x.x.x.", centre=62, gain=-6, pan=-0.5,
                reverb=0.2,
            ),
            Layer(
                role="bass", instruments="sub_bass bass_guitar", grids="R--R..5-8-5-R... R---..R-3-5-R-..",
                centre=36, gain=3, reverb=0.0,
            ),
            Layer(
                role="lead", instruments="harmonica whistle saxophone", grids="..x-x-x-x------- x---x-x---x-x---",
                centre=72, gain=-2, reverb=0.35, echo=0.4, heard="ABC",
            ),
        ),
    ),
    "blues": Style(
        genre="blues",
        harmony=BLUES,
        ensembles=("Cold Coffee Delta",),
        loudness=-16.0,
        room=0.9,
        swing=0.66,
        looseness=0.007,
        beat={"kick": "x.......x....... x.....x.x.......", "snare": "....X.......X...", "ride": "x...x.o.x...x.o."},
        fill={"snare": "........x.x.x.x."},
        pentatonic=True,
        layers=(
            Layer(
                role="bass", instruments="double_bass bass_guitar", grids="R---3---5---7--- R---R---5---a---",
                centre=38, gain=1, reverb=0.02,
            ),
            Layer(
                role="chords", instruments="electric_guitar piano", grids="x---..x-....x-.. ..x-....x-..x---",
                centre=60, gain=-4, pan=-0.4, voices=4, reverb=0.2,
            ),
            Layer(
                role="chords", instruments="organ", grids="x---------------", centre=64, gain=-10, pan=0.4,
                heard="BC", effects=("tremolo",),
            ),
            Layer(
                role="lead", instruments="harmonica electric_guitar", grids="..x-x-x-x------- x-x-x---..x-x---",
                centre=70, gain=-1, pan=0.1, reverb=0.3, heard="iAC",
            ),
        ),
    ),
    "hiphop": Style(
        genre="hiphop",
        harmony=GENTLE,
        ensembles=("Basement Cartographers",),
        loudness=-13.5,
        room=0.9,
        air=3.0,
        swing=0.58,
        pair=2,
        looseness=0.006,
        beat={
            "deep_kick": "X.....x..xx..... X..x..x...x.....",
            "fat_snare": "....X.......X... ....X.......X..o",
            "hat": "x.x.x.x.x.x.xxx. xox.xox.xox.xoxx",
        },
        fill={"fat_snare": "............x.xx"},
        drums_gain=1.5,
        drums_heard="ABCo",
        layers=(
            Layer(
                role="chords", instruments="piano felt_piano electric_piano",
                grids="x-----x-..x----- x---..x---..x---", centre=60, gain=-3, voices=4, reverb=0.2,
                effects=("dark",),
            ),
            Layer(
                role="bass", instruments="sub_bass", grids="R-----R-..R-..a- R--R--..R-..5-..", centre=33, gain=2,
                reverb=0.0, heard="ABCo",
            ),
            Layer(
                role="lead", instruments="flute vibraphone synth_pluck", grids="x-x-..x-x---.... ..x-x-x-..x-x---",
                centre=74, gain=-4, pan=0.2, reverb=0.35, echo=0.3, heard="AC",
            ),
            Layer(
                role="chords", instruments="strings", grids="x---------------", centre=67, gain=-9, reverb=0.4,
                heard="BC",
            ),
            Layer(role="background", instruments="vinyl", gain=-22),
        ),
    ),
}
