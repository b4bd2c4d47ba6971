"""A session for client libraries that bring ``requests``: as polite, bounded and clear about failures as ``wire``."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import requests
import urllib3

from recommender.services import http, rate_limit
from recommender.services.protocol import Garbled, Unreachable


class PoliteSession(requests.Session):
    """Sends each request once and without following redirects; raises ServiceError for everything but a success, so
    that the library's own retrying, sleeping and logging never begin. ``address`` may change where it is sent."""

    def __init__(
        self,
        service: str,
        patience: float,
        parse_error: http.ErrorParser = lambda _status, _answer: None,
        address: Callable[[str], str] = str,
    ) -> None:
        super().__init__()
        self.service, self.patience, self.parse_error, self.address = service, patience, parse_error, address
        self.headers["User-Agent"] = rate_limit.user_agent()

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        with http.counted(self.service):
            return self._asked(method, url, *args, **options)

    def _asked(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        give_up = time.monotonic() + self.patience
        rate_limit.acquire(self.service, self.patience)
        options |= {"allow_redirects": False, "stream": True, "timeout": max(give_up - time.monotonic(), 0.05)}
        try:
            with super().request(method, self.address(str(url)), *args, **options) as response:
                data = self._read(response, give_up)
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError) as error:
            raise Garbled(self.service) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(self.service) from error
        is_json = "json" in response.headers.get("Content-Type", "json")
        if is_json or not response.ok:
            http.parse_response(self.service, response.status_code, response.headers, data, self.parse_error)
        return _copy(response, data)

    def _read(self, response: requests.Response, give_up: float) -> bytes:
        data = bytearray()
        while chunk := response.raw.read1(64 * 1024, decode_content=True):  # as it comes: an answer may dribble
            data += chunk
            if len(data) > http.LARGEST_ANSWER:
                raise Garbled(self.service)
            if time.monotonic() > give_up:
                raise Unreachable(self.service)
        return bytes(data)


def _copy(response: requests.Response, data: bytes) -> requests.Response:
    """The same answer with its body in memory."""
    whole = requests.Response()
    whole.status_code, whole.headers, whole.url = response.status_code, response.headers, response.url
    whole.request, whole.encoding, whole.reason = response.request, response.encoding, response.reason
    whole.raw = io.BytesIO(data)
    return whole
