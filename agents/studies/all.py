"""The twelve studies, in their order."""

from __future__ import annotations

from agents.studies import coordination, dialogues, scorecards
from feedback.studies import adaptability, personal
from recommender.evaluation.studies import (
    ablations,
    ceiling,
    cross_domain,
    efficiency,
    explanations,
    mapping,
    models,
    reasoning,
    recommendation,
)
from recommender.evaluation.study import Study

AGENTS = Study(
    name="agents",
    title="Agents against a pipeline",
    question="Do agents, and which way of working together, beat plain calls in quality, time and robustness?",
    parts={"strategies": coordination.strategies, "faults": coordination.faults},
)

STUDIES: dict[str, Study] = {
    study.name: study
    for study in (
        mapping.STUDY,
        recommendation.STUDY.with_parts({"dialogues": dialogues.dialogues}),
        AGENTS,
        reasoning.STUDY,
        ablations.STUDY.with_parts({"taste": personal.taste, "context": personal.context}),
        models.STUDY,
        cross_domain.STUDY,
        adaptability.STUDY,
        explanations.STUDY,
        efficiency.STUDY,
        scorecards.STUDY,
        ceiling.STUDY,
    )
}
