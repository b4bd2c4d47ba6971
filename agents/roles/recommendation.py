"""Agent 4: a brief to a ranked, sequenced and explained list."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agents.board import Board, Patch
from core.schemas import RankedList
from feedback.experiments.drafting import ranked_for
from feedback.taste import group, profile
from feedback.treatments import Treatment
from recommender.models import Track
from recommender.playlists import versions


class Recommendation:
    name = "recommendation"
    title = "Choosing tracks"
    patience = 15.0
    gives = frozenset({"ranked"})

    def ready(self, board: Board) -> bool:
        return board.brief is not None and board.ranked is None

    def act(self, board: Board) -> Patch:
        if board.brief is None:
            raise ValueError("a brief is needed to choose by")
        order, brief = board.order, board.brief
        person = User.objects.filter(pk=order.person_id).first() if order.person_id else None
        others = list(User.objects.filter(pk__in=order.listeners))
        scope = Track.objects.filter(pk__in=order.scope) if order.scope is not None else None

        def make(way: Treatment, explore: float) -> RankedList:
            liking = group.taste_of(person, way.learner, others, order.blend)
            return group.recommend(
                brief,
                person,
                exclude={*order.drop, *profile.blocked(liking)},
                keep=order.keep,
                stay=[track.track_id for track in order.current] if order.refining else (),
                stale=versions.lately_listed(person) if person and scope is None else (),
                scope=scope,
                taste=liking,
                weights=way.weights,
                explore=explore if not others else 0.0,  # whom chance shall serve is nobody's to say
            )

        ranked = ranked_for(person, make, fresh=not (order.refining or order.keep or brief.limits.minutes))
        return Patch(changes={"ranked": ranked}, summary=describe(ranked), hand_to="evaluation")


def describe(ranked: RankedList) -> str:
    if not ranked.tracks:
        return _("No track fits") + (f": {ranked.unmet[0].message}" if ranked.unmet else "")
    best, many = max(ranked.tracks, key=lambda track: track.score), len(ranked.tracks)
    chose = ngettext("Chose {count} track; “{title}” fits best", "Chose {count} tracks; “{title}” fits best", many)
    text = chose.format(count=many, title=best.title)
    return f"{text}. {ranked.unmet[0].message.rstrip('.')}" if ranked.unmet else text
