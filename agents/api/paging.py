"""Long answers in pages."""

from __future__ import annotations

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

LARGEST_PAGE = 200
LARGEST_OFFSET = 2**31 - 1


class Pages(LimitOffsetPagination):
    """``?limit=`` up to 200; more is taken for 200, and an offset beyond all rows for the end."""

    max_limit = LARGEST_PAGE

    def get_offset(self, request: Request) -> int:
        return min(super().get_offset(request), LARGEST_OFFSET)
