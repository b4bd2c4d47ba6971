"""A stream of bytes under a passphrase: nobody reads it without, and no change or cut goes unnoticed.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015, https://eprint.iacr.org/2015/189) over ChaCha20-Poly1305: pieces of
1 MiB, each sealed with a nonce of 7 random bytes, its number in 4 and a last one that says whether it is the end, and
with the head as associated data. The key comes from the passphrase by scrypt (RFC 7914).
"""

from __future__ import annotations

import io
import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import BadInput

MAGIC = b"dylumo sealed 1\n"
SALT_BYTES, PREFIX_BYTES, TAG_BYTES = 16, 7, 16
PIECE_BYTES = 2**20
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 1
"""64 MiB and some tenths of a second for each guess at a passphrase."""


class CannotOpen(BadInput):
    code = "cannot_open"
    message = "The passphrase is wrong, or the file was damaged or changed."
    hint = "Check the passphrase; if it is right, use another copy of the file."


class CutShort(CannotOpen):
    code = "cut_short"
    message = "The file was damaged or changed after it was made, or its end is missing."
    hint = "Use another copy of it."


def _cipher(passphrase: str, salt: bytes) -> ChaCha20Poly1305:
    stretched = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase.encode())
    return ChaCha20Poly1305(stretched)


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


class Sealer(io.RawIOBase):
    """Writes to ``out`` what is written to it, sealed. Only ``finish`` makes it whole."""

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        self.out, self.number, self.waiting = out, 0, bytearray()
        salt, self.prefix = os.urandom(SALT_BYTES), os.urandom(PREFIX_BYTES)
        self.head = MAGIC + salt + self.prefix
        self.cipher = _cipher(passphrase, salt)
        out.write(self.head)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.waiting += data
        while len(self.waiting) > PIECE_BYTES:  # the last piece is known for the last only when it is finished
            self._seal(bytes(self.waiting[:PIECE_BYTES]), last=False)
            del self.waiting[:PIECE_BYTES]
        return len(data)

    def finish(self) -> None:
        self._seal(bytes(self.waiting), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self.out.write(self.cipher.encrypt(_nonce(self.prefix, self.number, last=last), piece, self.head))
        self.number += 1


class Opener(io.RawIOBase):
    """Reads what a ``Sealer`` wrote, from ``source`` at its beginning. Reading raises CannotOpen."""

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self.source, self.number, self.open = source, 0, b""
        self.head = source.read(len(MAGIC) + SALT_BYTES + PREFIX_BYTES)
        self.prefix = self.head[-PREFIX_BYTES:]
        self.cipher = _cipher(passphrase, self.head[len(MAGIC) : -PREFIX_BYTES])
        self.next = source.read(PIECE_BYTES + TAG_BYTES)
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self.open and not self.ended:
            self._open_piece()
        given = self.open[: len(buffer)]
        buffer[: len(given)] = given
        self.open = self.open[len(given) :]
        return len(given)

    def _open_piece(self) -> None:
        sealed, self.next = self.next, self.source.read(PIECE_BYTES + TAG_BYTES)
        self.ended = not self.next
        try:
            self.open = self.cipher.decrypt(_nonce(self.prefix, self.number, last=self.ended), sealed, self.head)
        except InvalidTag:
            raise (CutShort if self.number else CannotOpen) from None
        self.number += 1


def is_sealed(source: IO[bytes]) -> bool:
    """Whether a ``Sealer`` wrote this; ``source`` stands at its beginning before and after."""
    found = source.read(len(MAGIC))
    source.seek(0)
    return found == MAGIC
