"""Machines: ambient, lo-fi, house, trance, techno, synth-pop and synthwave."""

from __future__ import annotations

from demo_music.styles.base import DARK, GENTLE, JAZZ, POP, Layer, Style

# A player is easier to compare with the next one on two lines than on ten.
# fmt: off
STYLES: dict[str, Style] = {
    "ambient": Style(
        genre="ambient",
        harmony=GENTLE,
        ensembles=("Slow Weather Bureau", "Halocline"),
        loudness=-22.0,
        room=4.5,
        air=0.0,
        pentatonic=True,
        layers=(
            Layer(
                role="chords", instruments="warm_pad glass_pad", grids="x---------------", centre=58, gain=0,
                voices=4, reverb=0.6, effects=("chorus",),
            ),
            Layer(role="bass", instruments="sub_bass", grids="R---------------", centre=38, gain=-5, reverb=0.1),
            Layer(
                role="chords", instruments="harp kalimba felt_piano", grids="0...1...2...1... 0...2...3...2...",
                centre=68, gain=-5, voices=4, ring=6, reverb=0.5, echo=0.35, spread=1.0,
            ),
            Layer(
                role="lead", instruments="music_box vibraphone bell", grids="x-------x---x--- x---x-----------",
                centre=79, gain=-6, reverb=0.6, echo=0.4, pan=-0.15, heard="AC",
            ),
            Layer(
                role="chords", instruments="choir", grids="x---------------", centre=67, gain=-9, voices=2,
                reverb=0.7, heard="BC",
            ),
            Layer(role="background", instruments="wind rain", gain=-24, reverb=0.2),
        ),
    ),
    "lofi": Style(
        genre="lofi",
        harmony=JAZZ,
        ensembles=("Third Floor Window", "Lamplight Cassette"),
        loudness=-18.0,
        room=1.1,
        air=-1.0,
        swing=0.58,
        pair=2,
        looseness=0.009,
        pentatonic=True,
        beat={
            "soft_kick": "X.....x..x...... X..x..x...x.....",
            "soft_snare": "....X.......X... ....X.......X..o",
            "hat": "x.o.x.oox.o.x.o.",
        },
        fill={"soft_snare": "............x..x", "rim": "........x.x....."},
        drums_gain=-1.0,
        layers=(
            Layer(
                role="chords", instruments="electric_piano felt_piano", grids="x-------..x----- x-----x-..x-x---",
                centre=60, gain=-1, voices=4, reverb=0.25, effects=("chorus", "dark"),
            ),
            Layer(
                role="bass", instruments="sub_bass double_bass", grids="R-----..R---..a- R---..R---5-....",
                centre=36, gain=1, reverb=0.0, heard="ABCo",
            ),
            Layer(
                role="lead", instruments="nylon_guitar vibraphone flute", grids="x-x---x-x------- ..x-x-x---x-----",
                centre=72, gain=-4, pan=0.2, reverb=0.35, echo=0.25, heard="AC",
            ),
            Layer(
                role="chords", instruments="warm_pad", grids="x---------------", centre=64, gain=-12, reverb=0.4,
                heard="BC",
            ),
            Layer(role="background", instruments="vinyl rain", gain=-19),
        ),
    ),
    "house": Style(
        genre="house",
        harmony=GENTLE,
        ensembles=("Nightshift Greenhouse", "Parallel Balcony"),
        loudness=-13.0,
        room=1.3,
        looseness=0.001,
        swing=0.54,
        pair=2,
        beat={
            "club_kick": "X...X...X...X...",
            "clap": "....X.......X...",
            "open_hat": "..x...x...x...x.",
            "shaker": "xoxoxoxoxoxoxoxo",
            "rim": "................ ...x..x....x..x.",
        },
        fill={"clap": "............x.xx", "snare": "........x..x..x."},
        drums_heard="iABCo",
        drums_gain=1.0,
        layers=(
            Layer(
                role="bass", instruments="synth_bass sub_bass", grids="..R-..R...R-..8. R..R..R-..R.5-8.", centre=36,
                gain=1, reverb=0.0, effects=("duck",),
            ),
            Layer(
                role="chords", instruments="electric_piano organ piano", grids="x..x..x...x..x.. ..x-..x-..x-..x-",
                centre=62, gain=-3, voices=4, reverb=0.25, echo=0.15, effects=("duck",),
            ),
            Layer(
                role="chords", instruments="warm_pad", grids="x---------------", centre=64, gain=-8, reverb=0.4,
                heard="ABCo", effects=("duck",),
            ),
            Layer(
                role="lead", instruments="synth_pluck vibraphone square_lead",
                grids="x..x..x.x..x..x. x-x...x-..x-x...", centre=76, gain=-4, pan=0.1, reverb=0.3, echo=0.4,
                heard="ABC",
            ),
        ),
    ),
    "trance": Style(
        genre="techno",
        harmony=POP,
        ensembles=("Meridian Uplink",),
        loudness=-12.5,
        room=2.2,
        looseness=0.0,
        beat={
            "club_kick": "X...X...X...X...",
            "clap": "....x.......x...",
            "open_hat": "..X...X...X...X.",
            "hat": "xxoxxxoxxxoxxxox",
        },
        fill={"snare": "xxxxxxxxxxxxxxxx"},
        drums_heard="iABCo",
        layers=(
            Layer(
                role="bass", instruments="synth_bass", grids="..R-..R-..R-..R- .RRR.RRR.RRR.RRR", centre=34, gain=1,
                reverb=0.0, effects=("duck",),
            ),
            Layer(
                role="chords", instruments="synth_pluck", grids="0123012301230123 0213021302130213", centre=69,
                gain=-4, voices=4, reverb=0.3, echo=0.3, spread=0.8, effects=("duck",),
            ),
            Layer(
                role="chords", instruments="super_saw", grids="x---------------", centre=64, gain=-4, voices=4,
                reverb=0.4, heard="ABCo", effects=("duck",),
            ),
            Layer(
                role="lead", instruments="super_saw saw_lead", grids="x--x--x-x--x--x- x---x--x--x-x---", centre=76,
                gain=-1, reverb=0.35, echo=0.35, heard="ABC",
            ),
        ),
    ),
    "techno": Style(
        genre="techno",
        harmony=DARK,
        ensembles=("Concrete Tide",),
        loudness=-12.5,
        room=1.8,
        looseness=0.0,
        beat={
            "club_kick": "X...X...X...X...",
            "rim": "...x..x....x..x. ..x..x..x..x..x.",
            "open_hat": "..x...x...x...x.",
            "hat": "oxoxoxoxoxoxoxox",
            "clap": "................ ....x.......x...",
        },
        fill={"low_tom": "........x..x..x.", "clap": "............x.x."},
        drums_heard="iABCo",
        drums_gain=1.5,
        layers=(
            Layer(
                role="bass", instruments="acid_bass", grids="R.R8R.RR.R8.R.R5 RR.R8.R.RR.R5.8.", centre=34, gain=0,
                reverb=0.05, effects=("duck",),
            ),
            Layer(
                role="bass", instruments="sub_bass", grids="..R-..R-..R-..R-", centre=33, gain=-1, reverb=0.0,
                effects=("duck",),
            ),
            Layer(
                role="chords", instruments="synth_pluck", grids="x..x..x..x..x... ..x..x..x..x..x.", centre=60,
                gain=-5, voices=3, reverb=0.45, echo=0.45, heard="ABC", effects=("dark",),
            ),
            Layer(
                role="chords", instruments="dark_pad", grids="x---------------", centre=52, gain=-7, reverb=0.5,
                heard="iBCo", effects=("duck",),
            ),
            Layer(
                role="lead", instruments="square_lead bell", grids="x--x--x---x----- x.....x...x.....", centre=70,
                gain=-7, pan=0.2, reverb=0.4, echo=0.4, heard="C",
            ),
        ),
    ),
    "synthpop": Style(
        genre="pop",
        harmony=POP,
        ensembles=("Cherry Voltage", "Saturday Antennas"),
        loudness=-13.5,
        room=1.4,
        looseness=0.001,
        beat={
            "club_kick": "X...X...X...X... X.....x.X.x.....",
            "fat_snare": "....X.......X...",
            "hat": "x.x.x.x.x.x.x.x.",
            "clap": "................ ....x.......x..x",
        },
        fill={"tom": "........x.x.x.x.", "fat_snare": "............x.xx"},
        drums_heard="iABC",
        layers=(
            Layer(
                role="bass", instruments="synth_bass", grids="R.R.R.R.R.R.R.R. R.R8R.R8R.R8R.R8", centre=36, gain=1,
                reverb=0.0,
            ),
            Layer(
                role="chords", instruments="synth_pluck", grids="0.2.1.2.3.2.1.2. 0.1.2.3.2.1.2.1.", centre=67,
                gain=-5, voices=4, pan=0.3, echo=0.25,
            ),
            Layer(
                role="chords", instruments="warm_pad glass_pad", grids="x---------------", centre=62, gain=-6,
                reverb=0.4, voices=4,
            ),
            Layer(
                role="lead", instruments="square_lead saw_lead", grids="x---x-x-x---x--- x-x-x---x-x-x---",
                centre=74, gain=-1, reverb=0.3, echo=0.25, heard="ABC",
            ),
            Layer(role="double", instruments="glockenspiel", centre=86, gain=-10, pan=-0.3, reverb=0.4, heard="C"),
        ),
    ),
    "synthwave": Style(
        genre="electronic",
        harmony=POP,
        ensembles=("Chrome Motel",),
        loudness=-14.0,
        room=2.0,
        looseness=0.001,
        beat={
            "kick": "X.......X....... X.....x.X.......",
            "fat_snare": "....X.......X...",
            "hat": "x.x.x.x.x.x.x.x. x.xxx.xxx.xxx.xx",
        },
        fill={"tom": "........xx.xx.x.", "low_tom": "............x.xx"},
        drums_reverb=0.2,
        layers=(
            Layer(
                role="bass", instruments="synth_bass", grids="RRRRRRRRRRRRRRRR R.RRR.RRR.RRR.RR", centre=34, gain=0,
                reverb=0.0, effects=("duck",),
            ),
            Layer(
                role="chords", instruments="warm_pad super_saw", grids="x---------------", centre=62, gain=-4,
                voices=4, reverb=0.45, effects=("chorus",),
            ),
            Layer(
                role="chords", instruments="synth_pluck", grids="0.1.2.3.2.1.2.1. 0.2.3.2.0.2.3.2.", centre=70,
                gain=-6, voices=4, echo=0.35, spread=0.8, heard="ABC",
            ),
            Layer(
                role="lead", instruments="saw_lead square_lead", grids="x-----x-x------- x---x---x-x-x---",
                centre=74, gain=-1, reverb=0.4, echo=0.35, heard="ABC",
            ),
        ),
    ),
}
