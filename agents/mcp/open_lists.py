"""The lists that assistants are working on, in memory: each person's last ones, and nobody else's."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from accounts.models import User
from agents.conversations.in_memory import LocalTeam, Talk
from core.errors import NotFound

MOST_EACH = 20
MOST = 400


class NoSuchList(NotFound):
    code = "no_such_list"
    message = "There is no list of this id any more, or it is not yours."
    hint = f"Make one with recommend. The last {MOST_EACH} are kept while the server runs."


@dataclass(frozen=True)
class OpenList:
    talk: Talk
    team: LocalTeam


class OpenLists:
    """By person and id, the least recently used first."""

    def __init__(self) -> None:
        self._lists: OrderedDict[tuple[int | None, str], OpenList] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, person: User | None, made: OpenList) -> str:
        """Its id. The oldest goes when there are too many."""
        owner, list_id = person.pk if person else None, secrets.token_urlsafe(9)
        with self._lock:
            own = [key for key in self._lists if key[0] == owner]
            for key in [*own[: len(own) + 1 - MOST_EACH], *list(self._lists)[: len(self._lists) + 1 - MOST]]:
                self._lists.pop(key, None)
            self._lists[owner, list_id] = made
        return list_id

    def of(self, person: User | None, list_id: str) -> OpenList:
        """Raises NoSuchList, also for somebody else's."""
        key = (person.pk if person else None, list_id)
        with self._lock:
            if key not in self._lists:
                raise NoSuchList
            self._lists.move_to_end(key)
            return self._lists[key]
