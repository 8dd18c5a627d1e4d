"""What kind of phone is simulated: names, cores, properties. Data only."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MODELS", "Cluster", "PhoneModel"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cores of one kind."""

    cpus: tuple[int, ...]
    part: str
    capacity: int
    """Relative to the fastest core's 1024, as the kernel has it."""
    frequencies_khz: tuple[int, ...]

    @property
    def max_khz(self) -> int:
        """The fastest clock."""
        return self.frequencies_khz[-1]


@dataclass(frozen=True, slots=True)
class PhoneModel:
    """The facts a phone tells of itself. The model's name always says that it is simulated."""

    name: str
    title: str
    device: str
    soc: str
    release: str
    sdk: int
    clusters: tuple[Cluster, ...]
    gpu: str
    accelerators: tuple[str, ...]
    memory_kb: int = 5_700_000
    capacity_bytes: int = 2_000_000_000

    @property
    def cpus(self) -> tuple[int, ...]:
        """All cores."""
        return tuple(sorted(cpu for cluster in self.clusters for cpu in cluster.cpus))

    def properties(self, serial: str) -> dict[str, str]:
        """What `getprop` lists."""
        build = f"simulated/{self.device}/{self.device}:{self.release}/HARNESS/1:user/release-keys"
        return {
            "ro.product.model": f"Simulated {self.title}",
            "ro.product.manufacturer": "harness (simulated)",
            "ro.product.brand": "simulated",
            "ro.product.name": f"simulated_{self.device}",
            "ro.product.device": f"simulated_{self.device}",
            "ro.product.board": self.device,
            "ro.hardware": f"simulated_{self.device}",
            "ro.soc.model": self.soc,
            "ro.board.platform": "simulated",
            "ro.build.fingerprint": build,
            "ro.build.version.release": self.release,
            "ro.build.version.sdk": str(self.sdk),
            "ro.build.version.security_patch": "2022-10-01",
            "ro.build.type": "user",
            "ro.debuggable": "0",
            "ro.product.cpu.abi": "arm64-v8a",
            "ro.product.cpu.abilist": "arm64-v8a,armeabi-v7a,armeabi",
            "ro.serialno": serial,
            "ro.harness.simulated": "1",
            "sys.boot_completed": "1",
        }


_LITTLE = (300_000, 576_000, 768_000, 1_017_600, 1_248_000, 1_497_600, 1_785_600)
_GOLD = (710_400, 940_800, 1_286_400, 1_612_800, 1_920_000, 2_227_200, 2_419_200)
_PRIME = (825_600, 1_171_200, 1_612_800, 2_054_400, 2_419_200, 2_649_600, 2_841_600)

MODELS = {
    model.name: model
    for model in (
        PhoneModel(
            name="pixel4",
            title="Pixel 4",
            device="flame",
            soc="SM8150",
            release="13",
            sdk=33,
            clusters=(
                Cluster((0, 1, 2, 3), "0x803", 261, _LITTLE),
                Cluster((4, 5, 6), "0x804", 871, _GOLD),
                Cluster((7,), "0x804", 1024, _PRIME),
            ),
            gpu="Qualcomm, Adreno (TM) 640 (simulated by harness), OpenGL ES 3.2",
            accelerators=("simulated-dsp", "nnapi-reference"),
        ),
    )
}
"""Clock tables follow the Snapdragon 855's first, last and some middle steps; they are not complete."""
