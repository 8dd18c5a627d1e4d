"""A simulated phone with a launcher on it, and the orders it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.devices.profile import Limits
from harness.latency.launcher import LaunchOrder, ModelInput
from harness.latency.phone.binaries import stand_in
from harness.latency.phone.launcher import PhoneLauncher
from harness.latency.sampling import Sampling
from harness.records.launch import Launch
from harness.records.model import Model
from harness.records.run import PhoneOptions
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime
from harness.resources import starter_path
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import SimulatedPhone, serve
from harness.simulated_phone.userland import ANDROID, Userland
from harness.zoo.inspect import inspect_model
from tests.devices.phones import identified

SHORT = Sampling(1, 1, 20.0, 5, 40.0, 0.02)


def starter(name: str = "starter_small_float32") -> Model:
    """A bundled model with what is known of its file."""
    path = starter_path() / "models" / f"{name}.tflite"
    facts = inspect_model(path)
    return Model(name, str(path), facts.sha256, facts.size_bytes, facts=facts)


@dataclass
class Bench:
    """The phone, the launcher, and where logs go."""

    simulated: SimulatedPhone
    launcher: PhoneLauncher
    folder: Path

    def order(
        self,
        delegate: Delegate = Delegate.CPU,
        *,
        threads: int = 4,
        timeout_s: float = 20.0,
        model: Model | None = None,
        attempt: int = 0,
        fed: ModelInput | None = None,
    ) -> LaunchOrder:
        model = model or starter()
        trial = Trial(model.name, model.sha256, "phone", Runtime.BENCHMARK_MODEL, delegate, threads)
        log = self.folder / f"{delegate}.{attempt}.log"
        return LaunchOrder(
            trial, model, fed or ModelInput(), 0, 0, SHORT, timeout_s, log, f"logs/{log.name}", attempt
        )

    def launch(self, delegate: Delegate = Delegate.CPU, **changes: object) -> Launch:
        return self.launcher.launch(self.order(delegate, **changes))  # type: ignore[arg-type]

    def log(self, delegate: Delegate = Delegate.CPU, *, attempt: int = 0) -> str:
        return (self.folder / f"{delegate}.{attempt}.log").read_text(encoding="utf-8")

    @property
    def left_on_phone(self) -> list[str]:
        """Folders of launches that were not removed, and processes of the tool that still run."""
        files = self.simulated.phone.files
        jobs = "/data/local/tmp/harness/jobs"
        left = files.names(jobs) if files.exists(jobs) else []
        running = self.simulated.phone.processes.running()
        return [*left, *(p.arguments[0] for p in running if "benchmark_model" in p.arguments[0])]


# These are there from the beginning; the others strike only once the phone was looked at.
_PERMANENT = ("storage-full", "wrong-abi", "low-battery", "throttling")


@contextmanager
def bench(
    folder: Path,
    *faults: str,
    options: PhoneOptions | None = None,
    cooldown_s: float = 30.0,
    userland: Userland = ANDROID,
) -> Iterator[Bench]:
    """A phone whose faults strike launches, not the connecting before them."""
    permanent = [fault for fault in faults if fault.startswith(_PERMANENT)]
    with serve(MODELS["pixel4"], faults=parse_faults(permanent), userland=userland) as simulated:
        device = identified(simulated)
        limits = Limits(cooldown_s=cooldown_s)
        device.profile = device.profile.model_copy(update={"limits": limits})
        try:
            for fault in parse_faults(set(faults) - set(permanent)):
                simulated.phone.add_fault(fault)
            launcher = PhoneLauncher(device, lambda: stand_in(folder), options or PhoneOptions())
            yield Bench(simulated, launcher, folder)
        finally:
            device.close()
