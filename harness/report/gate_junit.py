"""A gate's result as JUnit XML, as Jenkins, GitLab and GitHub's reporters read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from harness.records.gate import CellVerdict, GateResult
from harness.records.gate_failure import GateFailure
from harness.records.vocabulary import Verdict
from harness.report.gate_words import cell_facts, metric_name, metric_text

__all__ = ["render_failure_junit", "render_junit"]

# What XML 1.0 cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case. `decides`: whether its verdict has a part in the exit code."""

    name: str
    verdict: Verdict
    reason: str | None
    details: str
    decides: bool = True
    seconds: float = 0.0


def render_junit(result: GateResult, *, inconclusive: str = "fail") -> str:
    """One suite, one case for the latency of each comparison and for each of its metrics.

    REGRESSION is a failure, UNFIT an error. INCONCLUSIVE is an error where it
    fails the build (`inconclusive` is `fail`), else skipped: so is that of a
    metric without a part in the verdict. A result that can only advise has
    neither: what it would have failed is skipped. A failure or an error is
    there exactly where the exit code is not 0.
    """
    root = ElementTree.Element("testsuites", name="harness gate")
    suite = ElementTree.SubElement(root, "testsuite", name=_text(result.name))
    suite.set("timestamp", _text(result.started_at[:19]))
    _properties(suite, result)
    for cell in result.cells:
        for case in _cases(cell):
            _case(suite, cell, case, result, inconclusive)
    if not result.cells:
        _nothing(suite, result)
    for element in (suite, root):
        _totals(element, suite, result)
    return _document(root)


def _properties(suite: ElementTree.Element, result: GateResult) -> None:
    known = {
        "verdict": str(result.verdict),
        "harness": result.provenance.harness_version,
        "python": result.provenance.python_version,
        "command": result.provenance.command,
        "advisory": result.advisory,
        "simulated": "true" if result.simulated else None,
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in known.items():
        if value:
            ElementTree.SubElement(properties, "property", name=name, value=_text(value))


def _cases(cell: CellVerdict) -> Iterator[_Case]:
    """Latency goes by the verdict of the decision: the cell's may be a metric's."""
    decision = cell.decision
    latency = decision.verdict if decision is not None and decision.verdict is not None else cell.verdict
    if cell.verdict is Verdict.UNFIT:
        latency = Verdict.UNFIT
    name = metric_name(cell.rule.metric)
    yield _Case(name, latency, cell.reason, _details(cell), seconds=cell.duration_s or 0.0)
    for metric in cell.metrics:
        text = metric_text(metric)
        decides = metric.decides or metric.verdict is Verdict.PASS
        yield _Case(metric_name(metric.metric), metric.verdict, metric.reason or text, text, decides)


def _case(
    suite: ElementTree.Element, cell: CellVerdict, case: _Case, result: GateResult, inconclusive: str
) -> None:
    of = cell.cell
    element = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_text(f"harness.gate.{of.device}.{of.delegate}.{of.threads}t"),
        name=_text(f"{of.name}: {case.name}"),
        time=f"{case.seconds:.3f}",
    )
    tag = _tag(case, result, inconclusive)
    if tag == "skipped":
        ElementTree.SubElement(element, tag, message=_text(case.reason or str(case.verdict)))
    elif tag is not None:
        outcome = ElementTree.SubElement(element, tag, type=str(case.verdict))
        outcome.set("message", _text(case.reason or str(case.verdict)))
        outcome.text = _text(f"next: {cell.next_step}") if cell.next_step else None
    ElementTree.SubElement(element, "system-out").text = _text(case.details)


def _nothing(suite: ElementTree.Element, result: GateResult) -> None:
    """A suite without a case is an error to some readers: say that nothing could be compared."""
    element = ElementTree.SubElement(suite, "testcase", classname="harness.gate", name="comparison", time="0")
    tag = "skipped" if result.advisory is not None else "error"
    ElementTree.SubElement(element, tag, message=_text(result.advisory or "nothing was compared"))


def _tag(case: _Case, result: GateResult, inconclusive: str) -> str | None:
    """The element that tells how a case ended; None for a pass."""
    if case.verdict is Verdict.PASS:
        return None
    excused = case.verdict is Verdict.INCONCLUSIVE and inconclusive != "fail"
    if result.advisory is not None or excused or not case.decides:
        return "skipped"
    return "failure" if case.verdict is Verdict.REGRESSION else "error"


def _details(cell: CellVerdict) -> str:
    lines = [f"{name}: {value}" for name, value in cell_facts(cell)]
    lines += [f"caution: {caution.message}" for caution in cell.cautions]
    lines += [f"next: {cell.next_step}"] if cell.next_step else []
    return "\n".join(lines)


def render_failure_junit(failure: GateFailure) -> str:
    """A suite of one case, an error, for a gate that ended without a verdict."""
    root = ElementTree.Element("testsuites", name="harness gate")
    suite = ElementTree.SubElement(root, "testsuite", name="harness gate")
    suite.set("timestamp", _text(failure.ended_at[:19]))
    case = ElementTree.SubElement(suite, "testcase", classname="harness.gate", name="gate", time="0")
    error = ElementTree.SubElement(case, "error", type=failure.kind, message=_text(failure.message))
    error.text = _text(failure.next_step) if failure.next_step else None
    for element in (suite, root):
        element.attrib |= {"tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0"}
    return _document(root)


def _totals(element: ElementTree.Element, suite: ElementTree.Element, result: GateResult) -> None:
    cases = suite.findall("testcase")
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{result.duration_s or 0:.3f}")


def _document(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _text(text: str) -> str:
    """Text that an XML file can hold; what it cannot becomes the replacement character."""
    return _NO_XML.sub("\ufffd", text)
