"""Executing a script's tree on the simulated phone."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulated_phone.files import normalise
from harness.simulated_phone.processes import Killed, Process
from harness.simulated_phone.shell.builtins import BUILTINS, Exit, LoopControl
from harness.simulated_phone.shell.context import Context
from harness.simulated_phone.shell.expand import Expander
from harness.simulated_phone.shell.parse import SyntaxProblem, parse_script
from harness.simulated_phone.shell.streams import Capture, FileSink, NullSink, Reader, Sink, StaticReader
from harness.simulated_phone.shell.syntax import (
    AndOr,
    Command,
    Conditional,
    ForLoop,
    Group,
    Pipeline,
    Redirection,
    Script,
    Simple,
    WhileLoop,
)

if TYPE_CHECKING:
    from harness.simulated_phone.phone import Phone

__all__ = ["Shell", "Streams"]

_NOT_FOUND = 127


@dataclass(frozen=True, slots=True)
class Streams:
    """The three standard streams."""

    stdin: Reader
    stdout: Sink
    stderr: Sink

    def descriptor(self, number: int) -> Sink:
        """The stream a `>&N` means."""
        return self.stderr if number == 2 else self.stdout


class Shell:
    """One shell: variables, a working folder, a process."""

    def __init__(
        self,
        phone: Phone,
        process: Process,
        variables: Mapping[str, str],
        cwd: str = "/",
        arguments: list[str] | None = None,
    ) -> None:
        self.phone = phone
        self.process = process
        self.variables = dict(variables)
        self.exported = set(variables)
        self.cwd = cwd
        self.arguments = arguments or []
        self.status = 0
        self.background: list[threading.Thread] = []
        self.last_background = ""
        self._streams: Streams | None = None
        self._expander = Expander(
            phone.files,
            lambda: self.cwd,
            self._look_up,
            self._assign,
            lambda: self.arguments,
            self._substitute,
        )

    def run_text(self, text: str, streams: Streams) -> int:
        """Run a script to its end and return its exit code. Raises Killed when a signal ends the shell."""
        try:
            return self.run_line(text, streams)
        except Exit as leaving:
            return leaving.code

    def run_line(self, text: str, streams: Streams) -> int:
        """The same, but `exit` raises Exit."""
        try:
            return self.run(parse_script(text), streams)
        except (SyntaxProblem, RecursionError, LoopControl) as error:
            reason = str(error) if isinstance(error, SyntaxProblem) else "too deep, or break outside a loop"
            streams.stderr.write(f"/system/bin/sh: {reason}\n".encode("utf-8", "surrogateescape"))
            self.status = 2
            return 2

    def run(self, script: Script, streams: Streams) -> int:
        """Run the commands of a script one after another."""
        for item in script.items:
            self.process.check()
            if item.background:
                self._start_background(item, streams)
                self.status = 0
            else:
                self.status = self._and_or(item, streams)
        self.process.check()
        return self.status

    def environment(self) -> dict[str, str]:
        """What commands inherit."""
        return {name: self.variables[name] for name in self.exported if name in self.variables}

    def _start_background(self, item: AndOr, streams: Streams) -> None:
        process = self.phone.processes.start(
            self.process.arguments, self.process.environment, parent=self.process
        )
        child = self._fork(process)

        def work() -> None:
            try:
                child._and_or(replace(item, background=False), streams)
            except (Killed, Exit):
                return
            finally:
                self.phone.processes.finish(process)

        thread = threading.Thread(target=work, name=f"phone-{process.pid}", daemon=True)
        self.background.append(thread)
        self.phone.keep(thread)
        self.last_background = str(process.pid)
        thread.start()

    def _fork(self, process: Process) -> Shell:
        child = Shell(self.phone, process, self.variables, self.cwd, list(self.arguments))
        child.exported = set(self.exported)
        child.status = self.status
        return child

    def _and_or(self, item: AndOr, streams: Streams) -> int:
        status = 0
        for operator, pipeline in item.pipelines:
            if (operator == "&&" and status != 0) or (operator == "||" and status == 0):
                continue
            status = self.status = self._pipeline(pipeline, streams)
        return status

    def _pipeline(self, pipeline: Pipeline, streams: Streams) -> int:
        """The commands of a pipeline run one after another, each reading what the one before wrote."""
        stdin = streams.stdin
        for left in pipeline.commands[:-1]:
            between = Capture()
            self._command(left, Streams(stdin, between, streams.stderr))
            stdin = StaticReader(between.data)
        status = self._command(pipeline.commands[-1], replace(streams, stdin=stdin))
        return int(status == 0) if pipeline.negated else status

    def _command(self, command: Command, streams: Streams) -> int:
        self.process.check()
        try:
            streams = self._redirect(command.redirections, streams)
        except OSError as error:
            _complain(streams, f"can't create or open {error.filename}: {error.strerror}")
            return 1
        outer, self._streams = self._streams, streams
        try:
            return self._dispatch(command, streams)
        except SyntaxProblem as error:
            _complain(streams, str(error))
            return 2
        except OSError as error:
            _complain(streams, error.strerror or str(error))
            return 1
        finally:
            self._streams = outer

    def _dispatch(self, command: Command, streams: Streams) -> int:
        if isinstance(command, Simple):
            return self._simple(command, streams)
        if isinstance(command, Group):
            return self._group(command, streams)
        if isinstance(command, Conditional):
            for condition, body in command.branches:
                if self.run(condition, streams) == 0:
                    return self.run(body, streams)
            return self.run(command.otherwise, streams) if command.otherwise else 0
        if isinstance(command, ForLoop):
            return self._for(command, streams)
        return self._while(command, streams)

    def _group(self, group: Group, streams: Streams) -> int:
        if not group.subshell:
            return self.run(group.script, streams)
        child = self._fork(self.process)
        try:
            return child.run(group.script, streams)
        except Exit as leaving:
            return leaving.code

    def _for(self, loop: ForLoop, streams: Streams) -> int:
        status = 0
        for value in self._expander.fields(loop.words):
            self._assign(loop.name, value)
            try:
                status = self.run(loop.body, streams)
            except LoopControl as control:
                if control.leave:
                    break
        return status

    def _while(self, loop: WhileLoop, streams: Streams) -> int:
        status = 0
        while (self.run(loop.condition, streams) == 0) == loop.wanted:
            try:
                status = self.run(loop.body, streams)
            except LoopControl as control:
                if control.leave:
                    break
        return status

    def _simple(self, simple: Simple, streams: Streams) -> int:
        self.status_of_substitution = 0
        words = self._expander.fields(simple.words)
        assigned = {name: self._expander.text(word) for name, word in simple.assignments}
        if not words:
            self.variables.update(assigned)
            return self.status_of_substitution
        builtin = BUILTINS.get(words[0])
        if builtin is not None:
            return builtin(self, words[1:], streams.stdin, streams.stdout, streams.stderr)
        environment = {**self.environment(), **assigned}
        return self.phone.execute(words, environment, streams, parent=self.process, cwd=self.cwd)

    def _redirect(self, redirections: tuple[Redirection, ...], streams: Streams) -> Streams:
        for each in redirections:
            target = self._expander.text(each.target)
            if each.operator == ">&":
                chosen = self._duplicate(target, streams)
            elif each.operator == "<":
                streams = replace(streams, stdin=self._open_for_reading(target))
                continue
            elif each.operator == "<&":
                continue
            else:
                chosen = self._open_for_writing(target, append=each.operator == ">>")
            streams = (
                replace(streams, stderr=chosen) if each.descriptor == 2 else replace(streams, stdout=chosen)
            )
        return streams

    @staticmethod
    def _duplicate(target: str, streams: Streams) -> Sink:
        if target not in ("-", "1", "2"):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), target)
        return NullSink() if target == "-" else streams.descriptor(int(target))

    def _open_for_reading(self, name: str) -> Reader:
        path = normalise(name, self.cwd)
        if path == "/dev/null":
            return StaticReader(b"")
        try:
            return StaticReader(self.phone.files.read(path, self.process.pid))
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error

    def _open_for_writing(self, name: str, *, append: bool) -> Sink:
        path = normalise(name, self.cwd)
        if path == "/dev/null":
            return NullSink()
        try:
            self.phone.files.write(path, b"", append=append)
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error
        return FileSink(self.phone.files, path)

    def _look_up(self, name: str) -> str | None:
        special = {"?": str(self.status), "$": str(self.process.pid), "!": self.last_background, "0": "sh"}
        if name in special:
            return special[name]
        if name == "#":
            return str(len(self.arguments))
        if name.isdigit():
            return self.arguments[int(name) - 1] if int(name) <= len(self.arguments) else None
        return self.variables.get(name)

    def _assign(self, name: str, value: str) -> None:
        self.variables[name] = value

    def _substitute(self, script: Script) -> str:
        """The output of `$(…)`, which runs in a shell of its own."""
        output = Capture()
        streams = self._streams or Streams(StaticReader(b""), NullSink(), NullSink())
        child = self._fork(self.process)
        try:
            self.status_of_substitution = child.run(script, replace(streams, stdout=output))
        except Exit as leaving:
            self.status_of_substitution = leaving.code
        return output.data.decode("utf-8", "surrogateescape")


def _complain(streams: Streams, text: str) -> None:
    """A full disk may not take the complaint either; the script goes on without it."""
    with contextlib.suppress(OSError):
        streams.stderr.write(f"/system/bin/sh: {text}\n".encode("utf-8", "surrogateescape"))


def context_of(phone: Phone, process: Process, words: list[str], streams: Streams, cwd: str) -> Context:
    """What an external command is given."""
    return Context(phone, process, words[1:], words[0], cwd, streams.stdin, streams.stdout, streams.stderr)
