"""What the simulated tool says when it is asked for NNAPI or the GPU. The words are those of real logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.records.vocabulary import Quantization
from harness.simulated_phone.benchmark.delegates import (
    CONVOLUTIONS,
    GPU_OPERATORS,
    NNAPI_OPERATORS,
    Delegated,
    delegate,
)
from harness.simulated_phone.benchmark.flags import Flags
from harness.simulated_phone.benchmark.log import Log
from harness.simulated_phone.faults import (
    GpuCrash,
    GpuInitFailure,
    GpuPartial,
    NnapiAbsent,
    NnapiNone,
    NnapiPartial,
)
from harness.simulated_phone.processes import Killed
from harness.zoo.tflite_file import read_tflite

if TYPE_CHECKING:
    from harness.simulated_phone.phone import Phone

__all__ = ["Applied", "DelegationFailed", "apply_delegates"]

_INTEGER = frozenset({Quantization.INT8, Quantization.UINT8})


class DelegationFailed(Exception):
    """The tool ends here; the arguments are its last words."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What explicit delegates left for XNNPACK."""

    taken: Delegated | None
    operators: tuple[str, ...] = ()
    """The graph's, in order."""
    kernel: str = ""
    """The runtime's name for the nodes that the explicit delegate puts in."""

    def replaced(self, delegation: dict[str, Any]) -> dict[str, tuple[tuple[int, ...], ...]]:
        """Numbers of the nodes that every delegate's kernels replace.

        The runtime here tells only how many nodes XNNPACK took, so where it left
        some, the first ones are named.
        """
        groups = {self.kernel: self.taken.groups} if self.taken is not None and self.taken.nodes else {}
        gone = {number for group in groups.get(self.kernel, ()) for number in group}
        rest = tuple(number for number in range(len(self.operators)) if number not in gone)
        if not groups:
            rest = rest[: int(delegation["delegated_nodes"])]
        return {**groups, "TfLiteXNNPackDelegate": (rest,)} if rest else groups

    def say_xnnpack(self, log: Log, delegation: dict[str, Any], *, explicit: bool) -> None:
        """The lines about XNNPACK, which takes silently what is left."""
        if self.taken is not None and self.taken.complete:
            return
        total, kernels = int(delegation["total_nodes"]), int(delegation["partitions"])
        delegated = int(delegation["delegated_nodes"])
        if self.taken is not None and self.taken.nodes:
            left = self.taken.total - self.taken.nodes
            total, delegated, kernels = left + self.taken.kernels, left, self.taken.kernels
        if not delegated:
            return
        log.runtime("INFO", "Created TensorFlow Lite XNNPACK delegate for CPU.")
        if explicit:
            extent = (
                "completely executed by the delegate."
                if delegated == total
                else (f"partially executed by the delegate w/ {kernels} delegate kernels.")
            )
            log.info(f"Explicitly applied XNNPACK delegate, and the model graph will be {extent}")
        parts = kernels if delegated == total else 2 * kernels
        log.runtime("VERBOSE", _replacing(delegated, total, "TfLiteXNNPackDelegate", parts))


def _replacing(nodes: int, total: int, kernel: str, partitions: int) -> str:
    return (
        f"Replacing {nodes} out of {total} node(s) with delegate ({kernel}) node,"
        f" yielding {partitions} partitions for subgraph 0 (main)."
    )


def apply_delegates(
    phone: Phone, flags: Flags, log: Log, model: bytes, quantization: Quantization | None
) -> Applied:
    """Say what applying NNAPI or the GPU comes to. Raises DelegationFailed, Killed."""
    operators = [node.operator for node in read_tflite(model).main.nodes]
    taken = None
    if flags.yes("use_nnapi"):
        taken = _nnapi(phone, flags, log, operators, quantization in _INTEGER)
    elif flags.yes("use_gpu"):
        taken = _gpu(phone, log, operators)
    if flags.yes("require_full_delegation") and (taken is None or not taken.complete):
        raise DelegationFailed("Disallowed CPU fallback detected.")
    kernel = "TfLiteNnapiDelegate" if flags.yes("use_nnapi") else "TfLiteGpuDelegateV2"
    return Applied(taken, tuple(operators), kernel)


def _nnapi(phone: Phone, flags: Flags, log: Log, operators: list[str], integer: bool) -> Delegated | None:
    if phone.has_fault(NnapiAbsent):
        log.warn("NNAPI acceleration is unsupported on this platform.")
        return None
    known = phone.model.accelerators
    log.info(f"NNAPI accelerators available: [{','.join(known)}]")
    wanted = flags.text("nnapi_accelerator_name")
    if wanted and wanted not in known:
        choice = ",".join(known)
        raise DelegationFailed(
            f"Could not find the specified NNAPI accelerator: {wanted}. Must be one of: {{{choice}}}."
        )
    log.runtime("INFO", "Created TensorFlow Lite delegate for NNAPI.")
    log.info("NNAPI delegate created.")
    supported = NNAPI_OPERATORS if integer or wanted == "nnapi-reference" else frozenset()
    if phone.has_fault(NnapiPartial):
        supported = CONVOLUTIONS
    if phone.has_fault(NnapiNone):
        supported = frozenset()
    taken = delegate(operators, supported, most_kernels=int(flags.number("max_delegated_partitions")))
    if taken.nodes:
        log.runtime("VERBOSE", _replacing(taken.nodes, taken.total, "TfLiteNnapiDelegate", taken.partitions))
    _say_applied(log, "NNAPI", taken)
    return taken


def _gpu(phone: Phone, log: Log, operators: list[str]) -> Delegated:
    log.runtime("INFO", "Created TensorFlow Lite delegate for GPU.")
    log.info("GPU delegate created.")
    supported = CONVOLUTIONS if phone.has_fault(GpuPartial) else GPU_OPERATORS
    taken = delegate(operators, supported, most_kernels=1)
    if phone.has_fault(GpuCrash):
        raise Killed(11)
    if phone.has_fault(GpuInitFailure):
        _gpu_failure(log, len(operators))
    log.runtime("INFO", "Loaded OpenCL library with dlopen.")
    if not taken.complete:
        log.runtime("ERROR", "Following operations are not supported by GPU delegate:")
        for name in taken.unsupported:
            log.raw(f"{name}: Operation is not supported.")
        rest = taken.total - taken.nodes
        log.raw(
            f"{taken.nodes} operations will run on the GPU, and the remaining {rest} operations will run on"
            " the CPU."
        )
    if taken.nodes:
        log.runtime("VERBOSE", _replacing(taken.nodes, taken.total, "TfLiteGpuDelegateV2", taken.partitions))
        log.runtime("INFO", "Initialized OpenCL-based API.")
        log.runtime("INFO", f"Created {taken.kernels} GPU delegate kernels.")
    _say_applied(log, "GPU", taken)
    return taken


def _gpu_failure(log: Log, total: int) -> None:
    log.runtime(
        "INFO",
        "Failed to load OpenCL library with dlopen: dlopen failed:"
        ' library "libOpenCL.so" not found. Trying ICD loader.',
    )
    log.runtime("VERBOSE", _replacing(total, total, "TfLiteGpuDelegateV2", 1))
    for text in (
        'Can not open OpenCL library on this device - dlopen failed: library "libOpenCL.so" not found',
        "Falling back to OpenGL",
        "TfLiteGpuDelegate Init: OpenGL-based API disabled",
    ):
        log.runtime("ERROR", text)
    log.runtime("INFO", "Created 0 GPU delegate kernels.")
    for text in (
        "TfLiteGpuDelegate Prepare: delegate is not initialized",
        f"Node number {total} (TfLiteGpuDelegateV2) failed to prepare.",
        "Restored original execution plan after delegate application failure.",
    ):
        log.runtime("ERROR", text)
    raise DelegationFailed("Failed to apply GPU delegate.")


def _say_applied(log: Log, name: str, taken: Delegated) -> None:
    if not taken.nodes:
        log.info(
            f"Though {name} delegate is explicitly applied,"
            " the model graph will not be executed by the delegate."
        )
        return
    extent = (
        "completely executed by the delegate."
        if taken.complete
        else (f"partially executed by the delegate w/ {taken.kernels} delegate kernels.")
    )
    log.info(f"Explicitly applied {name} delegate, and the model graph will be {extent}")
