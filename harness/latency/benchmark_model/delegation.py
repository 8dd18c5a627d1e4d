"""Which delegate really took the graph: what the log proves, event by event. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.npu_lines import NpuLines

__all__ = ["Applied", "Backend", "DelegationFacts", "Extent", "read_delegation"]


class Extent(str, Enum):
    """How much of the graph a delegate took."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    NONE = "none"

    def __str__(self) -> str:
        return str(self.value)


class Backend(str, Enum):
    """A delegate as the log names it."""

    XNNPACK = "XNNPACK"
    GPU = "GPU"
    NNAPI = "NNAPI"
    COREML = "CoreML"
    NPU = "NPU"
    """LiteRT's dispatch delegate: a vendor's compiler and libraries behind it."""
    OTHER = "another delegate"
    """Hexagon, an external library, an Edge TPU: nothing harness has a word for."""

    def __str__(self) -> str:
        return str(self.value)


_SIGNS = (
    ("xnnpack", Backend.XNNPACK),
    ("ynnpack", Backend.XNNPACK),
    ("dispatchdelegate", Backend.NPU),
    ("dispatch_delegate", Backend.NPU),
    ("npu", Backend.NPU),
    ("nnapi", Backend.NNAPI),
    ("coreml", Backend.COREML),
    ("core ml", Backend.COREML),
    ("gpu", Backend.GPU),
    ("metal", Backend.GPU),
    ("litert_cl", Backend.GPU),
    ("litert_gl", Backend.GPU),
    ("litert_opengl", Backend.GPU),
    ("litert_vulkan", Backend.GPU),
)

_REPLACING = re.compile(
    # Tools before 2021 do not say out of how many.
    r"Replacing (\d{1,9})(?: out of (\d{1,9}))? node\(s\) with delegate \(([^)]{1,120})\) node,"
    r" yielding (\d{1,9}) partitions(?: for (?:the whole graph|subgraph (\d{1,6})))?"
)
_SPLIT = re.compile(
    r"(\d{1,9}) operations? will run on the GPU, and the remaining (\d{1,9}) operations? will run on the CPU"
)
# Hexagon, Core ML, QNN, VX, Ethos-U, Neuron: `TfLiteQnnDelegate delegate: 28 nodes delegated out of 31 nodes`
_DELEGATED = re.compile(
    r"(\S.{0,60}?)(?: [Dd]elegate)?: (\d{1,9}) nodes? delegated out of (\d{1,9}) nodes?"
    r"(?:,? with (\d{1,9}) partitions?)?"
)
_APPLIED_2019 = re.compile(r"^Applied (.{1,40}?) delegate\.?$")
_NOT_CREATED = re.compile(r"Could not create (.{1,40}?) delegate\b|nnapi error: ")
_APPLIED = re.compile(
    r"(?:Explicitly a|A)pplied (.{1,60}?) delegate, and the model graph will be (completely|partially)"
    r" executed(?:.{0,40}?w/ (\d{1,9}) delegate kernels)?"
)
_NOT_TAKEN = re.compile(
    r"Though (.{1,60}?) delegate is (?:explicitly )?applied, the model graph will not be executed"
)
_NOT_APPLIED = re.compile(r"Failed to apply (.{1,60}?) delegate")
_CREATED = re.compile(r"Created TensorFlow Lite (?:delegate for )?(.{1,40}?)(?: delegate for CPU)?\.?$")
_NODE_FAILED = re.compile(r"Node number \d{1,9} \(([^)]{1,120})\) failed to (?:prepare|invoke)")
_ABSENT = re.compile(r"(\S{1,40}) (?:acceleration|delegate) is(?:n't| not)? (?:un)?(?:supported|available)\b")
_NOTHING_ON_GPU = "No operations will run on the GPU"
_UNSUPPORTED_OPS = re.compile(r"Following operations are not supported by (.{1,40}?) delegate:")
_RESTORED = "Restored original execution plan"
_NO_LIBRARY = "Couldn't load NNAPI support library"
_GPU_FROM = re.compile(r"Initializing (\w{1,20})-based API from ")
_GPU_KERNELS = re.compile(r"Created (\d{1,9}) GPU delegate kernels")
_MOST_REFUSED = 40

_WORTH_A_LOOK = re.compile(
    "Replacing |will run on the GPU|pplied|Failed to apply|Created |failed to |supported on|available|"
    "Following operations|Restored original|Couldn't load|Initialized Open|Falling back|"
    "delegated out of|Could not create|nnapi error|-based API from|No operations will run|"
    "Partitioned subgraph|compiler plugin|Plugin errs|InvocationContext|ispatch|"
    "accelerator could not|CompilerPlugin_|OpenVINO device"
)


@dataclass(frozen=True, slots=True)
class Applied:
    """One delegate's application. Node counts are those of the main subgraph; None: not said."""

    extent: Extent | None = None
    delegated_nodes: int | None = None
    total_nodes: int | None = None
    partitions: int | None = None
    kernels: int | None = None
    evidence: str = ""
    name: str | None = None
    """What the log calls a delegate that harness has no word for."""

    @property
    def says_something(self) -> bool:
        """Whether anything but a name is known."""
        return bool(self.evidence) or self.extent is not None or self.delegated_nodes is not None

    def resolved(self) -> Applied:
        """With the extent the node counts prove, where no sentence said it."""
        if self.extent is not None or self.delegated_nodes is None or self.total_nodes is None:
            return self
        took = self.delegated_nodes
        extent = Extent.NONE if took == 0 else Extent.PARTIAL if took < self.total_nodes else Extent.COMPLETE
        return replace(self, extent=extent)


@dataclass(frozen=True, slots=True)
class DelegationFacts:
    """What a log proves of delegates. A delegate that failed is not in `applied`."""

    applied: Mapping[Backend, Applied] = field(default_factory=dict)
    created: frozenset[Backend] = frozenset()
    failed: Mapping[Backend, str] = field(default_factory=dict)
    absent: Mapping[Backend, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    """Operations the GPU delegate left to the CPU, with its reasons."""
    graph_nodes: int | None = None
    """Nodes of the main subgraph before any delegate took some."""
    gpu_api: str | None = None
    fell_to_opengl: bool = False
    npu: NpuLines = field(default_factory=NpuLines)

    def took(self, backend: Backend) -> bool:
        """Whether the delegate runs at least one node; for XNNPACK its creation is the sign of it.

        XNNPACK is applied by the runtime without a word of its success unless the log is verbose.
        """
        applied = self.applied.get(backend)
        if applied is not None and applied.says_something:
            return applied.extent is not Extent.NONE and applied.delegated_nodes != 0
        return backend is Backend.XNNPACK and backend in self.created and backend not in self.failed


class _Reader:
    """Reads events in order: what is restored later was not applied, whatever was printed before."""

    def __init__(self) -> None:
        self.applied: dict[Backend, Applied] = {}
        self.created: set[Backend] = set()
        self.failed: dict[Backend, str] = {}
        self.absent: dict[Backend, str] = {}
        self.refused: list[str] = []
        self.graph_nodes: int | None = None
        self.gpu_api: str | None = None
        self.fell_to_opengl = False
        self.npu = NpuLines()
        self._last: Backend | None = None
        self._listing = False

    def read(self, line: Line) -> None:
        text = line.text
        if self._listing and self._refusal(line):
            return
        if _WORTH_A_LOOK.search(text) is None:
            return
        if self.npu.read(text):
            return
        for pattern, event in _EVENTS:
            found = pattern.search(text)
            if found is not None:
                event(self, found, text)
                return
        self._plain(text)

    def _refusal(self, line: Line) -> bool:
        """A line of the list of refused operations; it has no prefix and ends with the split."""
        ends = _SPLIT.search(line.text) or line.text.startswith(_NOTHING_ON_GPU)
        if ends or line.level is not None or len(self.refused) >= _MOST_REFUSED:
            self._listing = False
            return False
        self.refused.append(line.text[:200])
        return True

    def replacing(self, found: re.Match[str], text: str) -> None:
        backend = backend_of(found.group(3))
        self._last = backend
        if found.group(5) not in (None, "0"):
            return
        if backend is Backend.NPU:
            # These are nodes of the graph that the vendor's compiler has rewritten.
            self.npu.replaced(int(found.group(1)), int(found.group(2) or 0), text)
            return
        self.failed.pop(backend, None)
        self._nodes(backend, found.group(1), found.group(2), found.group(4), found.group(3), text)

    def delegated(self, found: re.Match[str], text: str) -> None:
        backend = backend_of(found.group(1))
        self._nodes(backend, found.group(2), found.group(3), found.group(4), found.group(1), text)
        self._last = backend

    def _nodes(
        self, backend: Backend, took: str, total: str | None, partitions: str | None, name: str, text: str
    ) -> None:
        before = self.applied.get(backend, Applied())
        all_nodes = int(total) if total else before.total_nodes
        if self.graph_nodes is None:
            self.graph_nodes = all_nodes
        self.applied[backend] = replace(
            before,
            extent=None,
            delegated_nodes=int(took),
            total_nodes=all_nodes,
            partitions=int(partitions) if partitions else before.partitions,
            evidence=before.evidence or text,
            name=name,
        )

    def split(self, found: re.Match[str], text: str) -> None:
        on_gpu, on_cpu = int(found.group(1)), int(found.group(2))
        before = self.applied.get(Backend.GPU, Applied())
        self.applied[Backend.GPU] = replace(
            before, extent=None, delegated_nodes=on_gpu, total_nodes=on_gpu + on_cpu, evidence=text
        )
        self._last = Backend.GPU

    def explicitly(self, found: re.Match[str], text: str) -> None:
        backend = backend_of(found.group(1))
        extent = Extent.COMPLETE if found.group(2) == "completely" else Extent.PARTIAL
        kernels = int(found.group(3)) if found.group(3) else None
        before = self.applied.get(backend, Applied())
        name = before.name or found.group(1)
        self.applied[backend] = replace(before, extent=extent, kernels=kernels, evidence=text, name=name)
        self._last = backend

    def applied_2019(self, found: re.Match[str], text: str) -> None:
        """Tools of 2019 tell that a delegate was applied, and not to how much."""
        self.applied.setdefault(backend_of(found.group(1)), Applied(evidence=text, name=found.group(1)))

    def gpu_initialised(self, found: re.Match[str], text: str) -> None:
        """LiteRT's GPU: the split comes before, where there is one; without it the GPU took everything."""
        self.gpu_api = found.group(1)
        self.applied.setdefault(Backend.GPU, Applied(Extent.COMPLETE, evidence=text))

    def not_created(self, found: re.Match[str], text: str) -> None:
        name = found.group(1)
        self.absent[backend_of(name) if name else Backend.NNAPI] = text

    def not_taken(self, found: re.Match[str], text: str) -> None:
        backend = backend_of(found.group(1))
        before = self.applied.get(backend, Applied())
        total = before.total_nodes
        self.applied[backend] = Applied(
            Extent.NONE, 0 if total else None, total, evidence=text, name=before.name or found.group(1)
        )

    def not_applied(self, found: re.Match[str], text: str) -> None:
        self._drop(backend_of(found.group(1)), text)

    def node_failed(self, found: re.Match[str], text: str) -> None:
        self._last = backend_of(found.group(1))

    def absence(self, found: re.Match[str], text: str) -> None:
        self.absent[backend_of(found.group(1))] = text

    def creation(self, found: re.Match[str], text: str) -> None:
        self._last = backend_of(found.group(1))
        self.created.add(self._last)
        self.failed.pop(self._last, None)

    def listing(self, found: re.Match[str], text: str) -> None:
        self._listing = backend_of(found.group(1)) is Backend.GPU

    def kernels(self, found: re.Match[str], text: str) -> None:
        self._last = Backend.GPU

    def _plain(self, text: str) -> None:
        if _RESTORED in text and self._last is not None:
            self._drop(self._last, text)
        elif _NO_LIBRARY in text:
            self.absent[Backend.NNAPI] = text
        elif "Initialized OpenCL" in text or "Initialized OpenGL" in text:
            self.gpu_api = "OpenCL" if "OpenCL" in text else "OpenGL"
        elif "Falling back to OpenGL" in text:
            self.fell_to_opengl = True
        elif _NOTHING_ON_GPU in text:
            self.applied[Backend.GPU] = Applied(Extent.NONE, evidence=text)
        elif "GPU accelerator could not be loaded" in text:
            self.absent[Backend.GPU] = text

    def _drop(self, backend: Backend, text: str) -> None:
        self.applied.pop(backend, None)
        self.failed[backend] = text

    def facts(self) -> DelegationFacts:
        self._add_npu()
        return DelegationFacts(
            applied={backend: applied.resolved() for backend, applied in self.applied.items()},
            created=frozenset(self.created),
            failed=self.failed,
            absent=self.absent,
            refused=tuple(self.refused),
            graph_nodes=self.graph_nodes,
            gpu_api=self.gpu_api,
            fell_to_opengl=self.fell_to_opengl,
            npu=self.npu,
        )

    def _add_npu(self) -> None:
        npu = self.npu
        if npu.took and Backend.NPU not in self.failed:
            nodes = (npu.selected, npu.total)
            extent = None if npu.total else Extent.COMPLETE if npu.whole else Extent.PARTIAL
            self.applied[Backend.NPU] = Applied(extent, *nodes, npu.partitions, evidence=npu.evidence)
            self.graph_nodes = npu.total or self.graph_nodes
        elif npu.failure:
            self.failed[Backend.NPU] = npu.failure


_EVENTS = (
    (_REPLACING, _Reader.replacing),
    (_SPLIT, _Reader.split),
    (_DELEGATED, _Reader.delegated),
    (_GPU_FROM, _Reader.gpu_initialised),
    (_APPLIED, _Reader.explicitly),
    (_APPLIED_2019, _Reader.applied_2019),
    (_NOT_CREATED, _Reader.not_created),
    (_NOT_TAKEN, _Reader.not_taken),
    (_NOT_APPLIED, _Reader.not_applied),
    (_NODE_FAILED, _Reader.node_failed),
    (_ABSENT, _Reader.absence),
    (_GPU_KERNELS, _Reader.kernels),
    (_CREATED, _Reader.creation),
    (_UNSUPPORTED_OPS, _Reader.listing),
)


def backend_of(name: str) -> Backend:
    """The delegate a provider's or a node's name belongs to (`TfLiteXNNPackDelegate`, `GPU`, `LITERT_CL`)."""
    lowered = name.lower()
    return next((backend for sign, backend in _SIGNS if sign in lowered), Backend.OTHER)


def read_delegation(lines: Iterable[Line]) -> DelegationFacts:
    """What the lines prove, taken in their order."""
    reader = _Reader()
    for line in lines:
        reader.read(line)
    return reader.facts()
