"""The closed sets of words that records and options are written in."""

from __future__ import annotations

from enum import Enum

__all__ = [
    "Budget",
    "ChannelOrder",
    "Condition",
    "Crop",
    "Delegate",
    "InputSource",
    "Job",
    "Metric",
    "Quantization",
    "Resize",
    "Runtime",
    "Stage",
    "Status",
    "Verdict",
]


class _Word(str, Enum):
    """A string-valued enum that prints as its value (`StrEnum` needs Python 3.11)."""

    def __str__(self) -> str:
        return str(self.value)


class Delegate(_Word):
    """What computes the graph."""

    CPU = "cpu"
    """XNNPACK on the CPU."""
    CPU_BUILTIN = "cpu-builtin"
    """TFLite's own CPU kernels, XNNPACK switched off."""
    GPU = "gpu"
    NNAPI = "nnapi"
    COREML = "coreml"
    """Only in imported results."""
    NPU = "npu"
    """Only in imported results: a neural processor behind LiteRT's dispatch libraries."""
    OTHER = "other"
    """Only in imported results: a delegate that has no word here; the trial's variant names it."""

    @property
    def imported_only(self) -> bool:
        """Whether harness knows it from logs of elsewhere, and measures nothing with it itself."""
        return self in (Delegate.COREML, Delegate.NPU, Delegate.OTHER)


class Runtime(_Word):
    """What runs the model."""

    LITERT = "litert"
    TFLITE_RUNTIME = "tflite-runtime"
    BENCHMARK_MODEL = "benchmark_model"


class Status(_Word):
    """How a launch, a trial or an evaluation ended."""

    OK = "ok"
    FALLBACK = "fallback"
    """Ran, but not, or only partly, where it was asked to: shown, never ranked."""
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNSTABLE = "unstable"
    """The device's state never settled."""
    CONTENDED = "contended"
    """Ran, but other processes had the cores it needed: shown, its latency never ranked."""
    SKIPPED = "skipped"


class Quantization(_Word):
    """How weights and activations of a model are stored."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"
    UINT8 = "uint8"
    DYNAMIC = "dynamic"


class ClassOrder(_Word):
    """How it is known which output of a model stands for which class of a data set."""

    NAMES = "names"
    """The same class names on both sides."""
    INDEX = "index"
    """The data set's labels are the model's indices, or both are ImageNet's."""
    ASSUMED = "assumed"
    """Nothing says it: the data set's own order was taken for the model's."""


class Crop(_Word):
    """Which part of an image a model sees."""

    CENTRAL = "central"
    """Central square of side round(fraction x min(height, width))."""
    EFFICIENTNET = "efficientnet"
    """Central square of side size / (size + 32) x min(height, width)."""
    NONE = "none"


class Resize(_Word):
    """How the crop is brought to the model's input size."""

    BILINEAR = "bilinear"
    """TensorFlow 1's: align_corners=false, half_pixel_centers=false, no anti-aliasing."""
    BICUBIC = "bicubic"
    """TensorFlow 1's, no anti-aliasing."""
    BILINEAR_ANTIALIAS = "bilinear-antialias"
    """Pillow's, as torchvision uses it on pictures: the filter grows with the reduction."""
    BICUBIC_ANTIALIAS = "bicubic-antialias"

    @property
    def antialiased(self) -> bool:
        """Whether neighbours are averaged where a picture shrinks."""
        return self in (Resize.BILINEAR_ANTIALIAS, Resize.BICUBIC_ANTIALIAS)


class ChannelOrder(_Word):
    """The order in which a model takes the colours of a pixel."""

    RGB = "rgb"
    BGR = "bgr"
    """As OpenCV reads files and Caffe's networks were trained."""


class Exif(str, Enum):
    """What becomes of the orientation that cameras write into a picture's EXIF data."""

    APPLY = "apply"
    """The picture is turned upright, as viewers show it."""
    IGNORE = "ignore"
    """Pixels are taken as they are stored, as TFLite's evaluation tool takes them."""

    def __str__(self) -> str:
        return str(self.value)


class InputSource(_Word):
    """How it is known which values a model takes."""

    DECLARED = "declared"
    """On the command line, in the zoo entry, or in the file's metadata."""
    PROVEN = "proven"
    """By the first operators of the graph, or by the quantization of its input."""
    ASSUMED = "assumed"


class Budget(_Word):
    """How much time a run may spend for narrower intervals."""

    QUICK = "quick"
    NORMAL = "normal"
    THOROUGH = "thorough"


class Job(_Word):
    """What a run measures."""

    LATENCY = "latency"
    ACCURACY = "accuracy"


class Verdict(_Word):
    """What the gate says."""

    PASS = "pass"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    UNFIT = "unfit"
    """This machine cannot give a verdict one could trust."""


class Metric(_Word):
    """What the gate compares."""

    LATENCY = "latency"
    """Wall time of an invoke."""
    CPU_TIME = "cpu-time"
    """CPU time of an invoke; for one thread on a CPU only."""
    INIT = "init"
    FIRST = "first"
    """The first inference."""
    MEMORY = "memory"
    """Highest resident size of the process."""
    SIZE = "size"
    TOP1 = "top1"
    TOP5 = "top5"


class Stage(_Word):
    """What a launch pair was made for."""

    PREFLIGHT = "preflight"
    """A against itself."""
    SCREEN = "screen"
    CONFIRM = "confirm"
    """Fresh pairs for a cell that the screen found slower, among many cells."""


class Condition(_Word):
    """What else runs on the machine while the gate is calibrated."""

    IDLE = "idle"
    """Nothing that harness started."""
    BUSY = "busy"
    """A process that keeps one core busy."""
    BURSTS = "bursts"
    """The same, five seconds on and five off."""
    LIMITED = "limited"
    """A control group that allows half a CPU's worth of time."""
