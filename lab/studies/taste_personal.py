"""What is lost without taste and without context: parts of the study of ablations that need a person.

People are made up: each likes sound by a linear rule (``adaptability``), reacts 40 times to random tracks, and is then
given lists for real photos. Context is an activity; what it is worth is told by how near lists come to its point.
"""

from __future__ import annotations

import numpy as np

from core.schemas import RankedList
from core.stats.intervals import compared, mean
from feedback.taste.learners.base import History
from feedback.taste.learners.hybrid import Hybrid
from feedback.taste.profile import weighed
from lab import scratch_database
from lab.studies import lists
from lab.studies.taste_adaptability import REACTIONS, reactions, some_tracks, worth_of
from lab.study import Chart, Findings, Lab, Table
from recommender import mapping
from recommender.models import Track
from recommender.perception.vocabulary import ACTIVITIES
from recommender.ranking import features as pools
from recommender.ranking.pipeline import recommend


def taste(lab: Lab) -> Findings:
    """Lists for the same photo and made-up person with what was learned, without it, and with another's taste."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    tracks, catalogue = some_tracks(lab), lists.plane()
    told: dict[str, list[tuple[float, float]]] = {"with taste": [], "without taste": [], "another person's taste": []}
    people = []
    for place, one in enumerate(lists.asked(lab, lab.size(60, 12))):
        generator = lab.random(f"taste {place}")
        liking = generator.normal(size=3)
        worth = worth_of(tracks, liking)
        events = reactions(tracks, [worth, worth], generator)[:REACTIONS]
        learned = Hybrid().learn(History(events=events[::-1], tracks=tracks, now=events[-1].at))
        people.append((one, liking, weighed(learned)))
    for place, (one, liking, own) in enumerate(people):
        brief = lists.brief(one)
        for name, known in (
            ("with taste", own),
            ("without taste", None),
            ("another person's taste", people[place - 1][2]),
        ):
            ranked = recommend(brief, None, taste=known, seed=lab.seed)
            told[name].append((_liked(ranked, liking), lists.quality(ranked, one.true, catalogue)))
    columns = {name: np.array(values) for name, values in told.items()}
    gain = compared(columns["with taste"][:, 0], columns["without taste"][:, 0], lab.seed)
    permuted = compared(columns["another person's taste"][:, 0], columns["without taste"][:, 0], lab.seed)
    return Findings(
        tables=(
            Table(
                name="taste",
                title="What the person thinks of the list (standard deviations of liking), and fit to the photo",
                columns=("lists", "liking", f"nDCG@{lists.K}"),
                rows=tuple(
                    (name, mean(values[:, 0], lab.seed), mean(values[:, 1], lab.seed))
                    for name, values in columns.items()
                    if name != "another person's taste"
                ),
                note=f"{len(people)} made-up people after {REACTIONS} reactions each.",
            ),
            Table(
                name="tests",
                title="How far lists with taste are ahead in liking",
                columns=("than", "difference", "p", "effect (d)"),
                rows=(("without taste", gain.difference, round(gain.p, 4), gain.effect),),
            ),
            Table(
                name="control",
                title="What another person's taste gains in liking (0 by chance)",
                columns=("lists", "gain"),
                rows=(("tastes dealt to others", permuted.difference),),
                control=True,
            ),
        ),
        charts=(Chart(table="taste", kind="bars", columns=("liking",), title="Liking with and without taste"),),
        remarks=("The people are made up: this says that taste reaches the list, not how much people gain.",),
    )


def _liked(ranked: RankedList, liking: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    listed = pools.load(Track.objects.all(), [track.track_id for track in ranked.tracks])
    return float(worth_of(listed, liking).mean()) if len(listed) else 0.0


def context(lab: Lab) -> Findings:
    """Lists for a photo and an activity, made with the activity known and unknown."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    names, catalogue = sorted(ACTIVITIES), lists.plane()
    generator = lab.random("activities")
    away: dict[str, list[float]] = {"with context": [], "without context": []}
    permuted: dict[str, list[float]] = {name: [] for name in away}
    for one in lists.asked(lab, lab.size(60, 12)):
        meant = str(generator.choice(names))
        point = np.array([ACTIVITIES[meant].valence, ACTIVITIES[meant].arousal])
        for name, activity in (("with context", meant), ("without context", "")):
            brief = mapping.brief_for(
                one.reading, count=lists.K, context={"activity": activity}, embed=lists.embedder(one.reading)
            )
            listed = scratch_database.points(lists.best_first(recommend(brief, None, seed=lab.seed)))
            away[name].append(float(np.linalg.norm(listed - point, axis=1).mean()))
            other = catalogue[generator.choice(len(catalogue), len(listed), replace=False)]
            permuted[name].append(float(np.linalg.norm(other - point, axis=1).mean()))
    gain = compared(away["without context"], away["with context"], lab.seed)
    return Findings(
        tables=(
            Table(
                name="context",
                title="Mean distance of a list's tracks from the activity's point, 0..1 (lower is better)",
                columns=("lists", "distance"),
                rows=tuple((name, mean(values, lab.seed)) for name, values in away.items()),
                note="The photo keeps most of the say, so that no list comes all the way.",
            ),
            Table(
                name="tests",
                title="How much nearer lists with context come",
                columns=("than", "difference", "p", "effect (d)"),
                rows=(("without context", gain.difference, round(gain.p, 4), gain.effect),),
            ),
            Table(
                name="control",
                title="The same with the tracks' points dealt to other tracks (0 by chance)",
                columns=("lists", "nearer by"),
                rows=(
                    (
                        "shuffled tracks",
                        compared(permuted["without context"], permuted["with context"], lab.seed).difference,
                    ),
                ),
                control=True,
            ),
        ),
    )
