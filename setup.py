"""Compiles fastpaths/*/*.pyx, and records how in fastpaths/_build.json, for the metadata of every measurement."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# Portable code only (no -march=native). Functions and loops start at a cache line: where they happen to fall decides
# up to a quarter of a short loop's speed, and a comparison of two builds would blame the source for it.
# No debugging information, with which compiling takes half as long again: nobody steps through generated C.
UNIX_FLAGS = ["-O3", "-g0", "-falign-functions=64", "-falign-loops=64"]
FLAGS = {"unix": UNIX_FLAGS, "mingw32": UNIX_FLAGS, "msvc": ["/O2"]}

ROOT = Path(__file__).parent
PACKAGE = Path("fastpaths")


def git(*arguments):
    run = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return run.stdout.strip() if run.returncode == 0 else ""


def revision():
    """The commit that is built, with `+dirty` where tracked files differ from it; "" outside a checkout."""
    try:
        if git("rev-parse", "--show-toplevel") != str(ROOT.resolve()):
            return ""
        return git("rev-parse", "HEAD") + ("+dirty" if git("status", "--porcelain", "--untracked-files=no") else "")
    except OSError:  # no git on this machine
        return ""


def digests():
    """SHA-256 of every Cython source, by its path in the package: how a stale build is noticed."""
    sources = sorted(path for suffix in ("pyx", "pxd") for path in (ROOT / PACKAGE).glob(f"*/*.{suffix}"))
    return {
        path.relative_to(ROOT / PACKAGE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources
    }


class BuildExtensions(build_ext):
    """Compiles with FLAGS, all modules at once, and records the build."""

    def run(self):
        super().run()
        self.record()

    def build_extensions(self):
        self.parallel = self.parallel or os.cpu_count()
        for extension in self.extensions:
            extension.extra_compile_args = self.flags + extension.extra_compile_args
        super().build_extensions()

    @property
    def flags(self):
        return FLAGS.get(self.compiler.compiler_type, [])

    def record(self):
        command = getattr(self.compiler, "compiler_so", None) or [self.compiler.compiler_type]
        try:
            run = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=False)
            compiler = run.stdout.partition("\n")[0] or command[0]
        except OSError:
            compiler = command[0]
        build = {
            "version": self.distribution.get_version(),
            "revision": revision(),
            "compiler": compiler,
            "flags": " ".join([*command[1:], *self.flags]),
            "sources": digests(),
        }
        package = ROOT / PACKAGE if self.inplace else Path(self.build_lib) / PACKAGE
        package.mkdir(parents=True, exist_ok=True)
        (package / "_build.json").write_text(json.dumps(build, indent=1) + "\n")


setup(
    ext_modules=cythonize(
        [Extension("*", ["fastpaths/*/*.pyx"])],
        build_dir="build/cython",
        nthreads=os.cpu_count() or 1,
        compiler_directives={
            "language_level": 3,
            "embedsignature": True,
            "warn.unused": True,
            "warn.maybe_uninitialized": True,
        },
    ),
    cmdclass={"build_ext": BuildExtensions},
)
