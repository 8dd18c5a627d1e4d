"""Linux' control groups: how much CPU time this process is allowed, and less of it for a while."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.devices.kernel_file import read_kernel_file
from harness.errors import UsageError

__all__ = ["GROUPS", "cpu_quota", "limited"]

GROUPS = Path("/sys/fs/cgroup")
"""Where version 2 is mounted; version 1 has a folder a controller in it."""

_OWN_GROUPS = Path("/proc/self/cgroup")
"""A line a hierarchy: number, controllers, this process' group; version 2 is `0::/group`."""

_PERIOD_US = 100_000
_EMPTY_AFTER_S = 2.0


def cpu_quota(*, groups: Path = GROUPS, own_groups: Path = _OWN_GROUPS) -> float | None:
    """CPUs' worth of time that this process' group and those around it allow; None without a limit."""
    quotas = [
        quota
        for root, group in _own(groups, own_groups)
        for folder in _upwards(root, group)
        if (quota := _quota(folder)) is not None
    ]
    return min(quotas, default=None)


@contextmanager
def limited(cpus: float, *, groups: Path = GROUPS, own_groups: Path = _OWN_GROUPS) -> Iterator[None]:
    """Within the block this process, and all it starts, get at most `cpus` CPUs' worth of time.

    Raises UsageError where this system does not let us make such a group.
    """
    home, group = _homes(groups, own_groups)
    try:
        group.mkdir(exist_ok=True)
        _limit(group, cpus)
        _move_to(group)
    except OSError as error:
        with suppress(OSError):
            group.rmdir()
        raise UsageError(
            f"a control group with {cpus:g} CPUs cannot be made: {error}",
            next_step="run as root, or limit from outside (docker run --cpus) and leave the condition out",
        ) from error
    try:
        yield
    finally:
        _move_to(home)
        _remove(group)


def _own(groups: Path, own_groups: Path) -> Iterator[tuple[Path, str]]:
    """Root folder and own group of each hierarchy that rules CPU time."""
    for line in (read_kernel_file(own_groups) or "").splitlines():
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if "cpu" in controllers.split(","):
            yield groups / "cpu", group
        elif not controllers:
            yield groups, group


def _upwards(root: Path, group: str) -> Iterator[Path]:
    """The group's folder and those around it that can be seen: in a container only the root may be."""
    parts = [part for part in group.split("/") if part not in ("", "..")]
    for count in range(len(parts), -1, -1):
        yield root.joinpath(*parts[:count])


def _quota(folder: Path) -> float | None:
    """Version 2 has both numbers in one file, version 1 in two."""
    quota, _, period = (read_kernel_file(folder / "cpu.max") or "").partition(" ")
    if not period:
        quota = read_kernel_file(folder / "cpu.cfs_quota_us") or ""
        period = read_kernel_file(folder / "cpu.cfs_period_us") or ""
    if not quota.isdigit() or not period.isdigit() or period == "0":
        return None
    return int(quota) / int(period)


def _homes(groups: Path, own_groups: Path) -> tuple[Path, Path]:
    """Where this process is, and where its limited group will be.

    Version 2 allows no processes beside groups with limits except at the root.
    """
    own = dict(_own(groups, own_groups))
    version_1 = groups / "cpu"
    root = version_1 if version_1 in own else groups
    home = next((each for each in _upwards(root, own.get(root, "/")) if each.is_dir()), root)
    return home, (home if root == version_1 else root) / f"harness-{os.getpid()}"


def _limit(group: Path, cpus: float) -> None:
    quota_us = round(cpus * _PERIOD_US)
    if (group / "cpu.cfs_quota_us").exists():
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US), encoding="ascii")
        (group / "cpu.cfs_quota_us").write_text(str(quota_us), encoding="ascii")
    else:
        (group / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}", encoding="ascii")


def _move_to(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")


def _remove(group: Path) -> None:
    """The kernel needs a moment to forget processes that have just ended."""
    end = time.monotonic() + _EMPTY_AFTER_S
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
