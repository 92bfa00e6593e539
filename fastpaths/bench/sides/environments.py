"""Environments to measure in, and the harness's compiled part for their interpreters: built alike, and cached."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from .. import cache
from ..errors import BenchError
from .installer import run_uv
from .interpreters import Interpreter
from .resolution import Pins, Recipe

HARNESS = Path(__file__).parents[1]

# Functions and loops start at a cache line: where they happen to fall decides up to a quarter of a short loop's speed,
# and a comparison of two builds would blame the source for it.
_ALIGNMENT = "-falign-functions=64 -falign-loops=64"
_COMPILER_VARIABLES = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS")
_LOG_LINES = 20

_INVENTORY = """
import json
from importlib.metadata import distributions
print(json.dumps({
    dist.metadata["Name"]: {
        "version": dist.version,
        "local": dist.read_text("direct_url.json") is not None,
    }
    for dist in distributions()
}))
"""

_LOOPS_PROJECT = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools>=77", "cython>=3.1"]
build-backend = "setuptools.build_meta"
[project]
name = "fastpaths-bench-loops"
version = "0"
""",
    "setup.py": """
from Cython.Build import cythonize
from setuptools import Extension, setup
setup(packages=[], ext_modules=cythonize([Extension("*", ["fastpaths/bench/*.pyx"], extra_compile_args=["-O3"])]))
""",
    "fastpaths/__init__.py": "",
    "fastpaths/bench/__init__.py": "",
}


@dataclass(frozen=True, slots=True)
class Package:
    version: str
    local: bool = False  # from a file or folder, not from a package index


@dataclass(frozen=True, slots=True)
class Environment:
    python: str  # its interpreter
    packages: Mapping[str, Package]  # by normalized name


def compiler_flags() -> dict[str, str]:
    """The variables by which compilers are told what to do: this process's, and alignment."""
    given = {name: os.environ[name] for name in _COMPILER_VARIABLES if name in os.environ}
    return given | {name: f"{given.get(name, '')} {_ALIGNMENT}".strip() for name in ("CFLAGS", "CXXFLAGS")}


def build(recipe: Recipe, pins: Pins, title: str, say: cache.Say) -> Environment:
    """The environment that a recipe describes. Raises BenchError, with the end of the log, if it does not build."""
    key = cache.digest(recipe.key, recipe.python.compiler, pins.installed, pins.building, compiler_flags())

    def make(folder: Path) -> Mapping[str, Any]:
        say(f"building {title}")
        log = _Log(title, cache.log(key))
        installed, building = folder / "installed.txt", folder / "building.txt"
        installed.write_text("\n".join(pins.installed))
        building.write_text("\n".join(pins.building))
        source, venv = folder / "source", folder / "venv"
        source.mkdir()
        local = [recipe.tree.checkout(source / "tree")] if recipe.tree else []
        if recipe.artifact:  # uv takes what it once built of a file for what it would build today, with other flags
            local.append(Path(shutil.copy(recipe.artifact, source)))
        install = ("pip", "install", "--python", _python(venv), "--no-deps", "--compile-bytecode")
        log.uv("venv", "--relocatable", "--python", recipe.python.executable, venv)
        if pins.installed:
            log.uv(*install, "--requirement", installed)
        if local:
            log.uv(*install, "--build-constraint", building, *local)
        shutil.rmtree(source)
        packages: dict[str, Any] = json.loads(log.output(_python(venv), "-I", "-c", _INVENTORY))
        return packages

    folder, packages = cache.entry("sides", key, make, say)
    named: dict[str, Package] = {canonicalize_name(name): Package(**about) for name, about in packages.items()}
    return Environment(_python(folder / "venv"), named)


def loops_for(interpreter: Interpreter, say: cache.Say) -> Path:
    """Folder of this harness's compiled modules for an interpreter: this one's own, or built from the same sources."""
    if interpreter.suffix == sysconfig.get_config_var("EXT_SUFFIX"):
        return HARNESS
    modules = sorted(path for suffix in ("pyx", "pxd") for path in HARNESS.glob(f"*.{suffix}"))
    sources = {f"fastpaths/bench/{path.name}": path.read_text(encoding="utf-8") for path in modules}
    key = cache.digest(sources, interpreter.executable, interpreter.build, interpreter.compiler, compiler_flags())

    def make(folder: Path) -> Mapping[str, Any]:
        title = f"the timed loop for {interpreter}"
        say(f"building {title}")
        log = _Log(title, cache.log(key))
        source = folder / "source"
        (source / "fastpaths" / "bench").mkdir(parents=True)
        for name, text in (_LOOPS_PROJECT | sources).items():
            (source / name).write_text(text, encoding="utf-8")
        log.uv("pip", "install", "--python", interpreter.executable, "--no-deps", "--target", folder / "built", source)
        shutil.rmtree(source)
        return {}

    folder, _ = cache.entry("loops", key, make, say)
    return folder / "built" / "fastpaths" / "bench"


def _python(venv: Path) -> str:
    return str(venv / "bin" / "python")


class _Log:
    """Runs what a build consists of; keeps what that says."""

    def __init__(self, title: str, path: Path) -> None:
        self._title, self._path = title, path
        path.unlink(missing_ok=True)

    def uv(self, *arguments: object) -> None:
        with self._path.open("a", encoding="utf-8") as output:
            # Code generators iterate over sets: with a random seed the same source may not give the same code.
            built = run_uv(*arguments, output=output, env=compiler_flags() | {"PYTHONHASHSEED": "0"})
        if not built:
            raise self._failure()

    def output(self, *command: str) -> str:
        with self._path.open("a", encoding="utf-8") as errors:
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, check=False)
        if run.returncode:
            raise self._failure()
        return run.stdout

    def _failure(self) -> BenchError:
        lines = self._path.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
        end = "\n".join(f"  {line}" for line in lines[-_LOG_LINES:])
        return BenchError(f"{self._title} does not build:\n{end}\nThe whole log: {self._path}")
