"""How Sphinx makes a site of this folder: tox -e docs."""

import re
from importlib.metadata import version as installed

project = "fastpaths"
version = release = installed("fastpaths")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "fastpaths"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links that lead out of docs/, into the repository
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
default_role = "code"

PARAMETER = re.compile(r"([a-z]\w*=?(?:, [a-z]\w*)*): (.+)")


def as_written(app, what, name, obj, options, lines):
    """Docstrings are written for the source and for help(): `name: text` describes a parameter, the rest is prose."""
    result = []
    described = False
    for line in lines:
        text = re.sub(r"(?<!`)([*|])", r"\\\1", line.strip())
        if found := PARAMETER.fullmatch(text):
            result += ["", f":{found[1]}: {found[2]}"]
            described = True
        else:
            described = described and bool(text)  # until a blank line
            result.append(f"  {text}" if described else text)
    lines[:] = [*result, ""]


def setup(app):
    app.connect("autodoc-process-docstring", as_written)
