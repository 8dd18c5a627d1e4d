"""`harness import` of several runs in one text, and of what is written otherwise than a log is."""

from __future__ import annotations

import codecs
import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.main import app
from harness.records.vocabulary import Delegate
from harness.results.export import row_document
from harness.results.run_folder import open_run

runner = CliRunner()


def log_of(
    graph: str = "/data/local/tmp/net.tflite",
    *,
    mean_us: int = 5000,
    median: bool = True,
    asked: str = "",
    size_mb: str = "",
) -> str:
    """A run as TFLite's tool prints it; `asked` are echoed parameters and lines of the runtime."""
    tail = f" p5={mean_us} median={mean_us} p95={mean_us}" if median else ""
    return (
        f"STARTING!\nLog parameter values verbosely: [0]\nNum threads: [1]\nGraph: [{graph}]\n{asked}"
        "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
        + (f"The input model file size (MB): {size_mb}\n" if size_mb else "")
        + "Initialized session in 9.0ms.\n"
        f"count=20 first={mean_us} curr={mean_us} min={mean_us} max={mean_us} avg={mean_us} std=0\n"
        f"count=50 first={mean_us} curr={mean_us} min={mean_us} max={mean_us + 1} avg={mean_us} std=0{tail}\n"
        f"Inference timings in us: Init: 9000, First inference: {mean_us}, Warmup (avg): {mean_us},"
        f" Inference (avg): {mean_us}\n"
    )


GPU = (
    "Use gpu: [1]\n{}INFO: Initialized {}-based API.\n"
    "Explicitly applied GPU delegate, and the model graph will be completely executed by the delegate.\n"
)


def saved(tmp_path: Path, *texts: str | bytes) -> list[Path]:
    paths = [tmp_path / f"{number}.log" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return paths


def told(*paths: Path) -> list[dict[str, object]]:
    done = runner.invoke(app, ["import", *map(str, paths), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def imported(tmp_path: Path, *arguments: object) -> Path:
    out = tmp_path / "run"
    done = runner.invoke(app, ["import", *map(str, arguments), "--out", str(out), "--device", "pixel4"])
    assert done.exit_code == 0, done.stderr
    return out


def rows(folder: Path) -> list[dict[str, object]]:
    return [row_document(row) for row in open_run(folder).rows()]


def test_several_runs_in_one_text_are_several_results_each_with_its_place(tmp_path: Path):
    text = log_of(mean_us=5000) + log_of("other.tflite", mean_us=7000) + log_of(mean_us=5200)
    found = told(*saved(tmp_path, text))
    assert [(each["run"], each["runs_in_log"], each["model"]) for each in found] == [
        (1, 3, "net.tflite"),
        (2, 3, "other.tflite"),
        (3, 3, "net.tflite"),
    ]
    by_model = {row["model"]: row for row in rows(imported(tmp_path, tmp_path / "0.log"))}
    assert by_model["net.tflite"]["launches"] == 2
    assert by_model["other.tflite"]["latency_ms"]["median"] == 7.0  # type: ignore[index]


def test_a_run_that_failed_hides_no_other(tmp_path: Path):
    broken = "STARTING!\nGraph: [other.tflite]\nERROR: mmap failed\nBenchmarking failed.\n"
    found = told(*saved(tmp_path, log_of() + broken + log_of("third.tflite")))
    assert [each["status"] for each in found] == ["ok", "failed", "ok"]


def test_precisions_and_backends_of_a_gpu_are_trials_of_their_own(tmp_path: Path):
    half = log_of(mean_us=10_000, asked=GPU.format("", "OpenCL"))
    full = log_of(mean_us=20_000, asked=GPU.format("Allow lower precision in gpu: [0]\n", "OpenCL"))
    gl = log_of(mean_us=30_000, asked=GPU.format("GPU backend: [gl]\n", "OpenGL"))
    out = imported(tmp_path, *saved(tmp_path, half, full, gl))
    assert [(row["variant"], row["latency_ms"]["median"]) for row in rows(out)] == [  # type: ignore[index]
        ("OpenCL", 10.0),
        ("OpenCL fp32", 20.0),
        ("OpenGL", 30.0),
    ]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "gpu OpenCL fp32" in page


def test_accelerators_of_nnapi_are_never_averaged(tmp_path: Path):
    asked = "Use NNAPI: [1]\nNNAPI accelerator name: [{}]\n"
    dsp, gpu = (
        log_of(mean_us=us, asked=asked.format(name)) for us, name in ((9000, "qti-dsp"), (60_000, "qti-gpu"))
    )
    found = rows(imported(tmp_path, *saved(tmp_path, dsp, gpu)))
    assert [(row["delegate_requested"], row["variant"], row["launches"]) for row in found] == [
        ("nnapi", "qti-dsp", 1),
        ("nnapi", "qti-gpu", 1),
    ]


def test_a_delegate_without_a_word_costs_the_log_of_the_cpu_nothing(tmp_path: Path):
    hexagon = log_of(mean_us=2000, asked="Use Hexagon: [1]\n")
    other, cpu = rows(imported(tmp_path, *saved(tmp_path, hexagon, log_of(mean_us=9000))))
    assert (other["delegate_requested"], other["variant"]) == (str(Delegate.OTHER), "Hexagon")
    assert (cpu["status"], cpu["latency_ms"]["median"]) == ("ok", 9.0)  # type: ignore[index]


def test_a_run_that_fell_back_is_never_averaged_with_one_that_did_not(tmp_path: Path):
    fallen = log_of(mean_us=9000, asked="Use gpu: [1]\n")
    partly = GPU.format("", "OpenCL").replace("completely", "partially")
    logs = saved(
        tmp_path,
        log_of(mean_us=2000, asked=GPU.format("", "OpenCL")),
        log_of(mean_us=4000, asked=partly),
        fallen,
    )
    found = rows(imported(tmp_path, *logs))
    assert [(row["variant"], row["status"], row["latency_ms"]["median"]) for row in found] == [  # type: ignore[index]
        ("OpenCL", "ok", 2.0),
        ("OpenCL in part", "fallback", 4.0),
        ("", "fallback", 9.0),
    ]


def test_two_files_of_one_name_and_different_sizes_are_two_models(tmp_path: Path):
    logs = saved(
        tmp_path, log_of(size_mb="4.27874"), log_of(size_mb="16.9"), log_of(mean_us=5100, size_mb="4.27874")
    )
    found = {row["model"]: row for row in rows(imported(tmp_path, *logs))}
    assert {name: row["launches"] for name, row in found.items()} == {
        "net.tflite of 4,278,740 bytes": 2,
        "net.tflite of 16,900,000 bytes": 1,
    }


def test_a_mean_of_a_tool_without_medians_is_shown_everywhere_and_ranked_nowhere(tmp_path: Path):
    out = imported(tmp_path, *saved(tmp_path, log_of(mean_us=21_000, median=False)))
    [row] = rows(out)
    assert (row["status"], row["latency_ms"], row["reported_mean_ms"]) == ("ok", None, 21.0)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "mean, no median told" in page
    assert "ran to its end" not in page
    assert "21.0 (mean)" in (out / "summary.md").read_text(encoding="utf-8")
    chosen = runner.invoke(app, ["select", str(out)])
    assert "only a mean, 21 ms" in chosen.stdout
    assert "so it is shown and not ranked" in " ".join(chosen.stdout.split())


RESULT = {
    "model": "/data/local/tmp/net.tflite",
    "model_size_mb": 0.47,
    "accelerators": ["GPU", "CPU"],
    "fully_accelerated": True,
    "num_threads": 2,
    "latency": {
        "init_ms": 13.9,
        "avg_ms": 1.39,
        "min_ms": 0.43,
        "max_ms": 12.6,
        "median_ms": 0.44,
        "num_runs": 20,
    },
    "a key of tomorrow": [1],
}


def test_the_json_of_litert_s_python_tool_is_read(tmp_path: Path):
    partial = RESULT | {"fully_accelerated": False}
    cpu = RESULT | {"accelerators": ["CPU"], "fully_accelerated": False}
    found = told(*saved(tmp_path, json.dumps(RESULT), json.dumps([partial, cpu])))
    assert [(each["status"], each["delegate_requested"], each["delegate_actual"]) for each in found] == [
        ("ok", "gpu", "gpu"),
        ("fallback", "gpu", None),
        ("ok", "cpu", "cpu"),
    ]
    assert {(each["model"], each["threads"], each["latency_ms"]["median"]) for each in found} == {  # type: ignore[index]
        ("net.tflite", 2, 0.44)
    }


@pytest.mark.parametrize(
    "latency",
    [
        {"avg_ms": float("nan"), "num_runs": 3},
        {"avg_ms": 1e300, "num_runs": 3},
        {"avg_ms": "fast", "num_runs": 3},
        {"avg_ms": 1.0, "num_runs": -3},
        {"avg_ms": 1.0, "median_ms": 9.0, "max_ms": 2.0, "num_runs": 3},
        {},
    ],
)
def test_figures_of_json_that_cannot_be_true_are_no_result(tmp_path: Path, latency: dict[str, object]):
    [found] = told(*saved(tmp_path, json.dumps(RESULT | {"latency": latency})))
    assert (found["status"], found["latency_ms"]) == ("failed", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"name": "x", "time": 3}', "keys name, time"),
        (b'[{"trial": "t", "run": "r", "latency_ms": null}]', "a row that harness export wrote"),
        (b'{"model": ', "JSON that cannot be read"),
        (b'[{"a":' * 100_000, "cannot be read"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"TFL3\x00\x00\x00\x01" * 600, "a binary file"),
        (b"\x1f\x8brest", "gzip archive that cannot be unpacked"),
        (gzip.compress(b"\n" * (17 * 2**20)), "larger than 16 MiB"),
    ],
)
def test_what_is_no_log_is_called_by_what_it_is(tmp_path: Path, content: bytes, said: str):
    good = tmp_path / "good.log"
    good.write_text(log_of())
    done = runner.invoke(app, ["import", str(saved(tmp_path, content)[0]), str(good), "--json"])
    assert done.exit_code == 2
    assert said in done.stderr
    assert [each["status"] for each in json.loads(done.stdout)] == ["ok"]


@pytest.mark.parametrize(
    "written",
    [
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(),
        lambda text: gzip.compress(text.encode()),
    ],
    ids=["UTF-16 LE", "UTF-16 BE", "UTF-16 LE without a mark", "UTF-16 BE without a mark", "Windows", "gzip"],
)
def test_a_log_may_be_written_in_many_ways(tmp_path: Path, written):
    [found] = told(*saved(tmp_path, written(log_of(mean_us=5000))))
    assert (found["status"], found["latency_ms"]["median"]) == ("ok", 5.0)  # type: ignore[index]


def test_a_log_of_the_cpu_beside_logs_of_an_npu_keeps_its_figure(cases: Path, tmp_path: Path):
    found = rows(imported(tmp_path, *sorted((cases / "logs").glob("72_*.log"))))
    medians = {
        (row["delegate_requested"], row["variant"], row["status"]): row["latency_ms"]["median"]  # type: ignore[index]
        for row in found
    }
    assert medians == {
        ("npu", "", "ok"): 2.0,
        ("npu", "in part", "fallback"): 2.0,
        ("cpu", "", "ok"): 7.425,
    }


def test_precisions_imported_together_keep_their_own_figures(cases: Path, tmp_path: Path):
    found = rows(imported(tmp_path, *sorted((cases / "logs").glob("74_*.log"))))
    assert [row["latency_ms"]["median"] for row in found] == [9.99, 19.99, 29.99]  # type: ignore[index]


def fits(document: dict[str, object], said: dict[str, object]) -> bool:
    latency = document["latency_ms"]
    seen = {
        "st": document["status"],
        "rq": document["delegate_requested"],
        "ac": document["delegate_actual"],
        "n": f"{document['delegated_nodes']}/{document['total_nodes']}",
        "threads": document["threads"],
        "mean": latency["mean"] if isinstance(latency, dict) else None,
    }
    return all(
        str(seen[key]) in value.split("|") if isinstance(value, str) else seen[key] == value
        for key, value in said.items()
    )


def test_every_log_of_a_stranger_has_its_right_value(cases: Path):
    folder = cases / "logs"
    expected = json.loads((folder / "expected.json").read_text())
    for name, right in expected.items():
        found = told(folder / f"{name}.log")
        assert len(found) == right.get("runs", len(found)), name
        for said in right.get("any", ()):
            assert any(fits(each, said) for each in found), (name, said)
        for actual in right.get("never_actual", ()):
            assert not any(each["delegate_actual"] == actual for each in found), (name, actual)
        for actual, mean in right.get("never_pair", ()):
            assert not any(fits(each, {"ac": actual, "mean": mean}) for each in found), name
        if "reason" in right:
            assert any(right["reason"] in str(each["reason"]) for each in found), name
