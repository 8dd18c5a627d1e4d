"""`benchmark_model` as the simulated phone runs it.

The invokes are real and happen on this computer's CPU, whatever delegate was
asked for: GPU and NNAPI are imitated in what they say, not in how fast they
are. Throttling lengthens the printed times by the clock that is left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from harness.errors import HarnessError, LaunchError
from harness.simulated_phone.benchmark.delegation import DelegationFailed, apply_delegates
from harness.simulated_phone.benchmark.engine import Engine, open_engine
from harness.simulated_phone.benchmark.flags import (
    AFTER_2_4,
    DELEGATE_FLAGS,
    Flags,
    FlagValueError,
    parse_flags,
    usage,
)
from harness.simulated_phone.benchmark.log import Log
from harness.simulated_phone.benchmark.proto_files import write_node_list, write_result
from harness.simulated_phone.benchmark.statistics import average, count_line
from harness.simulated_phone.benchmark.tensors import TensorFailure, run_once, wants_tensors
from harness.simulated_phone.faults import Hang, OldTool, Restart, UnknownFlags
from harness.simulated_phone.shell.context import Context, command
from harness.zoo.inspect import inspect_model

__all__: list[str] = []

LABEL = (
    "SIMULATED PHONE (harness): computed by the CPU of the computer that simulates;"
    " GPU and NNAPI are imitated."
)


@command("benchmark_model")
def benchmark_model(context: Context) -> int:
    """The tool: 0, or 1 for everything that goes wrong before the runs are over."""
    log = Log(context)
    log.info("STARTING!")
    old = context.phone.has_fault(OldTool)
    without = DELEGATE_FLAGS if context.phone.has_fault(UnknownFlags) else frozenset()
    without |= AFTER_2_4 if old else frozenset()
    help_text = usage(without=without, column="" if old else "\toptional")
    if old and "--help" in context.arguments:
        log.raw(f"ERROR: {help_text}")
        return log.failed()
    try:
        flags = parse_flags(context.arguments, without=without)
    except FlagValueError as error:
        log.error(str(error))
        log.raw(f"ERROR: {help_text}")
        return log.failed()
    if flags.unconsumed:
        log.warn(f"Unconsumed cmdline flags: {' '.join(flags.unconsumed)}")
    if flags.yes("help"):
        log.raw(f"ERROR: {help_text}")
        return log.failed()
    if not flags.text("graph"):
        log.error("Please specify the name of your TF Lite input file with --graph")
        return log.failed()
    log.info(LABEL)
    for line in flags.log_lines():
        log.info(line)
    return _benchmark(context, flags, log)


def _benchmark(context: Context, flags: Flags, log: Log) -> int:
    name = flags.text("graph")
    path = context.path(name)
    if not context.files.exists(path) or context.files.is_folder(path):
        log.error(f"Could not open '{name}'.")
        log.error("The model allocation is null/empty")
        return log.failed(f"Failed to load model {name}")
    model = context.files.host_path(path)
    try:
        facts = inspect_model(model)
    except HarnessError:
        log.error("The model is not a valid Flatbuffer buffer")
        return log.failed(f"Failed to load model {name}")
    log.info(f"Loaded model {name}")
    threads = int(flags.number("num_threads"))
    if threads < -1:
        log.error("num_threads should be >= 0 or just -1 to let TFLite runtime set the value.")
        return log.failed("Failed to set thread number")
    try:
        applied = apply_delegates(context.phone, flags, log, model.read_bytes(), facts.quantization)
        xnnpack = flags.yes("use_xnnpack") or "use_xnnpack" not in flags.given
        with open_engine(model, threads=max(1, threads), xnnpack=xnnpack) as engine:
            applied.say_xnnpack(log, engine.delegation, explicit="use_xnnpack" in flags.given)
            write_node_list(context, flags, applied.operators, applied.replaced(engine.delegation))
            log.info(f"The input model file size (MB): {facts.size_bytes / 1e6:.6g}")
            return _Run(context, flags, log, engine).run()
    except DelegationFailed as error:
        return log.failed(*error.args)
    except LaunchError as error:
        log.runtime("ERROR", error.message)
        return log.failed("Failed to invoke the model")


@dataclass(slots=True)
class _Run:
    """Warm-up, measured runs, the summary."""

    context: Context
    flags: Flags
    log: Log
    engine: Engine

    def run(self) -> int:
        """Everything after the model is ready."""
        self.log.info(f"Initialized session in {self.engine.init_us / 1000:.6g}ms.")
        dry = self.flags.yes("dry_run")
        with self.context.phone.condition.working():
            warmup = self._phase(
                0 if dry else int(self.flags.number("warmup_runs")),
                -1.0 if dry else self.flags.number("warmup_min_secs"),
            )
            self._strike()
            measured = self._phase(
                0 if dry else int(self.flags.number("num_runs")),
                -1.0 if dry else self.flags.number("min_secs"),
            )
        if wants_tensors(self.flags) and not dry:
            try:
                run_once(self.context, self.flags)
            except TensorFailure as error:
                return self.log.failed(str(error))
        self._summary(warmup, measured)
        write_result(self.context, self.flags, self.log, warmup, measured, init_us=self.engine.init_us)
        return 0

    def _strike(self) -> None:
        """The faults that hit a launch in its middle."""
        for fault in self.context.phone.faults:
            try:
                fault.on_benchmark()
            except Restart as restart:
                self.context.phone.restart(restart)
                self.context.process.check()
            if isinstance(fault, Hang) and fault.number > 0:
                fault.number -= 1
                while True:
                    self.context.process.wait(60.0)

    def _phase(self, least_runs: int, least_s: float) -> list[int]:
        most_s = self.flags.number("max_secs")
        self.log.info(
            f"Running benchmark for at least {least_runs} iterations and at least {least_s:g} seconds"
            f" but terminate if exceeding {most_s:g} seconds."
        )
        samples: list[int] = []
        delay_s = self.flags.number("run_delay")
        started = time.monotonic()
        while len(samples) < least_runs or time.monotonic() - started < least_s:
            self.context.process.check()
            missing = least_runs - len(samples)
            count = 1 if delay_s > 0 else missing if missing > 0 else 50
            speed = self.context.phone.condition.speed
            samples += [round(each / speed) for each in self.engine.invoke(count)]
            if delay_s > 0:
                self.context.process.wait(delay_s)
            if time.monotonic() - started > most_s:
                break
        self.log.info(count_line(samples))
        self.log.blank()
        return samples

    def _summary(self, warmup: list[int], measured: list[int]) -> None:
        first = warmup[0] if warmup else 0
        self.log.info(
            f"Inference timings in us: Init: {self.engine.init_us}, First inference: {first},"
            f" Warmup (avg): {average(warmup)}, Inference (avg): {average(measured)}"
        )
        self.log.info(
            "Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE"
            " to the actual memory footprint of the model at runtime."
            " Take the information at your discretion."
        )
        # The child that computes holds an interpreter and numpy too: its growth says nothing of the model.
        self.log.info("Memory footprint delta from the start of the tool (MB): init=0 overall=0")
        if self.flags.yes("report_peak_memory_footprint"):
            peak = self.engine.peak_mb()
            text = f"{peak:.6g}" if peak is not None else "0"
            self.log.info(f"Overall peak memory footprint (MB) via periodic monitoring: {text}")
