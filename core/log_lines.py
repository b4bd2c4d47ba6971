"""What must not stand in a log, and how it is written for programs."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from core import trace

IN_PATHS = re.compile(r"(/(?:together|s|embed|study|password/reset/key|confirm-email)/)[^/\s?'\"]+")
"""Addresses that let in whoever reads them: invitations, shared lists, and the links in letters."""
IN_QUERIES = re.compile(r"([?&](?:invitation|token|key|code|state)=)[^&\s'\"]+")


class TokenFreeFormatter(logging.Formatter):
    """Takes live invitations and codes out of the addresses in a line and in its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


def hidden(text: str) -> str:
    return IN_QUERIES.sub(r"\1…", IN_PATHS.sub(r"\1…", text))


class JsonLines(logging.Formatter):
    """One JSON object a line: only what is named here, because whatever else a library attaches may hold secrets."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": hidden(record.getMessage()),
            "process": record.process,
            **trace.told(),
        }
        if record.exc_info:
            told["error"] = hidden(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)
