from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.latency.gpu_log import read_gpu_log
from harness.records.launch import Delegation
from harness.records.vocabulary import Delegate

SOFTWARE = (
    "I0000 environment.cc:532] Selected adapter: SwiftShader Device (Subzero), arch=swiftshader,"
    " vendor=google, backend=Vulkan, adapterType=CPU / Software\n"
)
PARTIAL = """ERROR: Following operations are not supported by GPU delegate:
SQUEEZE: Operation is not supported.
29 operations will run on the GPU, and the remaining 2 operations will run on the CPU.
"""


def _on(adapter: str | None) -> Delegation:
    return Delegation(Delegate.GPU, Delegate.GPU, adapter=adapter)


def test_a_software_adapter_is_told_from_a_gpu():
    real = read_gpu_log("Selected adapter: NVIDIA T4, backend=Vulkan, adapterType=Discrete GPU\n")
    assert real.adapter is not None
    assert _on(read_gpu_log(SOFTWARE).adapter).software_gpu
    assert not _on(real.adapter).software_gpu


def test_a_split_graph_names_what_stayed_on_the_cpu():
    log = read_gpu_log(SOFTWARE + PARTIAL)
    assert (log.on_gpu, log.on_cpu) == (29, 2)
    assert log.left_on_cpu == ("SQUEEZE: Operation is not supported.",)


def test_no_adapter_is_said_in_the_logs_words():
    assert read_gpu_log("ERROR: Failed: INTERNAL: No adapters found\n").absence == "No adapters found"


def test_a_silent_log_tells_nothing():
    assert read_gpu_log("") == read_gpu_log("INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")


@given(st.text())
def test_arbitrary_text_never_raises(text: str):
    read_gpu_log(text)
