"""uv, installing from where pip is configured to install from."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from typing import IO

import uv

from ..errors import BenchError
from .trees import without_repository

# What pip is told, and the variable that tells uv the same. Values go from one to the other and are kept nowhere.
_SAME = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
_SEPARATORS = {"UV_FIND_LINKS": ","}
_OF_OTHER_PYTHONS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")


def run_uv(*arguments: object, output: IO[str], env: dict[str, str] | None = None) -> bool:
    """Run `uv pip …` or `uv venv …`; everything it says goes to `output`. False if it failed."""
    from_pip, options = _pip_configuration()
    indexed = any(name.startswith("UV_") and "INDEX" in name for name in os.environ)  # uv has been told itself
    environment = {
        **{name: value for name, value in without_repository().items() if name not in _OF_OTHER_PYTHONS},
        "NO_COLOR": "1",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        **{
            name: value
            for name, value in from_pip.items()
            if name not in os.environ and not (indexed and "INDEX" in name)
        },
        **(env or {}),
    }
    command = [_binary(), *map(str, arguments), *(options if arguments[0] == "pip" else ())]
    run = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    return run.returncode == 0


def _binary() -> str:
    try:
        return os.fspath(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise BenchError(f"the package uv is installed without its program: {error}") from error


@cache
def _pip_configuration() -> tuple[dict[str, str], list[str]]:
    """pip's configuration as uv takes it: (environment variables, options)."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # nothing where pip is not
    found: dict[str, str] = {}
    lines = [line.partition("=") for line in listed.splitlines()]
    for section in ("global.", "install.", ":env:."):  # the later one holds
        for name, _, value in lines:
            if name.startswith(section):
                found[name.removeprefix(section)] = str(ast.literal_eval(value))
    variables = {
        name: _SEPARATORS.get(name, " ").join(found[option].split())
        for option, name in _SAME.items()
        if option in found
    }
    if "UV_INDEX" in variables:
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip's: an extra index is another place to look
    return variables, ["--no-index"] if found.get("no-index", "") in ("1", "true", "yes", "on") else []
