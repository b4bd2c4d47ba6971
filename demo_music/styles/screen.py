"""Music for pictures: heroic, mourning and tense."""

from __future__ import annotations

from demo_music.styles.base import DARK, GENTLE, POP, Layer, Style

# A player is easier to compare with the next one on two lines than on ten.
# fmt: off
STYLES: dict[str, Style] = {
    "cinematic": Style(
        genre="soundtrack",
        harmony=POP,
        ensembles=("Northern Lights Philharmonia", "The Long Horizon Orchestra"),
        loudness=-15.5,
        room=2.8,
        air=4.0,
        looseness=0.006,
        beat={
            "taiko": "X.....x.X.x..... X..x..x.X..x.xx.",
            "low_tom": "....o.......o.o. ....x.......x.x.",
            "crash": "................ x...............",
        },
        fill={"taiko": "........x.x.xxxx", "low_tom": "........xxxxxxxx"},
        drums_reverb=0.35,
        drums_gain=-1.0,
        layers=(
            Layer(
                role="chords", instruments="strings", grids="x-x-x-x-x-x-x-x- 0.2.1.2.0.2.1.2. x.xxx.xxx.xxx.xx",
                centre=60, gain=-2, voices=4, reverb=0.35, pan=-0.3,
            ),
            Layer(
                role="bass", instruments="cello strings", grids="R---R---R---R--- R-------R---5---", centre=38,
                gain=1, reverb=0.3, pan=0.3,
            ),
            Layer(
                role="lead", instruments="brass violin", grids="x-----x-x------- x---x---x---x--- x-------x-x-x---",
                centre=70, gain=0, reverb=0.45, heard="ABC",
            ),
            Layer(role="double", instruments="choir strings", centre=76, gain=-4, reverb=0.5, heard="C"),
            Layer(
                role="chords", instruments="brass", grids="x-------x-------", centre=53, gain=-6, reverb=0.4,
                heard="BCo", pan=0.3,
            ),
            Layer(
                role="bass", instruments="timpani", grids="R.......R...R.R.", centre=43, gain=-4, reverb=0.4,
                heard="BC",
            ),
        ),
    ),
    "elegy": Style(
        genre="soundtrack",
        harmony=GENTLE,
        ensembles=("Grey Harbour Strings",),
        loudness=-20.0,
        room=3.0,
        air=0.0,
        looseness=0.008,
        layers=(
            Layer(
                role="chords", instruments="strings", grids="x-------x-------", centre=58, gain=0, voices=4,
                reverb=0.45,
            ),
            Layer(
                role="chords", instruments="piano harp", grids="0...1...2...1...", centre=62, gain=-5, voices=3,
                ring=4, reverb=0.35, pan=-0.3, spread=0.5,
            ),
            Layer(
                role="bass", instruments="cello", grids="R-------R-------", centre=40, gain=-1, reverb=0.35,
                pan=0.25,
            ),
            Layer(
                role="lead", instruments="cello violin clarinet", grids="x-------x---x--- x---x---x-------",
                centre=67, gain=0, reverb=0.45, heard="ABC",
            ),
        ),
    ),
    "tension": Style(
        genre="soundtrack",
        harmony=DARK,
        ensembles=("Room Without Clocks",),
        loudness=-17.5,
        room=3.2,
        looseness=0.003,
        beat={
            "taiko": "X.......o....... X.....x.....x.o.",
            "rim": "....o...o...o... ..o...o...o...o.",
        },
        fill={"low_tom": "........xxxxxxxx"},
        drums_reverb=0.4,
        drums_heard="iABC",
        layers=(
            Layer(role="bass", instruments="reese_bass", grids="R---------------", centre=31, gain=0, reverb=0.2),
            Layer(
                role="chords", instruments="strings", grids="0.0.1.0.0.0.2.0. 0.0.0.1.0.0.0.2.", centre=62, gain=-2,
                voices=3, reverb=0.35, pan=-0.35,
            ),
            Layer(
                role="chords", instruments="dark_pad choir", grids="x---------------", centre=50, gain=-5, voices=3,
                reverb=0.6, heard="ABCo",
            ),
            Layer(
                role="bass", instruments="cello", grids="R.R.R.R.R.R.R.R. R.R.R.R.R.R.R.a.", centre=43, gain=-3,
                reverb=0.3, heard="BC", pan=0.3,
            ),
            Layer(
                role="lead", instruments="bell piano", grids="x-------x------- x---x-----------", centre=79, gain=-4,
                reverb=0.6, echo=0.3, heard="AC",
            ),
            Layer(role="background", instruments="wind", gain=-16, reverb=0.3),
        ),
    ),
}
