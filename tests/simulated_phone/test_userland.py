"""What harness asks phones, asked of the simulated one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.simulated_phone.faults import Restart, parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.shell.run import Streams
from harness.simulated_phone.shell.streams import Capture, StaticReader
from harness.simulated_phone.userland import PLAIN_LINUX

CPU = "/sys/devices/system/cpu"


class Shell:
    """Runs scripts on a phone and gives what they print on both streams."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def __call__(self, script: str, *, code: int = 0, stdin: bytes = b"") -> str:
        output = Capture()
        found = self.phone.run(script, Streams(StaticReader(stdin), output, output))
        text = output.data.decode()
        assert found == code, text
        return text


Make = Callable[..., Shell]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Phone] = []

    def make_one(*faults: str, **options: object) -> Shell:
        folder = tmp_path / str(len(made))
        made.append(Phone(MODELS["pixel4"], folder, faults=parse_faults(faults), **options))
        return Shell(made[-1])

    yield make_one
    assert [phone.switch_off() for phone in made] == [[] for _ in made]


@pytest.fixture
def sh(make: Make) -> Shell:
    return make()


def test_it_says_everywhere_that_it_is_simulated(sh: Shell):
    assert sh("getprop ro.harness.simulated") == "1\n"
    for name in ("ro.product.model", "ro.product.device", "ro.build.fingerprint", "ro.hardware"):
        assert "imulated" in sh(f"getprop {name}")
    assert "simulated" in sh("cat /proc/cpuinfo")
    assert "simulated" in sh("uname -a")
    assert "simulated" in sh("dumpsys SurfaceFlinger | grep GLES")


def test_topology_and_clocks(sh: Shell):
    assert sh(f"cat {CPU}/online {CPU}/possible {CPU}/present") == 3 * "0-7\n"
    assert sh(f"cat {CPU}/cpu[0-7]/cpu_capacity").split() == ["261"] * 4 + ["871"] * 3 + ["1024"]
    assert sh(f"cat {CPU}/cpu4/cpufreq/related_cpus") == "4 5 6\n"
    highest = sh(f"cat {CPU}/cpu7/cpufreq/cpuinfo_max_freq")
    assert sh(f"cat {CPU}/cpu7/cpufreq/scaling_max_freq") == highest
    assert sh(f"cat {CPU}/cpu7/cpufreq/scaling_governor") == "schedutil\n"
    rows = sh(f"cat {CPU}/cpu7/cpufreq/stats/time_in_state").splitlines()
    assert all(re.fullmatch(r"\d+ \d+", row) for row in rows)


def test_time_in_state_grows_at_the_clock_that_is_in_force(sh: Shell):
    path = f"{CPU}/cpu0/cpufreq/stats/time_in_state"
    first = sum(int(row.split()[1]) for row in sh(f"cat {path}").splitlines())
    time.sleep(0.3)
    assert sum(int(row.split()[1]) for row in sh(f"cat {path}").splitlines()) - first >= 25


def test_thermal_zones_have_kinds_and_plausible_temperatures(sh: Shell):
    kinds = sh("cat /sys/class/thermal/thermal_zone*/type").split()
    temperatures = [int(each) for each in sh("cat /sys/class/thermal/thermal_zone*/temp").split()]
    assert {"skin-therm", "battery"} < set(kinds)
    assert len(kinds) == len(temperatures)
    assert all(20_000 < each < 60_000 for each in temperatures)


def test_proc(sh: Shell):
    assert len(sh("cat /proc/sys/kernel/random/boot_id").strip()) == 36
    assert float(sh("cut -d' ' -f1 /proc/uptime")) >= 0
    assert re.match(r"\d+\.\d+ \d+\.\d+ \d+\.\d+ \d+/\d+ \d+", sh("cat /proc/loadavg"))
    assert "MemTotal:" in sh("cat /proc/meminfo")
    assert sh("grep -c ^cpu /proc/stat") == "9\n"
    assert "VmHWM:" in sh("cat /proc/self/status")


def test_idle_time_passes(sh: Shell):
    before = int(sh("grep '^cpu ' /proc/stat").split()[4])
    time.sleep(0.2)
    assert int(sh("grep '^cpu ' /proc/stat").split()[4]) - before > 100


@pytest.mark.parametrize(("mask", "listed"), [("f0", "4-7"), ("80", "7"), ("ff", "0-7"), ("a1", "0,5,7")])
def test_taskset_is_seen_in_proc(sh: Shell, mask: str, listed: str):
    text = sh(f"taskset {mask} cat /proc/self/status")
    assert f"Cpus_allowed_list:\t{listed}\n" in text


@pytest.mark.parametrize("mask", ["0", "f00", "0xf0", "-1", "zz", ""])
def test_a_mask_without_cores_is_refused(sh: Shell, mask: str):
    assert "Invalid argument" in sh(f"taskset '{mask}' true", code=1)


def test_battery_thermal_and_power_services(make: Make):
    sh, low = make(), make("low-battery=7")
    assert "  level: 83\n" in sh("dumpsys battery")
    assert "  status: 2\n" in sh("dumpsys battery")
    assert "  level: 7\n" in low("dumpsys battery")
    assert "  status: 3\n" in low("dumpsys battery")
    assert low("cat /sys/class/power_supply/battery/capacity") == "7\n"
    assert "Thermal Status: 0\n" in sh("dumpsys thermalservice")
    assert "mType=3, mName=skin" in sh("dumpsys thermalservice")
    assert "mWakefulness=Awake" in sh("dumpsys power")


def test_settings_are_kept_and_a_reboot_forgets_overrides(sh: Shell):
    sh("settings put global stay_on_while_plugged_in 3; cmd thermalservice override-status 2")
    sh("cmd power set-fixed-performance-mode-enabled true")
    assert "Thermal Status: 2" in sh("dumpsys thermalservice")
    assert "IsStatusOverride: true" in sh("dumpsys thermalservice")
    assert sh.phone.condition.fixed_performance
    sh.phone.restart(Restart(reboot=True))
    assert sh("settings get global stay_on_while_plugged_in") == "3\n"
    assert "IsStatusOverride: false" in sh("dumpsys thermalservice")
    assert not sh.phone.condition.fixed_performance
    assert sh("settings get global no_such") == "null\n"
    sh("settings delete global stay_on_while_plugged_in; svc power stayon usb")
    assert sh("settings get global stay_on_while_plugged_in") == "2\n"


def test_the_screen_goes_off_and_on(sh: Shell):
    assert "Asleep" in sh("input keyevent KEYCODE_SLEEP; dumpsys power")
    assert "Awake" in sh("input keyevent 224; dumpsys power")


def test_heat_lowers_the_cap_and_rest_raises_it_again(make: Make):
    sh = make("throttling=1")
    caps = f"cat {CPU}/cpu7/cpufreq/scaling_max_freq"
    cool = int(sh(caps))
    with sh.phone.condition.working():
        time.sleep(1.1)
        assert "Thermal Status: 1" in sh("dumpsys thermalservice")
        assert int(sh(caps)) < cool
        assert int(sh("cat /sys/class/thermal/thermal_zone0/temp")) > 37_000
        assert sh("cat /sys/class/thermal/cooling_device0/cur_state") == "1\n"
    time.sleep(1.1)
    assert "Thermal Status: 0" in sh("dumpsys thermalservice")
    assert int(sh(caps)) == cool


def test_files_and_their_digests(sh: Shell):
    text = sh("cd /data/local/tmp && printf '\\n' >'a b' && sha256sum 'a b' && stat -c %s 'a b' && df -k .")
    assert text.startswith("01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b  a b\n1\n")
    assert "Read-only file system" in sh("touch /system/bin/x", code=1)
    assert "Permission denied" in sh("touch /proc/x", code=1)


def test_nothing_of_this_computer_is_seen_or_run(sh: Shell):
    assert "not found" in sh("/usr/bin/env", code=127)
    assert "No such file" in sh("cat /etc/passwd", code=1)
    assert "No such file" in sh("cat /data/local/tmp/../../../../../etc/passwd", code=1)
    assert sh("echo $PATH") == "/system/bin:/vendor/bin\n"


def test_a_plain_linux_has_no_android(make: Make):
    sh = make(userland=PLAIN_LINUX)
    for name in ("getprop", "dumpsys", "settings", "toybox"):
        assert "not found" in sh(name, code=127)
    assert "Permission denied" in sh("touch /data/local/tmp/x", code=1)
    assert sh("echo there >/tmp/x; cat /tmp/x") == "there\n"
    assert sh("[ -w /tmp ] && id -u; uname -s").endswith("Linux\n")


def test_processes_are_seen_and_ended(sh: Shell):
    sh("nohup sleep 100 >/dev/null 2>&1 & echo $!")
    pid = sh("pidof sleep").strip()
    assert pid in sh("ps -A")
    assert sh(f"tr '\\0' ' ' </proc/{pid}/cmdline") == "sleep 100 "
    sh(f"kill -9 {pid}; sleep 0.1; kill -0 {pid} 2>/dev/null", code=1)


def test_the_shells_arithmetic(sh: Shell):
    assert sh("x=7; echo $((x*(2+3)%4)) $(( -7/2 )) $((0x10<<2)) $((1<2&&3!=3||!0))") == "3 -3 64 1\n"
    assert "division by zero" in sh("echo $((1/0))", code=2)


def test_a_full_disk_fails_the_command_that_writes_and_not_the_script(make: Make):
    sh = make("storage-full=0")
    assert sh("echo a >/data/local/tmp/f; echo $?").endswith("No space left on device\n1\n")
    assert sh("ls /nowhere 2>/data/local/tmp/f; echo b") == "b\n"
    assert sh("if [ -e / ]; then nowhere; fi 2>/data/local/tmp/f; echo c") == "c\n"


@pytest.mark.parametrize("fault", ["throttling=0", "throttling=1"])
def test_work_heats_and_rest_cools(make: Make, fault: str):
    condition = make(fault).phone.condition
    assert condition.heat == 0
    with condition.working():
        time.sleep(0.1 if fault.endswith("0") else 1.1)
        assert condition.heat == (3 if fault.endswith("0") else 1)
