"""Which versions go into environments that are to be compared: the same ones, wherever their requirements allow it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .. import cache
from ..errors import BenchError
from ..project import Project
from .installer import run_uv
from .interpreters import Interpreter
from .trees import Tree

Versions = Mapping[str, str]  # name -> exact version


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an environment is to hold."""

    python: Interpreter
    tree: Tree | None = None  # a project, to be built from source
    requirements: tuple[str, ...] = ()  # what is wanted beside it
    override: Requirement | None = None  # takes the place of whatever is required by that name
    artifact: Path | None = None  # the wheel or sdist that one of these two refers to

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for recipes that make the same of the same pins."""
        content = hashlib.sha256(self.artifact.read_bytes()).hexdigest() if self.artifact else ""
        return self.python.executable, self.python.build, self.tree and self.tree.key, content


@dataclass(frozen=True, slots=True)
class Pins:
    """Requirements of exact versions: what goes into an environment beside the recipe's tree and artifact."""

    installed: tuple[str, ...]
    building: tuple[str, ...]  # what the tree is built with


def resolve(recipes: Sequence[Recipe], say: cache.Say) -> list[Pins]:
    """Pins for environments that are to be compared.

    Preferred are the versions installed beside this harness, then those that the other recipe has got. The same recipes
    get the same pins again, without a look at the package index.
    """
    here = _installed_here()

    def make(_: Path) -> Mapping[str, Any]:
        say("resolving dependencies")
        installed, building = [], []
        with tempfile.TemporaryDirectory(prefix="fastpaths-") as scratch:
            for number, recipe in enumerate(recipes):
                source = recipe.tree.checkout(Path(scratch, str(number))) if recipe.tree else None
                installed.append(_Demand(recipe, [*recipe.requirements, *([str(source)] if source else [])]))
                building.append(_Demand(Recipe(recipe.python), Project.at(source).build_requires if source else []))
            return {"pins": list(zip(_agreed(installed, here), _agreed(building, here), strict=True))}

    key = cache.digest(here, [(recipe.key, recipe.requirements, str(recipe.override)) for recipe in recipes])
    _, about = cache.entry("pins", key, make, say)
    return [Pins(tuple(installed), tuple(building)) for installed, building in about["pins"]]


def _installed_here() -> Versions:
    """What is installed beside this harness, less what is not from a package index."""
    return {
        canonicalize_name(dist.name): dist.version
        for dist in distributions()
        if dist.read_text("direct_url.json") is None
    }


@dataclass(frozen=True, slots=True)
class _Demand:
    """Requirements to be met together: lines of a requirements file, and the recipe that they are for."""

    recipe: Recipe
    lines: Sequence[str]

    def met(self, preferred: Versions) -> dict[str, str]:
        """Name -> pin of everything that they pull in."""
        if not self.lines:
            return {}
        pins = self._resolved(preferred, "")
        if (override := self.recipe.override) is not None:
            # uv's override replaces a requirement whole: the extras that were asked of it have to be said again.
            name = canonicalize_name(override.name)
            if name not in pins:
                known = ", ".join(sorted(pins)) or "none"
                raise BenchError(f"{override} overrides nothing: the project's dependencies are {known}")
            whole = Requirement(str(override))
            whole.extras |= Requirement(pins[name]).extras
            pins = self._resolved(preferred, str(whole))
        return {name: pin for name, pin in pins.items() if not (self.recipe.artifact and " @ file:" in pin)}

    def shared(self, pins: Mapping[str, str]) -> Versions:
        """The versions among these pins that another environment should have, too."""
        versions = {}
        for name, pin in pins.items():
            exact = [clause.version for clause in Requirement(pin).specifier if clause.operator == "=="]
            if exact and not (self.recipe.override and name == canonicalize_name(self.recipe.override.name)):
                versions[name] = exact[0]
        return versions

    def _resolved(self, preferred: Versions, override: str) -> dict[str, str]:
        with tempfile.TemporaryDirectory() as folder:
            lines, overrides, pins, said = (Path(folder, name) for name in ("lines", "overrides", "pins", "said"))
            lines.write_text("\n".join(self.lines))
            overrides.write_text(override)
            # uv keeps to the versions that its output file holds already.
            pins.write_text("\n".join(f"{name}=={version}" for name, version in preferred.items()))
            with said.open("w") as output:
                resolved = run_uv(
                    *("pip", "compile", "--quiet", "--python", self.recipe.python.executable),
                    *("--no-strip-extras", "--no-annotate", "--no-header"),
                    *("--override", overrides, "--output-file", pins, lines),
                    output=output,
                )
            if not resolved:
                raise BenchError(f"no versions meet all requirements:\n{said.read_text().strip()}")
            return dict(_named(pins.read_text().splitlines()))


def _named(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        try:
            yield canonicalize_name(Requirement(line).name), line
        except InvalidRequirement:  # the path of the recipe's tree
            continue


def _agreed(demands: Sequence[_Demand], here: Versions) -> list[list[str]]:
    """The pins of each demand, as alike as their requirements allow."""
    preferred, found = dict(here), []
    for demand in demands:
        found.append(demand.met(preferred))
        preferred |= demand.shared(found[-1])
    *earlier, last = demands
    wanted = last.shared(found[-1])
    for i, demand in enumerate(earlier):
        if any(wanted.get(name, version) != version for name, version in demand.shared(found[i]).items()):
            found[i] = demand.met({**here, **wanted})  # it could choose, the last one could not
    return [sorted(pins.values()) for pins in found]
