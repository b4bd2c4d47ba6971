"""What can be done differently for a person: a frozen, checked value that arms and settings are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings as site

from core.errors import BadInput
from recommender.mapping.build import REASONINGS
from recommender.ranking.learned_weights import learned_weights
from recommender.ranking.scoring import checked_weights

STRATEGIES = ("hierarchical", "peer_to_peer", "blackboard")
"""The ways in which the agents can be coordinated (``agents.coordination``)."""
LEARNERS = ("hybrid", "profile", "bandit", "company", "none")
"""How a person's taste is learned (``feedback.taste.profile``); ``none``: lists go by the picture and the words
alone."""
TEMPLATES = ("usual", "compact", "open")
"""How a list is shown: ``compact`` one line a track, ``open`` with every reason's parts unfolded."""
ON_PAGE = ("template",)
MOST_EXPLORED = 0.3
"""More places of a list than this are not given to chance: people came for what fits."""


class BadTreatment(BadInput):
    code = "bad_treatment"
    hint = "See the example beside the field."


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """Empty fields leave the usual way. ``weights``: of the ranking's parts, see ``scoring.checked_weights``;
    ``explore``: the chance, 0..``MOST_EXPLORED``, with which a place of a new list is drawn (``rerank.choose``);
    ``arms``: marks of the experiments' arms this came from."""

    strategy: str = ""
    reasoning: str = ""
    learner: str = ""
    template: str = ""
    explore: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    arms: tuple[str, ...] = ()

    def over(self, other: Treatment) -> Treatment:
        """This one where it says something, else the other."""
        chosen = {one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(self)}
        chosen["explore"] = other.explore if self.explore is None else self.explore
        chosen["weights"] = {**other.weights, **self.weights}
        chosen["arms"] = (*other.arms, *self.arms)
        return Treatment(**chosen)

    def policy(self, usual: str) -> str:
        """The name of a list's policy with the arms that shaped it."""
        return "+".join((usual, *self.arms))

    def touches_lists(self) -> bool:
        named = self.strategy or self.reasoning or self.learner or self.weights
        return bool(named) or self.explore is not None

    @property
    def exploring(self) -> float:
        """The chance with which a place is drawn: the one said here, else the site's."""
        told: float = site.EXPLORE if self.explore is None else self.explore
        return told


ALLOWED = {"strategy": STRATEGIES, "reasoning": tuple(REASONINGS), "learner": LEARNERS, "template": TEMPLATES}


def written_out(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with ``{"weights": "learned"}`` as the numbers that were learned (`train fusion`), so that an arm
    stays what it was when it was made. Raises BadTreatment when none were."""
    if settings.get("weights") != "learned":
        return dict(settings)
    weights = learned_weights()
    if weights is None:
        raise BadTreatment("No weights have been learned in this copy.", hint="Learn them with: bin/run train fusion.")
    return {**settings, "weights": weights}


def treatment_from(settings: Any) -> Treatment:
    """A treatment from its JSON. Raises BadTreatment that names what is wrong."""
    if not isinstance(settings, Mapping):
        raise BadTreatment('Write it as {"name": value}.')
    for name, value in settings.items():
        if name == "weights":
            checked_weights(value)
        elif name == "explore":
            _check_explore(value)
        elif name not in ALLOWED:
            raise BadTreatment(
                f"There is nothing called {name!r} to change.", hint=f"Use: weights, explore, {', '.join(ALLOWED)}."
            )
        elif value not in ALLOWED[name]:
            raise BadTreatment(f"{name} cannot be {value!r}.", hint=f"Use one of: {', '.join(ALLOWED[name])}.")
    return Treatment(**settings)


def _check_explore(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_EXPLORED:
        raise BadTreatment(
            f"explore cannot be {value!r}.", hint=f"Give a share of the places from 0 to {MOST_EXPLORED:g}."
        )
