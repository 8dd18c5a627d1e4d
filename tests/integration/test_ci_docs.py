"""The workflows of docs/ci.md and action.yml: parsed, and their shell steps run as the services do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from harness.resources import starter_path
from tests.cli.test_gate_outputs import record
from tests.integration.conftest import ROOT, from_index

CI_DOC = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
# Decided at the first look: the steps are what is tried here, not the statistics.
QUICK = "tolerance: 20%\ntarget: 60%\n"
# As the runner starts a step with `shell: bash`, and as GitLab's starts a script.
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


def block(name: str) -> Any:
    """The YAML of the document that follows the comment of that name."""
    found = re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", CI_DOC, re.DOTALL)
    assert found is not None, name
    return yaml.safe_load(found[1])


def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Project:
    """A checkout of a merge request: `models/` here, and those of the target branch at the origin."""

    checkout: Path
    env: Mapping[str, str]

    def bash(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*BASH, script],
            cwd=self.checkout,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands after the action's own Install step; a wheel stands in for its checkout."""
    temp = tmp_path_factory.mktemp("runner")
    script = step("Install harness", action()["runs"]["steps"])["run"]
    env = {**os.environ, "RUNNER_TEMP": str(temp), "GITHUB_ACTION_PATH": str(wheel)}
    from_index([*BASH, script], "install the wheel's dependencies", env=env)
    return temp / "harness" / "bin"


@pytest.fixture
def project(commands: Path, wheel: Path, tmp_path: Path) -> Project:
    origin, checkout = tmp_path / "origin", tmp_path / "work" / "checkout"
    (origin / "models").mkdir(parents=True)
    shutil.copyfile(
        starter_path() / "models" / "starter_small_int8.tflite", origin / "models" / "mine.tflite"
    )
    (origin / "gate.yaml").write_text(QUICK)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "models"]):
        subprocess.run([*git, *command], cwd=origin, check=True)
    subprocess.run([*git, "clone", "-q", str(origin), str(checkout)], check=True)
    env = {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "HARNESS": str(wheel),
        "HARNESS_CACHE": str(tmp_path / "cache"),
        "GITHUB_BASE_REF": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LANG", "SSL"))}
    return Project(checkout, {**kept, **env})


def in_github(project: Project, tmp_path: Path) -> dict[str, str]:
    files = {"GITHUB_STEP_SUMMARY": tmp_path / "summary.md", "GITHUB_OUTPUT": tmp_path / "output"}
    for path in files.values():
        path.touch()
    return {"GITHUB_ACTIONS": "true", **{name: str(path) for name, path in files.items()}}


def step(name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    [found] = [each for each in steps if each.get("name") == name]
    return found


# What is written


@pytest.mark.parametrize("name", ["github-action", "github-steps"])
def test_a_workflow_has_the_parts_github_asks_for(name: str):
    workflow = block(name)
    # YAML 1.1 reads the key `on` as true; GitHub does not.
    assert workflow[True] == "pull_request"
    assert workflow["permissions"] == {"contents": "read"}
    [job] = workflow["jobs"].values()
    assert job["timeout-minutes"] <= 60
    for each in job["steps"]:
        assert ("uses" in each) != ("run" in each)
        assert "${{" not in each.get("run", ""), "an expression in a script can be a command"


def test_the_action_declares_what_its_steps_use():
    document = action()
    used = set(
        re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", (ROOT / "action.yml").read_text(encoding="utf-8"))
    )
    assert used == set(document["inputs"])
    assert document["runs"]["using"] == "composite"
    for each in document["runs"]["steps"]:
        assert each["shell"] == "bash"
        assert "${{" not in each["run"]
    asked = set(block("github-action")["jobs"]["gate"]["steps"][3]["with"])
    assert asked <= set(document["inputs"])


def test_the_table_of_exit_codes_is_the_commands_own():
    said = dict(re.findall(r"^\| (\d) \| (\w+)", CI_DOC, re.MULTILINE))
    assert said == {"0": "PASS", "1": "REGRESSION", "2": "usage", "3": "INCONCLUSIVE", "4": "UNFIT"}


# What it does


def run_action(project: Project, tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The Gate step, with inputs put in as the runner does."""
    document = action()
    values = {name: str(spec["default"]) for name, spec in document["inputs"].items()} | inputs
    gate = step("Gate", document["runs"]["steps"])
    env = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: values[found[1]], text)
        for name, text in gate["env"].items()
    }
    runner = Path(project.env["PATH"].split(":")[0]).parents[1]
    return project.bash(gate["run"], RUNNER_TEMP=str(runner), **in_github(project, tmp_path), **env)


def test_the_action_passes_equal_models_and_leaves_its_reports(project: Project, tmp_path: Path):
    steps = block("github-action")["jobs"]["gate"]["steps"]
    fetched = project.bash(step("Models of the target branch", steps)["run"], **in_github(project, tmp_path))
    assert fetched.returncode == 0, fetched.stderr
    done = run_action(project, tmp_path, **steps[3]["with"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "output").read_text() == "exit-code=0\n"
    reports = project.checkout / "gate-reports"
    assert ElementTree.parse(reports / "gate.xml").getroot().get("failures") == "0"
    assert "PASS" in (reports / "gate.html").read_text(encoding="utf-8")
    assert "✅ harness gate" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "::notice title=harness gate::PASS" in done.stderr


@pytest.mark.parametrize(("slower", "code"), [(0.08, 1), (0.0, 0)])
def test_the_actions_exit_code_is_the_verdicts(project: Project, tmp_path: Path, slower: float, code: int):
    replay = record(project.checkout, slower)
    done = run_action(project, tmp_path, args=f"--replay {replay}")
    assert done.returncode == code, done.stderr
    assert (tmp_path / "output").read_text() == f"exit-code={code}\n"


def test_a_hostile_input_of_the_action_is_a_name(project: Project, tmp_path: Path):
    done = run_action(project, tmp_path, a="$(touch owned)", b="--help; touch owned")
    assert done.returncode == 2
    assert not (project.checkout / "owned").exists()


def test_the_plain_steps_run_one_after_the_other(project: Project, tmp_path: Path):
    env = in_github(project, tmp_path)
    for each in block("github-steps")["jobs"]["gate"]["steps"]:
        if "run" in each:
            done = project.bash(each["run"], **env)
            assert done.returncode == 0, f"{each['name']}: {done.stdout}{done.stderr}"
    assert (project.checkout / "gate-reports" / "gate.xml").exists()


@pytest.mark.parametrize(("code", "left"), [(0, 0), (1, 1), (2, 2), (3, 0), (4, 4)])
def test_the_plain_steps_let_only_the_inconclusive_through(
    project: Project, tmp_path: Path, code: int, left: int
):
    stand_in = tmp_path / "stand-in"
    stand_in.mkdir()
    (stand_in / "harness").write_text(f"#!/bin/sh\nexit {code}\n")
    (stand_in / "harness").chmod(0o755)
    gate = step("Gate", block("github-steps")["jobs"]["gate"]["steps"])["run"]
    done = project.bash(gate, PATH=f"{stand_in}:{project.env['PATH']}")
    assert done.returncode == left
    assert ("::warning" in done.stdout) == (code == 3)


def test_gitlabs_script_runs_line_by_line(project: Project):
    job = block("gitlab")["model-gate"]
    assert job["allow_failure"] == {"exit_codes": [3]}
    done = project.bash("\n".join(job["script"]))
    assert done.returncode == 0, done.stdout + done.stderr
    junit = project.checkout / job["artifacts"]["reports"]["junit"]
    assert ElementTree.parse(junit).getroot().get("tests") != "0"
