"""Is a model an image classifier that harness can score? Judged by its facts alone."""

from __future__ import annotations

from harness.records.model import ModelFacts, TensorFacts

__all__ = ["classifier_problem"]

_IMAGE_TYPES = ("float32", "uint8", "int8")
_IMAGENET_CLASSES = (1000, 1001)

_FEATURE_HEADS = {
    "AVERAGE_POOL_2D": "an average over the image",
    "MAX_POOL_2D": "a maximum over the image",
    "MEAN": "an average over the image",
    "REDUCE_MAX": "a maximum over the image",
    "SUM": "a sum over the image",
    "RELU": "a hidden layer",
    "RELU6": "a hidden layer",
    "RELU_N1_TO_1": "a hidden layer",
    "HARD_SWISH": "a hidden layer",
    "PRELU": "a hidden layer",
    "LEAKY_RELU": "a hidden layer",
    "ELU": "a hidden layer",
    "GELU": "a hidden layer",
    "TANH": "a hidden layer",
}


def classifier_problem(facts: ModelFacts) -> str | None:
    """Why harness cannot score this model on labelled images: a clause about `it`. None: it can.

    A classifier has one input [1, height, width, 3] and one output [1, classes],
    both float32, uint8 or int8; an open batch counts as 1.

    Class scores and a feature vector have the same shape, and classifiers may
    output logits without softmax (the hosted `mobilenet_v2_1.0_224_quant` does).
    What tells them apart is the operator the output comes from (`facts.head`):
    softmax, a sigmoid, a fully connected layer or a 1x1 convolution give scores.
    Pooling gives a feature vector, and so does an activation such as ReLU, since
    scores are not cut off at 0; L2 normalisation always does. A head of pooling
    or activation is forgiven where the file embeds names for its outputs or has
    ImageNet's 1000 or 1001 of them: SqueezeNet pools its class scores. An
    embedding that is a plain linear layer cannot be told from logits; it is then
    refused by the number of classes of the data set.
    """
    if len(facts.inputs) != 1 or len(facts.outputs) != 1:
        return (
            f"it has {_count(len(facts.inputs), 'input')} and {_count(len(facts.outputs), 'output')},"
            " and a classifier has one of each"
        )
    (image,), (scores,) = facts.inputs, facts.outputs
    return _input_problem(image) or _output_problem(scores) or _head_problem(facts)


def _input_problem(tensor: TensorFacts) -> str | None:
    shape = tensor.shape
    if len(shape) != 4:
        return f"its input {_sizes(shape)} is no image [1, height, width, 3]"
    if shape[1] == 3 and shape[3] not in (3, -1):
        return (
            f"its input {_sizes(shape)} has the channels first, and images are given as [1, height, width, 3]"
        )
    if shape[3] == 1:
        return f"its input {_sizes(shape)} is a grayscale image, and images are given in colour"
    if shape[3] != 3:
        return f"its input {_sizes(shape)} is no colour image [1, height, width, 3]"
    if shape[0] not in (1, -1):
        return f"its input {_sizes(shape)} takes {shape[0]} images at once, and images are given one by one"
    if min(shape[1:3]) < 1:
        return f"its input {_sizes(shape)} leaves the image's size open"
    return _type_problem("input", tensor)


def _output_problem(tensor: TensorFacts) -> str | None:
    shape = tensor.shape
    if len(shape) != 2 or shape[0] not in (1, -1):
        return f"its output {_sizes(shape)} is not [1, classes]"
    if shape[1] < 2:
        return f"its output {_sizes(shape)} has no two classes to choose from"
    return _type_problem("output", tensor)


def _type_problem(which: str, tensor: TensorFacts) -> str | None:
    if tensor.dtype in _IMAGE_TYPES:
        return None
    return f"its {which} is of type {tensor.dtype}, and harness scores {', '.join(_IMAGE_TYPES)}"


def _head_problem(facts: ModelFacts) -> str | None:
    size = facts.outputs[0].shape[1]
    if facts.head == "L2_NORMALIZATION":
        return f"its {size} outputs are a vector of length 1 (an embedding) and no class scores"
    layer = _FEATURE_HEADS.get(facts.head or "")
    if layer is None or facts.labels is not None or size in _IMAGENET_CLASSES:
        return None
    return f"its {size} outputs are a feature vector ({layer}, {facts.head}) and no class scores"


def _sizes(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join("?" if size < 0 else str(size) for size in shape) + "]"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
