"""A gate's result as JUnit XML, as Jenkins, GitLab and GitHub's reporters read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from harness.records.gate import CellVerdict, GateResult, MetricVerdict
from harness.records.vocabulary import Verdict
from harness.report.gate_words import cell_facts, metric_name, metric_text

__all__ = ["render_junit"]

# What XML 1.0 cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Case = tuple[str, Verdict, str | None]
"""Name, verdict and reason of one test case."""


def render_junit(result: GateResult, *, inconclusive: str = "fail") -> str:
    """One suite, one case for the latency of each comparison and for each of its metrics.

    REGRESSION is a failure, UNFIT an error. INCONCLUSIVE is an error where it
    fails the build (`inconclusive` is `fail`), else skipped. A result that can
    only advise has neither: what it would have failed is skipped.
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
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


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


def _cases(cell: CellVerdict) -> Iterator[Case]:
    """Latency goes by the verdict of the decision: the cell's may be a metric's."""
    decision = cell.decision
    latency = decision.verdict if decision is not None and decision.verdict is not None else cell.verdict
    if cell.verdict is Verdict.UNFIT:
        latency = Verdict.UNFIT
    yield metric_name(cell.rule.metric), latency, cell.reason
    for metric in cell.metrics:
        yield metric_name(metric.metric), metric.verdict, _metric_reason(metric)


def _metric_reason(metric: MetricVerdict) -> str:
    return metric.reason or metric_text(metric)


def _case(
    suite: ElementTree.Element, cell: CellVerdict, case: Case, result: GateResult, inconclusive: str
) -> None:
    name, verdict, reason = case
    of = cell.cell
    element = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_text(f"harness.gate.{of.device}.{of.delegate}.{of.threads}t"),
        name=_text(f"{of.name}: {name}"),
        time="0",
    )
    tag = _tag(verdict, result, inconclusive)
    if tag is not None:
        message = _text(reason or str(verdict))
        if tag == "skipped":
            ElementTree.SubElement(element, tag, message=message)
        else:
            outcome = ElementTree.SubElement(element, tag, type=str(verdict), message=message)
            outcome.text = _text(_details(cell))
    out = ElementTree.SubElement(element, "system-out")
    out.text = _text(_details(cell))


def _nothing(suite: ElementTree.Element, result: GateResult) -> None:
    """A suite without a case is an error to some readers: say that nothing could be compared."""
    element = ElementTree.SubElement(suite, "testcase", classname="harness.gate", name="comparison", time="0")
    ElementTree.SubElement(element, "skipped", message=_text(result.advisory or "nothing was compared"))


def _tag(verdict: Verdict, result: GateResult, inconclusive: str) -> str | None:
    """The element that tells how a case ended; None for a pass."""
    if verdict is Verdict.PASS:
        return None
    if result.advisory is not None or (verdict is Verdict.INCONCLUSIVE and inconclusive != "fail"):
        return "skipped"
    return "failure" if verdict is Verdict.REGRESSION else "error"


def _details(cell: CellVerdict) -> str:
    lines = [f"{name}: {value}" for name, value in cell_facts(cell)]
    lines += [metric_text(metric) for metric in cell.metrics]
    lines += [f"caution: {caution.message}" for caution in cell.cautions]
    lines += [f"next: {cell.next_step}"] if cell.next_step else []
    return "\n".join(lines)


def _totals(element: ElementTree.Element, suite: ElementTree.Element, result: GateResult) -> None:
    cases = suite.findall("testcase")
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{result.duration_s or 0:.3f}")


def _text(text: str) -> str:
    """Text that an XML file can hold; what it cannot becomes the replacement character."""
    return _NO_XML.sub("\ufffd", text)
