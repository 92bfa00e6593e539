"""A build backend of the standard library alone: the packages that tests make are built without a package index."""

import os
import tomllib
import zipfile
from pathlib import Path


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None, root="."):
    """A wheel of the project's packages. NAME/_build.py in it says how it was built."""
    root = Path(root)
    if (root / "broken").exists():
        raise SystemExit("broken on purpose")
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {line}" for line in project["dependencies"]]
    for extra, lines in project["optional-dependencies"].items():
        metadata += [f"Provides-Extra: {extra}", *(f"Requires-Dist: {line}; extra == '{extra}'" for line in lines)]
    files = {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.glob("**/*.py")
        if path.relative_to(root).parts[0] not in ("benchmarks", "backend.py")
    }
    files[f"{name}/_build.py"] = (
        f"CFLAGS = {os.environ.get('CFLAGS', '')!r}\nHASHSEED = {os.environ.get('PYTHONHASHSEED')!r}\n"
    )
    about = f"{name}-{version}.dist-info"
    files[f"{about}/METADATA"] = "\n".join(metadata) + "\n"
    files[f"{about}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{about}/RECORD"))
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, wheel), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel
