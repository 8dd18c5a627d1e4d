"""Write the starter models' entries of `model_zoo.yaml` from the files themselves.

    python tools/zoo/starter_entries.py            rewrite the section between the marks
    python tools/zoo/starter_entries.py --check    exit 1 where the file is out of date

Digest, size, input and quantization are read from the `.tflite` files. Everything
outside the marks is left as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.resources import bundled_path, starter_path
from harness.zoo.inspect import inspect_model

BEGIN = "  # Made by tools/zoo/starter_entries.py from here on.\n"
END = "  # To here.\n"
EMPTY = (
    f"# The models harness knows. docs/zoo.md says what an entry may hold.\nschema: 1\nmodels:\n{BEGIN}{END}"
)

SIZES = ("small", "medium", "large")
VARIANTS = ("float32", "float16", "dynamic", "int8")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--zoo", type=Path, default=bundled_path("model_zoo.yaml"), help="the zoo file")
    arguments = parser.parse_args()
    before = arguments.zoo.read_text(encoding="utf-8") if arguments.zoo.exists() else EMPTY
    after = with_entries(before, section(starter_path()))
    if arguments.check:
        return int(before != after)
    arguments.zoo.write_text(after, encoding="utf-8")
    return 0


def with_entries(text: str, entries: str) -> str:
    """The text with what stands between the marks replaced."""
    if BEGIN not in text or END not in text:
        sys.exit(f"the zoo file lacks the marks {BEGIN.strip()!r} and {END.strip()!r}")
    head, rest = text.split(BEGIN, 1)
    return head + BEGIN + entries + END + rest.split(END, 1)[1]


def section(starter: Path) -> str:
    """YAML of every starter model, small to large."""
    reached = accuracy_reached(starter / "training.json")
    names = [f"starter_{size}_{variant}" for size in SIZES for variant in VARIANTS]
    entries = [entry(starter, name, reached) for name in names]
    text = yaml.safe_dump(entries, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100)
    return "".join(f"  {line}\n" for line in text.splitlines())


def accuracy_reached(record: Path) -> Mapping[str, float]:
    """Top-1 in per cent by digest, as measured when the models were made."""
    if not record.exists():
        return {}
    models = json.loads(record.read_text(encoding="utf-8"))["models"]
    return {model["sha256"]: round(100 * model["top1"], 2) for model in models}


def entry(starter: Path, name: str, reached: Mapping[str, float]) -> dict[str, Any]:
    path = f"models/{name}.tflite"
    facts = inspect_model(starter / path)
    _, height, width, _ = facts.inputs[0].shape
    made: dict[str, Any] = {
        "name": name,
        "family": name.rsplit("_", 1)[0],
        "path": path,
        "sha256": facts.sha256,
        "size_bytes": facts.size_bytes,
        "quantization": facts.quantization.value,
        "input": {"height": height, "width": width, "dtype": facts.inputs[0].dtype},
        "labels": {"file": "labels.txt", "offset": 0},
        "dataset": "starter-val",
    }
    if facts.sha256 in reached:
        made["published"] = {"top1": reached[facts.sha256], "source": "tools/starter, on starter-val"}
    return {**made, "license": "Apache-2.0", "source": "tools/starter", "groups": ["starter"]}


if __name__ == "__main__":
    sys.exit(main())
