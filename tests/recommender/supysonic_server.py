"""A real OpenSubsonic server (Supysonic) with real sound, for as long as a test needs it."""

from __future__ import annotations

import math
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image

NAME, PASSWORD = "ada", "a password & more"
RATE = 22_050
PIECES = (
    ("Morning Field", "The Larks", "Fields", 440.0, 0.9),
    ("Evening Field", "The Larks", "Fields", 220.0, 0.5),
    ("Night Train", "Iron Rails", "Tracks", 110.0, 4.0),
    ("夜の海", "Iron Rails", "Tracks", 330.0, 2.0),
)
SERVE = """
import sys
from wsgiref.simple_server import make_server, WSGIRequestHandler, WSGIServer
from socketserver import ThreadingMixIn
from supysonic.config import DefaultConfig
from supysonic.web import create_application
from supysonic.managers.user import UserManager
from supysonic.managers.folder import FolderManager
from supysonic.scanner import Scanner
from supysonic.db import init_database, open_connection, close_connection
folder, port, name, password = sys.argv[1:]
class Config(DefaultConfig):
    def __init__(self):
        super().__init__()
        self.BASE = dict(self.BASE, database_uri=f"sqlite:///{folder}/supysonic.db")
        self.WEBAPP = dict(self.WEBAPP, cache_dir=f"{folder}/cache", mount_webui=False)
config = Config()
init_database(config.BASE["database_uri"])
open_connection(True)
UserManager.add(name, password, admin=True)
FolderManager.add("music", f"{folder}/music")
scanner = Scanner()
scanner.queue_folder("music")
scanner.run()
close_connection()
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
make_server("127.0.0.1", int(port), create_application(config), Server, Quiet).serve_forever()
"""


@dataclass(frozen=True)
class Supysonic:
    base_url: str
    folder: Path


@contextmanager
def supysonic(folder: Path) -> Iterator[Supysonic]:
    (folder / "cache").mkdir()
    for number, piece in enumerate(PIECES):
        write_piece(folder / "music" / piece[1] / piece[2] / f"{number}.flac", piece)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(folder), str(port), NAME, PASSWORD])
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(150):
            try:
                httpx.get(f"{base}/rest/ping.view", timeout=2)
                break
            except httpx.HTTPError:
                assert process.poll() is None
                time.sleep(0.2)
        yield Supysonic(base, folder)
    finally:
        process.kill()
        process.wait()


def write_piece(path: Path, piece: tuple[str, str, str, float, float]) -> None:
    """Eight seconds of a pulsing tone as FLAC, with tags and a red cover."""
    title, artist, album, pitch, beats = piece
    import mutagen.flac
    import numpy as np
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    at = np.arange(RATE * 8) / RATE
    sound = 0.4 * np.sin(2 * math.pi * pitch * at) * (0.55 + 0.45 * np.sin(2 * math.pi * beats * at))
    soundfile.write(path, sound, RATE)
    tags = mutagen.flac.FLAC(path)
    tags.update({"title": title, "artist": artist, "album": album, "genre": "ambient", "date": "2020"})
    picture, content = mutagen.flac.Picture(), BytesIO()
    Image.new("RGB", (16, 16), "red").save(content, "JPEG")
    picture.data, picture.type, picture.mime = content.getvalue(), 3, "image/jpeg"
    tags.add_picture(picture)
    tags.save()
