"""uv is told what pip is configured to."""

import pytest

from fastpaths.bench.sides import installer

VARIABLES = ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CERT", "TRUSTED_HOST")


@pytest.fixture
def configured(tmp_path, monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(f"PIP_{name}", raising=False)

    def configured(file, **environment):
        (tmp_path / "pip.conf").write_text(file)
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        installer._pip_configuration.cache_clear()
        return installer._pip_configuration()

    yield configured
    installer._pip_configuration.cache_clear()


def test_from_its_file_and_its_variables(configured):
    variables, options = configured(
        "[global]\nindex-url = https://one.example/simple\n"
        "extra-index-url =\n    https://two.example/simple\n    https://three.example/simple\n",
        PIP_INDEX_URL="https://four.example/simple",
        PIP_FIND_LINKS="/a /b",
        PIP_NO_INDEX="1",
    )
    assert variables["UV_DEFAULT_INDEX"] == "https://four.example/simple"  # a variable beats a file
    assert variables["UV_INDEX"] == "https://two.example/simple https://three.example/simple"
    assert variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert variables["UV_FIND_LINKS"] == "/a,/b"
    assert options == ["--no-index"]


def test_nothing_configured(configured):
    variables, options = configured("")
    assert not variables.keys() - {"SSL_CERT_FILE"}
    assert options == []


def test_what_uv_was_told_itself_holds(configured, monkeypatch, tmp_path):
    configured("[global]\nindex-url = https://one.example/simple\n")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    monkeypatch.setattr(installer, "_binary", lambda: "/usr/bin/env")
    with (tmp_path / "said").open("w") as output:
        assert installer.run_uv("env", output=output)
    said = (tmp_path / "said").read_text()
    assert "https://uv.example/simple" in said
    assert "one.example" not in said


def test_nothing_of_this_python_reaches_a_build(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("GIT_DIR", "/somewhere")
    monkeypatch.setattr(installer, "_binary", lambda: "/usr/bin/env")
    with (tmp_path / "said").open("w") as output:
        assert installer.run_uv("env", output=output, env={"CFLAGS": "-O9"})
    lines = (tmp_path / "said").read_text().splitlines()
    assert "CFLAGS=-O9" in lines
    assert not [line for line in lines if line.startswith(("PYTHONPATH=", "GIT_DIR="))]
