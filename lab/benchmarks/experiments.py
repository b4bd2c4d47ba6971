"""Do the statistics of experiments keep their promises? By simulation, where the truth is known.

A/A runs under continuous peeking, power, sample-ratio alarms, CUPED's gain, interleaving against A/B, and off-policy
estimates of a policy whose value is known. Shares come with 95 % Wilson intervals.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats import ab_test, interleaving, sequential
from core.stats import off_policy as offpolicy
from core.stats.intervals import wilson

SEED = 20261125
RATE, LIFT = 0.30, 0.05
"""Share of people who like something, and the true effect where there is one; ``LIFT`` is the mixture's tau too."""
LONGEST = 4000
"""People an arm in a sequential run; every one of them is a look."""


def run(runs: int = 10_000) -> dict[str, Any]:
    rng = np.random.default_rng(SEED)
    return {
        "false_positives_peeking_at_every_person": wilson(false_positives(rng, runs), runs).figures(),
        "false_positives_peeking_naively": wilson(naive_false_positives(rng, runs // 10), runs // 10).figures(),
        "power_sequential": sequential_power(rng, runs // 10),
        "power_as_designed": designed_power(rng, runs // 5),
        "srm_alarm_without_cause": wilson(srm_alarms(rng, runs, 0.5), runs).figures(),
        "srm_alarm_when_a_tenth_is_lost": wilson(srm_alarms(rng, runs, 0.45 / 0.95), runs).figures(),
        "cuped": cuped_gain(rng),
        "interleaving": interleaving_sensitivity(rng, runs // 20),
        "off_policy_coverage": off_policy(rng, runs // 10),
        "sizes": {"runs": runs, "people_an_arm": LONGEST, "rate": RATE, "lift": LIFT},
        "seed": SEED,
    }


def paths(
    rng: np.random.Generator, runs: int, lift: float, longest: int = LONGEST
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(runs, looks) difference of two like rates and its variance, after every pair of people from the first look."""
    counts = np.arange(1, longest + 1, dtype=np.float64)
    sums = [np.cumsum(rng.random((runs, longest), dtype=np.float32) < rate, axis=1) for rate in (RATE, RATE + lift)]
    means = [total / counts for total in sums]
    spread = [mean * (1 - mean) / np.maximum(counts - 1, 1) for mean in means]
    first = sequential.FIRST_LOOK - 1
    return (means[1] - means[0])[:, first:], (spread[0] + spread[1])[:, first:]


def rejects(rng: np.random.Generator, runs: int, lift: float) -> NDArray[np.int64]:
    """(runs,): people an arm at the first look that found a difference, 0 where none did."""
    found = []
    for start in range(0, runs, 250):
        estimate, variance = paths(rng, min(250, runs - start), lift)
        crossed = sequential.log_ratio(estimate, np.maximum(variance, 1e-12), LIFT) >= math.log(20)
        found.append(np.where(crossed.any(axis=1), crossed.argmax(axis=1) + sequential.FIRST_LOOK, 0))
    return np.concatenate(found)


def false_positives(rng: np.random.Generator, runs: int) -> int:
    return int((rejects(rng, runs, 0.0) > 0).sum())


def naive_false_positives(rng: np.random.Generator, runs: int) -> int:
    """The same peeking with the interval meant for one look."""
    estimate, variance = paths(rng, runs, 0.0)
    return int((np.abs(estimate) > 1.96 * np.sqrt(np.maximum(variance, 1e-12))).any(axis=1).sum())


def sequential_power(rng: np.random.Generator, runs: int) -> dict[str, Any]:
    """How often a true lift is found within the run, and after how many people an arm (median)."""
    found = rejects(rng, runs, LIFT)
    return {
        **wilson(int((found > 0).sum()), runs).figures(),
        "median_people": float(np.median(found[found > 0])),
        "planned_for_one_look": planned(),
    }


def planned() -> int:
    """People an arm for a power of 0.8, with the mean variance of the two arms."""
    return ab_test.people_needed(math.sqrt(sum(rate * (1 - rate) for rate in (RATE, RATE + LIFT)) / 2), LIFT)


def designed_power(rng: np.random.Generator, runs: int) -> dict[str, float]:
    """One look at as many people as ``people_needed`` says for a power of 0.8."""
    count = planned()
    likes = [rng.binomial(count, rate, runs) / count for rate in (RATE, RATE + LIFT)]
    deviation = np.sqrt(sum(rate * (1 - rate) / (count - 1) for rate in likes))
    return wilson(int((np.abs(likes[1] - likes[0]) > 1.96 * deviation).sum()), runs).figures()


def srm_alarms(rng: np.random.Generator, runs: int, share: float, people: int = 10_000) -> int:
    seen = rng.binomial(people, share, runs)
    return sum(ab_test.sample_ratio_p((int(one), people - int(one)), (0.5, 0.5)) < ab_test.SRM_ALARM for one in seen)


def cuped_gain(rng: np.random.Generator, people: int = 20_000, correlation: float = 0.6) -> dict[str, float]:
    """Variance left after the adjustment, and what ``1 - rho^2`` says should be left."""
    before = rng.normal(size=people)
    outcome = correlation * before + math.sqrt(1 - correlation**2) * rng.normal(size=people)
    left = ab_test.cuped(outcome, before).var() / outcome.var()
    return {"variance_left": round(float(left), 4), "by_theory": round(1 - correlation**2, 4)}


def interleaving_sensitivity(rng: np.random.Generator, runs: int, people: int = 200) -> dict[str, Any]:
    """Two rankings of 100 tracks by noisy guesses of how likeable each is, 10 shown; the second guesses better.

    Both designs see the same number of people: interleaving shows each a drafted list, A/B shows half of them each
    ranking. A person's taste shifts all tracks together, which only a comparison within one list takes out.
    """
    found = {"interleaving": 0, "ab": 0}
    for _ in range(runs):
        appeal = rng.normal(-1.0, 0.8, 100)
        rankings = [np.argsort(-(appeal + rng.normal(0, noise, 100)))[:30].tolist() for noise in (0.8, 0.5)]
        moods = rng.normal(0, 1.0, people)
        credits = []
        likes: list[list[float]] = [[], []]
        for number, mood in enumerate(moods):
            liked = rng.random(100) < 1 / (1 + np.exp(-(appeal + mood)))
            drafted = interleaving.draft(rankings[0], rankings[1], 10, rng)
            credits.append(interleaving.credit(drafted, {track: float(liked[track]) for track in drafted.tracks}))
            arm = number % 2
            likes[arm].append(float(liked[rankings[arm][:10]].mean()))
        found["interleaving"] += interleaving.preference(credits).p_value < 0.05
        found["ab"] += ab_test.fixed_effect(np.array(likes[0]), np.array(likes[1])).clear
    return {"people": people} | {name: wilson(hits, runs).figures() for name, hits in found.items()}


def off_policy(rng: np.random.Generator, runs: int, choices: int = 2000, actions: int = 10) -> dict[str, Any]:
    """How often the 95 % interval holds the judged policy's true value, and the mean error. The reward model behind
    the doubly robust estimate is wrong on purpose: it knows half of the truth."""
    truth = np.linspace(0.1, 0.6, actions)
    logging = np.linspace(2, 1, actions) / np.linspace(2, 1, actions).sum()
    judged = np.linspace(1, 4, actions) / np.linspace(1, 4, actions).sum()
    value, model = float(judged @ truth), 0.5 * truth + 0.2
    hits: dict[str, list[tuple[bool, float]]] = {}
    for _ in range(runs):
        taken = rng.choice(actions, choices, p=logging)
        rewards = (rng.random(choices) < truth[taken]).astype(float)
        for one in offpolicy.judge(
            rewards,
            logging[taken],
            judged[taken],
            logged_model=model[taken],
            target_model=np.full(choices, judged @ model),
        ):
            hits.setdefault(one.method, []).append((one.low <= value <= one.high, one.value - value))
    return {
        name: wilson(sum(held for held, _ in told), runs).figures()
        | {"bias": round(float(np.mean([e for _, e in told])), 5)}
        for name, told in hits.items()
    }
