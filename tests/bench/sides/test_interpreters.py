"""Interpreters by name and by path."""

import os
import sys
import sysconfig

import pytest

from fastpaths.bench.errors import BenchError
from fastpaths.bench.sides import interpreters

NAME = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def program(tmp_path):
    def program(path, script):
        path = tmp_path / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return program


def test_the_current_one_is_not_its_virtual_environments():
    current = interpreters.current()
    assert current.suffix == sysconfig.get_config_var("EXT_SUFFIX")
    assert not current.executable.startswith(sys.prefix) or sys.prefix == sys.base_prefix
    assert str(current).endswith(current.version)


def test_by_path():
    assert interpreters.find(sys.executable) == interpreters.current()
    assert interpreters.find("/nowhere/python3") is None


@pytest.mark.parametrize("name", ["main", "v1", "python-kafka", "numpy==2.0", ""])
def test_what_is_no_interpreters_name(name):
    assert interpreters.find(name) is None


def test_one_that_does_not_run_is_passed_over(program, tmp_path, monkeypatch):
    """pyenv's shims refuse to run a version that is not selected; the version is there all the same."""
    program(f"shims/{NAME}", "echo 'command not found' >&2; exit 127")
    (real := tmp_path / "pyenv" / "versions" / "1" / "bin").mkdir(parents=True)
    (real / NAME).symlink_to(interpreters.current().executable)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    found = interpreters.find(NAME)
    assert found is not None
    assert found.version == interpreters.current().version


def test_too_old(program):
    facts = '{"numbers": [3, 8], "version": "3.8.0"}'
    with pytest.raises(BenchError, match=r"Python 3\.8\.0; the harness needs 3\.11"):
        interpreters.find(str(program("python3.8", f"echo '{facts}'")))


def test_the_compiler_that_builds_for_it_is_asked(program, monkeypatch):
    monkeypatch.setenv("CC", f"{program('cc', 'echo a compiler; echo of ours')} -pipe")
    assert interpreters.current().compiler == "a compiler"
    monkeypatch.setenv("CC", os.devnull)
    assert interpreters.current().compiler == ""
