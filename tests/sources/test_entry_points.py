"""Sources of schemes that other packages name."""

import sys
from importlib.metadata import EntryPoint, EntryPoints
from types import SimpleNamespace

import pyarrow as pa
import pytest

from fastpaths.sources import InvalidURI, Source, SourceError, open_source, source


class Numbers(Source):
    """A scheme of another package."""

    @property
    def schema(self):
        return pa.schema({"n": pa.int64()})

    @staticmethod
    def _fits(position):
        return position.keys() == {"n"}

    def _read(self):
        for n in range(self._position.get("n", 0), int(self.uri.options["count"])):
            yield pa.record_batch({"n": [n]}), {"n": n + 1}


def installed(monkeypatch, **points):
    """As if packages had named these schemes and their classes."""
    found = [EntryPoint(name, value, "fastpaths.sources") for name, value in points.items()]
    monkeypatch.setattr(source, "entry_points", lambda group: EntryPoints(found).select(group=group))


def test_a_scheme_by_entry_point(monkeypatch):
    monkeypatch.setitem(sys.modules, "numbers_source", SimpleNamespace(Numbers=Numbers))
    installed(monkeypatch, numbers="numbers_source:Numbers")
    with open_source("numbers://here/x?count=5") as numbers:
        assert isinstance(numbers, Numbers)
        assert next(numbers).to_pylist() == [{"n": 0}]
        kept = numbers.position
    rest = open_source("numbers://here/x?count=5", kept)
    assert [row["n"] for batch in rest for row in batch.to_pylist()] == [1, 2, 3, 4]


def test_a_scheme_that_is_nobodys_names_those_there_are(monkeypatch):
    installed(monkeypatch, numbers="numbers_source:Numbers")
    with pytest.raises(InvalidURI, match="no scheme 'letters'; there are file, kafka, numbers, postgresql, s3"):
        open_source("letters://here")


@pytest.mark.parametrize("value", ["no_such_module:Source", "json:Absent", "json:dumps", "json"])
def test_an_entry_point_that_is_broken_is_named(monkeypatch, value):
    installed(monkeypatch, numbers=value)
    with pytest.raises(SourceError, match=rf"numbers://.*'numbers = {value}'"):
        open_source("numbers://me:s3cr3t@here")
