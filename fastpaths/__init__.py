"""Compiled hot paths for Python stream processing over Kafka, and the benchmark harness that proves them."""

from importlib import import_module

# Public name -> the module that defines it. Loaded at first use (PEP 562), so that `import fastpaths` stays cheap and
# pulls in neither kafka nor the harness.
_HOMES = {
    "BinaryColumn": "fastpaths.columns",
    "Columns": "fastpaths.columns",
    "FastpathsError": "fastpaths.errors",
    "KeyIndex": "fastpaths.table",
    "RingBuffer": "fastpaths.batch",
    "rawbytes": "fastpaths.rawbytes",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("fastpaths")
    try:
        home = import_module(_HOMES[name])
    except KeyError:
        raise AttributeError(f"module 'fastpaths' has no attribute {name!r}") from None
    value = globals()[name] = home if home.__name__ == f"fastpaths.{name}" else getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
