"""Wood, strings and air: piano, folk, the dances in three, jazz and Latin."""

from __future__ import annotations

from demo_music.styles.base import GENTLE, JAZZ, POP, Layer, Style

# A player is easier to compare with the next one on two lines than on ten.
# fmt: off
STYLES: dict[str, Style] = {
    "piano": Style(
        genre="classical",
        harmony=GENTLE,
        ensembles=("Ivory Annex", "Maren Holloway's Piano"),
        loudness=-20.0,
        room=2.2,
        air=2.5,
        looseness=0.008,
        layers=(
            Layer(
                role="bass", instruments="piano", grids="R-------5---8--- R---5---8---5---", centre=40, gain=-3,
                ring=4, reverb=0.25, pan=-0.25,
            ),
            Layer(
                role="chords", instruments="piano", grids="0.2.1.2.3.2.1.2. 0.1.2.1.0.1.2.1. x---o---x---o---",
                centre=57, gain=-5, voices=4, ring=3, reverb=0.25, pan=-0.1, spread=0.5,
            ),
            Layer(
                role="lead", instruments="piano", grids="x---x-x-x------- x-x-x---x---x--- x-----x-x---x---",
                centre=74, gain=0, ring=1, reverb=0.3, pan=0.2, heard="ABC",
            ),
        ),
    ),
    "folk": Style(
        genre="folk",
        harmony=POP,
        ensembles=("Lantern & Loam", "The Orchard Letters"),
        loudness=-17.5,
        room=1.0,
        air=3.5,
        looseness=0.006,
        pentatonic=True,
        beat={
            "soft_kick": "x.......x.......",
            "shaker": "x.o.x.o.x.o.x.o.",
            "tambourine": "................ ....x.......x...",
        },
        drums_heard="BC",
        drums_gain=-4.0,
        layers=(
            Layer(
                role="chords", instruments="steel_guitar nylon_guitar", grids="0.2.1.3.0.2.1.3. 0..21.3.0..21.3.",
                centre=58, gain=0, voices=4, ring=5, pan=-0.3, reverb=0.2,
            ),
            Layer(
                role="chords", instruments="steel_guitar", grids="X---x-o-x-o-x-o-", centre=60, gain=-5, voices=4,
                strum=0.016, pan=0.5, heard="BC",
            ),
            Layer(
                role="bass", instruments="double_bass", grids="R-------5------- R-----R-5---a---", centre=38,
                gain=-2, reverb=0.05, heard="ABCo",
            ),
            Layer(
                role="lead", instruments="flute violin whistle harmonica", grids="x---x-x-x---x--- x-x-x---x-------",
                centre=74, gain=-3, pan=0.15, reverb=0.35, heard="ABC",
            ),
            Layer(role="double", instruments="cello", centre=55, gain=-8, pan=-0.2, reverb=0.35, heard="C"),
        ),
    ),
    "jig": Style(
        genre="world",
        metre_name="6/8",
        harmony=POP,
        ensembles=("The Harbour Ceilidh",),
        loudness=-16.0,
        room=1.0,
        air=3.5,
        looseness=0.004,
        beat={"bodhran": "X...o.x...o. X.o.o.X.o.o.", "tambourine": "............ x...o.x...o."},
        drums_heard="iABC",
        layers=(
            Layer(
                role="lead", instruments="whistle violin accordion", grids="x-x-x-x-x-x- x---x-x-x-x- x-x-x-x---x-",
                centre=76, gain=0, pan=0.1, reverb=0.25, heard="ABC",
            ),
            Layer(
                role="chords", instruments="steel_guitar", grids="X---x-X---x-", centre=58, gain=-3, voices=4,
                strum=0.01, pan=-0.4,
            ),
            Layer(role="bass", instruments="double_bass", grids="R-----5-----", centre=38, gain=0, reverb=0.02),
            Layer(
                role="chords", instruments="accordion", grids="x-----x-----", centre=62, gain=-8, pan=0.4,
                heard="BCo",
            ),
        ),
    ),
    "waltz": Style(
        genre="classical",
        metre_name="3/4",
        harmony=GENTLE,
        ensembles=("The Winter Ballroom", "Quartet Number Four"),
        loudness=-18.0,
        room=1.8,
        air=3.0,
        looseness=0.006,
        layers=(
            Layer(
                role="bass", instruments="cello double_bass", grids="R---........ R---....5---", centre=40, gain=1,
                reverb=0.2, pan=0.25, ring=1,
            ),
            Layer(
                role="chords", instruments="strings piano", grids="....x---x---", centre=62, gain=-4, voices=3,
                reverb=0.3, pan=-0.3,
            ),
            Layer(
                role="lead", instruments="violin clarinet flute", grids="x-------x--- x---x---x--- x---x-x-x---",
                centre=76, gain=-1, reverb=0.35, heard="ABC",
            ),
            Layer(role="double", instruments="harp", centre=64, gain=-7, pan=0.35, ring=3, reverb=0.35, heard="C"),
            Layer(
                role="chords", instruments="piano harp", grids="0...1...2...", centre=60, gain=-6, voices=3, ring=3,
                pan=0.3, heard="iBo",
            ),
        ),
    ),
    "musicbox": Style(
        genre="classical",
        metre_name="3/4",
        harmony=GENTLE,
        ensembles=("Clockmaker's Attic",),
        loudness=-22.5,
        room=2.4,
        air=0.0,
        pentatonic=True,
        layers=(
            Layer(
                role="chords", instruments="music_box", grids="0---2---1--- 0---1---2---", centre=67, gain=-3,
                voices=3, ring=4, pan=-0.2, reverb=0.4,
            ),
            Layer(
                role="bass", instruments="harp felt_piano", grids="R-----------", centre=45, gain=-2, ring=6,
                reverb=0.3,
            ),
            Layer(
                role="lead", instruments="music_box", grids="x---x---x--- x-------x--- x---x-x-x---", centre=84,
                gain=0, ring=4, pan=0.2, reverb=0.45, heard="ABC",
            ),
            Layer(
                role="chords", instruments="strings choir", grids="x-----------", centre=60, gain=-12, reverb=0.5,
                heard="BCo",
            ),
        ),
    ),
    "jazz": Style(
        genre="jazz",
        harmony=JAZZ,
        ensembles=("The Blue Ledger Trio", "Half Past Midnight"),
        loudness=-18.0,
        room=1.0,
        air=3.0,
        swing=0.65,
        looseness=0.008,
        beat={
            "ride": "x...X.o.x...X.o.",
            "hat": "....x.......x...",
            "soft_kick": "o...o...o...o...",
            "brush": "..........o..... o..x....o.o.....",
        },
        fill={"soft_snare": "........o.x.o.x."},
        drums_gain=-3.0,
        drums_heard="iABC",
        layers=(
            Layer(
                role="bass", instruments="double_bass", grids="R---3---5---a--- R---5---3---a---", centre=38, gain=2,
                reverb=0.05, pan=0.15,
            ),
            Layer(
                role="chords", instruments="piano electric_piano",
                grids="x-----x---...... ....x---......x- ..x-....x-......", centre=60, gain=-3, voices=4, reverb=0.2,
                pan=-0.35,
            ),
            Layer(
                role="lead", instruments="saxophone vibraphone piano clarinet",
                grids="x-x-x-x-x---..x- ..x-x-x-x-x-x--- x---..x-x-x-x---", centre=71, gain=0, reverb=0.25, pan=0.1,
                heard="ABC",
            ),
        ),
    ),
    "bossa": Style(
        genre="latin",
        harmony=JAZZ,
        ensembles=("Casa Mandarina",),
        loudness=-17.5,
        room=1.0,
        air=3.5,
        looseness=0.005,
        beat={
            "soft_kick": "X..oX..oX..oX..o",
            "rim": "o..o..x...o.x... ..o.x...o...x..o",
            "shaker": "XoxoXoxoXoxoXoxo",
        },
        drums_gain=-2.0,
        drums_heard="iABC",
        layers=(
            Layer(
                role="chords", instruments="nylon_guitar", grids="x-..x.x-..x-x-.. x-.x....x-.xx-..", centre=59,
                gain=0, voices=4, reverb=0.15, pan=-0.3,
            ),
            Layer(
                role="bass", instruments="double_bass", grids="R-----5-5-----R- R-----5-5-----a-", centre=38, gain=1,
                reverb=0.03,
            ),
            Layer(
                role="lead", instruments="flute saxophone vibraphone",
                grids="x--x--x-x------- ..x-x--x--x-x--- x-x-x--x--x-----", centre=73, gain=-1, reverb=0.3, pan=0.15,
                heard="ABC",
            ),
            Layer(
                role="chords", instruments="strings electric_piano", grids="x---------------", centre=67, gain=-9,
                reverb=0.35, heard="BCo",
            ),
        ),
    ),
    "salsa": Style(
        genre="latin",
        harmony=POP,
        ensembles=("Orquesta Medianoche",),
        loudness=-14.0,
        room=0.9,
        air=4.0,
        looseness=0.004,
        beat={
            "conga": "..x...xx..x...xx",
            "low_conga": "......x.......x.",
            "clave": "x..x..x...x.x...",
            "cowbell": "................ x...x...x...x...",
            "shaker": "x.x.x.x.x.x.x.x.",
            "kick": "X.......x....... X...x...X...x...",
        },
        fill={"snare": "........x.xx.xx."},
        drums_heard="iABC",
        layers=(
            Layer(
                role="chords", instruments="piano", grids="0x.x.x.x0.x.x.x. x.x.0x.x.x.x0x..", centre=66, gain=-1,
                voices=4, reverb=0.15, pan=-0.3,
            ),
            Layer(
                role="bass", instruments="double_bass bass_guitar", grids="R-....5---..8-.. R-....R---..5---",
                centre=36, gain=1, reverb=0.02,
            ),
            Layer(
                role="lead", instruments="brass flute", grids="x-x-..x-x-x-.... ..x-x-x---x-x--- x.x.x---..x-x---",
                centre=74, gain=-1, reverb=0.25, heard="ABC",
            ),
            Layer(role="double", instruments="brass", centre=67, gain=-5, pan=0.3, reverb=0.25, heard="C"),
            Layer(
                role="chords", instruments="brass", grids="..x.....x-...... ....x-....x.x...", centre=64, gain=-6,
                pan=0.3, heard="BC",
            ),
        ),
    ),
}
