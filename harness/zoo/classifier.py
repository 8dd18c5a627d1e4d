"""Is a model an image classifier that harness can score? Judged by its facts alone."""

from __future__ import annotations

from harness.errors import ModelError
from harness.records.model import ModelFacts
from harness.zoo.image_form import image_form, shape_words
from harness.zoo.score_form import FEATURE_HEADS, score_form

__all__ = ["classifier_problem"]

_MOST_SHOWN = 4
_IMAGENET_CLASSES = (1000, 1001)


def classifier_problem(facts: ModelFacts) -> str | None:
    """Why harness cannot score this model on labelled images: a clause about `it`. None: it can.

    A classifier takes one picture, as `image_form` knows it, and one of its outputs is a row of class
    scores, as `score_form` knows it.

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
    if len(facts.inputs) != 1:
        return f"it has {len(facts.inputs)} inputs, and a classifier has one"
    try:
        image_form(facts.inputs[0])
    except ModelError as error:
        return error.message
    if len(facts.outputs) > 1 and facts.head is None:
        return _outputs_problem(facts)
    try:
        form = score_form(facts)
    except ModelError as error:
        return error.message
    return _head_problem(facts, form.classes)


def _outputs_problem(facts: ModelFacts) -> str:
    shapes = ", ".join(shape_words(each.shape) for each in facts.outputs[:_MOST_SHOWN])
    more = ", …" if len(facts.outputs) > _MOST_SHOWN else ""
    return (
        f"it has {len(facts.outputs)} outputs ({shapes}{more}), and no single one of them holds class scores"
    )


def _head_problem(facts: ModelFacts, size: int) -> str | None:
    if facts.head == "L2_NORMALIZATION":
        return f"its {size} outputs are a vector of length 1 (an embedding) and no class scores"
    layer = FEATURE_HEADS.get(facts.head or "")
    if layer is None or facts.labels is not None or size in _IMAGENET_CLASSES:
        return None
    return f"its {size} outputs are a feature vector ({layer}, {facts.head}) and no class scores"
