"""A run: the plan and where it came from, as `run.json` keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.records.evaluation import DatasetFacts
from harness.records.input_convention import InputTold
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Exif, Job, Runtime

__all__ = ["EvaluationTask", "PhoneOptions", "Provenance", "Run", "RunOptions", "SCHEMA_VERSION"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """How to measure on phones. None leaves the choice to harness, or to the tool."""

    benchmark_binary: str | None = None
    """A file in place of the published `benchmark_model`."""
    evaluation_binary: str | None = None
    """TensorFlow's image classification evaluation tool; without it accuracy needs none."""
    cores: str | None = None
    """big | prime | little | all, or a hexadecimal mask."""
    gpu_backend: str | None = None
    """cl | gl."""
    gpu_precision: str | None = None
    """fp16 | fp32."""
    nnapi_accelerator: str | None = None
    nnapi_preference: str | None = None
    """fast_single_answer | sustained_speed | low_power."""
    fixed_performance: bool = False
    """Whether clocks are held at a level the phone can sustain; never compared with runs without it."""
    profile: bool = False
    """Whether each trial has its ops and its memory measured, in launches of their own."""
    accuracy_on_device: bool = False
    """Whether accuracy is measured on the phone, with each delegate, in place of this computer."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the user asked for, after defaults were filled in."""

    models: tuple[str, ...]
    devices: tuple[str, ...]
    threads: tuple[int, ...]
    delegates: tuple[Delegate, ...]
    runtimes: tuple[Runtime, ...]
    jobs: tuple[Job, ...]
    budget: Budget
    launches: int
    dataset: str | None
    subset: int | None
    seed: int
    input_image: str | None = None
    evaluate_on: tuple[Delegate, ...] = (Delegate.CPU,)
    """The delegates accuracy is measured with."""
    allow: tuple[str, ...] = ()
    """Codes of cautions that are not shown."""
    phone: PhoneOptions = PhoneOptions()
    launches_most: int | None = None
    """How many launches a trial may have in all while its interval is wide; None: `launches`, always."""
    sustained_s: float | None = None
    """How long each trial runs without a rest after its launches; None: not at all."""
    input_told: InputTold | None = None
    exif: Exif | None = None
    """What becomes of the EXIF orientation of a folder's images; None: by what they are."""
    """What the command line says of how all models take their pixels."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What produced the numbers."""

    harness_version: str
    python_version: str
    host: tuple[tuple[str, str], ...]
    """Name and value of every fact of the computer that ran harness."""
    devices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Fingerprint of every device of the run."""
    git_commit: str | None
    command: str


@dataclass(frozen=True, slots=True)
class EvaluationTask:
    """One evaluation the plan asks for."""

    model: str
    sha256: str
    device: str
    runtime: Runtime
    delegate: Delegate
    dataset: str

    @property
    def key(self) -> str:
        """Identifies the task within a run."""
        return f"{self.model}@{self.sha256[:12]}/{self.device}/{self.runtime}/{self.delegate}/{self.dataset}"


@dataclass(frozen=True, slots=True)
class Run:
    """The immutable head of a run folder."""

    name: str
    started_at: str
    options: RunOptions
    models: tuple[Model, ...]
    trials: tuple[Trial, ...]
    evaluations: tuple[EvaluationTask, ...]
    datasets: tuple[DatasetFacts, ...]
    provenance: Provenance
    notices: tuple[str, ...] = ()
    """Sentences the reader of the report must see (models left out, accuracy not measured)."""
    simulated: bool = False
    """Whether numbers of a stand-in for a device are in it."""
    simulated_devices: tuple[str, ...] = ()
    """Names of those devices."""
    imported: bool = False
    """Made of logs from elsewhere: no samples, no state of the device, models known by name only."""
    schema: int = field(default=SCHEMA_VERSION)
