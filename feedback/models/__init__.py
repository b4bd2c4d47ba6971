"""The tables of feedback: reactions and tastes, experiments, studies with people, curated pairs, reviews."""

from feedback.models.experiments import Arm, Experiment, Exposure, Tuning
from feedback.models.pairs import CuratedPair, PairVerdict
from feedback.models.reactions import LearningPause, ListRating, MomentPause, Reaction, TakeChoice, TasteSettings
from feedback.models.review import EvaluationCase, ReviewCase
from feedback.models.user_studies import Judgement, Participant, PeopleStudy, StudyTask

__all__ = [
    "Arm",
    "CuratedPair",
    "EvaluationCase",
    "Experiment",
    "Exposure",
    "Judgement",
    "LearningPause",
    "ListRating",
    "MomentPause",
    "PairVerdict",
    "Participant",
    "PeopleStudy",
    "Reaction",
    "ReviewCase",
    "StudyTask",
    "TakeChoice",
    "TasteSettings",
    "Tuning",
]
