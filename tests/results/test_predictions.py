"""Predictions: whatever an image is called, parts and table give back what was stored."""

from __future__ import annotations

import csv
import gzip
import io
import os
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RunFolderError
from harness.records.evaluation import Prediction
from harness.records.printable_names import unescape_name
from harness.results.predictions import read_part, write_part, write_table
from tests.results.factory import evaluation

NAMES = st.binary().map(os.fsdecode) | st.text(st.sampled_from("\r\n\u2028\u2029\x85\v\f\0\x1a\",'\\=a "))
SCORES = st.floats(0, 1, width=32)
PREDICTIONS = st.lists(
    st.builds(
        lambda image, label, best: Prediction(
            image, label, tuple(i for i, _ in best), tuple(s for _, s in best)
        ),
        NAMES,
        st.integers(0, 1000),
        st.lists(st.tuples(st.integers(0, 1000), SCORES), max_size=5),
    ),
    max_size=8,
).map(tuple)


@given(PREDICTIONS)
def test_a_part_gives_back_every_name(tmp_path_factory: pytest.TempPathFactory, made: tuple[Prediction, ...]):
    part = tmp_path_factory.mktemp("part") / "p.csv"
    write_part(part, evaluation(), made)
    assert read_part(part) == made


@given(PREDICTIONS)
def test_both_tables_have_one_row_an_image(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[Prediction, ...]
):
    folder = tmp_path_factory.mktemp("table")
    parts = [folder / "a.csv", folder / "b.csv"]
    write_part(parts[0], evaluation(), made)
    write_part(parts[1], replace(evaluation(), dataset=os.fsdecode(b"set\xff")), made)
    write_table(folder / "t.parquet", parts)
    write_table(folder / "t.csv.gz", parts)
    table = pq.read_table(folder / "t.parquet").to_pylist()
    lines = gzip.decompress((folder / "t.csv.gz").read_bytes()).decode()
    assert len(lines.splitlines()) == 1 + 2 * len(made)
    for rows in (table, list(csv.DictReader(io.StringIO(lines, newline="")))):
        assert [unescape_name(row["image"]) for row in rows] == [each.image for each in (*made, *made)]
        assert [int(row["label"]) for row in rows] == [each.label for each in (*made, *made)]
    best = [tuple(row[f"score_{n}"] for n in range(1, 6) if row[f"score_{n}"] is not None) for row in table]
    assert best == [each.scores for each in (*made, *made)]


HEADER = (
    "model,sha256,runtime,delegate,dataset,image,label,class_1,class_2,class_3,class_4,class_5,"
    "score_1,score_2,score_3,score_4,score_5\n"
)
ROW = "m,aa,litert,cpu,set,{},3,3,1,,,,0.5,0.25,,,\n"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("red/a.png", "red/a.png"),
        ("a\rb.png", "a\rb.png"),
        ('"a\nb.png"', "a\nb.png"),
        ('"a\r\nb,c"', "a\r\nb,c"),
        ("a\u2028b\x0b\x85.png", "a\u2028b\x0b\x85.png"),
        ('"say ""x"""', 'say "x"'),
        ("C:\\new\\x", "C:\\new\\x"),
    ],
)
def test_parts_with_names_as_they_once_were_written_are_read(tmp_path: Path, cell: str, name: str):
    part = tmp_path / "old.csv"
    part.write_bytes((HEADER + ROW.format(cell) + ROW.format("next")).encode())
    expected = Prediction(name, 3, (3, 1), (0.5, 0.25))
    assert read_part(part) == (expected, replace(expected, image="next"))
    write_table(tmp_path / "t.parquet", [part])
    images = pq.read_table(tmp_path / "t.parquet")["image"].to_pylist()
    assert [unescape_name(each) for each in images] == [name, "next"]


def test_a_part_with_the_line_ends_of_windows_is_read(tmp_path: Path):
    part = tmp_path / "crlf.csv"
    part.write_bytes((HEADER + ROW.format("a")).replace("\n", "\r\n").encode())
    assert read_part(part) == (Prediction("a", 3, (3, 1), (0.5, 0.25)),)


@pytest.mark.parametrize(
    "damage",
    [
        HEADER + "m,aa,litert\n",
        HEADER + ROW.format("a").replace(",3,", ",x,", 1),
        HEADER + ROW.format("a").replace("\n", ",more\n"),
        HEADER + ROW.format('"' + "x" * 200_000 + '"'),
        HEADER + ROW.format("a").replace("0.5", "1e"),
        HEADER.replace("label,", "") + ROW.format("a"),
        b"\xff\xfe",
    ],
)
def test_a_damaged_part_is_one_sentence(tmp_path: Path, damage: str | bytes):
    part = tmp_path / "damaged.csv"
    part.write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    with pytest.raises(RunFolderError, match=r"damaged\.csv: no predictions can be read"):
        write_table(tmp_path / "t.parquet", [part])
    with pytest.raises(RunFolderError, match=r"damaged\.csv: no predictions can be read"):
        read_part(part)
