"""A model that was just fetched is measured on the photos at hand, so that it is used for what it does better.

It happens once a model, in a process of its own, which gives its memory back.
"""

from __future__ import annotations

import logging

from django.conf import settings
from kombu.exceptions import OperationalError

from core.errors import DylumoError
from recommender.library.jobs import process_pool
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.models import LibraryJob

log = logging.getLogger(__name__)

MOST_SECONDS = 2 * 3600.0
WARM_UP_SECONDS = 300
"""After which a worker that is still busy has loaded it for somebody anyway."""


def measure_job(job: LibraryJob, _progress: Progress) -> Outcome:
    """The job of kind ``measure``; its argument is the model's vector space. Raises Crashed, Unavailable.

    The models workers are then told to load it, each when it has nothing else to do."""
    from agents import tasks
    from lab.training.clip_heads import measure

    ((_, answer),) = process_pool.each(measure, [job.argument], processes=1, timeout=MOST_SECONDS)
    if isinstance(answer, DylumoError):
        raise answer
    try:
        for _ in range(settings.MODEL_WORKERS):
            tasks.warm_up.apply_async(expires=WARM_UP_SECONDS, retry=False)
    except OperationalError:
        log.warning("the workers could not be told of the new model; they load it with the next photo")
    return Outcome(read=answer, added=answer)
