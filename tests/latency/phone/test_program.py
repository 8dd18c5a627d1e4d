"""What a program file is made for, and where the stock tools come from."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.latency.phone.binaries import StockTool, obtain_tool, stand_in, tool_target
from harness.latency.phone.program import Program, check_program, read_program
from harness.zoo.fetch.cache import Cache
from harness.zoo.fetch.fetch import Fetcher
from harness.zoo.fetch.trust import TrustStore

ARM64 = ("arm64-v8a", "armeabi-v7a", "armeabi")
ARM32 = ("armeabi-v7a", "armeabi")


def elf(machine: int, *, bits: int = 64, kind: int = 3, order: str = "<") -> bytes:
    head = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2]) + bytes(10)
    return head + struct.pack(f"{order}HH", kind, machine)


@pytest.mark.parametrize(
    ("head", "text", "on_64", "on_32"),
    [
        (elf(183), "64-bit aarch64", True, False),
        (elf(40, bits=32), "32-bit arm", True, True),
        (elf(62), "64-bit x86_64", False, False),
        (elf(40, bits=32, order=">"), "32-bit arm", True, True),
        (elf(9999), "64-bit machine 9999", False, False),
        (b"#!/system/bin/sh\n", "a script", True, True),
    ],
)
def test_a_program_tells_its_machine(head: bytes, text: str, on_64: bool, on_32: bool):
    program = read_program(head)
    assert program is not None
    assert str(program) == text
    assert (program.runs_on(ARM64), program.runs_on(ARM32)) == (on_64, on_32)


@pytest.mark.parametrize("head", [b"", b"MZ\x90", b"\x7fELF", elf(183, kind=1), b"TFL3" * 5])
def test_other_files_are_no_programs(head: bytes):
    assert read_program(head) is None


@given(st.binary(max_size=40))
def test_no_bytes_make_it_raise(head: bytes):
    read_program(head)


def test_this_interpreter_is_for_another_machine_than_a_phone():
    with pytest.raises(UsageError, match="but the phone runs arm64-v8a"):
        check_program(Path(sys.executable).resolve(), ARM64)


def test_a_phone_that_tells_no_abi_is_believed_to_run_it(tmp_path: Path):
    file = tmp_path / "tool"
    file.write_bytes(elf(183))
    assert check_program(file, ()) == Program("aarch64", 64)


@pytest.mark.parametrize(
    ("abis", "machine", "name"),
    [
        (ARM64, "aarch64", "android_aarch64_benchmark_model"),
        (ARM32, "aarch64", "android_arm_benchmark_model"),
        ((), "aarch64", "linux_aarch64_benchmark_model"),
        ((), "x86_64", "linux_x86-64_benchmark_model"),
        ((), "armv7l", "linux_arm_benchmark_model"),
    ],
)
def test_the_published_tool_is_chosen_by_abi_and_without_one_by_machine(abis, machine, name):
    target = tool_target(StockTool.BENCHMARK, abis, machine)
    assert target.sources[0].url.endswith(f"/tools/nightly/latest/{name}")
    assert target.sha256 is None


@pytest.mark.parametrize(("abis", "machine"), [(("x86_64",), "x86_64"), ((), "mips"), ((), None)])
def test_a_phone_nobody_publishes_for_is_told_what_to_do(abis, machine):
    with pytest.raises(UsageError, match="no published benchmark_model") as caught:
        tool_target(StockTool.BENCHMARK, abis, machine)
    assert "--benchmark-binary FILE" in (caught.value.next_step or "")


def fetcher(folder: Path, mirror: Path, *, offline: bool = False) -> Fetcher:
    cache = Cache(folder / "cache")
    return Fetcher(cache, TrustStore(cache.root / "lock.json"), mirror=str(mirror), offline=offline)


def published(mirror: Path, content: bytes) -> Path:
    target = tool_target(StockTool.BENCHMARK, ARM64, None)
    file = mirror / target.sources[0].url.removeprefix("https://")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def test_a_fetched_tool_is_trusted_once_and_then_pinned(tmp_path: Path):
    file = published(tmp_path / "mirror", elf(183))
    first = obtain_tool(StockTool.BENCHMARK, None, ARM64, None, fetcher(tmp_path, tmp_path / "mirror"))
    assert first.read_bytes() == elf(183)
    offline = fetcher(tmp_path, tmp_path / "nowhere", offline=True)
    assert obtain_tool(StockTool.BENCHMARK, None, ARM64, None, offline) == first
    first.unlink()
    file.write_bytes(elf(183) + b"another build")
    with pytest.raises(UsageError, match="expected"):
        obtain_tool(StockTool.BENCHMARK, None, ARM64, None, fetcher(tmp_path, tmp_path / "mirror"))


def test_without_a_network_the_way_out_is_a_file(tmp_path: Path):
    nowhere = fetcher(tmp_path, tmp_path / "nowhere")
    with pytest.raises(UsageError) as caught:
        obtain_tool(StockTool.BENCHMARK, None, ARM64, None, nowhere)
    assert "--benchmark-binary FILE" in (caught.value.next_step or "")


def test_a_download_that_is_no_program_for_the_phone_is_not_used(tmp_path: Path):
    published(tmp_path / "mirror", b"<html>404</html>")
    with pytest.raises(UsageError, match="no program"):
        obtain_tool(StockTool.BENCHMARK, None, ARM64, None, fetcher(tmp_path, tmp_path / "mirror"))


def test_a_file_of_ones_own_comes_first(tmp_path: Path):
    own = stand_in(tmp_path)
    nowhere = fetcher(tmp_path, tmp_path / "nowhere", offline=True)
    assert obtain_tool(StockTool.BENCHMARK, own, ARM64, None, nowhere) == own
