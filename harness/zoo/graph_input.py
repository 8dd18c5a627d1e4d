"""Which values a graph takes, shown by the graph: its first operators, and the quantization of its input.

A model that was exported with its own preprocessing begins with a multiplication and a
subtraction by constants: MUL 1/127.5, SUB 1 makes -1..1 of 0..255 and nothing sensible of
anything else. And whoever quantized a model has run pictures through it, so that the range of
its first tensor is that of the pictures' values. Nothing is run here, only constants are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.records.input_convention import RANGES, Normalization, same_values
from harness.records.model import InputProof
from harness.records.vocabulary import ChannelOrder
from harness.zoo.flatbuffer import Scalar
from harness.zoo.tflite_file import Graph, GraphTensor, Node, TfliteFile

__all__ = ["prove_input"]

_Channels = NDArray[np.float64]
"""Three values, in the order of the input's channels."""

_CHANNELS = 3
_MOST_STEPS = 16
_MOST_WORDS = 4

_KEEPS_VALUES = frozenset(
    {
        "CAST",
        "DEQUANTIZE",
        "EXPAND_DIMS",
        "MIRROR_PAD",
        "PAD",
        "QUANTIZE",
        "RESHAPE",
        "RESIZE_BILINEAR",
        "RESIZE_NEAREST_NEIGHBOR",
        "SQUEEZE",
        "TRANSPOSE",
    }
)
_ARITHMETIC = frozenset({"ADD", "DIV", "MUL", "SUB"})
_FLIPS = frozenset({"GATHER", "REVERSE_V2", "STRIDED_SLICE"})

_NUMBERS = {"float16": "<f2", "float32": "<f4", "int8": "i1", "uint8": "u1", "int16": "<i2", "int32": "<i4"}

_SPANS = (0.9, 12.0)
"""Between these lies highest less lowest value of every normalization that networks are trained with:
1 for 0..1, 2 for -1..1, 4.5 for mean and std, 10 for the Keras EfficientNets, which divide twice."""

_EXACT, _NEAR = 0.025, 0.15
"""How far, as a part of its range, a quantized tensor may lie from a known range. Pictures without
black or white leave a range of one scale for all channels shorter; no other is near those."""

_PER_CHANNEL: tuple[Normalization, ...] = (
    RANGES["torchvision"],
    RANGES["caffe"],
    ((123.68, 116.78, 103.94), (1 / 0.017,) * 3),
    ((125.307, 122.95, 113.865), (62.993, 62.089, 66.705)),
    ((125.307, 122.961, 113.8575), (51.5865, 50.847, 51.255)),
    ((129.304, 124.07, 112.434), (68.170, 65.392, 70.418)),
)
"""Mean and std of torchvision, Caffe, Caffe's MobileNets, CIFAR-10 (twice) and CIFAR-100."""

_UNIFORM: tuple[Normalization, ...] = (
    RANGES["0..1"],
    RANGES["-1..1"],
    RANGES["0..255"],
    ((127.5,), (255.0,)),
    ((128.0,), (1.0,)),
)


@dataclass(frozen=True, slots=True)
class _Step:
    """The values so far as `factor` x input + `shift`, and the operators that made them."""

    factor: _Channels
    shift: _Channels
    words: tuple[str, ...]
    tensor: GraphTensor


def prove_input(file: TfliteFile) -> InputProof | None:
    """What the file shows of the values its only input takes; None where it shows nothing."""
    graph = file.main
    if len(graph.inputs) != 1 or not graph.nodes:
        return None
    image = graph.tensors[graph.inputs[0]]
    steps = list(_steps(file, graph, image))
    shown = _by_arithmetic(steps)
    if image.dtype.startswith("float"):
        return shown or _by_first_quantization(steps, graph)
    return _of_integers(image, shown)


def _steps(file: TfliteFile, graph: Graph, image: GraphTensor) -> Iterator[_Step]:
    """The state after each operator from the input on, as long as values are only scaled and shifted."""
    step = _Step(np.ones(3), np.zeros(3), (), image)
    index, flipped = graph.inputs[0], False
    makers = {output: node for node in graph.nodes for output in node.outputs}
    for _ in range(_MOST_STEPS):
        readers = [node for node in graph.nodes if index in node.inputs]
        if len(readers) != 1 or len(readers[0].outputs) != 1:
            return
        node = readers[0]
        if node.operator in _FLIPS:
            if not _flips_channels(file, graph, node):
                return
            flipped = not flipped
        elif node.operator in _ARITHMETIC:
            constant = _operand(file, graph, node, index, makers)
            if constant is None or _is_fused(node):
                return
            values = constant[::-1] if flipped else constant
            step = _applied(step, node.operator, values, constant_first=node.inputs[0] != index)
        elif node.operator not in _KEEPS_VALUES or node.inputs[0] != index:
            return
        index = node.outputs[0]
        step = _Step(step.factor, step.shift, step.words, graph.tensors[index])
        yield step


def _is_fused(node: Node) -> bool:
    """Whether an activation cuts the values off. All four have it in the first slot of their options."""
    return node.options is not None and node.options.number(0, Scalar.INT8) != 0


def _applied(step: _Step, operator: str, values: _Channels, *, constant_first: bool) -> _Step:
    words = (*step.words, f"{operator} {_shown(values)}")
    factor, shift = step.factor, step.shift
    if operator == "MUL":
        factor, shift = factor * values, shift * values
    elif operator == "DIV":
        # A constant divided by the input is no scaling; NaN fits no rule.
        divisor = np.full(3, np.nan) if constant_first else np.where(values == 0, np.nan, values)
        factor, shift = factor / divisor, shift / divisor
    elif operator == "ADD":
        shift = shift + values
    elif constant_first:
        factor, shift = -factor, values - shift
    else:
        shift = shift - values
    return _Step(factor, shift, words, step.tensor)


def _operand(
    file: TfliteFile, graph: Graph, node: Node, index: int, makers: dict[int, Node]
) -> _Channels | None:
    """The constant of an operator, one value a channel; None where it has none of one or three values."""
    others = [each for each in node.inputs if each != index]
    if len(node.inputs) != 2 or len(others) != 1 or others[0] < 0:
        return None
    other = others[0]
    maker = makers.get(other)
    if maker is not None and maker.operator == "DEQUANTIZE" and maker.inputs[0] >= 0:
        other = maker.inputs[0]  # constants of float16 files
    values = _constant(file, graph.tensors[other])
    if values is None or values.size not in (1, 3) or not np.isfinite(values).all():
        return None
    return np.broadcast_to(values, 3) if values.size == 1 else values


def _constant(file: TfliteFile, tensor: GraphTensor) -> _Channels | None:
    """The real values of a small constant tensor."""
    kind = _NUMBERS.get(tensor.dtype)
    if tensor.span is None or kind is None or tensor.elements is None or tensor.elements > 16:
        return None
    start, length = tensor.span
    wide = np.dtype(kind).itemsize * tensor.elements
    if length < wide or start + wide > len(file.data) or tensor.scales > 1:
        return None
    values = np.frombuffer(file.data, kind, tensor.elements, start).astype(np.float64)
    return values if tensor.scale is None else (values - (tensor.zero_point or 0)) * tensor.scale


def _flips_channels(file: TfliteFile, graph: Graph, node: Node) -> bool:
    """Whether an operator turns the order of the channels round: `x[..., ::-1]` in its three forms."""
    constants = [None if each < 0 else _constant(file, graph.tensors[each]) for each in node.inputs[1:]]
    if not constants or constants[-1] is None:
        return False
    last = [int(each) for each in constants[-1]]
    shape = graph.tensors[node.inputs[0]].shape
    if node.operator == "REVERSE_V2":
        return len(last) == 1 and -len(shape) <= last[0] < len(shape) and shape[last[0]] == _CHANNELS
    if node.operator == "GATHER":
        return last == [2, 1, 0]
    turned = [axis for axis, stride in enumerate(last) if stride != 1]
    return len(turned) == 1 and last[turned[0]] == -1 and shape[turned[0]] == _CHANNELS


def _by_arithmetic(steps: Sequence[_Step]) -> InputProof | None:
    """The only range of pixels that the first operators make something sensible of."""
    takes = next((name for step in steps if (name := _range_taken(step)) is not None), None)
    if takes is None:
        return None
    mean, std = RANGES[takes]
    last = steps[-1]
    words = ", ".join(last.words[:_MOST_WORDS])
    return InputProof(mean, std, f"its graph begins with {words}", _channels_of(last, mean, std))


def _range_taken(step: _Step) -> str | None:
    factor, shift = step.factor, step.shift
    if not step.words or not np.isfinite([factor, shift]).all() or not (factor > 0).all():
        return None
    return next((name for name, fits in _RULES if fits(factor, shift)), None)


def _takes_signed(factor: _Channels, shift: _Channels) -> bool:
    """-1..1 becomes 0..1 or 0..255."""
    low, high = shift - factor, shift + factor
    return bool(
        (abs(low) <= 0.01 * high).all() and all(min(abs(h - 1), abs(h / 255 - 1)) < 0.02 for h in high)
    )


def _takes_bytes(factor: _Channels, shift: _Channels) -> bool:
    """0..255 becomes small numbers, or has a mean picture taken off."""
    low, high = shift, shift + 255 * factor
    small = _within_spans(high - low) and bool((low <= 0.02).all() and (high >= 0).all())
    off = bool((abs(factor - 1) < 0.01).all()) and bool(((-shift > 50) & (-shift < 205)).all())
    return small or off


def _takes_unit(factor: _Channels, shift: _Channels) -> bool:
    """0..1 becomes 0..255, or is normalised around a mean that its values can have."""
    to_bytes = bool((abs(factor / 255 - 1) < 0.02).all() and (abs(shift) <= 2).all())
    zero = -shift / factor
    # No values from 0 to 1 have a standard deviation above 1/2.
    spread = bool((factor >= 1.96).all()) or bool((abs(factor - 1) < 0.01).all() and np.ptp(zero) == 0)
    centred = bool(((zero > 0.2) & (zero < 0.8)).all()) and _within_spans(factor)
    return to_bytes or (spread and centred)


_RULES = (("-1..1", _takes_signed), ("0..255", _takes_bytes), ("0..1", _takes_unit))


def _within_spans(spans: _Channels) -> bool:
    return bool(((spans >= _SPANS[0]) & (spans <= _SPANS[1])).all())


def _channels_of(step: _Step, mean: tuple[float, ...], std: tuple[float, ...]) -> ChannelOrder | None:
    """RGB or BGR, where the operators treat the channels as a known mean picture does."""
    # The input is (pixel - mean) / std, so this is the pixel that becomes 0.
    zero = -step.shift / step.factor * std[0] + mean[0]
    for known, _ in _PER_CHANNEL:
        if np.allclose(zero, known, atol=1.5):
            return ChannelOrder.RGB
        if np.allclose(zero, known[::-1], atol=1.5):
            return ChannelOrder.BGR
    return None


def _by_first_quantization(steps: Sequence[_Step], graph: Graph) -> InputProof | None:
    """A float input that is quantized at once: the range it was calibrated with."""
    for step in steps:
        ends = _ends_of(step.tensor)
        if ends is None or step.words:
            continue
        found = _nearest_range(*ends)
        if found is None:
            return None
        (mean, std), _ = found
        return InputProof(mean, std, f"its graph quantizes it at once, from {_interval(ends)}")
    return None


def _of_integers(image: GraphTensor, shown: InputProof | None) -> InputProof | None:
    """An integer input: the range its integers stand for, and whether they are then the pixels."""
    ends = _ends_of(image)
    if ends is None:
        if image.dtype == "uint8":
            return InputProof(*RANGES["0..255"], "its input is of 8-bit pixels without a scale", raw=True)
        # Without a scale nothing can be quantized: the integers are the pixels, whatever follows.
        return shown and replace(shown, raw=True)
    symmetric = image.dtype == "int16"
    found = _nearest_range(*ends) if not symmetric else _nearest_symmetric(ends[1])
    if shown is not None:
        exact = found is not None and same_values(found[0], (shown.mean, shown.std)) and found[1] <= _EXACT
        return InputProof(shown.mean, shown.std, shown.evidence, shown.channels, raw=exact and not symmetric)
    if found is None:
        return None
    (mean, std), distance = found
    raw = not symmetric and distance <= _EXACT and len(set(mean)) == 1
    return InputProof(mean, std, f"its input is quantized from {_interval(ends)}", raw=raw)


def _ends_of(tensor: GraphTensor) -> tuple[float, float] | None:
    """Lowest and highest real value of a quantized tensor."""
    if tensor.scale is None or tensor.dtype not in ("int8", "uint8", "int16"):
        return None
    limits, zero = np.iinfo(tensor.dtype), tensor.zero_point or 0
    return (int(limits.min) - zero) * tensor.scale, (int(limits.max) - zero) * tensor.scale


def _nearest_range(low: float, high: float) -> tuple[Normalization, float] | None:
    """The known range nearest to a quantized one, and how far it is, as a part of it."""
    found: list[tuple[float, Normalization]] = []
    for normalization in (*_UNIFORM, *_PER_CHANNEL):
        uniform = len(normalization[0]) == 1
        known_low, known_high = _range_of(normalization)
        span = known_high - known_low
        distance = max(abs(low - known_low), abs(high - known_high)) / span
        inside = low >= known_low - _EXACT * span and high <= known_high + _EXACT * span
        if distance <= _EXACT or (uniform and inside and distance <= _NEAR):
            found.append((distance, normalization))
    if not found:
        return None
    distance, normalization = min(found, key=lambda each: each[0])
    return normalization, distance


def _nearest_symmetric(high: float) -> tuple[Normalization, float] | None:
    """Of 16-bit inputs, whose zero point is 0: 0..1 and -1..1 look alike in them."""
    for normalization in (RANGES["0..255"], RANGES["torchvision"], RANGES["caffe"]):
        largest = max(abs(each) for each in _range_of(normalization))
        if abs(high / largest - 1) <= _EXACT:
            return normalization, abs(high / largest - 1)
    return None


def _range_of(normalization: Normalization) -> tuple[float, float]:
    pairs = list(zip(*normalization, strict=True))
    return min((0 - m) / s for m, s in pairs), max((255 - m) / s for m, s in pairs)


def _interval(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.3g} to {ends[1]:.3g}"


def _shown(values: _Channels) -> str:
    """Constants as one writes them: 1/127.5 and not 0.00784314."""
    words = [_fraction(each) for each in (values[:1] if np.ptp(values) == 0 else values)]
    return words[0] if len(words) == 1 else f"({', '.join(words)})"


def _fraction(value: float) -> str:
    if 0 < abs(value) < 0.5:
        inverse = float(f"{1 / value:.4g}")
        if abs(value * inverse - 1) < 1e-4 and (inverse * 2) % 1 == 0:
            return f"1/{inverse:g}"
    return f"{value:.4g}"
