"""The best classes of an output: ties go to the lower index, NaN is no score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.accuracy.topk import dequantize, output_problem, top_k
from harness.records.model import TensorFacts


def test_best_first():
    assert top_k(np.array([[1, 5, 3, 2, 4, 0]], np.float32)).tolist() == [[1, 4, 2, 3, 0]]


def test_equal_scores_come_in_index_order():
    assert top_k(np.array([[7, 9, 7, 9, 7, 7, 7]], np.uint8)).tolist() == [[1, 3, 0, 2, 4]]


def test_an_output_of_one_value_is_the_first_classes():
    assert top_k(np.zeros((2, 1001), np.int8)).tolist() == [[0, 1, 2, 3, 4]] * 2


def test_fewer_classes_than_five_are_all_ranked():
    assert top_k(np.array([[1, 3, 2]], np.int8)).tolist() == [[1, 2, 0]]


def test_minus_infinity_ranks_last_and_ties_by_index():
    low = -np.inf
    assert top_k(np.array([[low, 1, low, 2, low, low]], np.float32)).tolist() == [[3, 1, 0, 2, 4]]


def test_infinity_ranks_first():
    assert top_k(np.array([[0, np.inf, np.inf, 1]], np.float32), 3).tolist() == [[1, 2, 3]]


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        top_k(np.array([[0, 1], [np.nan, 1]], np.float32))


def test_wide_integers_keep_their_order():
    """float32 could not tell them apart."""
    assert top_k(np.array([[2**24, 2**24 + 1]], np.int32), 1).tolist() == [[1]]


_DTYPES = st.sampled_from([np.uint8, np.int8, np.int16, np.int32, np.float16, np.float32])
_SHAPES = st.tuples(st.integers(1, 4), st.integers(2, 12))


@given(_DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, _SHAPES)).filter(lambda a: not np.isnan(a).any()))
def test_top_k_is_the_head_of_a_stable_sort(scores: np.ndarray):
    wide = scores.astype(np.float64)
    before = scores.copy()
    for row, best in zip(wide.tolist(), top_k(scores).tolist(), strict=True):
        assert best == sorted(range(len(row)), key=lambda index: (-row[index], index))[:5]
    assert np.array_equal(scores, before)


def test_quantized_scores_become_real_ones():
    assert dequantize(np.array([0, 128, 255], np.uint8), 0.5, 128).tolist() == [-64, 0, 63.5]
    assert dequantize(np.array([-128, 127], np.int8), 1 / 256, -128).tolist() == [0, 255 / 256]


def test_scores_without_a_scale_keep_their_values():
    assert dequantize(np.array([3, 200], np.uint8), None, None).tolist() == [3, 200]
    assert dequantize(np.array([0.25], np.float16), 0.5, 3).tolist() == [0.25]


@pytest.mark.parametrize("shape", [(1, 1001), (-1, 10), (10,), (1, 2), (1, 1, 1, 9), (1, 9, 1, 1)])
def test_one_score_a_class_is_a_classifiers_output(shape: tuple[int, ...]):
    assert output_problem(TensorFacts("o", shape, "float32")) is None


@pytest.mark.parametrize("shape", [(), (1, 1), (4, 10), (1, 7, 7, 10), (1, 0)])
def test_other_outputs_are_not(shape: tuple[int, ...]):
    problem = output_problem(TensorFacts("o", shape, "float32"))
    assert problem is not None
    assert "is not one row of class scores" in problem
