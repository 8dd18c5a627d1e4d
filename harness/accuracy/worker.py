"""The evaluating child process: decodes every image once and scores all models of a job on it.

A native runtime can crash or hang; then only this process is lost. What it says
is described in module `job`. Native libraries print to standard output as they
please, so its lines go to a private copy of it and descriptor 1 is pointed at
descriptor 2. The process ends when its standard input is closed: it never
outlives its parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.accuracy.decode import decode_image
from harness.accuracy.inputs import InputMaker
from harness.accuracy.job import Activity, Job, ModelJob, pack_array, read_job
from harness.accuracy.preprocess import InputSpec, describe_preprocess, input_spec
from harness.accuracy.runtimes import CannotRun, Session, evidence, open_session
from harness.accuracy.topk import Scores, dequantize, output_problem, top_k
from harness.errors import ImageError, ModelError
from harness.records.vocabulary import Delegate, Runtime, Status

__all__ = ["main"]

CHUNK = 16
"""Most images that a thread takes at once. Each model then runs that often in a row, with warm caches."""

_SWITCH_INTERVAL_S = 0.0005
"""Python's 5 ms would let one thread's small steps hold up another thread's next invoke."""

_CRASH_EXIT = 70


@dataclass(frozen=True)
class _Loaded:
    session: Session
    spec: InputSpec


class _Refused(Exception):
    """A model that cannot be scored, with the status that gives it."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Pipe:
    """The parent's end of the conversation, shared by all threads."""

    def __init__(self) -> None:
        self._descriptor = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, **message: object) -> None:
        line = memoryview((json.dumps(message, separators=(",", ":")) + "\n").encode())
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]


class _Evaluation:
    """The state that the threads share: which images are taken, which models are given up."""

    def __init__(self, job: Job, pipe: _Pipe) -> None:
        self.job = job
        self.pipe = pipe
        self.state = np.memmap(job.state_path, np.int32, "r+", shape=(job.threads, 2))
        self.given_up: set[int] = set()
        self._chunks = _chunks(len(job.images), job.threads)
        self._lock = threading.Lock()
        self._announced: set[int] = set()

    def next_chunk(self) -> Sequence[int] | None:
        with self._lock:
            return next(self._chunks, None)

    def announce(self, model: int, loaded: _Loaded) -> None:
        """Tell the parent of a model the first time a thread has loaded it."""
        with self._lock:
            if model in self._announced:
                return
            self._announced.add(model)
        session = loaded.session
        self.pipe.send(
            loaded=model,
            delegate=session.delegate,
            shortfall=session.shortfall,
            outputs=session.output.shape[-1],
            preprocess=describe_preprocess(loaded.spec),
        )

    def give_up(self, model: int, status: Status, reason: str) -> None:
        """Tell the parent once that a model cannot be scored; no thread goes on with it."""
        with self._lock:
            if model in self.given_up:
                return
            self.given_up.add(model)
        self.pipe.send(refused=model, status=status, reason=reason)


class _Thread:
    """One thread with its own interpreters."""

    def __init__(self, number: int, evaluation: _Evaluation) -> None:
        self._evaluation = evaluation
        self._state = evaluation.state[number]
        self._loaded: dict[int, _Loaded] = {}

    def run(self) -> None:
        try:
            self._work()
        except BaseException:
            # A bug or no memory: the parent must not wait for the other threads.
            traceback.print_exc()
            os._exit(_CRASH_EXIT)

    def _work(self) -> None:
        chunk = self._evaluation.next_chunk()
        if chunk is None:
            return
        self._load_models()
        inputs = InputMaker((each.spec for each in self._loaded.values()), slots=CHUNK)
        while chunk is not None:
            self._score_chunk(chunk, inputs)
            chunk = self._evaluation.next_chunk()
        self._about_to(Activity.NOTHING)

    def _about_to(self, activity: Activity, number: int = 0) -> None:
        self._state[:] = activity, number

    def _load_models(self) -> None:
        # One file fed in several ways is loaded once.
        sessions: dict[tuple[str, Delegate], Session] = {}
        for number, model in enumerate(self._evaluation.job.models):
            if number in self._evaluation.given_up:
                continue
            self._about_to(Activity.LOADING, number)
            try:
                self._loaded[number] = _load(model, self._evaluation.job.runtime, sessions)
            except _Refused as error:
                self._evaluation.give_up(number, error.status, str(error))
            else:
                self._evaluation.announce(number, self._loaded[number])

    def _score_chunk(self, chunk: Sequence[int], inputs: InputMaker) -> None:
        for number in self._evaluation.given_up & self._loaded.keys():
            del self._loaded[number]
        if self._evaluation.job.models and not self._loaded:
            return
        images = self._decode(chunk, inputs)
        if not images:
            return
        by_outputs: dict[int, dict[int, Scores]] = defaultdict(dict)
        for number, loaded in self._loaded.items():
            scores = self._run(number, loaded, inputs, len(images))
            if scores is not None:
                by_outputs[scores.shape[1]][number] = scores
        for scores_by_model in by_outputs.values():
            self._send_best(images, scores_by_model)

    def _decode(self, chunk: Sequence[int], inputs: InputMaker) -> list[int]:
        """Fill the first slots with the images that can be decoded; returns those images."""
        job = self._evaluation.job
        decoded: list[int] = []
        for image in chunk:
            self._about_to(Activity.DECODING, image)
            try:
                path = os.path.join(job.image_root, job.images[image])  # noqa: PTH118
                pixels = decode_image(path, job.exif)
            except ImageError as error:
                self._evaluation.pipe.send(excluded=image, reason=error.message)
            else:
                inputs.fill(len(decoded), pixels)
                decoded.append(image)
        return decoded

    def _run(self, number: int, loaded: _Loaded, inputs: InputMaker, count: int) -> Scores | None:
        """Raw scores [images, classes]; None where the model had to be given up."""
        self._about_to(Activity.RUNNING, number)
        output = loaded.session.output
        scores: Scores = np.empty((count, output.shape[-1]), output.dtype)
        try:
            for slot in range(count):
                scores[slot] = loaded.session.run(inputs.tensor(loaded.spec, slot))
        except (RuntimeError, ValueError) as error:
            reason = f"it failed at invoke: {evidence(error)}"
        else:
            if scores.dtype.kind != "f" or not np.isnan(scores).any():
                return scores
            reason = "its output holds NaN"
        self._evaluation.give_up(number, Status.FAILED, reason)
        return None

    def _send_best(self, images: list[int], scores_by_model: dict[int, Scores]) -> None:
        """Rank the outputs of all models with equally many classes at once: cold code runs less often."""
        best = top_k(np.concatenate(list(scores_by_model.values())))
        best = best.reshape(len(scores_by_model), len(images), -1)
        real = [
            _dequantized(scores, indices, self._loaded[number].session)
            for (number, scores), indices in zip(scores_by_model.items(), best, strict=True)
        ]
        self._evaluation.pipe.send(
            scored=list(scores_by_model),
            images=images,
            indices=pack_array(best.astype(np.int32)),
            scores=pack_array(np.stack(real)),
        )


def _dequantized(
    scores: Scores, indices: np.ndarray[Any, Any], session: Session
) -> np.ndarray[Any, np.dtype[np.float32]]:
    picked = np.take_along_axis(scores, indices, axis=1)
    return dequantize(picked, session.output.scale, session.output.zero_point)


def _load(model: ModelJob, runtime: Runtime, sessions: dict[tuple[str, Delegate], Session]) -> _Loaded:
    try:
        session = sessions.get((model.path, model.delegate))
        if session is None:
            session = open_session(
                model.path, runtime, model.delegate, scores=model.scores, size=model.preprocess.size
            )
            sessions[model.path, model.delegate] = session
        spec = input_spec(model.preprocess, session.input)
    except CannotRun as error:
        raise _Refused(Status.UNSUPPORTED, str(error)) from error
    except ModelError as error:
        raise _Refused(Status.UNSUPPORTED, error.message) from error
    except (RuntimeError, ValueError, ImportError, OSError) as error:
        raise _Refused(Status.FAILED, f"it cannot be loaded: {evidence(error)}") from error
    problem = output_problem(session.output)
    if problem is not None:
        raise _Refused(Status.UNSUPPORTED, problem)
    return _Loaded(session, spec)


def _chunks(images: int, threads: int) -> Iterator[range]:
    """Runs of images, smaller towards the end so that the threads finish together."""
    start = 0
    while start < images:
        size = max(1, min(CHUNK, (images - start) // (4 * threads)))
        yield range(start, start + size)
        start += size


def _end_with_parent() -> None:
    """Wait until the parent closes its end of standard input, by will or by death."""
    while os.read(0, 4096):
        pass
    os._exit(1)


def main(job_path: str) -> None:
    """Carry out the job of a file and end the process."""
    # Ctrl-C reaches the whole process group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    pipe = _Pipe()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    evaluation = _Evaluation(read_job(Path(job_path)), pipe)
    threads = [threading.Thread(target=_Thread(n, evaluation).run) for n in range(evaluation.job.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(end=True)
    # Native libraries may crash when they are taken down; all that matters is sent.
    os._exit(0)
