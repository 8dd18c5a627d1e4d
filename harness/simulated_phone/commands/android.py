"""Android's own commands: dumpsys, settings, cmd, svc, input, service, pm, am, wm."""

from __future__ import annotations

from collections.abc import Callable

from harness.simulated_phone.condition import Condition
from harness.simulated_phone.faults import NnapiAbsent, NoBattery, ShiftedSensors
from harness.simulated_phone.shell.context import Context, command

__all__: list[str] = []


@command("dumpsys")
def _dumpsys(context: Context) -> int:
    service = next((each for each in context.arguments if not each.startswith("-")), "")
    if service not in _SERVICES:
        context.stderr.write(f"Can't find service: {service}\n".encode())
        return 0
    for line in _SERVICES[service](context):
        context.say(line)
    return 0


def _battery(context: Context) -> list[str]:
    condition = context.phone.condition
    if context.phone.has_fault(NoBattery):
        return _NO_BATTERY
    charging = condition.charging
    return [
        "Current Battery Service state:",
        "  AC powered: false",
        f"  USB powered: {str(charging).lower()}",
        "  Wireless powered: false",
        "  Max charging current: 500000",
        f"  status: {2 if charging else 3}",
        "  health: 2",
        "  present: true",
        f"  level: {condition.battery_percent}",
        "  scale: 100",
        "  voltage: 4123",
        f"  temperature: {condition.temperature_c('battery') * 10:.0f}",
        "  technology: Li-ion",
    ]


_NO_BATTERY = [
    "Current Battery Service state:",
    "  AC powered: true",
    "  USB powered: false",
    "  Wireless powered: false",
    "  status: 1",
    "  health: 1",
    "  present: false",
    "  level: 0",
    "  scale: 100",
    "  voltage: 0",
    "  temperature: 0",
    "  technology:",
]


def _thermal(context: Context) -> list[str]:
    condition = context.phone.condition
    kinds = {"cpu": (0, "CPU0"), "gpu": (1, "GPU0"), "battery": (2, "battery"), "skin": (3, "skin")}
    if context.phone.has_fault(ShiftedSensors):
        kinds = {"cpu": (1, "AP"), "gpu": (2, "GPU"), "battery": (3, "BAT"), "skin": (4, "SKIN")}
    rows = [
        f"\tTemperature{{mValue={condition.temperature_c(zone):.1f}, mType={number}, mName={name},"
        f" mStatus={condition.heat if zone in ('cpu', 'skin') else 0}}}"
        for zone, (number, name) in kinds.items()
    ]
    return [
        f"IsStatusOverride: {str(condition.thermal_override is not None).lower()}",
        f"Thermal Status: {condition.thermal_status}",
        "Cached temperatures:",
        *rows,
        "HAL Ready: true",
        "HAL connection:",
        "\tThermalHAL 2.0 connected: yes",
        "Current temperatures from HAL:",
        *rows,
        "Current cooling devices from HAL:",
    ]


def _power(context: Context) -> list[str]:
    condition = context.phone.condition
    return [
        "POWER MANAGER (dumpsys power)",
        f"  mWakefulness={'Awake' if condition.awake else 'Asleep'}",
        f"  mIsPowered={str(condition.charging).lower()}",
        f"  mStayOn={str(condition.settings['global']['stay_on_while_plugged_in'] != '0').lower()}",
        f"  mBatteryLevel={condition.battery_percent}",
        f"  mLowPowerModeEnabled={str(condition.settings['global']['low_power'] == '1').lower()}",
        f"  mSettingBatterySaverEnabled={str(condition.settings['global']['low_power'] == '1').lower()}",
    ]


def _surface(context: Context) -> list[str]:
    return [f"GLES: {context.phone.model.gpu}"]


def _display(context: Context) -> list[str]:
    return [f"  mScreenState={'ON' if context.phone.condition.awake else 'OFF'}"]


def _cpu_load(context: Context) -> list[str]:
    return [f"Load: {context.phone.load():.2f} / 0.1 / 0.05", "CPU usage from 10000ms to 0ms ago:"]


_SERVICES: dict[str, Callable[[Context], list[str]]] = {
    "battery": _battery,
    "thermalservice": _thermal,
    "power": _power,
    "SurfaceFlinger": _surface,
    "display": _display,
    "cpuinfo": _cpu_load,
}


@command("settings")
def _settings(context: Context) -> int:
    words = context.arguments
    spaces = context.phone.condition.settings
    if len(words) < 2 or words[1] not in spaces:
        return context.fail("settings {get|put|delete|list} {global|system|secure} NAME [VALUE]")
    space = spaces[words[1]]
    if words[0] == "list":
        for name, value in sorted(space.items()):
            context.say(f"{name}={value}")
    elif words[0] == "get" and len(words) == 3:
        context.say(space.get(words[2], "null"))
    elif words[0] == "put" and len(words) == 4:
        space[words[2]] = words[3]
    elif words[0] == "delete" and len(words) == 3:
        context.say(f"Deleted {int(space.pop(words[2], None) is not None)} rows")
    else:
        return context.fail("bad arguments")
    return 0


@command("cmd")
def _cmd(context: Context) -> int:
    words, condition = context.arguments, context.phone.condition
    if words[:2] == ["thermalservice", "override-status"] and len(words) == 3 and words[2].isdigit():
        condition.thermal_override = int(words[2])
    elif words[:2] == ["thermalservice", "reset"]:
        condition.thermal_override = None
    elif words[:2] == ["power", "set-fixed-performance-mode-enabled"] and len(words) == 3:
        condition.fixed_performance = words[2] == "true"
    elif words[:2] == ["power", "set-mode"] and len(words) == 3:
        condition.settings["global"]["low_power"] = words[2]
    else:
        return context.fail(f"Can't find service: {words[0] if words else ''}", 20)
    return 0


@command("svc")
def _svc(context: Context) -> int:
    words = context.arguments
    values = {"true": "7", "usb": "2", "ac": "1", "false": "0"}
    if words[:2] == ["power", "stayon"] and words[2:] and words[2] in values:
        context.phone.condition.settings["global"]["stay_on_while_plugged_in"] = values[words[2]]
        return 0
    return context.fail("svc power stayon {true|false|usb|ac}")


@command("input")
def _input(context: Context) -> int:
    _press(context.phone.condition, context.arguments)
    return 0


def _press(condition: Condition, words: list[str]) -> None:
    key = words[1] if words[:1] == ["keyevent"] and len(words) > 1 else ""
    if key in ("KEYCODE_WAKEUP", "224"):
        condition.awake = True
    elif key in ("KEYCODE_SLEEP", "223"):
        condition.awake = False
    elif key in ("KEYCODE_POWER", "26"):
        condition.awake = not condition.awake


@command("service")
def _service(context: Context) -> int:
    context.say("Found 2 services:")
    if not context.phone.has_fault(NnapiAbsent):
        for number, name in enumerate(context.phone.model.accelerators):
            context.say(f"{number}\tandroid.hardware.neuralnetworks.IDevice/{name}: []")
    return 0


@command("pm", "am", "wm")
def _nothing_installed(context: Context) -> int:
    """There are no applications and no windows on this phone."""
    return 0
