"""2. In conversation: does Dylumo find what people liked in real conversations about playlists?

Each request of a seeded sample of the CPCD dialogues is answered with 20 tracks, from the words so far and the tracks
liked so far; the tracks newly liked at that request are what should be found. Dylumo answers through its own planner,
its five agents and its ranking, by each coordination strategy, over the set's 8,371 tracks in a database of its own.
It is compared with popularity (how many other dialogues liked a track) and with plain text search: BM25 and MiniLM,
each over the last request and over all words so far. Figures are means over dialogues of the mean over their requests;
intervals resample dialogues.

The set is not wholly new to Dylumo: the tagger of names learned from 1,022 of its turns (``train words_spans``), and
the weight of a name was chosen by what was liked in a quarter of its dialogues.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from agents.board import Board, Order
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Unwatched, act_here
from agents.planner import RulePlanner, Situation, decide_by_rules
from agents.references import known_by_name
from agents.roles import team
from agents.roles.base import Agent
from agents.roles.mapping import Mapping
from agents.roles.music_understanding import MusicUnderstanding, read_pool
from core.schemas import Limits, MusicBrief, ScoredTrack, WordsReading
from core.stats.intervals import compared, holm, mean
from lab import scratch_database
from lab.baselines import TextSearch, best
from lab.datasets.cpcd import Corpus, Said, fill_catalogue, read
from lab.metrics import ndcg, recall
from lab.studies.agents_coordination import spread
from lab.study import Chart, Findings, Lab, Table
from recommender.perception.weights.loaders import embed_texts

K = 20
DIALOGUES, QUICK_DIALOGUES, QUICK_TRACKS = 150, 5, 400
READ = 8
"""Every eighth dialogue was read while the understanding of names was written, and is not answered here."""
LIKES_REMEMBERED = 20
KNOWN_LIMITS = ("include_artists", "exclude_artists", "exclude_genres")

Lists = list[list[list[int]]]
"""For each dialogue, for each request, the ranked places in the track table."""


def dialogues(lab: Lab) -> Findings:
    """The answers of every strategy and baseline, judged by what was liked next; a control exchanges the tracks."""
    folder = lab.file("cpcd", "tracks.csv").parent
    everybody = read(folder)
    if lab.quick:
        corpus = read(folder, QUICK_DIALOGUES).narrowed(QUICK_TRACKS)
    else:
        unread = [place for place in range(len(everybody.dialogues)) if place % READ]
        chosen = sorted(lab.random("dialogues").permutation(unread)[:DIALOGUES])
        corpus = replace(everybody, dialogues=[everybody.dialogues[one] for one in chosen])
    answers = baselines(corpus, everybody if not lab.quick else corpus)
    scratch_database.opened(lab)
    scratch_database.emptied(lab)
    ids, heard = fill_catalogue(corpus.tracks, lab.file("spotify", "tracks_features_70k.csv.gz"))
    desk = Desk(corpus=corpus, ids=ids)
    for strategy in STRATEGIES if not lab.quick else ("hierarchical",):
        answers[strategy] = [desk.converse(strategy, dialogue) for dialogue in corpus.dialogues]
    figures = {name: measured(corpus, lists) for name, lists in answers.items()}
    rival = max(
        (name for name in figures if name not in STRATEGIES), key=lambda name: figures[name][f"ndcg@{K}"].mean()
    )
    ours = [name for name in figures if name in STRATEGIES]
    tests = {name: compared(figures[name][f"ndcg@{K}"], figures[rival][f"ndcg@{K}"], lab.seed) for name in ours}
    adjusted = holm({name: test.p for name, test in tests.items()})
    exchanged = lab.random("exchanged tracks").permutation(len(corpus.tracks)).tolist()
    permuted = {name: measured(corpus, _exchanged(answers[name], exchanged)) for name in (ours[0], rival)}
    return Findings(
        tables=(
            Table(
                name="answers",
                title="What people liked next, found among the 20 tracks answered",
                columns=("system", f"recall@{K}", f"nDCG@{K}"),
                rows=tuple(
                    (name, *(mean(values, lab.seed) for values in told.values())) for name, told in figures.items()
                ),
                note=f"{len(corpus.dialogues)} dialogues, {len(corpus.tracks)} tracks ({heard} with sound features); "
                "intervals resample dialogues.",
            ),
            Table(
                name="tests",
                title=f"How far ahead of the best baseline ({rival}) in nDCG@{K}",
                columns=("strategy", "difference", "p, Holm", "effect (d)"),
                rows=tuple((name, t.difference, round(adjusted[name], 4), t.effect) for name, t in tests.items()),
            ),
            Table(
                name="control",
                title="The same answers with tracks exchanged at random",
                note=f"A random list's recall is {K / len(corpus.tracks):.4f}.",
                columns=("system", f"recall@{K}", f"nDCG@{K}"),
                rows=tuple(
                    (name, *(mean(values, lab.seed) for values in told.values())) for name, told in permuted.items()
                ),
                control=True,
            ),
            Table(
                name="latency",
                title="Milliseconds and messages a turn, without the waiting threads of a live one",
                columns=("strategy", "median", "95th percentile", "messages"),
                rows=tuple(
                    (name, *spread(desk.times[name]), round(float(np.mean(desk.messages[name])), 2)) for name in ours
                ),
                measures=True,
            ),
        ),
        charts=(Chart(table="answers", kind="bars", columns=(f"nDCG@{K}",), title=f"nDCG@{K} in dialogues"),),
    )


def _exchanged(lists: Lists, other: list[int]) -> Lists:
    """Answers where each track stands for another one."""
    return [[[other[place] for place in ranked] for ranked in answers] for answers in lists]


@dataclass
class Desk:
    """Dylumo at work on the catalogue. ``ids``: track ids by place in the track table."""

    corpus: Corpus
    ids: list[int]
    readings: dict[tuple[str, int], WordsReading] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    messages: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place = {track: place for place, track in enumerate(self.ids)}
        survey = read_pool(Board(order=Order()))  # the catalogue stays the same throughout
        self.survey = MusicUnderstanding(survey=lambda _: survey)
        known = cache(embed_texts)  # every strategy is told the same
        self.mapping = Mapping(embed=lambda texts: known(tuple(texts)))

    def team(self) -> dict[str, Agent]:
        return team() | {self.survey.name: self.survey, self.mapping.name: self.mapping}

    def converse(self, strategy: str, dialogue: list[Said]) -> list[list[int]]:
        """The places of the 20 best after each request."""
        brief: MusicBrief | None = None
        liked: list[int] = []
        listed: list[int] = []
        known: set[int] = set()
        lists = []
        for said in dialogue:
            order = self.order(said.text, brief, liked, listed, known)
            began = time.perf_counter()
            stage = Stage(listener=Unwatched(), perform=act_here)
            board = STRATEGIES[strategy](self.team(), Board(order=order), stage)
            self.times.setdefault(strategy, []).append((time.perf_counter() - began) * 1000)
            self.messages.setdefault(strategy, []).append(len(stage.messages))
            brief = board.brief
            tracks = sorted(board.ranked.tracks, key=lambda track: -track.score) if board.ranked else []
            listed = [self.place[track.track_id] for track in tracks]
            lists.append(listed)
            liked += said.liked
            known |= {*said.liked, *said.disliked}
        return lists

    def order(self, text: str, brief: MusicBrief | None, liked: list[int], listed: list[int], known: set[int]) -> Order:
        """The request as the planner understands it. The playlist so far is what was liked so far (else what was last
        listed); where the planner would only talk ("thank you"), the list is continued."""
        shown = tuple(self.shown(place) for place in liked or listed)
        situation = Situation(shown=shown, brief=brief, knows=partial(known_by_name, None))
        words = self.reading(text, situation)
        decision = decide_by_rules(words, situation)
        talk = decision.kind != "recommend" and brief is not None
        refining = brief is not None and (talk or decision.refining)
        return Order(
            words=() if talk else (words,),
            previous=brief if refining else None,
            current=shown,
            like=tuple(self.ids[place] for place in liked[-LIKES_REMEMBERED:]),
            drop=tuple(self.ids[place] for place in known),
            refining=refining,
            count=K,
        )

    def reading(self, text: str, situation: Situation) -> WordsReading:
        """What the words ask for, read once for all strategies. How many tracks is always ``K`` here, and of the limits
        only those on artists and styles are kept: years, tempo and language are unknown for most of this catalogue."""
        key = (text, hash(tuple(track.track_id for track in situation.shown)))
        if key not in self.readings:
            words = RulePlanner().read(text, situation)
            known = {name: getattr(words.limits, name) for name in KNOWN_LIMITS}
            self.readings[key] = replace(words, limits=Limits(**known))
        return self.readings[key]

    def shown(self, place: int) -> ScoredTrack:
        track = self.corpus.tracks[place]
        return ScoredTrack(
            track_id=self.ids[place], title=track["title"], artist=track["artist"], score=100.0, parts=()
        )


def baselines(corpus: Corpus, everybody: Corpus) -> dict[str, Lists]:
    """Popularity and plain text search, given the same words and spared the same known tracks."""
    documents = [f"{track['title']} {track['artist']} {track['album']}" for track in corpus.tracks]
    search, meaning = TextSearch(documents), embed_texts(documents)
    popular = np.zeros(len(documents))
    for dialogue in everybody.dialogues:
        popular[list(likes(dialogue))] += 1
    lists: dict[str, Lists] = {}
    for dialogue in corpus.dialogues:
        others = popular.copy()
        others[list(likes(dialogue))] -= 1
        known: set[int] = set()
        rows: dict[str, list[list[int]]] = {}
        for number, said in enumerate(dialogue):
            all_words = " ".join(one.text for one in dialogue[: number + 1])
            near = meaning @ embed_texts([said.text, all_words]).T
            for name, scores in (
                ("popularity", others),
                ("bm25_last_request", search.scores(said.text)),
                ("bm25_all_words", search.scores(all_words)),
                ("minilm_last_request", near[:, 0]),
                ("minilm_all_words", near[:, 1]),
            ):
                rows.setdefault(name, []).append(best(scores, known, K))
            known |= {*said.liked, *said.disliked}
        for name, ranked in rows.items():
            lists.setdefault(name, []).append(ranked)
    return lists


def likes(dialogue: list[Said]) -> Counter[int]:
    return Counter(place for said in dialogue for place in said.liked)


def measured(corpus: Corpus, lists: Lists) -> dict[str, NDArray[np.float64]]:
    """By metric, the mean over each dialogue's requests that have newly liked tracks."""
    told: dict[str, list[float]] = {f"recall@{K}": [], f"ndcg@{K}": []}
    for dialogue, ranked in zip(corpus.dialogues, lists, strict=True):
        pairs = [(found, said.liked) for found, said in zip(ranked, dialogue, strict=True) if said.liked]
        if pairs:
            told[f"recall@{K}"].append(float(np.mean([recall(found, liked, K) for found, liked in pairs])))
            told[f"ndcg@{K}"].append(float(np.mean([ndcg(found, liked, K) for found, liked in pairs])))
    return {metric: np.array(values) for metric, values in told.items()}
