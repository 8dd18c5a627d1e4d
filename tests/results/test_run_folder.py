from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import RunFolderError
from harness.results.run_folder import RunFolder, create_run, open_run
from tests.results.factory import DATASET, RUN, SHA, evaluation, launch, predictions


def folder(where: Path) -> RunFolder:
    return create_run(where / "run", RUN)


def test_what_is_stored_is_read_back(tmp_path: Path):
    with folder(tmp_path) as made:
        made.append_launch(launch(0))
        made.append_evaluation(evaluation(), predictions())
    found = open_run(tmp_path / "run")
    assert found.run == RUN
    assert found.launches() == (launch(0),)
    assert found.evaluations() == (evaluation(),)
    assert found.predictions(evaluation()) == predictions()
    assert found.correctness() == {(SHA, "litert", "cpu", DATASET.fingerprint): (True,) * 7 + (False,) * 3}
    assert len(found.rows()) == 1


def test_a_run_is_never_written_over(tmp_path: Path):
    folder(tmp_path)
    with pytest.raises(RunFolderError, match="exists already") as caught:
        folder(tmp_path)
    assert "--resume" in str(caught.value)


def test_two_processes_do_not_write_to_one_run(tmp_path: Path):
    made = folder(tmp_path)
    with made, pytest.raises(RunFolderError, match="another process"), open_run(made.path):
        pass


def test_predictions_of_all_evaluations_make_one_table_again_and_again(tmp_path: Path):
    with folder(tmp_path) as made:
        made.append_evaluation(evaluation(), predictions())
        made.finalise()
        [table] = made.path.glob("predictions.*")
        before = table.read_bytes()
        made.finalise()
        assert table.read_bytes() == before
    import pandas as pd

    read = pd.read_parquet(table) if table.suffix == ".parquet" else pd.read_csv(table)
    assert len(read) == 10
    assert list(read["image"]) == [each.image for each in predictions()]
    assert list(read["class_1"]) == [1] * 7 + [0] * 3


def test_predictions_without_an_evaluation_do_not_count(tmp_path: Path):
    # Killed between the part file and the journal: the evaluation is made again.
    from harness.results.predictions import write_part

    with folder(tmp_path) as made:
        (made.path / "predictions").mkdir()
        write_part(made.path / "predictions" / "orphan.csv", evaluation(), predictions())
        made.finalise()
    assert not list(made.path.glob("predictions.*"))


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/passwd", "a b'\"$(x);.log", "-rf", ".hidden", "ü" * 300, "", "x" * 1000]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str):
    made = folder(tmp_path)
    path = made.log_path(name)
    assert path.parent == made.path / "logs"
    path.write_text("ok")


def test_different_names_have_different_logs(tmp_path: Path):
    made = folder(tmp_path)
    assert made.log_path("a b") != made.log_path("a_b")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(RunFolderError, match="cannot be made") as caught:
        create_run(tmp_path / "reports" / "run", RUN)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1]", b"\xff\xfe", b'{"schema": 99}'])
def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"run\.json"):
        open_run(tmp_path)


def test_files_are_replaced_whole(tmp_path: Path):
    made = folder(tmp_path)
    made.write_text("report.html", "one")
    made.write_text("report.html", "two")
    assert (made.path / "report.html").read_text() == "two"
    assert sorted(path.name for path in made.path.iterdir()) == ["report.html", "run.json"]
