"""Reading a table file line by line, whatever its packing, encoding and delimiter, past whatever is broken in it."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from recommender.library.importers.tables.columns import TableError, recognised

LINE_LIMIT = 1_000_000
RECORD_LINES = 40
"""A record that runs over more lines than this holds a quote that never closes."""

CHARACTER_LIMIT = 4_000_000_000
DELIMITERS = (",", ";", "\t", "|")
GZIP_MAGIC = b"\x1f\x8b"
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1c\x1d\x1e"))
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Skip = Callable[[str, int, str], None]
"""``skip(code, line, why)``"""


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The table as text: gzip by its first bytes, UTF-16 by its mark, else UTF-8 whose bad bytes are kept for
    ``repaired``. Raises ``TableError``."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise TableError(
            f"{path.name} cannot be read: {error.strerror or error}.",
            hint="Check the name and the permissions.",
            code="table_missing",
        ) from error
    with raw:
        stream: BinaryIO = raw
        if raw.peek(2)[:2] == GZIP_MAGIC:
            stream = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
        buffered = io.BufferedReader(stream)  # type: ignore[type-var]
        try:
            start = buffered.peek(4096)[:4096]
        except (OSError, EOFError, zlib.error) as error:
            raise TableError() from error
        if not start.strip(b"\x00\xef\xbb\xbf \r\n\t"):
            raise TableError("This file is empty.", hint="Choose another file.", code="table_empty")
        wide = start[:2] in UTF16_MARKS
        if not wide and len(start) - len(start.translate(None, CONTROL)) > len(start) // 100 + 1:
            raise TableError()
        yield io.TextIOWrapper(
            buffered,
            encoding="utf-16" if wide else "utf-8-sig",
            errors="replace" if wide else "surrogateescape",
            newline=None,
        )


def repaired(line: str) -> str:
    """A line with bytes that were no UTF-8, read again as Windows-1252, the usual other encoding of exports."""
    if line.isascii():
        return line
    try:
        line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return line


class Table:
    """A table's header and its records, numbered by the line they start on.

    ``header``: the column names. A record of several lines whose columns do not match the header is one broken
    line: reading goes on at the next line, so a stray quote never takes the lines after it along.
    """

    def __init__(self, file: TextIO, skip: Skip) -> None:
        self._file, self._skip = file, skip
        self._again: deque[tuple[int, str]] = deque()
        self._taken: list[tuple[int, str]] = []
        self._numbered = self._lines()
        first = next(((n, line) for n, line in self._numbered if line.strip()), None)
        if first is None:
            raise TableError("This file is empty.", hint="Choose another file.", code="table_empty")
        self._delimiter, self.header = _header(first[1])

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """(line, fields) of every record that is not blank."""
        reader = self._reader()
        while True:
            self._taken.clear()
            too_long = False
            try:
                fields = next(reader, [])
            except csv.Error:  # a field beyond the parser's limit
                fields, reader, too_long = [], self._reader(), True
            if not self._taken:
                return
            line = self._taken[0][0]
            if len(self._taken) > 1 and (self._unclosed() or len(fields) != len(self.header)):
                self._again.extendleft(reversed(self._taken[1:]))
                self._skip("broken_quotes", line, "a quote that does not close where the record ends")
                reader = self._reader()
            elif too_long:
                self._skip("field_too_long", line, f"a field of more than {csv.field_size_limit()} characters")
            elif fields:
                yield line, fields

    def _unclosed(self) -> bool:
        return sum(line.count('"') for _, line in self._taken) % 2 == 1

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self._delimiter)

    def _feed(self) -> Iterator[str]:
        while len(self._taken) < RECORD_LINES:
            numbered = self._again.popleft() if self._again else next(self._numbered, None)
            if numbered is None:
                return
            self._taken.append(numbered)
            yield numbered[1]

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Numbered lines of bounded length. A packed file that breaks off ends here, with a note."""
        number = characters = 0
        while True:
            number += 1
            try:
                line = self._file.readline(LINE_LIMIT)
                too_long = len(line) == LINE_LIMIT and not line.endswith("\n")
                while too_long and (rest := self._file.readline(LINE_LIMIT)):
                    characters += len(rest)
                    if rest.endswith("\n") or characters > CHARACTER_LIMIT:
                        break
            except (OSError, EOFError, zlib.error):
                self._skip("ends_early", number, "the packed file breaks off here; what came before it was read")
                return
            if not line:
                return
            characters += len(line)
            if characters > CHARACTER_LIMIT:
                raise TableError("This table is too large.", hint="Split it into parts.", code="table_too_large")
            if too_long:
                self._skip("line_too_long", number, f"a line of more than {LINE_LIMIT} characters")
                continue
            yield number, repaired(line)


def _header(line: str) -> tuple[str, list[str]]:
    """The delimiter under which the first line names most known columns, and its names."""
    try:
        candidates = [(delimiter, next(csv.reader([line], delimiter=delimiter), [])) for delimiter in DELIMITERS]
    except csv.Error as error:
        raise TableError() from error
    return max(candidates, key=lambda pair: (len(recognised(pair[1])), len(pair[1])))
