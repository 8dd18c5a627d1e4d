"""One loaded model: what it tells of itself, and what this computer cannot do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.accuracy.runtimes import CannotRun, evidence, open_session
from harness.records.vocabulary import Delegate, Runtime
from tests.accuracy import tiny_models


def image(red: float, green: float, blue: float, *, dtype: str = "float32", size: int = 8) -> np.ndarray:
    return np.broadcast_to(np.array([red, green, blue], dtype), (1, size, size, 3)).copy()


@pytest.mark.parametrize("delegate", [Delegate.CPU, Delegate.CPU_BUILTIN])
def test_a_session_scores_an_image(tmp_path: Path, delegate: Delegate):
    session = open_session(str(tiny_models.colour_model(tmp_path / "m.tflite")), Runtime.LITERT, delegate)
    assert session.input.shape == (1, 8, 8, 3)
    assert session.output.shape == (1, 3)
    assert session.run(image(1, 2, 3)).tolist() == pytest.approx([1, 2, 3])
    assert session.run(image(3, 2, 1)).tolist() == pytest.approx([3, 2, 1])


def test_the_kernels_that_ran_are_told(tmp_path: Path):
    path = str(tiny_models.colour_model(tmp_path / "m.tflite"))
    with_xnnpack = open_session(path, Runtime.LITERT, Delegate.CPU)
    without = open_session(path, Runtime.LITERT, Delegate.CPU_BUILTIN)
    assert (with_xnnpack.delegate, with_xnnpack.shortfall) == (Delegate.CPU, None)
    assert (without.delegate, without.shortfall) == (Delegate.CPU_BUILTIN, None)


def test_quantization_is_told(tmp_path: Path):
    path = str(tiny_models.colour_model(tmp_path / "m.tflite", dtype="int8"))
    session = open_session(path, Runtime.LITERT, Delegate.CPU)
    assert (session.input.dtype, session.input.scale, session.input.zero_point) == ("int8", 1.0, -128)
    assert session.run(image(-128, 0, 127, dtype="int8")).tolist() == [-128, 0, 127]


def test_two_outputs_are_no_classifier(tmp_path: Path):
    path = str(tiny_models.two_output_model(tmp_path / "m.tflite"))
    with pytest.raises(CannotRun, match="it has 2 outputs"):
        open_session(path, Runtime.LITERT, Delegate.CPU)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\0" * 64])
def test_what_is_no_model_is_refused_in_the_runtimes_words(tmp_path: Path, content: bytes):
    (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises((ValueError, RuntimeError)) as caught:
        open_session(str(tmp_path / "m.tflite"), Runtime.LITERT, Delegate.CPU)
    assert evidence(caught.value)


@pytest.mark.parametrize("delegate", [Delegate.NNAPI, Delegate.COREML])
def test_a_delegate_this_computer_has_not(tmp_path: Path, delegate: Delegate):
    path = str(tiny_models.colour_model(tmp_path / "m.tflite"))
    with pytest.raises(CannotRun, match=f"litert has no {delegate} delegate on this computer"):
        open_session(path, Runtime.LITERT, delegate)


def test_evidence_is_one_short_line():
    text = "ERROR: [runtime.cc:1]\n└ the telling one\n└ another"
    assert evidence(RuntimeError(text)) == "the telling one"
    assert len(evidence(RuntimeError("x" * 999))) == 200
    assert evidence(RuntimeError()) == "RuntimeError"
