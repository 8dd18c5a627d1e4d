"""What a file shows of the values it takes: small graphs whose first operators are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.records.input_convention import range_words
from harness.records.model import InputProof
from harness.records.vocabulary import ChannelOrder
from harness.zoo.graph_input import prove_input
from harness.zoo.inspect import inspect_model
from harness.zoo.tflite_file import read_tflite
from tests.zoo.tflite_builder import OPERATORS, TYPES, model_bytes, node, tensor

TORCH_MEAN, TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def chain(
    *steps: tuple[str, Sequence[float]],
    dtype: int = TYPES.FLOAT32,
    scale: float | None = None,
    zero_point: int = 0,
    constant_first: bool = False,
) -> bytes:
    """A graph that applies each operator with its constant to the input, then a convolution."""
    tensors = [tensor("image", (1, 8, 8, 3), dtype, scale=scale, zero_point=zero_point)]
    buffers: list[bytes] = []
    nodes, operators = [], []
    index = 0
    for name, values in steps:
        code = getattr(OPERATORS, name)
        operators.append(code)
        inputs = [index]
        if values:
            integers = name in ("REVERSE_V2", "STRIDED_SLICE", "PAD")
            kind, layout = (TYPES.INT32, np.int32) if integers else (TYPES.FLOAT32, np.float32)
            buffers.append(np.array(values, layout).tobytes())
            shape = () if len(values) == 1 and not integers else (len(values),)
            tensors.append(tensor("constant", shape, kind, buffer=len(buffers)))
            inputs.append(len(tensors) - 1)
        tensors.append(tensor("values", (1, 8, 8, 3)))
        index = len(tensors) - 1
        nodes.append(node(len(operators) - 1, inputs[::-1] if constant_first else inputs, (index,)))
    return _with_convolution(tensors, buffers, nodes, operators, index)


def _with_convolution(tensors, buffers, nodes, operators, index) -> bytes:  # type: ignore[no-untyped-def]
    buffers = [*buffers, bytes(4 * 27 * 4), bytes(16)]
    kernel, bias, output = len(tensors), len(tensors) + 1, len(tensors) + 2
    tensors = [
        *tensors,
        tensor("kernel", (4, 3, 3, 3), buffer=len(buffers) - 1),
        tensor("bias", (4,), buffer=len(buffers)),
        tensor("features", (1, 8, 8, 4)),
    ]
    nodes = [*nodes, node(len(operators), (index, kernel, bias), (output,))]
    return model_bytes(tensors, [*operators, OPERATORS.CONV_2D], nodes, (0,), (output,), buffers)


def shown(data: bytes) -> InputProof | None:
    return prove_input(read_tflite(data))


def range_of(data: bytes) -> str | None:
    proof = shown(data)
    return None if proof is None else range_words(proof.mean, proof.std)


@pytest.mark.parametrize(
    ("steps", "takes"),
    [
        ([("MUL", [1 / 127.5]), ("SUB", [1.0])], "0..255"),
        ([("MUL", [1 / 127.5]), ("ADD", [-1.0])], "0..255"),
        ([("DIV", [127.5]), ("SUB", [1.0])], "0..255"),
        ([("SUB", [127.5]), ("MUL", [1 / 127.5])], "0..255"),
        ([("SUB", [127.5]), ("DIV", [128.0])], "0..255"),
        ([("MUL", [1 / 255])], "0..255"),
        ([("DIV", [256.0])], "0..255"),
        ([("MUL", [1 / 255]), ("SUB", TORCH_MEAN), ("DIV", TORCH_STD)], "0..255"),
        ([("SUB", [123.68, 116.78, 103.94])], "0..255"),
        ([("SUB", [123.68, 116.78, 103.94]), ("MUL", [0.017])], "0..255"),
        ([("MUL", [2.0]), ("SUB", [1.0])], "0..1"),
        ([("SUB", [0.5]), ("MUL", [2.0])], "0..1"),
        ([("SUB", [0.5]), ("DIV", [0.5])], "0..1"),
        ([("SUB", TORCH_MEAN), ("DIV", TORCH_STD)], "0..1"),
        (
            [("MUL", [4.367, 4.464, 4.444]), ("SUB", [2.118, 2.036, 1.804])],
            "0..1",
        ),
        ([("MUL", [255.0]), ("SUB", [103.94])], "0..1"),
        ([("ADD", [1.0]), ("MUL", [0.5])], "-1..1"),
        ([("MUL", [0.5]), ("ADD", [0.5]), ("SUB", TORCH_MEAN), ("DIV", TORCH_STD)], "-1..1"),
        ([("MUL", [127.5]), ("ADD", [127.5])], "-1..1"),
        ([("CAST", []), ("MUL", [1 / 255])], "0..255"),
    ],
)
def test_a_rescaling_at_the_start_tells_what_goes_in(steps, takes):
    assert range_of(chain(*steps)) == takes


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("MUL", [1.0])],
        [("ADD", [0.1, 0.2, 0.3])],
        [("MUL", [0.7, 0.8, 0.9])],
        [("MUL", [-1.0])],
        [("MUL", [0.0])],
        [("DIV", [0.0])],
        [("MUL", [float("nan")])],
        [("MUL", [2.0])],
        # A normalisation over a batch of -1..1 pictures: it could be of anything.
        [("MUL", [1.1, 1.2, 1.3]), ("ADD", [0.1, 0.1, 0.2])],
    ],
)
def test_other_constants_show_nothing(steps):
    assert range_of(chain(*steps)) is None


def test_a_constant_divided_by_the_input_is_no_scaling():
    assert range_of(chain(("DIV", [255.0]), constant_first=True)) is None


def test_the_operators_are_named_as_one_writes_them():
    proof = shown(chain(("MUL", [1 / 127.5]), ("SUB", [1.0])))
    assert proof is not None
    assert proof.evidence == "its graph begins with MUL 1/127.5, SUB 1"


@pytest.mark.parametrize(
    ("steps", "channels"),
    [
        ([("SUB", [123.68, 116.779, 103.939])], ChannelOrder.RGB),
        ([("SUB", [103.939, 116.779, 123.68])], ChannelOrder.BGR),
        ([("REVERSE_V2", [3]), ("SUB", [103.939, 116.779, 123.68])], ChannelOrder.RGB),
        ([("STRIDED_SLICE", [1, 1, 1, -1]), ("SUB", [103.939, 116.779, 123.68])], ChannelOrder.RGB),
        ([("SUB", TORCH_MEAN), ("DIV", TORCH_STD)], ChannelOrder.RGB),
        ([("MUL", [1 / 127.5]), ("SUB", [1.0])], None),
    ],
)
def test_a_known_mean_picture_tells_the_order_of_channels(steps, channels):
    proof = shown(chain(*steps))
    assert proof is not None
    assert proof.channels is channels


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point", "takes", "raw"),
    [
        (TYPES.UINT8, 1 / 255, 0, "0..1", True),
        (TYPES.INT8, 1 / 255, -128, "0..1", True),
        (TYPES.UINT8, 1 / 128, 128, "-1..1", True),
        (TYPES.UINT8, 1 / 127.5, 127, "-1..1", True),
        (TYPES.INT8, 2 / 254, 0, "-1..1", True),
        (TYPES.INT8, 1.0, -128, "0..255", True),
        (TYPES.INT8, 0.018631, -14, "torchvision", False),
        (TYPES.UINT8, 0.93 / 255, 0, "0..1", False),
        (TYPES.INT8, 1.0773, -13, "caffe", False),
        (TYPES.INT16, 255 / 32767, 0, "0..255", False),
    ],
)
def test_the_quantization_of_an_input_tells_its_range(dtype, scale, zero_point, takes, raw):
    proof = shown(chain(dtype=dtype, scale=scale, zero_point=zero_point))
    assert proof is not None
    assert (range_words(proof.mean, proof.std), proof.raw) == (takes, raw)


@pytest.mark.parametrize(
    ("dtype", "scale"), [(TYPES.INT8, 0.1), (TYPES.INT16, 1 / 32767), (TYPES.INT8, None)]
)
def test_a_quantization_that_fits_several_ranges_or_none_shows_nothing(dtype, scale):
    assert shown(chain(dtype=dtype, scale=scale)) is None


def test_a_float_input_that_is_quantized_at_once_has_been_calibrated():
    quantized = tensor("quantized", (1, 8, 8, 3), TYPES.INT8, scale=1 / 255, zero_point=-128)
    tensors = [tensor("image", (1, 8, 8, 3)), quantized]
    data = _with_convolution(tensors, [], [node(0, (0,), (1,))], [OPERATORS.QUANTIZE], 1)
    assert range_of(data) == "0..1"


def test_an_input_with_two_readers_shows_nothing():
    tensors = [tensor("image", (1, 8, 8, 3)), tensor("c", (), buffer=1), tensor("x", (1, 8, 8, 3))]
    buffers = [np.float32(1 / 255).tobytes()]
    nodes = [node(0, (0, 1), (2,)), node(0, (0, 2), (2,))]
    assert range_of(_with_convolution(tensors, buffers, nodes, [OPERATORS.MUL], 2)) is None


def test_real_models(assets):
    akseoro = inspect_model(assets / "user_models" / "akseoro.tflite").input_proof
    assert akseoro is not None
    assert (akseoro.mean, akseoro.std) == ((0.0,), (1.0,))
    dice = inspect_model(assets / "user_models" / "dice_tl.tflite").input_proof
    assert dice is not None
    assert (range_words(dice.mean, dice.std), dice.raw) == ("0..1", True)
    torch = inspect_model(assets / "odd_models" / "channels_first_1x3x224x224.tflite").input_proof
    assert torch is not None
    assert range_words(torch.mean, torch.std) == "torchvision"
    assert inspect_model(assets / "user_models" / "tm_garbage.tflite").input_proof is None
