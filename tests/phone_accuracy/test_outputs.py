"""Raw outputs as scores, and how far two delegates lie apart."""

from __future__ import annotations

import numpy as np
import pytest

from harness.phone_accuracy.outputs import DifferenceSum, output_bytes, scores_of
from harness.records.evaluation import OutputDifference
from harness.records.model import TensorFacts
from harness.records.vocabulary import Delegate

FLOAT = TensorFacts("out", (1, 3), "float32")
QUANT = TensorFacts("out", (1, 3), "uint8", scale=0.5, zero_point=2)


def difference(output: TensorFacts, *pairs: tuple[object, object]) -> OutputDifference:
    total = DifferenceSum(Delegate.CPU)
    for ours, theirs in pairs:
        total.add(np.asarray(ours, output.dtype), np.asarray(theirs, output.dtype), output)
    found = total.result()
    assert found is not None
    return found


def test_equal_outputs_are_identical():
    found = difference(FLOAT, ([[0.1, 0.2, 0.7]], [[0.1, 0.2, 0.7]]))
    assert found == OutputDifference(Delegate.CPU, 1, 0.0, 0.0, 1.0, identical=True)


def test_half_precision_differs_a_little_and_agrees():
    exact = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], np.float32)
    found = difference(FLOAT, (exact.astype(np.float16).astype(np.float32), exact))
    assert not found.identical
    assert found.largest is not None
    assert 0 < found.largest < 1e-3
    assert found.top1_agreement == 1.0


def test_differences_are_of_dequantized_scores_over_all_batches():
    found = difference(QUANT, ([[10, 20, 30]], [[10, 24, 30]]), ([[9, 1, 0]], [[0, 1, 9]]))
    assert (found.images, found.largest) == (2, 4.5)
    assert found.mean == pytest.approx((2 + 4.5 + 4.5) / 6)
    assert found.top1_agreement == 0.5


def test_a_single_bit_ends_identity():
    ours, theirs = np.array([[0.0, 1.0]], np.float32), np.array([[-0.0, 1.0]], np.float32)
    found = difference(FLOAT, (ours, theirs))
    assert (found.identical, found.largest) == (False, 0.0)


def test_nothing_compared_is_nothing_known():
    assert DifferenceSum(Delegate.CPU).result() is None


def test_bytes_become_scores_and_a_wrong_number_is_named():
    raw = np.arange(6, dtype=np.float32).tobytes()
    assert scores_of(raw, FLOAT, 2).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert output_bytes(FLOAT, 3) == 12
    with pytest.raises(ValueError, match="not the outputs of 5 images"):
        scores_of(raw, FLOAT, 5)
