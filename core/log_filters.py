"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

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
