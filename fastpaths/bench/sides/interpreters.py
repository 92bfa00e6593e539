"""Python interpreters: which there are, and what a compiled module must match to be loaded by one."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import BenchError

LEAST = (3, 11)  # what this harness is written in

_PROBE = """
import json, platform, sys, sysconfig
print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "implementation": platform.python_implementation(),
    "version": platform.python_version(),
    "numbers": sys.version_info[:2],
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "build": sys.version,
    "cc": sysconfig.get_config_var("CC"),
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    executable: str  # of the installation, never of a virtual environment
    implementation: str
    version: str
    suffix: str  # of compiled modules: interpreters that share it load each other's
    build: str  # sys.version: when and by which compiler
    compiler: str  # first line of what its C compiler says of itself; "" without one

    def __str__(self) -> str:
        return f"{self.implementation} {self.version}"


def current() -> Interpreter:
    """The one that runs this, outside of its virtual environment."""
    interpreter = _probe(sys.executable)
    if interpreter is None:
        raise BenchError(f"{sys.executable} does not run")
    return interpreter


def find(text: str) -> Interpreter | None:
    """By path, or by a name such as python3.13: the first on PATH, or among pyenv's, that runs."""
    if os.sep in text:
        candidates: Iterator[Path] = iter([Path(text).expanduser()])
    elif re.fullmatch(r"(python|pypy)[\d.]*t?d?", text):
        candidates = _named(text)
    else:
        return None
    return next(filter(None, map(_probe, (str(path) for path in candidates if _is_program(path)))), None)


def _named(name: str) -> Iterator[Path]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        yield Path(folder) / name
    # On PATH pyenv has shims, which refuse to run what `pyenv global` does not name.
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from sorted(versions.glob(f"*/bin/{name}"), reverse=True)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _probe(executable: str) -> Interpreter | None:
    """None where it does not run, or is no Python."""
    try:
        run = subprocess.run([executable, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=60, check=True)
        facts = json.loads(run.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if tuple(facts.pop("numbers")) < LEAST:
        wanted = ".".join(map(str, LEAST))
        raise BenchError(f"{executable} is Python {facts['version']}; the harness needs {wanted} or newer")
    configured = facts.pop("cc")
    return Interpreter(**facts, compiler=_says(os.environ.get("CC") or configured or "cc"))


def _says(compiler: str) -> str:
    try:
        run = subprocess.run([*shlex.split(compiler), "--version"], capture_output=True, text=True, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return run.stdout.partition("\n")[0]
