"""Virtual environments for measuring workers: another version of a runtime, under an interpreter that has it.

An environment is made once and kept in the user's cache. It is complete when
its marker file is there, which is written last: what an interrupted process left
behind is made anew. One process at a time makes the same environment; others wait.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from harness.errors import UsageError, near_matches
from harness.latency.interpreters import Interpreter, interpreters
from harness.records.vocabulary import Runtime
from harness.zoo.fetch.cache import default_cache

__all__ = ["RuntimeEnvironment", "ensure_environment"]

_PACKAGES = {Runtime.LITERT: "ai-edge-litert", Runtime.TFLITE_RUNTIME: "tflite-runtime"}
_MODULES = {
    Runtime.LITERT: "ai_edge_litert.interpreter",
    Runtime.TFLITE_RUNTIME: "tflite_runtime.interpreter",
}
# tflite-runtime is compiled against numpy 1 and crashes under numpy 2.
_NUMPY = {Runtime.LITERT: "numpy", Runtime.TFLITE_RUNTIME: "numpy<2"}
# Its last wheels, of 2023, are for 3.11.
_NEWEST_PYTHON = {Runtime.TFLITE_RUNTIME: (3, 11)}

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!]{0,39}")
_OFFERED = re.compile(r"\(from versions: ([^)]*)\)")
_UNREACHABLE = re.compile(
    r"connection broken|connection error|name resolution|ProxyError|ConnectTimeout", re.I
)
_MARKER = "harness-environment.json"
_INSTALL_TIMEOUT_S = 900.0
_NEVER_FROM_PARENT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_PROBE = """
import importlib, importlib.metadata, json, platform, sys
importlib.import_module(sys.argv[1])
versions = {name: importlib.metadata.version(name) for name in sys.argv[2:]}
print(json.dumps({"python": platform.python_version(), "versions": versions}))
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RuntimeEnvironment:
    """An interpreter that has one version of a runtime, with the versions that were really installed."""

    python: Path
    runtime: Runtime
    version: str
    python_version: str
    numpy_version: str


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why an interpreter could not get the runtime; `offered` are the versions it could have had."""

    interpreter: Interpreter
    reason: str
    offered: tuple[str, ...] = ()
    unreachable: bool = False


def ensure_environment(
    runtime: Runtime, version: str, *, cache: Path | None = None, say: Say = lambda text: None
) -> RuntimeEnvironment:
    """The cached environment with exactly this version, made where there is none.

    Tried in order: harness' own interpreter, others on the PATH, those uv can
    get. `cache` is the folder of caches (default: the user's). Raises UsageError,
    in one sentence, for a version that no interpreter can have.
    """
    _check(runtime, version)
    root = (cache or default_cache().root) / "environments"
    candidates = list(_candidates(runtime))
    for each in candidates:
        found = _complete(root / _name(runtime, version, each), runtime)
        if found is not None:
            return found
    refusals: list[_Refusal] = []
    for each in candidates:
        made = _make(root, each, runtime, version, say)
        if isinstance(made, RuntimeEnvironment):
            return made
        refusals.append(made)
        if made.unreachable:
            break
    raise _impossible(runtime, version, refusals)


def _check(runtime: Runtime, version: str) -> None:
    if runtime not in _PACKAGES:
        known = ", ".join(_PACKAGES)
        raise UsageError(f"versions can be chosen of {known}, not of {runtime}")
    if _VERSION.fullmatch(version) is None:
        raise UsageError(f"{version!r} is no version of {runtime}", next_step="write it like litert==2.1.0")


def _candidates(runtime: Runtime) -> Iterator[Interpreter]:
    newest = _NEWEST_PYTHON.get(runtime)
    for each in interpreters():
        if newest is None or each.version <= newest:
            yield each


def _name(runtime: Runtime, version: str, interpreter: Interpreter) -> str:
    return f"{_PACKAGES[runtime]}-{version}-py{interpreter.text}"


def _complete(folder: Path, runtime: Runtime) -> RuntimeEnvironment | None:
    """The environment in a folder; None where it is missing, unfinished or has lost its interpreter."""
    python = _python_of(folder)
    try:
        facts = json.loads((folder / _MARKER).read_bytes())
        found = RuntimeEnvironment(
            python, runtime, facts["version"], facts["python_version"], facts["numpy_version"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if python.exists() else None


def _make(
    root: Path, interpreter: Interpreter, runtime: Runtime, version: str, say: Say
) -> RuntimeEnvironment | _Refusal:
    folder = root / _name(runtime, version, interpreter)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{folder.name}.lock"):
            found = _complete(folder, runtime)
            if found is not None:
                return found
            say(f"making an environment with {runtime} {version} for Python {interpreter.text}")
            shutil.rmtree(folder, ignore_errors=True)
            made = _build(folder, interpreter, runtime, version)
            if isinstance(made, _Refusal):
                shutil.rmtree(folder, ignore_errors=True)
            return made
    except OSError as error:
        raise UsageError(
            f"{root}: no environment can be made: {error.strerror}",
            next_step="choose another place with HARNESS_CACHE=DIR",
        ) from error


def _build(
    folder: Path, interpreter: Interpreter, runtime: Runtime, version: str
) -> RuntimeEnvironment | _Refusal:
    """Create, install, prove, mark."""
    created = _run(interpreter.create(folder))
    if created.returncode != 0:
        return _Refusal(interpreter, _last_line(created))
    requirements = [f"{_PACKAGES[runtime]}=={version}", _NUMPY[runtime]]
    installed = _run(interpreter.install(_python_of(folder), requirements))
    if installed.returncode != 0:
        return _refused(interpreter, installed)
    probe = [str(_python_of(folder)), "-c", _PROBE, _MODULES[runtime], _PACKAGES[runtime], "numpy"]
    proven = _run(probe)
    if proven.returncode != 0:
        return _Refusal(interpreter, f"it was installed but cannot be loaded: {_last_line(proven)}")
    facts = json.loads(proven.stdout.splitlines()[-1])
    made = RuntimeEnvironment(
        _python_of(folder),
        runtime,
        facts["versions"][_PACKAGES[runtime]],
        facts["python"],
        facts["versions"]["numpy"],
    )
    _mark(folder, made)
    return made


def _mark(folder: Path, made: RuntimeEnvironment) -> None:
    part = folder / f"{_MARKER}.part"
    part.write_text(json.dumps({**asdict(made), "python": str(made.python)}), encoding="utf-8")
    part.replace(folder / _MARKER)


def _python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run to the end; one that hangs or cannot be started counts as failed."""
    environment = {name: value for name, value in os.environ.items() if name not in _NEVER_FROM_PARENT}
    # A user's pip may be set to install into the home folder, which no virtual environment allows.
    environment["PIP_USER"] = "0"
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            timeout=_INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no end within {_INSTALL_TIMEOUT_S:.0f} s")
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def _refused(interpreter: Interpreter, done: subprocess.CompletedProcess[str]) -> _Refusal:
    said = done.stdout + done.stderr
    listed = _OFFERED.search(said)
    offered = () if listed is None else tuple(v for v in listed[1].split(", ") if v and v != "none")
    unreachable = not offered and _UNREACHABLE.search(said) is not None
    reason = "it has no wheel there" if listed else _last_line(done)
    return _Refusal(interpreter, reason, offered, unreachable)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1][:200] if lines else f"exit status {done.returncode}"


def _impossible(runtime: Runtime, version: str, refusals: list[_Refusal]) -> UsageError:
    """One sentence from all refusals, and what would help."""
    what = f"{_PACKAGES[runtime]} {version}"
    if any(each.unreachable for each in refusals):
        return UsageError(
            f"{what} cannot be installed: no package index can be reached",
            next_step="set PIP_INDEX_URL or the proxy for pip, or give interpreters: --a-python, --b-python",
        )
    offered = dict.fromkeys(v for each in reversed(refusals) for v in each.offered)
    if offered and version not in offered:
        near = near_matches(version, offered) or tuple(offered)[-3:]
        return UsageError(
            f"{what} does not exist for Python {_asked(refusals)}; near it: {', '.join(near)}",
            next_step=f"versions: pip index versions {_PACKAGES[runtime]}",
        )
    newest = _NEWEST_PYTHON.get(runtime)
    wanted = f"Python {newest[0]}.{newest[1]} or older" if newest else "another Python"
    detail = "; ".join(f"Python {each.interpreter.text}: {each.reason}" for each in refusals)
    return UsageError(
        f"{what} cannot be had with the interpreters found ({detail or 'none that is old enough'})",
        next_step=f"install {wanted} (python3.N on the PATH), or uv, which fetches one",
    )


def _asked(refusals: list[_Refusal]) -> str:
    """Those for which the index named the versions it has."""
    return ", ".join(dict.fromkeys(each.interpreter.text for each in refusals if each.offered))
