"""What else was chosen of a delegate: an accelerator, a backend, a precision, its own name. Pure.

Two runs that differ in one of these are two trials, whatever else they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.parameters import Parameters, is_true
from harness.records.vocabulary import Delegate

__all__ = ["other_delegate", "variant_of"]

_MOST = 40
_ODD = re.compile(r"[^A-Za-z0-9._+-]+")
_LIBRARY = re.compile(r"(?:.*[/\\])?(?:lib)?([^/\\]+?)(?:_?delegate)?(?:\.so|\.dylib|\.dll)?", re.IGNORECASE)
_TOOK = re.compile(
    r"node\(s\) with delegate \(([^()]{1,60})\)|^(\w[\w -]{0,60}) delegate: \d+ nodes delegated"
)
_OWN = re.compile(r"xnnpack|ynnpack|gpu|nnapi|core ?ml|^litert_|^dispatch|flex", re.IGNORECASE)
_WRAPPING = re.compile(r"^TfLite|Delegate$")
_GPU_API = re.compile(
    r"Initializ(?:ed|ing) (OpenCL|OpenGL|WebGPU)-based|Created a (WebGPU|Vulkan|Metal) environment|"
    r"\(LITERT_([A-Z]+)\)"
)
_GPU_API_NAMES = {
    "cl": "OpenCL", "opencl": "OpenCL", "gl": "OpenGL", "opengl": "OpenGL",
    "webgpu": "WebGPU", "vulkan": "Vulkan", "metal": "Metal",
}  # fmt: skip
_DISPATCH = re.compile(
    r"--(qualcomm|mediatek|google_tensor|samsung|intel_openvino)_\w+|libLiteRtDispatch_(\w+?)(?:\.so|\b)",
    re.IGNORECASE,
)
_OPENVINO = re.compile(r"Using Intel OpenVINO device: (?!NPU\b)(\w{1,20})")
_PRECISION_FLAG = re.compile(r"--gpu[-_]precision=(fp16|fp32)\b")


def variant_of(parameters: Parameters, lines: Sequence[Line], delegate: Delegate | None) -> str:
    """In a few words, always in the same order; empty where the log tells of nothing but the delegate."""
    parts = _PARTS.get(delegate, _cpu)(parameters, lines) if delegate is not None else iter(())
    return " ".join(text for text in map(_plain, parts) if text)


def other_delegate(parameters: Parameters, lines: Sequence[Line]) -> str | None:
    """The name of a delegate that has no word here and was asked for, or took nodes; None without one."""
    library = parameters.asked_text("external_delegate_path", "external delegate path")
    if library:
        options = parameters.text("external_delegate_options", "external delegate options") or ""
        backend = re.search(r"backend_type:(\w+)", options)
        found = _LIBRARY.fullmatch(library.strip())
        name = found.group(1) if found else library
        return _plain(f"{name} {backend.group(1)}" if backend else name)
    if parameters.says("use_hexagon", "use hexagon"):
        return "Hexagon"
    took = _took(lines)
    settings = ("stable_delegate_settings_file", "stable delegate loader settings file path")
    if took is not None or parameters.asked_text(*settings):
        return took or "stable-delegate"
    return next(iter(parameters.ignored_delegates), None)


def _took(lines: Sequence[Line]) -> str | None:
    """The name a delegate without a word gave itself where it took nodes."""
    for line in lines:
        found = _TOOK.search(line.text) if "delegate" in line.text else None
        name = (found.group(1) or found.group(2)).strip() if found else ""
        if name and not _OWN.search(_WRAPPING.sub("", name)):
            return _plain(_WRAPPING.sub("", name)) or None
    return None


def _gpu(parameters: Parameters, lines: Sequence[Line]) -> Iterator[str]:
    """The API it ran on, where the log tells, else the one that was asked for; then the precision."""
    seen = next((found for line in lines if (found := _GPU_API.search(line.text))), None)
    ran = next((text for text in seen.groups() if text), "") if seen else ""
    asked = parameters.text("gpu_backend", "gpu backend") or ""
    name = ran or asked
    yield _GPU_API_NAMES.get(name.lower(), name)
    yield _gpu_precision(parameters, lines)


def _gpu_precision(parameters: Parameters, lines: Sequence[Line]) -> str:
    said = parameters.text("gpu-precision", "gpu precision")
    flag = next((found for line in lines if (found := _PRECISION_FLAG.search(line.text))), None)
    if said in ("fp16", "fp32") or flag is not None:
        return str(said or (flag and flag.group(1)))
    half = parameters.text("gpu_precision_loss_allowed", "allow lower precision in gpu", "allow fp16")
    half = half if half is not None else parameters.text("allow_fp16")
    return "" if half is None else "fp16" if is_true(half) else "fp32"


def _nnapi(parameters: Parameters, lines: Sequence[Line]) -> Iterator[str]:
    yield parameters.text("nnapi_accelerator_name", "nnapi accelerator name") or ""
    yield parameters.text("nnapi_execution_preference", "nnapi execution preference") or ""
    half = parameters.text("nnapi_allow_fp16", "allow fp16 in nnapi", "allow fp16")
    yield "fp16" if half is not None and is_true(half) else ""


def _npu(parameters: Parameters, lines: Sequence[Line]) -> Iterator[str]:
    found = next((each for line in lines if (each := _DISPATCH.search(line.text))), None)
    yield next((text for text in found.groups() if text), "").lower().replace("_", "") if found else ""
    # Intel's OpenVINO may be told to take another device, and then is no NPU.
    device = next((each for line in lines if (each := _OPENVINO.search(line.text))), None)
    yield f"on {device.group(1)}" if device else ""


def _cpu(parameters: Parameters, lines: Sequence[Line]) -> Iterator[str]:
    half = parameters.text("xnnpack_force_fp16", "xnnpack force fp16", "force fp16")
    yield "fp16" if half is not None and is_true(half) else ""
    yield "YNNPACK" if any("(YNNPackDelegate)" in line.text for line in lines) else ""


_PARTS = {Delegate.GPU: _gpu, Delegate.NNAPI: _nnapi, Delegate.NPU: _npu}


def _plain(text: str) -> str:
    """Words that are safe in a key, a file name and on a terminal."""
    return _ODD.sub(" ", text)[:_MOST].strip()
