"""A model that was just fetched is measured on the photos at hand, so that it is used for what it does better.

It happens once a model, in a process of its own, which gives its memory back.
"""

from __future__ import annotations

from core.errors import DylumoError
from recommender.library.jobs import process_pool
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.models import LibraryJob

MOST_SECONDS = 2 * 3600.0


def measure_job(job: LibraryJob, _progress: Progress) -> Outcome:
    """The job of kind ``measure``; its argument is the model's vector space. Raises Crashed, Unavailable."""
    from lab.training.clip_heads import measure

    ((_, answer),) = process_pool.each(measure, [job.argument], processes=1, timeout=MOST_SECONDS)
    if isinstance(answer, DylumoError):
        raise answer
    return Outcome(read=answer, added=answer)
