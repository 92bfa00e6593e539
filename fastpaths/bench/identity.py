"""What was measured, and on what: the build's identity and the machine's fingerprint, for every result's metadata."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from pathlib import Path


def build(package: Path | None = None) -> dict[str, str]:
    """Identity of the installed package: version, revision, compiler, flags, and sources edited since it was built.

    Read from the _build.json that setup.py leaves beside the compiled modules. `stale` names sources that an editable
    install has not rebuilt: their numbers would be those of the old code. Empty where no build was recorded.
    """
    package = package or _package()
    if package is None:
        return {}
    try:
        record = json.loads((package / "_build.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    identity = {key: str(record[key]) for key in ("version", "revision", "compiler", "flags") if record.get(key)}
    if stale := sorted(_edited(package, record.get("sources", {}))):
        identity["stale"] = " ".join(stale)
    return identity


def _package() -> Path | None:
    """Folder of the package that this harness is loaded under: in `compare` the side's, which may have none."""
    folders = list(sys.modules[__package__.rpartition(".")[0]].__path__)
    return Path(folders[0]) if folders else None


def _edited(package: Path, digests: dict[str, str]) -> list[str]:
    edited = []
    for name, digest in digests.items():
        source = package / name  # a wheel ships few of its sources: what is not there cannot have been edited
        if source.is_file() and hashlib.sha256(source.read_bytes()).hexdigest() != digest:
            edited.append(name)
    return edited


def machine() -> str:
    """Fingerprint of this machine, for telling whether two results may be compared: one line, without its name."""
    return " · ".join(
        filter(None, [_cpu_model(), f"{os.cpu_count()} CPUs", _memory(), f"{platform.system()} {platform.machine()}"])
    )


def _cpu_model() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return ""


def metadata() -> dict[str, str]:
    """All of it under the names that result files use."""
    return {"fastpaths_machine": machine()} | {f"fastpaths_build_{key}": value for key, value in build().items()}
