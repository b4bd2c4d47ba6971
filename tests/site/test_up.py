"""``up``: one tree of programs that starts, heals and ends together."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from dylumo_site.management.commands.up import programs
from dylumo_site.ops import presence, supervisor
from dylumo_site.ops.supervisor import Console, Program, end_leftovers, supervise
from tests.site.site_copy import ROOT, Copy, eventually, kill, own_copy


@pytest.fixture(scope="module")
def same_home() -> Iterator[Copy]:
    with own_copy() as copy:
        yield copy


@pytest.fixture
def copy(same_home: Copy) -> Iterator[Copy]:
    """Nothing of it runs when a test begins, also when the one before failed half-way."""
    yield same_home
    same_home.end()


def members(copy: Copy) -> list[psutil.Process]:
    """The tree's programs (web and workers), whoever is their parent."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(supervisor.MARK) == str(copy.folder) and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            pass
    return found


HURRIED = (
    "import os, runpy, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'dylumo_site.settings'); django.setup();"
    "from dylumo_site.ops import liveness, supervisor; supervisor.PROBE_SECONDS = 1.0; liveness.ANSWER_SECONDS = 2.0;"
    "runpy.run_module('dylumo_site', run_name='__main__')"
)
"""``up`` that asks its programs often, so that three misses are soon together."""
WORDS = {"web": "web", "default": "default", "models": "models", "beat": "scheduler"}


def member(copy: Copy, word: str) -> psutil.Process:
    return min((p for p in members(copy) if word in p.cmdline()), key=lambda process: process.create_time())


@pytest.mark.slow
def test_the_tree_serves_heals_tells_of_itself_and_ends_as_a_whole(copy: Copy) -> None:
    tree = copy.up()
    assert copy.health()[1]["status"] in {"ok", "degraded"}

    second = copy.run("-m", "dylumo_site")
    assert second.returncode == 0
    assert f"already running (process {tree.pid}) at http://127.0.0.1:{copy.port}" in second.stdout

    web, worker = member(copy, "web"), member(copy, "models")
    assert web.memory_info().rss < 250 * 2**20
    web.kill()
    worker.kill()
    # a request during the web process's restart is answered by the next one
    assert copy.health(patience=120)[0] in {200, 503}
    assert eventually(lambda: any("models" in p.cmdline() and p.pid != worker.pid for p in members(copy)))

    before = copy.pids()
    for pid in before.values():
        kill(pid)
    assert eventually(lambda: copy.health()[0] == 200, 120), copy.health()
    assert all(before[name] != pid for name, pid in copy.pids().items())
    told = copy.folder / "logs" / "up.log"
    assert eventually(lambda: told.read_text().count("had stopped; it runs again.") == 2), told.read_text()

    tree.send_signal(signal.SIGTERM)
    said, _ = tree.communicate(timeout=120)
    assert tree.returncode == 0
    assert "was ended by SIGKILL; starting it again" in said
    assert "The database had stopped; it runs again." in said
    assert "Everything is stopped." in said
    assert members(copy) == []
    assert not (copy.folder / "postgres" / "postmaster.pid").exists()
    assert copy.health()[0] == 0


@pytest.mark.slow
def test_programs_that_hang_are_ended_and_started_again(copy: Copy) -> None:
    tree = copy.up("-c", HURRIED)
    redis = Redis(unix_socket_path=str(copy.folder / "redis.sock"))
    hanging = {name: member(copy, word) for name, word in WORDS.items()}
    signs = presence.KEY.format(name="*")
    # each has been seen alive once; only then may a silence be held against it
    assert eventually(lambda: len(redis.keys(signs)) == len(WORDS) - 1, 60)
    time.sleep(3)  # some probes
    for process in hanging.values():
        process.suspend()
    redis.delete(*redis.keys(signs))  # which would be gone in twenty seconds
    begun = time.monotonic()
    for name, process in hanging.items():
        log = copy.folder / "logs" / f"{name}.log"
        assert eventually(lambda log=log: "does not answer any more; ending it" in log.read_text(), 90), name
        assert eventually(lambda process=process: not process.is_running() or process.status() == "zombie", 10), name
    assert time.monotonic() - begun < 120
    assert eventually(lambda: copy.health()[0] == 200, 90), copy.health()
    tree.send_signal(signal.SIGTERM)
    assert tree.wait(120) == 0


@pytest.mark.slow
def test_what_was_kept_survives_a_kill_of_the_whole_tree(copy: Copy) -> None:
    count = ("manage.py", "shell", "-v", "0", "-c")
    people = "from accounts.models import User; "
    tree = copy.up()
    copy.run(*count, people + "User.objects.create_superuser('ann@example.com', 'x')")
    stray = member(copy, "default")
    stray.suspend()  # it cannot heed the kernel's signal: what is left over is for the next start to end
    for pid in [tree.pid, *copy.pids().values(), *(p.pid for p in members(copy) if p != stray)]:
        kill(pid)
    tree.wait()

    again = copy.up()
    assert copy.run(*count, people + "print(User.objects.get().email)").stdout.strip() == "ann@example.com"
    assert not stray.is_running() or stray.status() == "zombie"
    again.send_signal(signal.SIGINT)
    assert "that an earlier run had left behind" in again.communicate(timeout=120)[0]


@pytest.mark.slow
def test_a_command_keeps_the_services_that_the_tree_would_stop(copy: Copy) -> None:
    tree = copy.up()
    command = copy.start("-m", "dylumo_site", "shell", "-c", "import time; print('in'); time.sleep(60)")
    assert command.stdout is not None
    assert eventually(lambda: "in" in command.stdout.readline())
    tree.send_signal(signal.SIGTERM)
    assert "it stays up for it" in tree.communicate(timeout=120)[0]
    refused = copy.run("-m", "dylumo_site", "down")
    assert refused.returncode == 1
    assert "Another command uses the database" in refused.stderr
    command.kill()
    command.wait()
    assert copy.run("-m", "dylumo_site", "down").returncode == 0


def test_for_development_every_program_starts_again_when_code_changes() -> None:
    web, *workers = programs(3, reload=True)
    assert "--reload" in web.command
    for worker, usual in zip(workers, programs(3)[1:], strict=True):
        assert "watchfiles" in worker.command
        assert shlex.join(usual.command) in worker.command
        assert str(ROOT / "agents") in worker.command


@pytest.mark.slow
def test_a_taken_port_is_named_with_its_cure() -> None:
    with own_copy() as copy:
        listening = copy.start(
            "-c",
            f"import socket, time; s = socket.create_server(('127.0.0.1', {copy.port})); print('on', flush=True);"
            "time.sleep(60)",
        )
        assert listening.stdout is not None
        listening.stdout.readline()
        refused = copy.run("-m", "dylumo_site")
        listening.kill()
        listening.wait()
    assert refused.returncode == 1
    assert f"Port {copy.port} of 127.0.0.1 is taken" in refused.stderr
    assert f"DYLUMO_PORT={copy.port + 1}" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_command_from_fresh_keeps_its_standard_output_for_itself_even_when_two_start_at_once() -> None:
    with own_copy() as copy:
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "dylumo_site", "shell", "-v", "0", "-c", "print('mine')"],
                cwd=Path(__file__).resolve().parents[2],
                env=copy.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=120) for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        assert [out.strip() for out, _ in said] == ["mine", "mine"]


class Told:
    """Collects what a tree says."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, speaker: str, line: str) -> None:
        self.lines.append((speaker, line))

    def heard(self, words: str) -> bool:
        return any(words in line for _, line in self.lines)


def script(code: str) -> tuple[str, ...]:
    return (sys.executable, "-u", "-c", code)


async def ended_after(condition: object, *programs: Program, told: Told, signals: int = 1) -> None:
    """Run a tree until ``condition()`` holds, then end it by SIGTERM."""
    tree = asyncio.create_task(supervise(programs, "test", told))
    for _ in range(200):
        await asyncio.sleep(0.05)
        if condition():  # type: ignore[operator]
            break
    for _ in range(signals):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
    await asyncio.wait_for(tree, 15)


async def test_a_program_that_fails_is_started_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    told = Told()
    failing = Program("weak", script("print('here'); raise SystemExit(3)"))
    await ended_after(lambda: told.lines.count(("weak", "here")) >= 2, failing, told=told)
    assert told.heard("ended with status 3; starting it again")


async def test_a_program_that_hangs_is_ended_but_not_while_it_starts_or_nobody_can_tell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(supervisor, "PROBE_SECONDS", 0.05)
    told, probes = Told(), {"slow": 0, "dark": 0}

    def stopped(pid: int) -> bool:
        return psutil.Process(pid).status() != psutil.STATUS_STOPPED

    def slow(_pid: int) -> bool:
        probes["slow"] += 1
        return False

    def dark(_pid: int) -> None:
        probes["dark"] += 1

    hanging = "import os, signal, time; print('here'); time.sleep(0.5); os.kill(os.getpid(), signal.SIGSTOP)"
    waiting = script("import time; time.sleep(60)")
    flickers = iter([True, *[False, None] * 1000])
    programs = [
        Program("hanging", script(hanging), alive=stopped),
        Program("slow", waiting, alive=slow),
        Program("dark", waiting, alive=dark),
        Program("flickering", waiting, alive=lambda _pid: next(flickers)),  # Redis comes and goes, the program stays
    ]
    await ended_after(lambda: told.lines.count(("hanging", "here")) >= 2, *programs, told=told)
    assert ("hanging", "does not answer any more; ending it") in told.lines
    assert probes["slow"] > supervisor.PROBE_MISSES < probes["dark"]
    assert not any("does not answer" in line for name, line in told.lines if name != "hanging")


async def test_a_program_that_never_begins_to_answer_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(supervisor, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(supervisor, "SLOW_START_SECONDS", 0.3)
    told = Told()
    mute = Program("mute", script("import time; print('here'); time.sleep(60)"), alive=lambda _pid: False)
    await ended_after(lambda: told.lines.count(("mute", "here")) >= 2, mute, told=told)


async def test_a_program_that_is_done_is_left_alone_while_the_others_run() -> None:
    told = Told()
    once = Program("once", script("print('done')"), once=True)
    await ended_after(lambda: told.heard("done"), once, Program("long", script("input()")), told=told)
    assert told.lines.count(("once", "done")) == 1


async def test_a_program_that_ignores_the_signal_is_killed_after_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.3)
    told = Told()
    deaf = script("import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)")
    began = time.monotonic()
    await ended_after(lambda: told.heard("deaf"), Program("deaf", deaf), told=told)
    assert time.monotonic() - began < 10


async def test_a_second_signal_ends_everything_at_once() -> None:
    told = Told()
    deaf = script("import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)")
    began = time.monotonic()
    await ended_after(lambda: told.heard("deaf"), Program("deaf", deaf), told=told, signals=2)
    assert time.monotonic() - began < supervisor.GRACE_SECONDS


async def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    told = Told()
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(note)!r}, 'w').write(str(p.pid)); print('started');"
        "import time; time.sleep(60)"
    )
    await ended_after(lambda: told.heard("started"), Program("parent", script(code)), told=told)
    grandchild = int(note.read_text())
    assert eventually(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")


async def test_a_program_that_is_killed_alone_is_started_again_although_a_child_holds_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker's own children do: one of its group, and one that left the group."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    notes = {"child": tmp_path / "child", "stray": tmp_path / "stray"}
    code = (
        "import subprocess, sys, time; from pathlib import Path\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "child, stray = subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)\n"
        f"for path, one in (({str(notes['child'])!r}, child), ({str(notes['stray'])!r}, stray)):\n"
        "    Path(path).open('a').write(f'{one.pid}\\n')\n"
        "import os; print('runs as', os.getpid()); time.sleep(600)"
    )
    told = Told()

    def runs() -> list[int]:
        return [int(line.removeprefix("runs as ")) for _, line in told.lines if line.startswith("runs as")]

    async def killed_and_back() -> None:
        tree = asyncio.create_task(supervise([Program("parent", script(code))], "test", told))
        try:
            await until(lambda: bool(runs()))
            os.kill(runs()[0], signal.SIGKILL)
            await until(lambda: len(runs()) > 1)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await tree

    try:
        await asyncio.wait_for(killed_and_back(), 120)
        children = [int(pid) for pid in notes["child"].read_text().split()]
        assert eventually(lambda: not any(alive(pid) for pid in children))
    finally:
        for pid in notes["stray"].read_text().split():
            kill(int(pid))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.05)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_a_line_too_long_to_show_does_not_stop_the_rest() -> None:
    told = Told()
    talker = Program("talker", script("print('x' * (3 << 20)); print('after')"), once=True)
    await ended_after(lambda: told.heard("after"), talker, told=told)
    assert told.heard("too long to show")


def test_leftovers_are_found_by_their_mark_and_nothing_else_is_touched() -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours = subprocess.Popen(sleep, env={**os.environ, supervisor.MARK: "/gone"})
    other = subprocess.Popen(sleep, env={**os.environ, supervisor.MARK: "/alive"})
    try:
        assert eventually(lambda: end_leftovers("/gone") == 1)
        assert not psutil.pid_exists(ours.pid)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_lines_go_to_the_terminal_with_their_speaker_and_to_a_file_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say = Console(tmp_path / "logs")
    say("web", "hello")
    say("models", "ready")
    assert capsys.readouterr().out.splitlines() == ["web      | hello", "models   | ready"]
    assert (tmp_path / "logs" / "web.log").read_text() == "hello\n"
