"""Write the hosted models' entries of `model_zoo.yaml` from collected facts.

    python tools/zoo/hosted_entries.py FACTS.yaml            rewrite the section between the marks
    python tools/zoo/hosted_entries.py FACTS.yaml --check    exit 1 where the file is out of date

FACTS.yaml holds `models`, a list of what was found in public sources; it is no part of the
project. `hosted_supplement.yaml` adds to it. Everything outside the marks is left as it is.
Counts, and what was left out and why, go to standard error.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hosted_rules import entry_of, expanded, why_incomplete

from harness.resources import bundled_path

BEGIN = "  # Made by tools/zoo/hosted_entries.py from here on.\n"
END = "  # To here.\n"

Entry = dict[str, Any]


@dataclass
class Made:
    """The entries, and what did not become part of one."""

    entries: list[Entry] = field(default_factory=list)
    without_entry: list[tuple[str, str]] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)
    addresses_left_out: list[tuple[str, str]] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("facts", type=Path, metavar="FACTS.yaml")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--zoo", type=Path, default=bundled_path("model_zoo.yaml"), help="the zoo file")
    supplement = Path(__file__).with_name("hosted_supplement.yaml")
    parser.add_argument("--supplement", type=Path, default=supplement, help="further facts by name")
    arguments = parser.parse_args()
    made = entries_from(
        read(arguments.facts)["models"], read(arguments.supplement) if arguments.supplement else {}
    )
    report(made)
    before = arguments.zoo.read_text(encoding="utf-8")
    after = with_entries(before, as_text(made.entries))
    if arguments.check:
        return int(before != after)
    arguments.zoo.write_text(after, encoding="utf-8")
    return 0


def read(path: Path) -> Any:  # noqa: ANN401 (whatever the YAML holds)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def with_entries(text: str, entries: str) -> str:
    """The text with what stands between the marks replaced; a text without marks gets them at its end."""
    if BEGIN not in text:
        return text + BEGIN + entries + END
    head, rest = text.split(BEGIN, 1)
    if END not in rest:
        sys.exit(f"the zoo file lacks the mark {END.strip()!r} after {BEGIN.strip()!r}")
    return head + BEGIN + entries + END + rest.split(END, 1)[1]


def as_text(entries: Sequence[Entry]) -> str:
    text = yaml.dump(
        list(entries),
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=100,
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


class _Dumper(yaml.SafeDumper):
    """Without anchors, which zoo files do not use."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 (as its parent has it)
        return True


def entries_from(facts: Iterable[Mapping[str, Any]], supplement: Mapping[str, Mapping[str, Any]]) -> Made:
    """One entry for each file: facts with the digest of an earlier entry add their addresses to that."""
    made = Made()
    by_digest: dict[str, Entry] = {}
    known = set()
    for original in facts:
        known.add(original["name"])
        for fact in expanded(supplemented(original, supplement.get(original["name"], {}))):
            _add(made, by_digest, fact)
    unknown = set(supplement) - known
    if unknown:
        sys.exit(f"the supplement names models that the facts do not: {', '.join(sorted(unknown))}")
    return made


def supplemented(fact: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(fact)
    for key, value in extra.items():
        made[key] = [*fact.get(key, ()), *value] if isinstance(value, list) else value
    return made


def _add(made: Made, by_digest: dict[str, Entry], fact: Mapping[str, Any]) -> None:
    reason = why_incomplete(fact)
    if reason is not None:
        made.without_entry.append((fact["name"], reason))
        return
    entry, found = entry_of(fact)
    made.addresses_left_out += found.left_out
    twin = by_digest.setdefault(entry["sha256"], entry) if "sha256" in entry else entry
    if twin is entry:
        made.entries.append(entry)
    else:
        _merge(twin, entry)
        made.merged.append((entry["name"], twin["name"]))


def _merge(twin: Entry, entry: Entry) -> None:
    """The same file under another name: its addresses, groups and latencies join; its accuracy does not."""
    keys = ("url", "archive_member", "archive_sha256", "manual")
    address = {key: entry[key] for key in keys if key in entry}
    wanted = [] if "gone" in entry else [address]
    mirrors = [*twin.get("mirrors", ()), *wanted, *entry.get("mirrors", ())]
    seen = {twin["url"]: None, **{each["url"]: each for each in reversed(mirrors)}}
    unique = [each for each in mirrors if seen[each["url"]] is each]
    _set_before(twin, "mirrors", unique, before="sha256")
    stated = entry.get("published", {})
    rows = [{**row, "source": row.get("source", stated.get("source"))} for row in stated.get("latency", ())]
    if rows:
        published = twin.setdefault("published", {})
        published["latency"] = [*published.get("latency", ()), *rows]
    twin["groups"] = list(dict.fromkeys([*twin["groups"], *entry["groups"]]))


def _set_before(entry: Entry, key: str, value: Any, *, before: str) -> None:  # noqa: ANN401
    items = [(name, old) for name, old in entry.items() if name != key]
    entry.clear()
    for name, old in items:
        if name == before and value:
            entry[key] = value
        entry[name] = old


def report(made: Made) -> None:
    """What the file now holds and what it does not, on standard error."""
    groups = Counter(group for entry in made.entries for group in entry["groups"])
    say(f"{len(made.entries)} entries")
    for group, number in sorted(groups.items()):
        say(f"  {number:4} @{group}")
    for title, pairs in (
        ("facts merged into an entry of the same digest", made.merged),
        ("facts without an entry", made.without_entry),
    ):
        say(f"{len(pairs)} {title}")
        for name, why in pairs:
            say(f"  {name}: {why}")
    reasons = Counter(why for _, why in made.addresses_left_out)
    say(f"{len(made.addresses_left_out)} addresses left out")
    for why, number in reasons.most_common():
        say(f"  {number:4} {why}")


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
