"""What every HTML page of harness is made of: one file, no network, no script but its own."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report.wording import count, megabytes, ms, percent, when

__all__ = ["packed", "render_page"]


def render_page(template: str, *, scripts: Sequence[str] = (), **content: Any) -> str:  # noqa: ANN401 -- what a template shows
    """A whole document from a template and the files of ours that make up its script.

    With scripts, plotly.js (about 5 MB) goes in before them. The page's policy lets these run and no others.
    """
    sources = [_plotly_js(), _own_js(scripts)] if scripts else []
    return (
        _environment()
        .get_template(template)
        .render(
            content,
            style=_template_text("style.css"),
            plotly_js=sources[0] if sources else "",
            own_js=sources[1] if sources else "",
            script_sources=" ".join(map(_source, sources)) or "'none'",
        )
    )


def packed(value: Any) -> str:  # noqa: ANN401 -- any JSON value
    """JSON, deflated, in base64: small, and without a character that means something to HTML."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return b64encode(zlib.compress(text.encode())).decode()


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"when": when, "ms": ms, "percent": percent, "megabytes": megabytes}
    environment.globals["count"] = count
    return environment


def _template_text(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    return Markup((files("harness.report") / "templates" / name).read_text(encoding="utf-8"))


def _plotly_js() -> Markup:
    """plotly.js from the installed package; reading the file spares importing the package."""
    source = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return Markup(source.replace("\r\n", "\n"))


def _own_js(scripts: Sequence[str]) -> Markup:
    body = "\n".join(_template_text(name) for name in scripts)
    return Markup(f'"use strict";\n(() => {{\n{body}\n}})();')


def _source(script: str) -> str:
    """A script's entry in the content security policy: only scripts with these digests may run."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
