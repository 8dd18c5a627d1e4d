"""What makes one doubt an accuracy, as data: the same form as the cautions about times."""

from __future__ import annotations

import shlex

from harness.records.evaluation import Evaluation, OtherInput, OutputDifference
from harness.records.input_convention import InputConvention
from harness.records.row import Caution
from harness.records.vocabulary import ChannelOrder, ClassOrder, InputSource
from harness.stats.cautions import caution

__all__ = [
    "cautions_for_classes",
    "cautions_for_difference",
    "cautions_for_input",
    "cautions_for_other_input",
]


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


def cautions_for_input(convention: InputConvention | None, *, try_others: str) -> tuple[Caution, ...]:
    """What makes one doubt how a model was fed; `try_others` is the command that finds out."""
    if convention is None:
        return ()
    state = "state `input: {height, width, layout}` in an entry of your zoo"
    found = [caution("input-form-assumed", each, state) for each in convention.form_assumed]
    if convention.source is InputSource.ASSUMED:
        found.append(
            caution(
                "input-assumed",
                f"its input is assumed to be {convention.values}: {convention.told_by}",
                f"{try_others} tries the usual ways",
            )
        )
    if convention.conflict is not None:
        found.append(
            caution(
                "input-contradicted",
                convention.conflict,
                f"{try_others} tells which fits; --input-range says it",
            )
        )
    return tuple(found)


def cautions_for_other_input(other: OtherInput | None) -> tuple[Caution, ...]:
    """That the figures are of a wrong input, most likely; it is not changed in silence."""
    if other is None:
        return ()
    points = 100 * (other.top1 - other.top1_in_use)
    order = f" --channels {other.channels}" if other.channels is not ChannelOrder.RGB else ""
    return (
        caution(
            "other-input-better",
            f"fed {other.range} {other.channels}, it was right on {other.top1:.0%} of {other.images} images,"
            f" and on {other.top1_in_use:.0%} as it was fed: {points:+.0f} points"
            f" [{100 * other.low:+.0f}, {100 * other.high:+.0f}]",
            f"harness run --input-range {other.range}{order}",
        ),
    )
