"""Limits of CPU time by control groups: read in both versions, set for real where one may."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.devices.control_group import GROUPS, cpu_quota, limited
from harness.errors import UsageError


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("content", "cpus"), [("150000 100000\n", 1.5), ("max 100000\n", None), ("odd\n", None), ("1 0\n", None)]
)
def test_version_2(content: str, cpus: float | None, tmp_path: Path, own: Path):
    own.write_text("0::/\n")
    write(tmp_path / "groups" / "cpu.max", content)
    assert cpu_quota(groups=tmp_path / "groups", own_groups=own) == cpus


def test_the_tightest_of_the_groups_around_counts(tmp_path: Path, own: Path):
    own.write_text("0::/system.slice/ci.service\n")
    write(tmp_path / "system.slice" / "cpu.max", "50000 100000")
    write(tmp_path / "system.slice" / "ci.service" / "cpu.max", "300000 100000")
    assert cpu_quota(groups=tmp_path, own_groups=own) == 0.5


def test_version_1_where_a_container_sees_only_its_own_folder(tmp_path: Path, own: Path):
    own.write_text("9:name=systemd:/\n4:cpu,cpuacct:/docker/0123\n0::/\n")
    write(tmp_path / "cpu" / "cpu.cfs_quota_us", "50000\n")
    write(tmp_path / "cpu" / "cpu.cfs_period_us", "100000\n")
    assert cpu_quota(groups=tmp_path, own_groups=own) == 0.5


def test_a_group_does_not_lead_out_of_the_folder(tmp_path: Path, own: Path):
    own.write_text("0::/../outside\n")
    write(tmp_path / "outside" / "cpu.max", "50000 100000")
    assert cpu_quota(groups=tmp_path / "groups", own_groups=own) is None


def test_no_groups_no_limit(tmp_path: Path, own: Path):
    assert cpu_quota(groups=tmp_path, own_groups=own) is None


def test_a_limit_holds_for_processes_begun_in_the_block_and_ends_with_it():
    """Where this system does not let us, the refusal says why and what to do."""
    before = cpu_quota()
    told = "from harness.devices.control_group import cpu_quota; print(cpu_quota())"
    try:
        with limited(0.25):
            assert cpu_quota() == 0.25
            assert subprocess.check_output([sys.executable, "-c", told], text=True).strip() == "0.25"
    except UsageError as error:
        assert "a control group with 0.25 CPUs cannot be made" in error.message
        assert "run as root" in (error.next_step or "")
    assert cpu_quota() == before
    assert not list(GROUPS.glob(f"**/harness-{os.getpid()}"))


def test_where_there_are_no_groups_a_limit_is_refused_in_a_sentence(tmp_path: Path, own: Path):
    own.write_text("0::/\n")
    none = tmp_path / "none"
    with pytest.raises(UsageError, match="cannot be made"), limited(0.5, groups=none, own_groups=own):
        pass
    assert not none.exists()
