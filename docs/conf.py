"""How Sphinx makes a site of this folder: tox -e docs."""

import ast
import re
import sys
from importlib.metadata import version as installed
from pathlib import Path

project = "fastpaths"
version = release = installed("fastpaths")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "fastpaths"
html_show_copyright = False
exclude_patterns = ["_build"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links that lead out of docs/, into the repository
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
default_role = "code"

PARAMETER = re.compile(r"([a-z]\w*)=?((?:, [a-z]\w*)*): (.+)")


def as_written(app, what, name, obj, options, lines):
    """Docstrings are written for the source and for help(): `name: text` describes a parameter, what is indented after
    a blank line is code, the rest is prose."""
    result = []
    before = "blank"
    for line in lines:
        text = re.sub(r"(?<!`)([*|])", r"\\\1", line.strip())
        if not text:
            before = "code" if before == "code" else "blank"
        elif line.startswith("    ") and before in ("blank", "code"):
            if before == "blank":
                result += ["::", ""]
            before, text = "code", line
        elif found := PARAMETER.fullmatch(text):
            before, text = "parameter", f":param {found[1]}{found[2].replace(' ', '')}: {found[3]}"
        elif before == "parameter":
            text = f"  {text}"
        else:
            before = "prose"
        result.append(text)
    lines[:] = [*result, ""]


def as_stubbed(app, what, name, obj, options, signature, returns):
    """What is compiled has its types in the .pyi beside it; of overloads, what its docstring says of all is told."""
    home = getattr(getattr(obj, "__objclass__", obj), "__module__", None) or ""
    stub = Path(getattr(sys.modules.get(home), "__file__", "")).parent / f"{home.rpartition('.')[2]}.pyi"
    if what not in ("function", "method") or not stub.is_file():
        return None
    found = ast.parse(stub.read_text(encoding="utf-8"))
    for part in obj.__qualname__.split("."):
        found = next(node for node in found.body if getattr(node, "name", "") == part)
    if found.decorator_list and ast.unparse(found.decorator_list[0]) == "overload":
        return None
    arguments = re.sub(r"^(self|cls)(, /)?(, )?", "", ast.unparse(found.args))
    return f"({arguments})", ast.unparse(found.returns)


def setup(app):
    app.connect("autodoc-process-docstring", as_written)
    app.connect("autodoc-process-signature", as_stubbed)
