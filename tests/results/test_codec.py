from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RunFolderError
from harness.records.evaluation import Evaluation
from harness.records.launch import Delegation, DeviceState, Launch
from harness.records.run import Run
from harness.records.vocabulary import Delegate, Status
from harness.results.codec import decode, encode
from tests.results.factory import RUN, evaluation, launch

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=("Cs",)))
LAUNCHES = st.builds(
    Launch,
    trial=TEXT,
    index=st.integers(0, 99),
    round=st.integers(0, 99),
    started_at=TEXT,
    status=st.sampled_from(Status),
    reason=st.none() | TEXT,
    delegation=st.builds(
        Delegation,
        requested=st.sampled_from(Delegate),
        actual=st.none() | st.sampled_from(Delegate),
        delegated_nodes=st.none() | st.integers(0, 999),
        total_nodes=st.none() | st.integers(0, 999),
        partitions=st.none(),
        adapter=st.none() | TEXT,
        evidence=st.none() | TEXT,
    ),
    samples_ns=st.lists(st.integers(0, 2**62)).map(tuple),
    init_ms=st.none() | FINITE,
    state_before=st.builds(DeviceState, load_1m=st.none() | FINITE, governor=st.none() | TEXT),
)


@given(LAUNCHES)
def test_a_launch_comes_back_as_it_was(made: Launch):
    line = encode(made)
    assert b"\n" not in line
    assert decode(Launch, line, where="here") == made


def test_every_kind_of_record_comes_back_as_it_was():
    assert decode(Run, encode(RUN), where="here") == RUN
    assert decode(Evaluation, encode(evaluation()), where="here") == evaluation()


def test_nan_is_never_written():
    document = json.loads(encode(Launch(**{**_fields(launch(0)), "init_ms": float("nan")})))
    assert document["init_ms"] is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"surprise": 1}, "surprise"),
        ({"index": "three"}, "index"),
        ({"status": "fine"}, "status"),
        ({"schema": 99}, "newer harness"),
    ],
)
def test_what_is_not_a_record_is_refused_with_its_place(change: dict[str, object], complaint: str):
    document = {**json.loads(encode(launch(0))), **change}
    with pytest.raises(RunFolderError, match=complaint) as caught:
        decode(Launch, json.dumps(document).encode(), where="journal:7")
    assert caught.value.message.startswith("journal:7")


@given(st.binary())
def test_arbitrary_bytes_are_refused_not_crashed_on(line: bytes):
    with pytest.raises(RunFolderError):
        decode(Launch, line, where="here")


def _fields(made: Launch) -> dict[str, object]:
    return {name: getattr(made, name) for name in Launch.__slots__}


def test_a_path_that_is_no_utf8_comes_back_and_nan_beside_it_is_null():
    path = "/data/\udcff\ud800.tflite"
    made = Launch(**{**_fields(launch(0)), "reason": path, "init_ms": float("nan")})
    line = encode(made)
    assert b"\n" not in line
    read = decode(Launch, line, where="here")
    assert (read.reason, read.init_ms) == (path, None)
