"""What a label of `fastpaths compare` means: from what the user typed to the recipe of an environment.

What a name means is tried in this order:

1. `.`, or a path of a folder that begins with `.`, `/` or `~`: the working tree there, with what git does not ignore
2. a path that ends in .whl, .tar.gz or .zip: that wheel or sdist
3. a git revision of the project in the current folder
4. a Python interpreter, by path or by a name such as `python3.13`: the working tree, installed under it
5. a requirement with a version, such as `kafka-python==3.0.5`: the working tree with that dependency overridden; if it
   names the project itself, that release of it

A wheel or sdist of a dependency overrides that dependency as well. [tool.fastpaths] requires lists what the project's
case files need beside the project. Case files and this list come from the current folder, whatever the side.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from ..errors import BenchError
from ..project import Project
from . import interpreters, trees
from .interpreters import Interpreter
from .resolution import Recipe
from .trees import Tree


@dataclass(frozen=True, slots=True)
class Meaning:
    label: str
    kind: str  # tree, wheel, sdist, revision, interpreter or requirement
    title: str
    recipe: Recipe
    project: str | None  # name of the project's distribution, where it is known without a build
    named: str | None = None  # the distribution that the label names; its version will complete the title


class Reader:
    """Tells what labels mean for the project around the current folder, whose files are read once for all of them."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._project = Project.around()
        self._python = interpreters.current()
        self._requires = self._project.strings("requires")
        self._trees: dict[Path, Tree | None] = {}

    def read(self, label: str) -> Meaning:
        for attempt in (self._folder, self._file, self._revision, self._interpreter, self._requirement):
            if (meaning := attempt(label)) is not None:
                return meaning
        close = difflib.get_close_matches(label, trees.names(self._project.root), n=3, cutoff=0.5)
        nearest = f"; the nearest revisions are {', '.join(close)}" if close else ""
        raise BenchError(
            f"{label!r} is no folder, wheel, sdist, git revision of {self._project.root}, Python interpreter, or "
            f"requirement with a version (like numpy==2.0){nearest}"
        )

    def _folder(self, label: str) -> Meaning | None:
        path = Path(label).expanduser()
        if not label.startswith((".", "/", "~")) or not path.is_dir():
            return None
        if label == ".":
            return self._meaning(label, "tree", self._working_tree, self._tree())
        project = Project.at(path.resolve())
        if not project.installable:
            raise BenchError(f"{label} has no project that could be installed: no pyproject.toml, no setup.py")
        tree = self._tree(project)
        return self._meaning(label, "tree", f"working tree of {label} ({tree.short if tree else ''})", tree)

    def _file(self, label: str) -> Meaning | None:
        if not label.endswith((".whl", ".tar.gz", ".zip")):
            return None
        path = Path(label).expanduser().resolve()
        if not path.is_file():
            raise BenchError(f"there is no file {path}")
        kind, parse = ("wheel", parse_wheel_filename) if path.suffix == ".whl" else ("sdist", parse_sdist_filename)
        try:
            name = parse(path.name)[0]
        except (InvalidWheelFilename, InvalidSdistFilename) as error:
            raise BenchError(f"{path} is not named like a {kind}: {error}") from error
        return self._installing(label, kind, Requirement(f"{name} @ {path.as_uri()}"), path)

    def _revision(self, label: str) -> Meaning | None:
        tree = trees.revision(self._project.root, label)
        if tree is None:
            return None
        if not self._project.installable:
            raise BenchError(
                f"{label} is a revision of {self._project.root}, which has no project that could be installed (no "
                "pyproject.toml with [project] or [build-system], no setup.py): any other revision would measure alike"
            )
        title = tree.short if tree.commit.startswith(label) else f"{tree.short} ({label})"
        return self._meaning(label, "revision", title, tree)

    def _interpreter(self, label: str) -> Meaning | None:
        python = interpreters.find(label)
        if python is None:
            return None
        return self._meaning(label, "interpreter", f"{python}, {self._working_tree}", self._tree(), python)

    def _requirement(self, label: str) -> Meaning | None:
        try:
            requirement = Requirement(label)
        except InvalidRequirement:
            return None
        if not requirement.specifier and not requirement.url:
            return None
        return self._installing(label, "requirement", requirement)

    def _installing(self, label: str, kind: str, wanted: Requirement, artifact: Path | None = None) -> Meaning:
        """The working tree with a requirement overridden, or the requirement in the working tree's place."""
        name, project = canonicalize_name(wanted.name), self._project.name
        if self._project.installable:
            overrides = name != canonicalize_name(project or "")
        else:
            overrides = name in {canonicalize_name(Requirement(line).name) for line in self._requires}
        if overrides:
            recipe = Recipe(self._python, self._tree(), self._requires, wanted, artifact)
            return Meaning(label, kind, f"{self._working_tree} with", recipe, project, name)
        recipe = Recipe(self._python, None, (str(wanted), *self._requires), None, artifact)
        return Meaning(label, kind, kind if artifact else "", recipe, project, name)

    def _meaning(
        self, label: str, kind: str, title: str, tree: Tree | None, python: Interpreter | None = None
    ) -> Meaning:
        return Meaning(label, kind, title, Recipe(python or self._python, tree, self._requires), self._project.name)

    @property
    def _working_tree(self) -> str:
        tree = self._tree()
        return f"working tree ({tree.short})" if tree else "no project"

    def _tree(self, project: Project | None = None) -> Tree | None:
        """The project's files as they are now; None where there is nothing to install."""
        project = project or self._project
        if project.root not in self._trees:
            scratch = self._scratch / str(len(self._trees))
            scratch.mkdir()
            self._trees[project.root] = trees.working_tree(project.root, scratch) if project.installable else None
        return self._trees[project.root]
