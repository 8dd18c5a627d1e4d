"""Which output of a model holds its class scores, and how they lie in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from harness.errors import ModelError
from harness.records.model import ModelFacts, TensorFacts
from harness.zoo.image_form import shape_words

__all__ = [
    "FEATURE_HEADS",
    "OneValue",
    "ScoreForm",
    "choose_output",
    "classes_of",
    "score_form",
    "score_sentences",
]

_TYPES = ("float32", "float16", "uint8", "int8", "int16")

_NORMALISERS = ("SOFTMAX", "LOGISTIC", "LOG_SOFTMAX")
_LINEAR = ("FULLY_CONNECTED", "CONV_2D", "BATCH_MATMUL", "ADD")

FEATURE_HEADS = {
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
"""Operators whose outcome is a feature vector as a rule, and what it then is."""

_NO_SCORES = frozenset({*FEATURE_HEADS, "L2_NORMALIZATION", "CUSTOM:TFLite_Detection_PostProcess"})


class OneValue(str, Enum):
    """What the only value of an output is. It decides between two classes: low is class 0, high class 1."""

    PROBABILITY = "probability"
    """Of class 1, from a logistic function: more than 0.5 is class 1."""
    LOGIT = "logit"
    """Before a logistic function: more than 0 is class 1."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class ScoreForm:
    """Class scores within a model's outputs."""

    index: int
    """Which of the outputs."""
    classes: int
    """-1 where only the runtime knows."""
    one_value: OneValue | None = None


def score_form(facts: ModelFacts) -> ScoreForm:
    """How the scores lie in the output that was chosen. Raises ModelError, a clause about the model."""
    if not facts.outputs:
        raise ModelError("it has no output")
    return _form(facts.scores_output, facts.outputs[facts.scores_output], facts.head)


def choose_output(outputs: Sequence[TensorFacts], heads: Sequence[str | None]) -> int | None:
    """The only output that holds class scores; None where there is none, or no telling which.

    Of several that could, the one that ends in a softmax or logistic function is it.
    """
    if len(outputs) == 1:
        return 0
    fitting = [
        index
        for index, (output, head) in enumerate(zip(outputs, heads, strict=True))
        if head not in _NO_SCORES and _is_scores(index, output, head)
    ]
    normalised = [index for index in fitting if heads[index] in _NORMALISERS]
    for found in (fitting, normalised):
        if len(found) == 1:
            return found[0]
    return None


def classes_of(output: TensorFacts, head: str | None) -> int | None:
    """How many classes the output tells apart (-1: only the runtime knows), None where it holds no scores."""
    try:
        return _form(0, output, head).classes
    except ModelError:
        return None


def _is_scores(index: int, output: TensorFacts, head: str | None) -> bool:
    try:
        form = _form(index, output, head)
    except ModelError:
        return False
    # Of several outputs, one value is as a rule a count or a regression.
    return form.one_value is not OneValue.LOGIT


def _form(index: int, output: TensorFacts, head: str | None) -> ScoreForm:
    shape = output.shape
    if output.dtype not in _TYPES:
        raise ModelError(f"its output is of type {output.dtype}, and scores are {', '.join(_TYPES)}")
    sizes = [size for size in (shape[1:] if shape[:1] == (-1,) else shape) if size != 1]
    if len(sizes) > 1 or 0 in sizes or not shape:
        raise ModelError(f"its output {shape_words(shape)} is not one row of class scores")
    if sizes:
        return ScoreForm(index, sizes[0])
    if head == "LOGISTIC":
        return ScoreForm(index, 2, OneValue.PROBABILITY)
    if head in _LINEAR:
        return ScoreForm(index, 2, OneValue.LOGIT)
    computed = f" computed by {head}" if head else ""
    raise ModelError(
        f"its output {shape_words(shape)} is one value{computed}, and only that of a logistic function"
        " (sigmoid) or of a linear layer before one tells two classes apart"
    )


def score_sentences(facts: ModelFacts) -> list[str]:
    """What is to be said of how the scores were found, a sentence about `it` each."""
    form = score_form(facts)
    output = facts.outputs[form.index]
    said = []
    if len(facts.outputs) > 1:
        said.append(
            f"it has {len(facts.outputs)} outputs; its scores are output {form.index}"
            f" ({output.name or 'unnamed'}, {shape_words(output.shape)}), the only one that is"
            " a row of class scores or ends in a softmax or sigmoid"
        )
    if form.one_value is OneValue.PROBABILITY:
        said.append(
            "its one output, a sigmoid, is taken as the probability of class 1 of 2: more than 0.5 is it"
        )
    if form.one_value is OneValue.LOGIT:
        said.append(
            "its one output, which no sigmoid follows, is assumed to be the logit of class 1 of 2:"
            " more than 0 means it"
        )
    return said
