"""Where Django looks for the admin of experiments, studies, pairs, the review queue and taste."""

from feedback.experiment_results import admin as experiments
from feedback.pairs import admin as pairs
from feedback.review import admin as review
from feedback.taste import admin as taste
from feedback.user_studies import admin as user_studies

__all__ = ["experiments", "pairs", "review", "taste", "user_studies"]
