"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

IN_PATHS = re.compile(r"(/(?:together|s|embed|study|password/reset/key|confirm-email)/)[^/\s?'\"]+")
"""Addresses that let in whoever reads them: invitations, shared lists, and the links in letters."""
IN_QUERIES = re.compile(r"([?&](?:invitation|token|key|code|state)=)[^&\s'\"]+")


class TokenFreeFormatter(logging.Formatter):
    """Takes live invitations and codes out of the addresses in a line and in its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


def hidden(text: str) -> str:
    return IN_QUERIES.sub(r"\1…", IN_PATHS.sub(r"\1…", text))
