"""Backup and restore: everything comes back, whatever is not a whole backup of ours does not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import settings as thorough
from hypothesis import strategies as st

from dylumo_site.ops import backup, restore, sealed_stream
from tests.site.site_copy import Copy, own_copy

DJANGO = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'dylumo_site.settings'; django.setup()\n"
FILLED = (
    DJANGO
    + """
import io
from PIL import Image
from accounts import api_tokens
from accounts.connections import credentials
from accounts.connections.music_server import WayIn
from agents.models import Conversation
from recommender.library import photos
from tests.factories import TrackFactory, TrackVectorFactory, UserFactory
person = UserFactory()
api_tokens.make(person, "phone")
credentials.keep_server(person, "subsonic", WayIn(base_url="https://music.example.org", username="me", secret="sesame"))
for shade in range(5):
    out = io.BytesIO()
    Image.new("RGB", (90, 60), (40 * shade, 20, 90)).save(out, "JPEG")
    photos.store_picture(person, out.getvalue(), f"photo {shade}.jpg")
Conversation.objects.create(owner=person)
TrackFactory(title="Größe – 大きさ")
TrackVectorFactory()
"""
)
ROWS = (
    DJANGO
    + """
import hashlib, json
from django.db import connection
told = {}
with connection.cursor() as cursor:
    for table in connection.introspection.table_names():
        cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')
        rows = [row[0] for row in cursor.fetchall()]
        told[table] = [len(rows), hashlib.sha256("\\n".join(rows).encode()).hexdigest()]
print(json.dumps(told))
"""
)


SKIPPED = ["music/back\\slash", "music/elsewhere"]


@pytest.fixture(scope="module")
def filled() -> Iterator[Copy]:
    """A copy with people, photos, sealed permissions, the editor's songs, and a file in each folder of the home."""
    with own_copy(migrated=True) as copy:
        copy.environment["DYLUMO_SONGS"] = "1"
        assert copy.run("-m", "dylumo_site", "shell", "-c", "pass").returncode == 0
        copy.python(DJANGO + "from dylumo_site import preparation; preparation.load_songs()")
        copy.python(FILLED)
        for folder in ("music", "mail", "uploads"):
            (copy.folder / folder / "deep").mkdir(parents=True)
            (copy.folder / folder / "deep" / "ä file.bin").write_bytes(folder.encode() * 500_000)
        for odd in ("no line\u2028ends here", "no\rreturn", "no UTF-8 \udcff", SKIPPED[0].removeprefix("music/")):
            (copy.folder / "music" / odd).write_bytes(odd.encode(errors="surrogateescape"))
        (copy.folder / SKIPPED[1]).symlink_to(copy.folder / "mail")
        yield copy


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dylumo-backups-"))
    yield folder
    shutil.rmtree(folder)


def rows(copy: Copy, **environment: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(copy.python(ROWS, **environment))
    return found


def files(copy: Copy) -> dict[str, str]:
    return {
        str(path.relative_to(copy.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in backup.FOLDERS
        for path in (copy.folder / folder).rglob("*")
        if path.is_file() and str(path.relative_to(copy.folder)) not in SKIPPED
    }


@pytest.mark.slow
def test_every_row_and_every_file_comes_back_on_another_machine(filled: Copy, place: Path) -> None:
    file = place / "all.backup"
    (place / "passphrase").write_text("four plain words here\n")
    secret = {"DYLUMO_BACKUP_PASSPHRASE_FILE": str(place / "passphrase")}
    made = filled.run("-m", "dylumo_site", "backup", str(file), "--json", DYLUMO_CONTACT="it's me", **secret)
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["encrypted"] and told["rows"] > 9000 and told["files"] >= 10 + 3 + 4
    assert told["skipped"] == SKIPPED
    assert file.stat().st_mode & 0o077 == 0
    assert b"photo 1.jpg" not in file.read_bytes() and b"SHA256SUMS" not in file.read_bytes()

    with own_copy() as other:
        done = other.run("-m", "dylumo_site", "restore", str(file), "--json", **secret)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {**told, "file": str(file), "skipped": []}
        assert rows(other) == rows(filled)
        assert files(other) == files(filled) and len(files(other)) >= 13
        for key in ("secret_key", "token_keys"):
            assert (other.folder / key).read_text() == (filled.folder / key).read_text()
            assert (other.folder / key).stat().st_mode & 0o077 == 0
        assert """DYLUMO_CONTACT='it'"'"'s me'""" in (other.folder / "settings.env").read_text()
        opened = "from accounts.models import *; from accounts.connections import encryption\n"
        opened += "print(encryption.unseal(ServiceCredential.objects.get().sealed))"
        assert "sesame" in other.python(DJANGO + opened)

        again = other.run("-m", "dylumo_site", "restore", str(file), **secret)
        assert again.returncode != 0 and "holds something already" in again.stderr
        wrong = own_home_refuses(file, DYLUMO_BACKUP_PASSPHRASE="three plain words")
        assert "The passphrase is wrong" in wrong
        assert "is encrypted" in own_home_refuses(file)


def own_home_refuses(file: Path, **environment: str) -> str:
    """What a fresh home says as it refuses a backup; nothing may be left in it."""
    with own_copy() as fresh:
        done = fresh.run("-m", "dylumo_site", "restore", str(file), **environment)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert not (fresh.folder / "restore.draft").exists() and not files(fresh)
        return done.stderr


@pytest.mark.slow
def test_a_database_of_ones_own_is_backed_up_and_restored_too(filled: Copy, place: Path) -> None:
    """On a server that ``DATABASE_URL`` names, here the embedded one of another copy."""
    made = "from django.db import connection as c; c.cursor().execute('CREATE DATABASE {}')"
    filled.python(DJANGO + made.format("first") + "\n" + made.format("second"))
    sockets = filled.python("from dylumo_site.ops import embedded; print(embedded.database_settings()['HOST'])")
    first, second = (f"postgresql://postgres@/{name}?host={sockets}" for name in ("first", "second"))
    assert filled.run("-m", "dylumo_site", "backup", str(place / "1.backup")).returncode == 0
    with own_copy() as one, own_copy() as two:
        done = one.run("-m", "dylumo_site", "restore", str(place / "1.backup"), DATABASE_URL=first)
        assert done.returncode == 0, done.stderr
        done = one.run("-m", "dylumo_site", "backup", str(place / "2.backup"), DATABASE_URL=first)
        assert done.returncode == 0, done.stderr
        done = two.run("-m", "dylumo_site", "restore", str(place / "2.backup"), DATABASE_URL=second)
        assert done.returncode == 0, done.stderr
        assert rows(two, DATABASE_URL=second) == rows(one, DATABASE_URL=first) == rows(filled)
        assert files(two) == files(one) == files(filled)
        assert not (two.folder / "postgres").exists()


@pytest.mark.slow
def test_a_database_with_tables_is_not_overwritten(filled: Copy, place: Path) -> None:
    file = place / "plain.backup"
    assert filled.run("-m", "dylumo_site", "backup", str(file)).returncode == 0
    with own_copy(migrated=True) as other:
        assert other.run("-m", "dylumo_site", "shell", "-c", "pass").returncode == 0
        before = rows(other)
        done = other.run("-m", "dylumo_site", "restore", str(file))
        assert done.returncode != 0 and "holds tables already" in done.stderr
        assert rows(other) == before
    taken = filled.run("-m", "dylumo_site", "backup", str(file))
    assert taken.returncode != 0 and "exists already" in taken.stderr


# --- what is not a whole backup of ours


@pytest.fixture(scope="module")
def whole(filled: Copy) -> Iterator[bytes]:
    """A small backup without a passphrase."""
    folder = Path(tempfile.mkdtemp(prefix="dylumo-backups-"))
    assert filled.run("-m", "dylumo_site", "backup", str(folder / "plain.backup")).returncode == 0
    yield (folder / "plain.backup").read_bytes()
    shutil.rmtree(folder)


def rewritten(whole: bytes, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(whole)) as source, tarfile.open(mode="w", fileobj=out) as target:
        for member in source:
            content = source.extractfile(member)
            if changed := change(member, content.read() if content else b""):
                changed[0].size = len(changed[1])
                target.addfile(changed[0], io.BytesIO(changed[1]))
    return out.getvalue()


def with_member(whole: bytes, **attributes: object) -> bytes:
    """The archive with another member in front of its sums."""

    def change(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name == "settings.env":
            for name, value in attributes.items():
                setattr(member, name, value)
        return member, b"" if member.type in {tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE} else content

    return rewritten(whole, change)


HOSTILE: dict[str, dict[str, object]] = {
    "above": {"name": "media/../../evil"},
    "absolute": {"name": "/tmp/evil"},
    "elsewhere": {"name": "postgres/pg_hba.conf"},
    "a key of another name": {"name": "keys/authorized_keys"},
    "link": {"name": "media/link", "type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
    "hard link": {"name": "media/link", "type": tarfile.LNKTYPE, "linkname": "keys/secret_key"},
    "device": {"name": "media/null", "type": tarfile.CHRTYPE},
    "twice": {"name": "database.dump"},
    "a second line": {"name": "media/a\nb"},
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.slow
def test_hostile_members_are_refused_before_anything_is_written(
    whole: bytes, kind: str, tmp_path: Path, settings: LazySettings
) -> None:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    (tmp_path / "bad.backup").write_bytes(with_member(whole, **HOSTILE[kind]))
    with pytest.raises(restore.BadBackup):
        restore.restore(tmp_path / "bad.backup")
    assert list(settings.HOME.iterdir()) == [] and not (tmp_path / "evil").exists()


def cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def without_sums(whole: bytes) -> bytes:
    return rewritten(whole, lambda member, content: None if member.name == "SHA256SUMS" else (member, content))


def flipped(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]


def missing_key(whole: bytes) -> bytes:
    return rewritten(whole, lambda member, content: None if "token_keys" in member.name else (member, content))


@pytest.mark.parametrize(
    "damage", [cut, without_sums, flipped, missing_key, lambda _: b"", lambda _: b"no tar at all" * 999]
)
@pytest.mark.slow
def test_what_is_not_whole_is_refused(
    whole: bytes, damage: Callable[[bytes], bytes], tmp_path: Path, settings: LazySettings
) -> None:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    (tmp_path / "bad.backup").write_bytes(damage(whole))
    with pytest.raises(restore.BadBackup):
        restore.restore(tmp_path / "bad.backup")
    assert list(settings.HOME.iterdir()) == []


@pytest.mark.parametrize("newer", [{"format": 2}, {"migrations": [["agents", "9999_of_the_future"]]}])
@pytest.mark.slow
def test_a_newer_backup_says_to_update(
    whole: bytes, newer: dict[str, object], tmp_path: Path, settings: LazySettings
) -> None:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()

    def change(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        return member, json.dumps(
            {**json.loads(content), **newer}
        ).encode() if member.name == "backup.json" else content

    (tmp_path / "new.backup").write_bytes(rewritten(whole, change))
    with pytest.raises(restore.NewerBackup, match="newer Dylumo"):
        restore.restore(tmp_path / "new.backup")


# --- the sealed stream


def sealed(data: bytes, passphrase: str = "open sesame") -> bytes:
    out = io.BytesIO()
    sealer = sealed_stream.Sealer(out, passphrase)
    sealer.write(data)
    sealer.finish()
    return out.getvalue()


def opened(data: bytes, passphrase: str = "open sesame") -> bytes:
    return sealed_stream.Opener(io.BytesIO(data), passphrase).read() or b""


@pytest.fixture
def cheap_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_stream, "SCRYPT_N", 2)


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2 * 2**20, 3 * 2**20 + 7])
def test_what_was_sealed_opens_whole(size: int, cheap_key: None) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert opened(sealed(data[:size])) == data[:size]


@thorough(max_examples=40, deadline=None)
@given(st.data())
def test_no_change_or_cut_of_a_sealed_stream_goes_unnoticed(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_stream, "SCRYPT_N", 2)
        patch.setattr(sealed_stream, "PIECE_BYTES", 64)
        whole = sealed(data.draw(st.binary(max_size=300)))
        place = data.draw(st.integers(len(sealed_stream.MAGIC), len(whole) - 1))
        changed = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
        for broken in (changed, whole[: max(place, 39)], whole + b"x", whole[:39] + whole[39 + 80 :]):
            if broken != whole:
                with pytest.raises(sealed_stream.CannotOpen):
                    opened(broken)
        with pytest.raises(sealed_stream.CannotOpen):
            opened(whole, "close sesame")


# --- dumps before changes of the tables, and databases from the future


@pytest.mark.slow
def test_a_dump_is_made_before_the_tables_change_and_three_are_kept(filled: Copy) -> None:
    with own_copy(migrated=True) as copy:
        assert copy.run("-m", "dylumo_site", "shell", "-c", "pass").returncode == 0
        assert not (copy.folder / "dumps").exists(), "there was nothing to lose yet"
        back = "from django.core.management import call_command; call_command('migrate', 'agents', '0006', verbosity=0)"
        (copy.folder / "dumps").mkdir()
        (copy.folder / "dumps" / "before-20200101-000000-000000.draft").write_bytes(b"its start was killed")
        for _ in range(4):
            copy.python(DJANGO + back)
            done = copy.run("-m", "dylumo_site", "shell", "-c", "pass")
            assert done.returncode == 0 and "The database as it was is kept in" in done.stderr
        dumps = sorted((copy.folder / "dumps").iterdir())
        assert len(dumps) == 3
        assert all(file.read_bytes().startswith(b"PGDMP") and file.stat().st_mode & 0o077 == 0 for file in dumps)


@pytest.mark.slow
def test_a_start_refuses_a_database_from_the_future_with_a_sentence() -> None:
    with own_copy(migrated=True) as copy:
        assert copy.run("-m", "dylumo_site", "shell", "-c", "pass").returncode == 0
        future = 'from django.db import connection as c; c.cursor().execute("INSERT INTO django_migrations (app, name, '
        future += "applied) VALUES ('feedback', '9999_of_the_future', now())\")"
        copy.python(DJANGO + future)
        for command in ([], ["recommend", "--say", "calm"]):
            done = copy.run("-m", "dylumo_site", *command)
            assert done.returncode != 0
            assert "written by a newer Dylumo" in done.stderr and "9999_of_the_future" in done.stderr
            assert "Traceback" not in done.stderr


# --- by the clock


@pytest.mark.slow
def test_backups_by_the_clock_are_made_when_due_and_the_last_few_are_kept(filled: Copy, place: Path) -> None:
    code = DJANGO + "from dylumo_site.tasks import back_up; back_up(); back_up()"
    wanted = {"DYLUMO_BACKUP_HOURS": "24", "DYLUMO_BACKUP_KEEP": "2", "DYLUMO_BACKUP_DIR": str(place / "kept")}
    filled.python(code)
    assert not (place / "kept").exists()
    for day in range(3, 0, -1):
        filled.python(code, **wanted)
        for file in (place / "kept").iterdir():
            age_by_days(file, day)
    (place / "kept" / "mine.txt").write_text("not a backup")
    for left in (".backup-killed", ".backup-of-now"):
        (place / "kept" / left).mkdir()
        (place / "kept" / left / "draft").write_bytes(b"half")
    age_by_days(place / "kept" / ".backup-killed", 2)
    filled.python(code, **wanted)
    names = sorted(file.name for file in (place / "kept").iterdir())
    assert len(names) == 4 and {"mine.txt", ".backup-of-now"} < set(names)


def age_by_days(file: Path, days: int) -> None:
    os.utime(file, (file.stat().st_mtime - days * 86400,) * 2)
