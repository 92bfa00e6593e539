import hashlib
import json
import sys
from types import SimpleNamespace

from fastpaths.bench import identity


def test_this_build_is_identified_and_not_stale():
    build = identity.build()
    assert build["version"]
    assert build["compiler"]
    assert "stale" not in build, f"rebuild before testing: {build['stale']} changed since the extensions were compiled"


def test_sources_edited_after_the_build_are_named(tmp_path):
    (tmp_path / "same.pyx").write_text("1")
    (tmp_path / "edited.pyx").write_text("2")
    digests = {name: hashlib.sha256(b"1").hexdigest() for name in ("same.pyx", "edited.pyx", "not_shipped.pyx")}
    (tmp_path / "_build.json").write_text(json.dumps({"version": "1", "revision": "", "sources": digests}))
    assert identity.build(tmp_path) == {"version": "1", "stale": "edited.pyx"}


def test_no_record_is_no_identity(tmp_path):
    assert identity.build(tmp_path) == {}
    (tmp_path / "_build.json").write_text("{")
    assert identity.build(tmp_path) == {}


def test_a_side_without_fastpaths_has_no_build(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastpaths", SimpleNamespace(__path__=[]))
    assert identity.build() == {}


def test_metadata_fits_a_result_file():
    for key, value in identity.metadata().items():
        assert key.startswith("fastpaths_")
        assert value
        assert "\n" not in value
