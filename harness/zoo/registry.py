"""The zoo: the bundled entries with the user's own merged over them, and how to find one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import platformdirs

from harness.errors import UnknownNameError, ZooError
from harness.resources import bundled_path, starter_path
from harness.zoo.zoo_file import ZooItem, read_zoo_file

__all__ = [
    "LIST_COMMAND",
    "OWN_ZOO_VARIABLE",
    "Zoo",
    "is_glob",
    "load_zoo",
    "own_zoo_files",
    "users_zoo_file",
]

OWN_ZOO_VARIABLE = "HARNESS_ZOO"
LIST_COMMAND = "harness zoo list"


@dataclass(frozen=True)
class Zoo:
    """All known models by name, in the order of the files; `files` are those that were read."""

    items: Mapping[str, ZooItem]
    files: tuple[Path, ...] = ()

    def find(self, name: str) -> ZooItem:
        """The entry of exactly that name. Raises UnknownNameError with near matches."""
        if name not in self.items:
            raise UnknownNameError("model", name, self.items, list_command=LIST_COMMAND)
        return self.items[name]

    def search(self, spec: str) -> tuple[ZooItem, ...]:
        """Entries for a name, a glob (case does not count) or an `@group`, never empty.

        Raises UnknownNameError.
        """
        if spec.startswith("@"):
            return self._of_group(spec)
        if spec in self.items or not is_glob(spec):
            return (self.find(spec),)
        found = self.match(spec)
        if not found:
            raise UnknownNameError("model", spec, self.items, list_command=LIST_COMMAND)
        return found

    def match(self, glob: str) -> tuple[ZooItem, ...]:
        """Entries whose name fits the glob; may be empty."""
        pattern = glob.casefold()
        return tuple(item for name, item in self.items.items() if fnmatchcase(name.casefold(), pattern))

    def _of_group(self, spec: str) -> tuple[ZooItem, ...]:
        groups = self.groups()
        wanted = spec[1:].casefold()
        if wanted not in groups:
            known = [f"@{group}" for group in groups]
            raise UnknownNameError("group", spec, known, list_command=f"{LIST_COMMAND} --groups")
        return tuple(self.items[name] for name in groups[wanted])

    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Names of entries by group, the group without its `@`."""
        groups: dict[str, list[str]] = {}
        for name, item in self.items.items():
            for group in item.entry.all_groups:
                groups.setdefault(group, []).append(name)
        return {group: tuple(names) for group, names in sorted(groups.items())}

    def by_sha256(self, digest: str) -> ZooItem | None:
        """The entry whose `.tflite` has that digest."""
        return next((item for item in self.items.values() if item.entry.sha256 == digest), None)


def load_zoo(own: Sequence[Path] | None = None) -> Zoo:
    """The bundled zoo with own files merged over it: an entry replaces one of the same name, later files win.

    `own` None: the user's own files as `own_zoo_files` finds them. Raises ZooError.
    """
    bundled = bundled_path("model_zoo.yaml")
    files = [bundled, *(own_zoo_files() if own is None else own)]
    items: dict[str, ZooItem] = {}
    for file in files:
        base = starter_path() if file == bundled else None
        items.update({item.entry.name: item for item in read_zoo_file(file, base=base)})
    return Zoo(items, tuple(files))


def own_zoo_files() -> tuple[Path, ...]:
    """`zoo.yaml` in the user's configuration folder where there is one, then the files of HARNESS_ZOO.

    Raises ZooError for a file of HARNESS_ZOO that does not exist.
    """
    configured, listed = _configured(), _listed()
    for path in listed:
        if not path.is_file():
            raise ZooError(f"{path}:1: no such zoo file", next_step=f"{OWN_ZOO_VARIABLE} names it")
    return (*([configured] if configured.is_file() else []), *listed)


def users_zoo_file() -> Path:
    """Where entries are added: the last file of HARNESS_ZOO, else that in the configuration folder."""
    return next(reversed(_listed()), _configured())


def _configured() -> Path:
    return Path(platformdirs.user_config_dir("harness")) / "zoo.yaml"


def _listed() -> list[Path]:
    return [
        Path(each).expanduser() for each in os.environ.get(OWN_ZOO_VARIABLE, "").split(os.pathsep) if each
    ]


def is_glob(text: str) -> bool:
    """Whether the text has a character that stands for others."""
    return any(mark in text for mark in "*?[")
