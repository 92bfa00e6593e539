"""The project that a command is about: where it is, what it is called, what its pyproject.toml says to this harness."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import BenchError


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a pyproject.toml or a setup.py, or one without either that merely holds cases."""

    root: Path
    pyproject: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def around(cls, start: Path | None = None) -> Project:
        """The nearest one upwards; `start` itself (the current folder) where there is none."""
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if any((folder / name).is_file() for name in ("pyproject.toml", "setup.py")):
                return cls.at(folder)
        return cls(start)

    @classmethod
    def at(cls, root: Path) -> Project:
        path = root / "pyproject.toml"
        try:
            return cls(root, tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {})
        except (OSError, ValueError) as error:
            raise BenchError(f"{path} is not valid TOML: {error}") from error

    @property
    def installable(self) -> bool:
        """Is there anything to build? A pyproject.toml may merely configure tools."""
        return bool(self.pyproject.keys() & {"project", "build-system"}) or (self.root / "setup.py").is_file()

    @property
    def name(self) -> str | None:
        """Name of its distribution; None where only a build could tell."""
        name = self.pyproject.get("project", {}).get("name")
        return name if isinstance(name, str) else None

    @property
    def build_requires(self) -> list[str]:
        """What its build needs, before the build itself asks for more."""
        return list(self.pyproject.get("build-system", {}).get("requires", ["setuptools"]))

    def strings(self, option: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """An option of [tool.fastpaths] that is a list of strings."""
        values = self.pyproject.get("tool", {}).get("fastpaths", {}).get(option, default)
        if isinstance(values, str) or not all(isinstance(value, str) for value in values):
            raise BenchError(
                f"{self.root / 'pyproject.toml'}: [tool.fastpaths] {option} must be a list of strings, got {values!r}"
            )
        return tuple(values)
