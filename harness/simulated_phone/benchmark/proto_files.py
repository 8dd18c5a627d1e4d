"""The two files the tool writes for programs: which delegate runs which node, and the figures.

Field numbers: LiteRT's `model_runtime_info.proto` and `benchmark_result.proto`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev

from harness.simulated_phone.benchmark.flags import Flags
from harness.simulated_phone.benchmark.log import Log
from harness.simulated_phone.shell.context import Context

__all__ = ["node_list", "result", "write_node_list", "write_result"]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def node_list(operators: Sequence[str], replaced: Mapping[str, Sequence[Sequence[int]]]) -> bytes:
    """The graph's nodes, then one for each kernel a delegate put in, with those it replaces. Pure."""
    kernels = [(name, group) for name, groups in replaced.items() for group in groups]
    owner = {n: len(operators) + index for index, (_, group) in enumerate(kernels) for n in group}
    nodes = [
        _number(1, number)
        + _bytes(2, operator.encode())
        + (_number(9, owner[number]) if number in owner else b"")
        for number, operator in enumerate(operators)
    ]
    for index, (name, group) in enumerate(kernels):
        details = _bytes(1, name.encode()) + _bytes(2, b"".join(map(_varint, group)))
        nodes.append(_number(1, len(operators) + index) + _bytes(2, name.encode()) + _bytes(8, details))
    return _bytes(2, _number(1, 0) + b"".join(_bytes(3, node) for node in nodes))


def result(warmup_us: Sequence[int], measured_us: Sequence[int], *, init_us: int) -> bytes:
    """The aggregates of a run that measured something. Pure."""
    ordered = sorted(measured_us)
    at = {share: ordered[min(len(ordered) * share // 100, len(ordered) - 1)] for share in (5, 50, 95)}
    times = (
        fmean(ordered),
        ordered[0],
        ordered[-1],
        pstdev(ordered),
        at[50],
        at[5],
        at[95],
        init_us,
        warmup_us[0] if warmup_us else 0,
        fmean(warmup_us) if warmup_us else 0,
    )
    latency = b"".join(_float(field, each / 1000) for field, each in enumerate(times, 1))
    return _bytes(2, latency) + _bytes(4, _number(2, len(ordered)) + _number(3, len(warmup_us)))


def write_node_list(
    context: Context, flags: Flags, operators: Sequence[str], replaced: Mapping[str, Sequence[Sequence[int]]]
) -> None:
    """The file, where it was asked for."""
    if flags.yes("export_model_runtime_info") and flags.text("model_runtime_info_output_file"):
        path = context.path(flags.text("model_runtime_info_output_file"))
        context.files.write(path, node_list(operators, replaced))


def write_result(
    context: Context, flags: Flags, log: Log, warmup: Sequence[int], measured: Sequence[int], *, init_us: int
) -> None:
    """The file, where it was asked for; one that cannot be written is a line in the log and no more."""
    name = flags.text("result_file_path")
    if not name or not measured:
        return
    log.info(f"Saving benchmark result to: {name}")
    try:
        context.files.write(context.path(name), result(warmup, measured, init_us=init_us))
    except OSError:
        log.error(f"Failed to save benchmark result to: {name}")
        return
    log.info(f"Saved benchmark result to: {name}")
