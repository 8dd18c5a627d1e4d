"""A text with several runs of the tool, taken apart: whose lines they are, and where a run begins. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from harness.latency.benchmark_model.lines import Line

__all__ = ["is_command", "split_runs"]


class _Stage(IntEnum):
    """How far into a run a line stands. The tool prints these in this order, whatever of them it prints."""

    COMMAND = 1
    STARTING = 2
    VERBOSITY = 3
    PARAMETERS = 4
    GRAPH = 5
    LOADING = 6
    MEASURING = 7
    DONE = 8


_TOOLS = re.compile(r"benchmark_model|BenchmarkModelActivity|litert-benchmark|benchmark_litert_model\b(?!\.)")
_SETTING = re.compile(r"--(?:graph|model|use_\w+|num_\w+|enable_\w+)\b")
# A shell's word of how a command ended has the command in it: `zsh: killed     ./benchmark_model --graph=…`
_ENDED = re.compile(
    r"\b(?:[Kk]illed|[Ss]egmentation fault|[Aa]bort(?:ed)?|[Bb]us error|[Ii]llegal .{0,12}instruction|"
    r"[Tt]erminated|[Tt]race trap|[Tt]race/|[Ff]loating point exception|Done|Exit \d{1,3})\b.{0,40}benchmark"
)
_RUNNING_WITH = "Running TensorFlow Lite benchmark with args"
_PORT_MODEL = re.compile(r"Model:\s{2,}\S")
_SUMMARY_OF_ALL = "Summary of All Runs w/ Different Performance Options"
_RUNTIME = ("Initialized TensorFlow Lite", "Created TensorFlow Lite", "Creating LiteRT environment")
_LOADING = ("Loaded model", "Loading model from", *_RUNTIME)
_MEASURING = ("Initialized session", "Running benchmark for at least", "count=")
_DONE = ("nference timings in us:", "BENCHMARK RESULTS", "Benchmarking failed.")
_SIGNS = (
    ("STARTING!", _Stage.STARTING),
    ("Log parameter values verbosely: [", _Stage.VERBOSITY),
    ("Min num runs: [", _Stage.PARAMETERS),
    ("Graph: [", _Stage.GRAPH),
)


def split_runs(lines: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    """The lines of each run, in the order in which the runs begin; one run where nothing tells of more.

    Lines of processes that are no benchmark are left out, but for those that name a
    process of one: that is how Android tells of its end.
    """
    runs = [run for own in _by_process(lines) for run in _split(own)]
    return tuple(runs) or (tuple(lines),)


def is_command(line: Line) -> bool:
    """Whether it is a command line that runs the tool, or the app's word of its arguments."""
    return _RUNNING_WITH in line.text or (
        _TOOLS.search(line.text) is not None
        and _SETTING.search(line.text) is not None
        and not line.text.startswith(("ERROR", "usage:"))
        and _ENDED.search(line.text) is None
    )


def _by_process(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """The lines of every process that ran the tool; all of them where no logger names one.

    A line without a process, as a shell's, belongs to the run that follows it.
    """
    processes = list(dict.fromkeys(each.process for each in lines if each.process and _is_own(each)))
    if not processes:
        yield tuple(lines)
        return
    owner: list[str | None] = []
    following = processes[-1]
    for line in reversed(lines):
        if line.process in processes:
            following = str(line.process)
        owner.append(line.process or following)
    owner.reverse()
    for process in processes:
        named = re.compile(rf"(?<!\d){re.escape(process)}(?!\d)")
        # Android's crash dump: a process of its own, which names the one that died once.
        dumps = {each.process for each in lines if each.text.startswith(f"pid: {process}, tid: ")}
        yield tuple(
            line
            for line, its in zip(lines, owner, strict=True)
            if its == process or (its not in processes and (its in dumps or named.search(line.text)))
        )


def _is_own(line: Line) -> bool:
    """Whether only the benchmark prints such a line; what the runtime prints, any app may."""
    stage = _stage(line)
    return stage in (_Stage.COMMAND, _Stage.DONE) or any(sign in line.text for sign, _ in _SIGNS)


def _split(lines: Iterable[Line]) -> list[tuple[Line, ...]]:
    runs = [_Run()]
    summing_up = False
    for line in lines:
        stage = _stage(line)
        if runs[-1].is_over(stage):
            runs.append(_Run())
            summing_up = False
        summing_up = summing_up or _SUMMARY_OF_ALL in line.text
        if not summing_up:
            runs[-1].take(line, stage)
    _join_trailing(runs)
    return [tuple(run.lines) for run in _of_the_tool(runs)]


def _join_trailing(runs: list[_Run]) -> None:
    """Give standard error that was written below standard output to the one run whose it must be.

    It is the last run's where that says nothing of loading itself; else it is another program's.
    """
    if len(runs) > 1 and not (runs[-1].declared or runs[-1].reached >= _Stage.MEASURING or runs[-2].loaded):
        runs[-2].lines += runs.pop().lines


@dataclass(slots=True)
class _Run:
    """The lines of a run so far, and how far they say that it is."""

    lines: list[Line] = field(default_factory=list)
    reached: int = 0
    declared: bool = False
    """Whether a line of its beginning was seen. The runtime's own may come before: standard error is not
    buffered as standard output is."""
    loaded: bool = False
    """Whether the runtime said that it loaded a model: on standard error, which may stand elsewhere."""
    told: bool = False
    """Whether anything but the sign of a beginning was said: a command that is echoed twice ran once."""

    def take(self, line: Line, stage: int) -> None:
        self.lines.append(line)
        self.declared = self.declared or 0 < stage <= _Stage.GRAPH
        self.loaded = self.loaded or line.text.startswith(_RUNTIME)
        self.told = self.told or stage not in (_Stage.COMMAND, _Stage.STARTING)
        if stage is not _Stage.LOADING or self.reached >= _Stage.STARTING:
            self.reached = max(self.reached, stage)

    def is_over(self, stage: int) -> bool:
        """Whether such a line belongs to the next run: a beginning said once more, or after the end."""
        if not self.told or not stage:
            return False
        if stage is _Stage.LOADING:
            return self.reached is _Stage.DONE
        return stage <= _Stage.GRAPH and stage <= self.reached and not _repeats(stage, self.reached)


def _of_the_tool(runs: Sequence[_Run]) -> list[_Run]:
    """Without what only loaded a model: another program's lines, where no run of the tool follows."""
    own = [run for run in runs if run.declared or run.reached >= _Stage.MEASURING]
    return own or [run for run in runs if run.lines]


def _repeats(stage: int, reached: int) -> bool:
    """Parameters come in any order among themselves: `Graph` before `Min num runs` begins nothing."""
    return stage in (_Stage.PARAMETERS, _Stage.GRAPH) and reached <= _Stage.GRAPH and stage != reached


def _stage(line: Line) -> _Stage | int:
    text = line.text
    for sign, stage in _SIGNS:
        if text.startswith(sign) or (sign == "STARTING!" and text.endswith(sign)):
            return stage
    if _PORT_MODEL.match(text) is not None:
        return _Stage.GRAPH
    if is_command(line):
        return _Stage.COMMAND
    if any(sign in text for sign in _DONE):
        return _Stage.DONE
    if text.startswith(_MEASURING):
        return _Stage.MEASURING
    return _Stage.LOADING if text.startswith(_LOADING) else 0
