"""People who come to a split deployment: drop a photo, say a word, play a song; over whichever web process answers.

A page that loses its line comes back by itself, at another web process if need be, and asks for what it missed; so do
these. A request without an answer is sent again, as its person would press again, and counted.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import random
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
from PIL import Image

from lab.benchmarks._site import ENDS, Watch

WORDS = ("a bit slower", "happier please", "no vocals", "something calmer", "more energy", "older songs")
PAUSE_SECONDS = 0.3
"""Before a line or a request is tried again."""
GIVEN_UP_SECONDS = 120.0
"""How long a person tries."""
HTTP_CONFLICT, HTTP_TROUBLE, HTTP_TOO_MANY = 409, 500, 429
PHOTO_SIZE = (1280, 960)


class GivenUp(Exception):
    """Nobody answered for ``GIVEN_UP_SECONDS``."""


@dataclass
class Told:
    """What all people together met. Times in seconds."""

    conversations: list[UUID] = field(default_factory=list)
    """Acknowledged: answered with 201."""
    said: dict[UUID, int] = field(default_factory=dict)
    """Acknowledged words after the photo, by conversation."""
    plays: list[str] = field(default_factory=list)
    """Keys of acknowledged plays."""
    watches: dict[UUID, Watch] = field(default_factory=dict)
    first_tracks: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    """From asking to the end, as the page sees it."""
    asked_again: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    """Answers that are no answer, by status or kind of error."""
    given_up_at: list[UUID | None] = field(default_factory=list)
    """Conversations (None: before there was one) whose people waited in vain."""

    def note_refusal(self, name: str) -> None:
        self.refused[name] = self.refused.get(name, 0) + 1


def photos(count: int, seed: int) -> list[bytes]:
    """Made-up photos: coloured areas with soft borders and grain; no two alike."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        areas = generator.integers(0, 256, (6, 8, 3)).astype(np.uint8)
        large = np.asarray(Image.fromarray(areas).resize(PHOTO_SIZE, Image.Resampling.BICUBIC), dtype=np.int16)
        grain = generator.integers(-6, 7, large.shape, dtype=np.int16)
        out = io.BytesIO()
        Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
        made.append(out.getvalue())
    return made


class Person:
    """Somebody with a browser's cookies. ``webs``: addresses of the web processes, as a balancer knows them."""

    def __init__(self, webs: Sequence[str], told: Told, dice: random.Random) -> None:
        self.webs, self.told, self.dice = list(webs), told, dice
        self.at = dice.randrange(len(self.webs))
        self.client = httpx.AsyncClient(timeout=30.0, trust_env=False)

    async def visit(self, photo: bytes, words: int = 1) -> None:
        """Everything one person does, from coming to leaving."""
        conversation = None
        try:
            await self._asked("GET", "/")
            sent = time.perf_counter()
            answer = await self._asked("POST", "/start/", files={"picture": ("photo.jpg", photo, "image/jpeg")})
            conversation = UUID(answer.json()["url"].rstrip("/").rpartition("/")[2])
            self.told.conversations.append(conversation)
            self.told.watches[conversation] = watch = Watch()
            async with self._following(conversation, watch):
                await self._until_end(watch, 1, sent)
                if shown := watch.first(("tracks",)):
                    self.told.first_tracks.append(shown - sent)
                for number in range(words):
                    sent = time.perf_counter()
                    await self._say(conversation)
                    await self._until_end(watch, 2 + number, sent)
                await self._play(conversation)
        except (GivenUp, TimeoutError):
            self.told.given_up_at.append(conversation)
        finally:
            await self.client.aclose()

    async def _until_end(self, watch: Watch, turn: int, sent: float) -> None:
        async with asyncio.timeout(GIVEN_UP_SECONDS):
            self.told.ends.append(await watch.until(turn, ENDS) - sent)

    async def _say(self, conversation: UUID) -> None:
        # A conflict after a lost answer: it was heard the first time.
        words = {"text": self.dice.choice(WORDS)}
        await self._asked("POST", f"/c/{conversation}/say/", fine=(HTTP_CONFLICT,), data=words)
        self.told.said[conversation] = self.told.said.get(conversation, 0) + 1

    async def _play(self, conversation: UUID) -> None:
        page = await self._asked("GET", f"/c/{conversation}/list/")
        if not (tracks := re.findall(r'data-track="(\d+)"', page.text)):
            return
        key = str(uuid4())
        played = {"track": tracks[0], "kind": "played", "seconds": "30", "share": "1", "event_key": key}
        await self._asked("POST", "/reactions/", data=played)
        self.told.plays.append(key)

    async def _asked(self, method: str, path: str, fine: Sequence[int] = (), **what: Any) -> httpx.Response:
        """The answer, whoever gives it; asked again while there is none, or only trouble. Raises GivenUp; httpx's
        HTTPStatusError for a refusal that is not ``fine``."""
        give_up = time.monotonic() + GIVEN_UP_SECONDS
        for attempt in itertools.count():
            headers = {"Accept": "application/json", "X-CSRFToken": self.client.cookies.get("csrftoken") or ""}
            try:
                answer = await self.client.request(method, self.webs[self.at] + path, headers=headers, **what)
                if answer.status_code < HTTP_TROUBLE and answer.status_code != HTTP_TOO_MANY:
                    self.told.asked_again += attempt > 0
                    if answer.is_error and answer.status_code not in fine:
                        answer.raise_for_status()
                    return answer
                self.told.note_refusal(str(answer.status_code))
            except httpx.TransportError as error:
                self.told.note_refusal(type(error).__name__)
            if time.monotonic() > give_up:
                raise GivenUp(path)
            self.at = (self.at + 1) % len(self.webs)
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("it counts without end")

    @asynccontextmanager
    async def _following(self, conversation: UUID, watch: Watch) -> AsyncIterator[None]:
        """A socket on the conversation while inside, opened again whenever it is lost."""
        following = asyncio.create_task(self._follow(conversation, watch))
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    async def _follow(self, conversation: UUID, watch: Watch) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)
        for web in itertools.cycle([*self.webs[self.at :], *self.webs[: self.at]]):
            seen = watch.frames[-1]["seq"] if watch.frames else 0
            address = f"{web.replace('http', 'ws', 1)}/ws/conversations/{conversation}/?last_seq={seen}"
            headers = {"Cookie": cookies, "Origin": web}
            with suppress(OSError, TimeoutError, WebSocketException):
                async with connect(address, additional_headers=headers, open_timeout=10, proxy=None) as line:
                    async for message in line:
                        await watch.take(json.loads(message))
            await asyncio.sleep(PAUSE_SECONDS)


async def keep_coming(
    webs: Sequence[str],
    told: Told,
    pictures: Sequence[bytes],
    *,
    at_once: int,
    seed: int,
    over: asyncio.Event,
    pause: float = 0.0,
) -> None:
    """``at_once`` people at any time, each followed by the next after about ``pause`` seconds, until ``over`` is set;
    whoever is there then ends what they are at."""
    numbers = itertools.count()

    async def one_after_another(dice: random.Random) -> None:
        await asyncio.sleep(dice.uniform(0, pause))
        while not over.is_set():
            await Person(webs, told, dice).visit(pictures[next(numbers) % len(pictures)])
            await asyncio.sleep(dice.uniform(0, 2 * pause))

    await asyncio.gather(*(one_after_another(random.Random(f"{seed} {place}")) for place in range(at_once)))
