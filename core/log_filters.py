"""What must not stand in a log, and how it is written for programs."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from core import trace

IN_PATHS = re.compile(r"(/(?:together|s|study)/)[^/\s?'\"]+")
"""Addresses that are invitations: whoever reads one may come in."""
IN_QUERIES = re.compile(r"([?&](?:invitation|token|key|code|state)=)[^&\s'\"]+")


class HideTokens(logging.Filter):
    """Takes live invitations and codes out of the addresses in a line, and out of its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = hidden(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = hidden(record.exc_text)
        return True


def hidden(text: str) -> str:
    return IN_QUERIES.sub(r"\1…", IN_PATHS.sub(r"\1…", text))


class JsonLines(logging.Formatter):
    """One JSON object a line: only what is named here, because whatever else a library attaches may hold secrets."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **trace.told(),
        }
        if record.exc_text or record.exc_info:
            told["error"] = record.exc_text or hidden(self.formatException(record.exc_info))  # type: ignore[arg-type]
        return json.dumps(told, ensure_ascii=False)
