"""Loading case files: all that a process which measures one case needs to find it, and so little, since its start-up is
part of every round."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from .case import Case, families_of
from .errors import BenchError


def load(path: Path) -> ModuleType:
    """Import a case file by its path. Its folder goes to the front of sys.path, as when it is run as a script."""
    path = path.resolve()
    if not path.is_file():
        raise BenchError(f"no such case file: {path}")
    if (folder := str(path.parent)) not in sys.path:
        sys.path.insert(0, folder)
    taken = path.stem in sys.stdlib_module_names or path.stem in sys.modules
    name = f"_cases_{path.stem}" if taken else path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise BenchError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    return module


def cases_in(module: ModuleType) -> list[Case]:
    """Every case that a module defines."""
    return unique(case for family in families_of(vars(module)) for case in family.cases())


def addressed(address: str) -> Case:
    """The case at PATH::NAME."""
    path, _, name = address.rpartition("::")
    for case in cases_in(load(Path(path))):
        if case.name == name:
            return case
    raise BenchError(f"{path} has no case named {name}")


def unique(cases: Iterable[Case]) -> list[Case]:
    """The cases in order; two of one name are an error, since results are kept by name."""
    named: dict[str, Case] = {}
    for case in cases:
        if (other := named.setdefault(case.name, case)) is not case:
            raise BenchError(f"two cases are named {case.name}: {other.family.where} and {case.family.where}")
    return list(named.values())
