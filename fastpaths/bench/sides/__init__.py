"""Sides: what `fastpaths compare` measures a case on. Each is an environment of its own, and all run this harness."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from .. import cache
from .environments import HARNESS, build, compiler_flags, loops_for
from .labels import Meaning, Reader
from .resolution import Pins, resolve


@dataclass(frozen=True, slots=True)
class Side:
    label: str  # what the user typed
    kind: str  # tree, wheel, sdist, revision, interpreter or requirement
    title: str  # what the label turned out to mean
    python: str  # the interpreter of its environment
    identity: Mapping[str, str]  # name, version, revision, tree, python, abi, compiler, flags, built_with, packages
    built_from_source: bool  # was what the label names built with these flags? Otherwise it is measured as published
    harness: Path  # folder of this harness's compiled modules for its interpreter

    @property
    def packages(self) -> dict[str, str]:
        """Name -> version of all that is installed in it."""
        pairs = (package.partition("==") for package in self.identity["packages"].split())
        return {name: version for name, _, version in pairs}


def prepare(labels: Sequence[str], say: cache.Say = lambda text: None) -> list[Side]:
    """The sides that these labels name, built or found in the cache; `say` is told what takes its time.

    Raises BenchError if a label means nothing, or what it means cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="fastpaths-") as scratch:
        reader = Reader(Path(scratch))
        meanings = [reader.read(label) for label in labels]
        pins = resolve([meaning.recipe for meaning in meanings], say)
        return [_side(meaning, pinned, say) for meaning, pinned in zip(meanings, pins, strict=True)]


def _side(meaning: Meaning, pins: Pins, say: cache.Say) -> Side:
    recipe, tree = meaning.recipe, meaning.recipe.tree
    made = build(recipe, pins, meaning.label, say)
    title = meaning.title
    if meaning.named is not None:
        title = f"{title} {meaning.named} {made.packages[meaning.named].version}".strip()
    from_source = meaning.kind == "sdist" or (tree is not None and meaning.named is None)
    local = (name for name, package in made.packages.items() if package.local and name != meaning.named)
    name = canonicalize_name(meaning.project) if meaning.project else next(local, "")
    compiled = tree is not None or from_source
    about = {
        "name": name,
        "version": made.packages[name].version if name in made.packages else "",
        "revision": tree.revision if tree else "",
        "tree": tree.tree if tree else "",
        "python": str(recipe.python),
        "abi": recipe.python.suffix,
        "compiler": recipe.python.compiler if compiled else "",
        "flags": compiler_flags()["CFLAGS"] if compiled else "",
        "built_with": " ".join(pins.building),
        "packages": _listed({name: package.version for name, package in made.packages.items()}),
    }
    harness = loops_for(recipe.python, say)
    return Side(meaning.label, meaning.kind, title, made.python, about, from_source, harness)


def command(side: Side, module: str, *arguments: str) -> list[str]:
    """How to run fastpaths.bench.MODULE of this harness on a side; environment(side) belongs to it."""
    return [side.python, "-P", str(HARNESS / "bootstrap.py"), str(side.harness), module, *arguments]


def environment(side: Side) -> dict[str, str]:
    """The environment variables to set for a command on a side: nothing of this process's Python may leak into it."""
    return {"PYTHONPATH": "", "PYTHONHOME": "", "PYTHONNOUSERSITE": "1"}


def differences(a: Side, b: Side) -> dict[str, tuple[str, str]]:
    """Packages whose versions the sides do not share: name -> (version on A, on B), "" where it is not installed."""
    names = sorted(a.packages.keys() | b.packages.keys())
    versions = {name: (a.packages.get(name, ""), b.packages.get(name, "")) for name in names}
    return {name: pair for name, pair in versions.items() if pair[0] != pair[1]}


def _listed(versions: Mapping[str, str]) -> str:
    return " ".join(f"{name}=={version}" for name, version in sorted(versions.items()))
