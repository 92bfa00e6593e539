"""What `import fastpaths` costs and what it leaves out; and that everything compiled was really loaded."""

import ast
import importlib
import json
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import fastpaths

PACKAGE = Path(fastpaths.__file__).parent
BUILD = json.loads((PACKAGE / "_build.json").read_text())
COMPILED = [f"fastpaths.{source[:-4].replace('/', '.')}" for source in BUILD["sources"] if source.endswith(".pyx")]


def python(code):
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60, check=True
    ).stdout


def test_import_pulls_in_nothing_heavy():
    loaded = python(
        "import sys; before = set(sys.modules); import fastpaths; print(*(set(sys.modules) - before))"
    ).split()
    assert [name for name in loaded if name.startswith("fastpaths")] == ["fastpaths"]
    assert not {"kafka", "pyperf", "rich", "numpy"} & set(loaded)


def test_no_public_name_needs_the_harness():
    python("import sys; from fastpaths import *; assert 'pyperf' not in sys.modules")


@pytest.mark.parametrize("name", fastpaths.__all__)
def test_public_names_are_found(name):
    assert getattr(fastpaths, name) is not None
    assert name in dir(fastpaths)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        fastpaths.nothing  # noqa: B018


@pytest.mark.parametrize("name", COMPILED)
def test_the_compiled_module_was_loaded(name):
    assert importlib.import_module(name).__file__.endswith(tuple(EXTENSION_SUFFIXES))


def test_something_is_compiled():
    assert COMPILED


def test_the_harness_imports_nothing_else_of_the_project():
    """One harness measures two versions of everything else: it may not drag its own along."""
    bench = PACKAGE / "bench"
    for source in set(bench.rglob("*.py")) - {
        bench / "reference.py"
    }:  # that one is a file of cases, loaded by its path
        depth = len(source.relative_to(bench).parts)
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Import):
                assert not [alias.name for alias in node.names if alias.name.startswith("fastpaths")], source
            if isinstance(node, ast.ImportFrom):
                assert node.level or not (node.module or "").startswith("fastpaths"), source
                assert node.level <= depth, source
