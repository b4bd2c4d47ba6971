"""How often one person, or one address of visitors, may ask; the rates are in the settings, by scope."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

log = logging.getLogger("dylumo.throttling")


class PersonThrottle(ScopedRateThrottle):
    """Counts by the view's ``throttle_scope``. While the cache is away nobody is counted, and everybody served."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except (RedisError, OSError) as error:
            log.warning("not counting requests: %s", type(error).__name__)
            return True
