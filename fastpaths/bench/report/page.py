"""The page: sections through a template, with the library that draws the charts inside."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .. import cache
from .charts import SPECS
from .model import Chart, Section

LIBRARY = "library.js"


def render(sections: Sequence[Section], title: str, made: str) -> str:
    """The whole page."""
    charts: list[Chart] = []

    def chart(found: Chart) -> int:
        """Its place in the page's data; it is drawn when it comes into view."""
        charts.append(found)
        return len(charts) - 1

    environment = Environment(
        loader=PackageLoader(__package__, "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment.get_template("report.html.jinja").render(
        chart=chart,
        data=lambda: _embedded({"specs": SPECS, "charts": list(map(asdict, charts))}),  # once all are in their place
        sections=sections,
        title=title,
        made=made,
        verdicts=_verdicts(sections),
        style=_part("report.css"),
        script=_part("report.js"),
        library=Markup(_library().replace("</script", "<\\/script")),
    )


def _verdicts(sections: Sequence[Section]) -> list[str]:
    """What a filter can offer."""
    return list(dict.fromkeys(row.verdict for s in sections for table in s.tables for row in table.rows if row.verdict))


def _breakable(name: str) -> Markup:
    """Long names may be broken between their parts."""
    return Markup(re.sub(r"([/\[,])", r"\1<wbr>", str(escape(name))))


def _part(name: str) -> Markup:
    return Markup(files(__package__).joinpath("template", name).read_text(encoding="utf-8"))


def _embedded(data: object) -> Markup:
    """JSON that nothing in it can end early."""
    return Markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))


def _library() -> str:
    """Vega-Embed with Vega and Vega-Lite, in the versions that vl-convert carries; it takes seconds to put together."""

    def make(folder: Path) -> dict[str, str]:
        (folder / LIBRARY).write_text(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"), encoding="utf-8")
        return {"vl-convert": version("vl-convert-python")}

    folder, _ = cache.entry("vega", cache.digest(version("vl-convert-python")), make, say=lambda text: None)
    return (folder / LIBRARY).read_text(encoding="utf-8")
