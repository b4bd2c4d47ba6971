"""The catalogue's verbs: start a job, run it here or hand it to a worker, and the demonstration library on demand."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import ServiceCredential, User
from core.errors import DylumoError
from recommender.library.analysis import reanalyze, remote_tracks
from recommender.library.importers import box_music, demo_music, editor_songs, folders
from recommender.library.importers.tables import importer
from recommender.library.jobs import state
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Cancelled, Later, OnStep, Progress
from recommender.library.vectors import cross_modal, store, text
from recommender.models import LibraryJob, ServicePlaylist, Track
from recommender.perception.cross_modal.model import bridge_of
from recommender.perception.weights import downloads, hub, loaders
from recommender.perception.weights.loaders import TEXT_DIMENSIONS, TEXT_SPACE
from recommender.perception.weights.manifest import LITE
from recommender.services import registry

log = logging.getLogger(__name__)

Kind = LibraryJob.Kind
BRINGS_TRACKS = frozenset((Kind.TABLE, Kind.SCAN, Kind.IMPORT, Kind.DEMO, Kind.BOX, Kind.HISTORY))
"""Jobs after which tracks may be there of which the editor knows something."""
MAY_WANT_VECTORS = BRINGS_TRACKS - {Kind.HISTORY} | {Kind.FEATURES, Kind.AGAIN}
WAIT_SECONDS = 0.5
FULL = {"full": hub.SENSES, "pictures": ("pictures",)}
"""By the argument of a job of kind ``models``: for which senses it fetches the full tier's models; without an argument
it fetches the lite tier."""


def queue_of(job: LibraryJob) -> str:
    """Only text vectors load a model into the worker; sound is heard in processes of the job's own."""
    return "models" if job.kind == Kind.VECTORS and not job.argument else "default"


def start(kind: LibraryJob.Kind, argument: str = "", owner: User | None = None) -> LibraryJob:
    """The open job of this kind, argument and owner; a new one is announced to the workers on commit."""
    job, made = state.open_job(kind, argument, owner)
    if made:
        announce(job)
    return job


def announce(job: LibraryJob) -> None:
    """Tell the workers, once this transaction is committed. A broker that is away only delays the job: ``sweep``
    announces it again."""

    def send() -> None:
        from celery import current_app
        from kombu.exceptions import OperationalError

        try:
            current_app.send_task(
                "recommender.tasks.run_job", [str(job.pk)], queue=queue_of(job), retry=False, ignore_result=True
            )
        except OperationalError:
            log.warning("job %s could not be announced and waits for the next sweep", job.pk)

    transaction.on_commit(send)


def sweep() -> int:
    """Bring jobs of lost workers back and announce what waits; how many were announced."""
    waiting = state.requeue_lost()
    for job in waiting:
        announce(job)
    return len(waiting)


def run(job_id: UUID) -> None:
    """A worker's turn at a job; nothing when another worker has it. An expected failure is recorded, not raised."""
    job = state.claim(job_id)
    if job is None:
        return
    try:
        finished = _work(job, Progress(job))
    except DylumoError as error:
        log.warning("job %s (%s): %s", job.pk, job.kind, error)
        return
    if not finished:
        job.refresh_from_db(fields=["not_before"])
        if job.not_before is None:  # else the sweep announces it when it is due
            announce(job)
        return
    if job.kind == Kind.MODELS:
        start_hearing_again()
    if job.kind == Kind.IMPORT and registry.INFOS[job.argument].can.analysis:
        start(Kind.FEATURES, job.argument, job.owner)
    if job.kind == Kind.FEATURES and job.owner and remote_tracks.unheard(job.owner, job.argument).exists():
        start(Kind.FEATURES, job.argument, job.owner)  # something came while the job was ending
    if job.kind in MAY_WANT_VECTORS:
        start_vectors()


def refresh_libraries() -> int:
    """Start an import for each connected service whose playlists were brought in before; how many."""
    usable = ServicePlaylist.objects.filter(credential__status__in=ServiceCredential.USABLE)
    brought_in = usable.exclude(kind=ServicePlaylist.Kind.KEPT)
    pairs = brought_in.order_by().values_list("owner", "service").distinct()
    people = User.objects.in_bulk({owner for owner, _ in pairs})
    for owner, service in pairs:
        start(Kind.IMPORT, service, people[owner])
    return len(pairs)


def run_here(
    kind: LibraryJob.Kind,
    argument: str = "",
    owner: User | None = None,
    *,
    on_step: OnStep | None = None,
    on_error: folders.OnError | None = None,
) -> LibraryJob:
    """Do a job in this process, or wait for the process that is already doing it; the finished job.

    Raises what stopped it: ``TableError``, ``FolderError``, ``Cancelled`` ...
    """
    job, _ = state.open_job(kind, argument, owner)
    while True:
        if claimed := state.claim(job.pk):
            _work(claimed, Progress(claimed, on_step), on_error)
        job.refresh_from_db()
        if job.state == LibraryJob.State.DONE:
            return job
        if job.error:
            raise DylumoError(job.error["message"], hint=job.error["hint"], code=job.error["code"])
        if claimed is None:
            if on_step:
                on_step(job.done, job.total, "")
            state.requeue_lost()
            time.sleep(WAIT_SECONDS)


def start_vectors() -> None:
    """Have workers write the vectors that are missing: of tracks' words, and of bridges, which may be trained anew."""
    if text.without_vector().exists():
        start(Kind.VECTORS)
    for tier in cross_modal.wanting():
        start(Kind.VECTORS, tier)


def write_vectors_here(on_step: OnStep | None = None) -> None:
    """Write the text vectors that are missing in this process, which loads the sentence encoder."""
    if text.without_vector().exists():
        run_here(Kind.VECTORS, on_step=on_step)


def start_models() -> None:
    """Have a worker fetch what is missing of the lite tier."""
    if any(one.state != "whole" for one in downloads.held(loaders.model_folder(), LITE)):
        start(Kind.MODELS)


def start_box_music() -> None:
    """Have a worker hear what is missing of the music in the box."""
    if box_music.missing():
        start(Kind.BOX)


def start_hearing_again() -> None:
    """Have a worker hear what was heard in a lower tier than is on disk now."""
    if reanalyze.behind().exists():
        start(Kind.AGAIN)


def ensure_demo_library(on_step: OnStep | None = None) -> None:
    """Something to recommend: makes the demonstration library when the shared catalogue is empty."""
    if not Track.objects.visible_to(None).filter(missing_since=None, profile__isnull=False).exists():
        run_here(Kind.DEMO, on_step=on_step)
        write_vectors_here(on_step)


def _work(job: LibraryJob, progress: Progress, on_error: folders.OnError | None = None) -> bool:
    """Do a claimed job and record how it ended. False when it only made room and has more to do."""
    try:
        with state.beating(job):
            outcome = _outcome(job, progress, on_error)
    except Later as later:
        state.make_room(job, later)
        return False
    except DylumoError as error:
        state.fail(job, error)
        raise
    except (KeyboardInterrupt, SystemExit):
        state.fail(job, Cancelled())
        raise
    except Exception:
        state.fail(job, DylumoError())
        raise
    if outcome is None:
        state.make_room(job)
        return False
    if job.kind in BRINGS_TRACKS:
        editor_songs.annotate()
    state.finish(job, outcome)
    return True


def _outcome(job: LibraryJob, progress: Progress, on_error: folders.OnError | None) -> Outcome | None:
    """None when there is more to do in another turn."""
    if do := _further.get(job.kind):
        return do(job, progress)
    match job.kind:
        case Kind.TABLE:
            return importer.import_table(Path(job.argument), job.owner, progress)
        case Kind.SCAN:
            return folders.scan_folder(Path(job.argument), job.owner, progress, on_error=on_error)
        case Kind.DEMO:
            return demo_music.build(progress)
        case Kind.BOX:
            return box_music.build(progress, processes=1)  # the first list needs the other cores more
        case Kind.IMPORT | Kind.FEATURES | Kind.HISTORY if job.owner:
            return _personal(job, job.owner, progress)
        case Kind.AGAIN:
            return reanalyze.analyze_batch(job, progress)
        case Kind.VECTORS if job.argument:
            return _write_bridge_vectors(job.argument, progress)
        case Kind.MODELS:
            return _fetch_full(FULL[job.argument], progress) if job.argument else _fetch_models(progress)
    return _write_text_vectors(job, progress)


Work = Callable[[LibraryJob, Progress], Outcome | None]
_further: dict[str, Work] = {}


def register(kind: Kind, do: Work) -> None:
    """Let a room above this one do the jobs of a kind; called once, when Django is ready."""
    _further[kind] = do


def _personal(job: LibraryJob, owner: User, progress: Progress) -> Outcome | None:
    """The jobs that need the person's own door to a service, or their own file."""
    from recommender.library.importers import listening_history, service_library

    match job.kind:
        case Kind.HISTORY:
            return listening_history.import_upload(job.argument, owner, progress)
        case Kind.FEATURES:
            return remote_tracks.analyze_batch(owner, registry.service_for(owner, job.argument), job, progress)
    return service_library.import_library(owner, registry.service_for(owner, job.argument), job, progress)


def _fetch_models(progress: Progress) -> Outcome:
    """The lite tier's files; steps count bytes."""
    fetched = downloads.fetch(loaders.model_folder(), LITE, on_bytes=progress.step, mirror=settings.MODELS_URL)
    return Outcome(read=len(LITE), added=len(fetched), unchanged=len(LITE) - len(fetched))


def _fetch_full(senses: tuple[str, ...], progress: Progress) -> Outcome:
    """The full tier's weights; steps count bytes."""
    fetched = hub.fetch_all(senses, progress.step)
    return Outcome(read=len(senses), added=len(fetched), unchanged=len(senses) - len(fetched))


def _write_bridge_vectors(tier: str, progress: Progress) -> Outcome:
    bridge = bridge_of(tier)
    written = cross_modal.build(bridge, progress.step) if bridge else 0
    return Outcome(read=written, added=written)


def _write_text_vectors(job: LibraryJob, progress: Progress) -> Outcome | None:
    """One slice a turn. The index is made before the vectors: filling it as they come blocks nobody."""
    total = job.total
    if not total:
        total = text.without_vector().count()
        store.ensure_index(store.space(TEXT_SPACE, TEXT_DIMENSIONS), expected=total)
    written = text.write_slice()
    done = job.done + written
    progress.step(done, max(total, done))
    return None if written == text.SLICE else Outcome(read=done, added=done)
