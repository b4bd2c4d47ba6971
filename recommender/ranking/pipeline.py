"""A brief to a finished list: limits, candidates, scores, choice, order, reasons; each step timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from numpy.typing import NDArray

from accounts.models import User
from core.schemas import MusicBrief, Part, RankedList, Rival, ScoredTrack, Unmet
from recommender.library.vectors.store import nearest_on_plane
from recommender.models import Track, TrackLink
from recommender.ranking import candidates, explain, features, filters, known, rerank, scoring, sequencing
from recommender.ranking.features import Pool
from recommender.ranking.rerank import Choice
from recommender.ranking.scoring import Preference, Scores, Taste
from recommender.ranking.similarity import likeness
from recommender.ranking.unmet import why_empty
from recommender.services.search_links import search_links

STAY_BONUS = 0.06
"""How much more (of 0..1) a track already in the list counts when the list is refined, as far as it has the sound that
was asked for: what still fits stays."""
NAMED_OVER_VARIETY = 0.97
"""Lambda where something was named: people who name an artist want that artist, and like songs are no fault then."""
STALE_LOSS = 0.2
"""How much less (of 0..1) a track counts that stands in the person's last lists."""
JITTER = 0.05
"""How far apart (of 0..1) two tracks of a take may lie and still change places between photos of one kind."""
CONSIDERED = 12
"""Times the wished length: how many of the best are weighed against each other for variety."""
WEAK_BELOW = 50.0
"""A match below this is marked weak, and so is one of which less than half the full weight is known."""
USUAL_TRACK = 210.0
"""Seconds that a track of unknown length counts for."""
UNKNOWN_SLACK = 0.075
"""How far over the wished time a list may run, as a share of it, whose tracks' lengths are not all known."""
MINUTES_SLACK = 1.0
PERSONAL = ("taste", "familiarity")
"""Parts that come from the person and not from the brief: where they decide, the list says so."""
UNKNOWN = {
    "genre": later("Nothing is known of the style of these tracks."),
    "instruments": later("Nothing is known of the instruments of these tracks."),
}


@dataclass
class Clock:
    """Milliseconds by step."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.steps[name] = round((time.perf_counter() - start) * 1000, 2)


def recommend(
    brief: MusicBrief,
    person: User | None,
    *,
    exclude: Collection[int] = (),
    keep: Sequence[int] = (),
    stay: Sequence[int] = (),
    stale: Collection[int] = (),
    scope: Track.TrackQueries | None = None,
    taste: Taste | None = None,
    weights: Mapping[str, float] | None = None,
    seed: int | None = None,
    explore: float = 0.0,
) -> RankedList:
    """The list for a brief, best policy first, in playing order; an empty one says which limit emptied it.

    ``keep``: track ids that stay whatever they score, at their place in ``stay`` (the list now shown, in order), else
    first; ``stay`` tracks are preferred a little. ``exclude``: ids that must not come. ``scope``: choose only among
    these. ``stale``: tracks of the person's other lists, which come only where little else
    fits. ``weights``: see ``scoring.weights_for``; ``explore``: see ``rerank.choose``, none where a length in
    minutes is asked for: what happens to fit hides the chance it was drawn with. ``seed`` repeats it.
    Never gives what ``person`` may not see.
    """
    clock = Clock()
    explore = 0.0 if brief.limits.minutes else explore
    keep = [one for one in dict.fromkeys(keep) if one not in exclude]
    with clock.step("candidates"):
        tracks = candidates.gather(
            brief, person, scope=scope, exclude={*exclude, *keep}, include=[one for one in stay if one not in keep]
        )
        kept = _kept(brief, person, keep)
        both = _joined(kept, tracks)
    if not len(both):
        visible = (Track.objects.all() if scope is None else scope).visible_to(person)
        return RankedList(tracks=(), unmet=why_empty(visible, brief.limits), timings=clock.steps, policy=_policy(brief))
    with clock.step("scoring"):
        scores = scoring.score(both, brief, preferences(brief, both, taste), weights=weights)
    with clock.step("choice"):
        generator = np.random.default_rng(seed) if explore else None
        choose = partial(_choose, both, brief=brief, kept=len(kept), stay=stay, stale=stale, asked=scores.asked())
        chosen = choose(scores.total, explore=explore, generator=generator)
        brought = _brought(scores, choose)
    with clock.step("order"):
        rows = [one.row for one in chosen]
        pinned = _opening(_pinned(both.ids[: len(kept)].tolist(), stay, len(rows)), scores.total[rows])
        places = sequencing.order(
            {n: both.columns[n][rows] for n in ("energy", "tempo", "key", "mode")},
            brief.arc,
            pinned,
            familiar=taste.familiar.familiar(both.take(rows)) if taste and taste.familiar else None,
        )
        chosen = [chosen[place] for place in places]
    with clock.step("reasons"):
        listed = _listed(both, scores, brief, chosen, taste, brought=brought)
    unmet = _unmet(brief, both, rows, len(kept))
    return RankedList(tracks=listed, unmet=unmet, timings=clock.steps, policy=_policy(brief, explore))


def nearest_only(brief: MusicBrief, person_id: int | None, *, exclude: Collection[int] = ()) -> RankedList:
    """The tracks nearest in mood that keep the limits, and nothing more: what stands in for the full ranking."""
    person = User.objects.filter(pk=person_id).first() if person_id else None
    allowed = filters.narrowed(Track.objects.visible_to(person).exclude(pk__in=exclude), brief.limits)
    near = nearest_on_plane(brief.valence, brief.arousal, person=person, tracks=allowed, k=brief.count)
    found = features.load(allowed, [one for one, _ in near])
    fit = scoring.affect(found, brief)
    links = _links(found.ids.tolist())
    listed = tuple(
        ScoredTrack(
            track_id=int(found.ids[row]),
            title=found.facts[row].title,
            artist=found.facts[row].artist,
            score=round(100 * float(fit[row]), 1),
            parts=(Part(name="affect", value=round(float(fit[row]), 4), weight=1.0),),
            rank=row + 1,
            reason="Near in mood.",
            links=links.get(int(found.ids[row]), {}),
            valence=float(found.columns["valence"][row]),
            arousal=float(found.columns["arousal"][row]),
            duration=found.facts[row].duration,
        )
        for row in range(len(found))
    )
    return RankedList(tracks=listed, unmet=_too_few(brief, len(listed)), policy="nearest")


def _policy(brief: MusicBrief, explore: float = 0.0) -> str:
    return f"{brief.reasoning}-mmr" + (f"-explore{explore:g}" if explore else "")


def preferences(brief: MusicBrief, tracks: Pool, taste: Taste | None) -> list[Preference]:
    """What counts beside the brief's own parts: likeness to the tracks that were pointed at, the person's taste, and
    how familiar they want it."""
    counted: list[Preference] = [likeness(brief.like, tracks)] if brief.like else []
    if taste:
        counted += [taste, taste.familiar] if taste.familiar else [taste]
    return counted


def fits(
    brief: MusicBrief,
    person: User | None,
    track_ids: Sequence[int],
    *,
    taste: Taste | None = None,
    weights: Mapping[str, float] | None = None,
) -> dict[int, float]:
    """By track id, 0..1: the match of these tracks as ``recommend`` would see it; of those the person may see."""
    tracks = _kept(brief, person, track_ids)
    total = scoring.score(tracks, brief, preferences(brief, tracks, taste), weights=weights).total
    return dict(zip(tracks.ids.tolist(), total.tolist(), strict=True))


def _kept(brief: MusicBrief, person: User | None, keep: Sequence[int]) -> Pool:
    visible = Track.objects.visible_to(person).filter(pk__in=keep)
    text_similarity = candidates.text_similarity_to(brief, candidates.text_space(brief), keep) if keep else {}
    return features.load(visible, keep, text_similarity, candidates.name_match(visible, brief))


def _joined(first: Pool, second: Pool) -> Pool:
    if not len(first):
        return second
    return Pool(
        ids=np.concatenate([first.ids, second.ids]),
        facts=first.facts + second.facts,
        columns={name: np.concatenate([column, second.columns[name]]) for name, column in first.columns.items()},
        moods=first.moods + second.moods,
        genres=first.genres + second.genres,
        instruments=first.instruments + second.instruments,
        text_similarity=np.concatenate([first.text_similarity, second.text_similarity]),
        name_match=np.concatenate([first.name_match, second.name_match]),
        styles=first.styles + second.styles,
        themes=first.themes + second.themes,
        vocals=first.vocals + second.vocals,
        provenance=first.provenance + second.provenance,
    )


def _choose(
    tracks: Pool,
    total: NDArray[np.float64],
    *,
    brief: MusicBrief,
    kept: int,
    stay: Sequence[int],
    stale: Collection[int],
    asked: NDArray[np.float64],
    explore: float = 0.0,
    generator: np.random.Generator | None = None,
) -> list[Choice]:
    """What is taken, by rows of ``tracks``. ``total``: (n,) 0..1, their match; ``asked``: ``Scores.asked``. The kept
    tracks are its first rows."""
    fit = total + STAY_BONUS * np.isin(tracks.ids, stay) * asked
    fit = fit - STALE_LOSS * np.isin(tracks.ids, list(set(stale) - set(stay)))
    directed = brief.direction is not None and any(tracks.styles)  # where nothing is known no take can be told apart
    if directed:
        fit = fit + JITTER * known.jitter(tracks.facts, brief.seed)
    wanted = max(brief.count, kept)
    if brief.limits.minutes:
        wanted = max(_most_within(tracks, brief.limits.minutes), kept) if not brief.limits.count else wanted
    first = range(kept)
    rows = rerank.without_repeats(tracks, fit, max(wanted * CONSIDERED, 60), first=first)
    considered = tracks.take(rows)
    picked = rerank.choose(
        considered,
        fit[rows],
        wanted,
        first=list(first),
        artist_cap=_artist_cap(brief, directed=directed),
        fit_over_variety=NAMED_OVER_VARIETY if directed else fit_over_variety(brief),
        together=known.together(considered) if directed else None,
        explore=explore,
        generator=generator,
    )
    chosen = [
        Choice(rows[one.row], one.propensity, tuple((rows[rival], lost) for rival, lost in one.rivals))
        for one in picked
    ]
    return _within_minutes(chosen, tracks, brief.limits.minutes, kept) if brief.limits.minutes else chosen


def _brought(scores: Scores, choose: Callable[[NDArray[np.float64]], list[Choice]]) -> dict[str, set[int]]:
    """By personal part: the rows that are chosen with it, and would not be without it."""
    parts = [name for name in PERSONAL if name in scores.names]
    if not parts:
        return {}
    usual = {one.row for one in choose(scores.total)}
    return {name: usual - {one.row for one in choose(scores.without(name))} for name in parts}


def _artist_cap(brief: MusicBrief, *, directed: bool) -> int | None:
    """How many tracks one artist may have: any number where artists were asked for by name, one in a take."""
    if brief.limits.include_artists or _names_something(brief):
        return None
    return 1 if directed else rerank.MOST_BY_ARTIST


def fit_over_variety(brief: MusicBrief) -> float:
    """Lambda of the choice, 0..1 (``rerank.choose``)."""
    return NAMED_OVER_VARIETY if _names_something(brief) else rerank.FIT_OVER_VARIETY


def _names_something(brief: MusicBrief) -> bool:
    """Whether the last words named an artist or a title."""
    return any(name.score >= scoring.ASKED_FROM for name in brief.names)


def length_of(facts: filters.Facts) -> float:
    """Seconds; a usual track's where they are not known."""
    return facts.duration if facts.duration > 0 else USUAL_TRACK


def _most_within(tracks: Pool, minutes: float) -> int:
    """How many tracks the time can hold at most: as many of the shortest as fit."""
    lengths = np.sort([length_of(facts) for facts in tracks.facts])
    return max(1, int(np.searchsorted(np.cumsum(lengths), _room(tracks.facts, minutes), side="right")))


def _room(facts: Sequence[filters.Facts], minutes: float) -> float:
    """The seconds that a list of so many minutes may take."""
    known = all(one.duration > 0 for one in facts)
    return (minutes + (MINUTES_SLACK / 2 if known else max(MINUTES_SLACK / 2, UNKNOWN_SLACK * minutes))) * 60


def _within_minutes(chosen: list[Choice], tracks: Pool, minutes: float, kept: int) -> list[Choice]:
    """The best-first choices that fit into the time; the kept ones in any case."""
    room = _room([tracks.facts[one.row] for one in chosen], minutes)
    taken = []
    for place, one in enumerate(chosen):
        length = length_of(tracks.facts[one.row])
        if place < kept or length <= room:
            taken.append(one)
            room -= length
    return taken or chosen[:1]


def _pinned(keep: Sequence[int], stay: Sequence[int], count: int) -> dict[int, int]:
    """``{row among the chosen: place}`` for the kept tracks: where they stood, else the first free place."""
    stood = {one: place for place, one in enumerate(stay)}
    places: dict[int, int] = {row: stood[one] for row, one in enumerate(keep) if stood.get(one, count) < count}
    free = iter([place for place in range(count) if place not in places.values()])
    return places | {row: next(free) for row in range(len(keep)) if row not in places}


def _opening(pinned: dict[int, int], fit: NDArray[np.float64]) -> dict[int, int]:
    """The pinned places, and the best of the others first: a list should open with its best argument."""
    free = [row for row in range(len(fit)) if row not in pinned]
    if not free or 0 in pinned.values():
        return pinned
    return pinned | {max(free, key=lambda row: fit[row]): 0}


def _listed(
    tracks: Pool,
    scores: Scores,
    brief: MusicBrief,
    chosen: list[Choice],
    taste: Taste | None,
    *,
    brought: Mapping[str, Collection[int]],
) -> tuple[ScoredTrack, ...]:
    """``brought``: the rows that are only there for a part of the match, by its name."""
    links = _links([int(tracks.ids[one.row]) for one in chosen])
    reasons = explain.reasons(tracks, scores, brief, [one.row for one in chosen], taste)
    listed = []
    for rank, ((row, propensity, rivals), (reason, wording)) in enumerate(zip(chosen, reasons, strict=True), 1):
        match = round(100 * float(scores.total[row]), 1)
        listed.append(
            ScoredTrack(
                track_id=int(tracks.ids[row]),
                title=tracks.facts[row].title,
                artist=tracks.facts[row].artist,
                score=match,
                parts=scores.parts(row, [name for name, rows in brought.items() if row in rows]),
                reason=reason,
                wording=wording,
                rank=rank,
                links=links.get(int(tracks.ids[row]), {}),
                valence=_known(tracks.columns["valence"][row]),
                arousal=_known(tracks.columns["arousal"][row]),
                duration=tracks.facts[row].duration,
                propensity=round(propensity, 6),
                rivals=tuple(Rival(track_id=int(tracks.ids[one]), lost=round(lost, 6)) for one, lost in rivals),
                weak=match < WEAK_BELOW or bool(scores.known[row] < 0.5),
            )
        )
    return tuple(listed)


def _known(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def _links(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    links: dict[int, dict[str, str]] = {}
    for track, service, external, url, source, title, artist in TrackLink.objects.filter(track_id__in=ids).values_list(
        "track_id", "service", "external_id", "url", "track__source", "track__title", "track__artist"
    ):
        if source == Track.Source.EDITOR:
            links.setdefault(track, {}).update(search_links(title, artist))
        else:
            links.setdefault(track, {})[service] = url or external
    return links


def _unmet(brief: MusicBrief, tracks: Pool, rows: Sequence[int], kept: int) -> tuple[Unmet, ...]:
    facts = [tracks.facts[row] for row in rows]
    told = list(_too_few(brief, len(rows)))
    if (minutes := brief.limits.minutes) and not brief.limits.count:
        told = []
        if (total := sum(length_of(one) for one in facts) / 60) < minutes - max(0.1 * minutes, MINUTES_SLACK):
            filled = _("Only {filled} of {minutes} minutes could be filled.")
            told = [Unmet(limit="minutes", message=filled.format(filled=f"{total:.0f}", minutes=f"{minutes:g}"))]
    for track in (tracks.facts[row] for row in rows if row < kept):
        for name in filters.broken(brief.limits, track):
            kept_so = _("“{title}” was kept although it breaks “{limit}”.")
            clash = kept_so.format(title=track.title, limit=filters.said(brief.limits, name))
            told.append(Unmet(limit=name, message=clash))
    return (*told, *filters.unverified(brief.limits, facts), *_wishes_unmet(brief, tracks.take(list(rows))))


def _wishes_unmet(brief: MusicBrief, listed: Pool) -> tuple[Unmet, ...]:
    """Styles and instruments asked for, or wished away, that nothing listed is known to have or not to have."""
    told = []
    for part, labels, has_any in (
        ("genre", brief.genres, listed.genres),
        ("instruments", brief.instruments, listed.instruments),
    ):
        asked = [label for label in scoring.on(labels, brief) if abs(label.score) >= scoring.ASKED_FROM]
        liked = [label.name for label in asked if label.score > 0]
        if asked and not any(has_any):
            told.append(Unmet(limit=part, message=_(UNKNOWN[part])))
        elif liked and not any(has.get(name) for has in has_any for name in liked):
            lacking = _("None of these tracks is known to have {what}.")
            told.append(Unmet(limit=part, message=lacking.format(what=_(" or ").join(liked))))
    return tuple(told)


def _too_few(brief: MusicBrief, found: int) -> tuple[Unmet, ...]:
    if found >= brief.count:
        return ()
    asked = [filters.said(brief.limits, name) for name in filters.conditions(brief.limits)]
    if asked:
        few = _("Only {found} of {count} tracks could be found within your limits ({limits}).")
    else:
        few = _("Only {found} of {count} tracks could be found.")
    return (Unmet(limit="count", message=few.format(found=found, count=brief.count, limits=", ".join(asked))),)
