"""The thirteen studies, in their order."""

from __future__ import annotations

from lab.studies import (
    ablations,
    agents_coordination,
    agents_dialogues,
    agents_scorecards,
    ceiling,
    cross_domain,
    editor_lists,
    efficiency,
    explanations,
    mapping,
    models,
    reasoning,
    recommendation,
    taste_adaptability,
    taste_personal,
)
from lab.study import Study

AGENTS = Study(
    name="agents",
    title="Agents against a pipeline",
    question="Do agents, and which way of working together, beat plain calls in quality, time and robustness?",
    parts={"strategies": agents_coordination.strategies, "faults": agents_coordination.faults},
)

STUDIES: dict[str, Study] = {
    study.name: study
    for study in (
        mapping.STUDY,
        recommendation.STUDY.with_parts({"dialogues": agents_dialogues.dialogues}),
        AGENTS,
        reasoning.STUDY,
        ablations.STUDY.with_parts({"taste": taste_personal.taste, "context": taste_personal.context}),
        models.STUDY,
        cross_domain.STUDY,
        taste_adaptability.STUDY,
        explanations.STUDY,
        efficiency.STUDY,
        agents_scorecards.STUDY,
        ceiling.STUDY,
        editor_lists.STUDY,
    )
}
