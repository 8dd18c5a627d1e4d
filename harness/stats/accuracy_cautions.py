"""What makes one doubt an accuracy, as data: the same form as the cautions about times."""

from __future__ import annotations

import shlex

from harness.records.evaluation import Evaluation, OutputDifference
from harness.records.row import Caution
from harness.records.vocabulary import ClassOrder
from harness.stats.cautions import caution

__all__ = ["cautions_for_classes", "cautions_for_difference"]


def cautions_for_difference(difference: OutputDifference | None) -> tuple[Caution, ...]:
    """What a comparison with the CPU's outputs makes one doubt."""
    if difference is None or not difference.identical:
        return ()
    how = (
        "its outputs equal those of" if difference.largest is not None else "it was right exactly as often as"
    )
    return (
        caution(
            "delegate-not-proven",
            f"delegate not proven: on {difference.images} images {how} {difference.reference},"
            " to the last bit",
            "a delegate that computes differs in some bit: see in the log which one was applied",
        ),
    )


def cautions_for_classes(scored: Evaluation, *, model_file: str) -> tuple[Caution, ...]:
    """What makes one doubt which output stands for which class."""
    if scored.class_order is not ClassOrder.ASSUMED:
        return ()
    return (
        caution(
            "class-order-assumed",
            f"class order assumed: {scored.class_words}",
            f"name its classes: harness zoo add {shlex.quote(model_file)} --labels FILE",
        ),
    )
