"""Coverage-guided fuzzing of the record-batch decoder, with AddressSanitizer and UndefinedBehaviorSanitizer.

    tox -e fuzz                                                     # two minutes
    python tests/kafka/fuzz/run.py --seconds 3600 --folder FOLDER   # needs clang, and `pip install atheris cython`
    python tests/kafka/fuzz/run.py --folder FOLDER FOLDER/crash-…   # once more what has crashed

Builds the decoder in a folder of its own and lets atheris feed decode.py, from corpus.zip and from what earlier runs
have found in that folder. What it does not know are options and inputs of libFuzzer. After a long run the files of
FOLDER/corpus, all but the largest, are the new corpus.zip.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SETUP = """
from Cython.Build import cythonize
from setuptools import Extension, setup

flags = "-O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fsanitize-trap=undefined".split()
modules = [
    Extension(f"fastpaths.{part}.*", [f"fastpaths/{part}/*.pyx"], extra_compile_args=flags)
    for part in ("kafka", "columns", "rawbytes")
]
setup(name="fuzzed", packages=[], ext_modules=cythonize(modules, nthreads=2, quiet=True))
"""


def build(folder: Path) -> None:
    sources = shutil.ignore_patterns("*.so", "*.c", "__pycache__")
    shutil.copytree(ROOT / "fastpaths", folder / "fastpaths", ignore=sources, dirs_exist_ok=True)
    (folder / "setup.py").write_text(SETUP)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace", f"--parallel={os.cpu_count()}"]
    subprocess.run(command, cwd=folder, env={**os.environ, "CC": "clang"}, check=True)


def fuzz(folder: Path, options: list[str]) -> int:
    import atheris

    environment = {
        **os.environ,
        "LD_PRELOAD": os.path.join(atheris.path(), "asan_with_fuzzer.so"),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python frees little at its end
        "PYTHONMALLOC": "malloc",  # so that the memory of each object is guarded
        "PYTHONPATH": str(folder),
    }
    command = [sys.executable, HERE / "decode.py", f"-artifact_prefix={folder}/", *options]
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, help="fuzz for so long")
    parser.add_argument("--folder", type=Path, help="of the build and of what is found (default: a new temporary one)")
    given, options = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="fastpaths-fuzz-")) if given.folder is None else given.folder.absolute()
    corpus = folder / "corpus"
    with zipfile.ZipFile(HERE / "corpus.zip") as kept:
        kept.extractall(corpus)
    print(f"in {folder}", flush=True)
    build(folder)
    if given.seconds is not None:
        limits = [f"-max_total_time={given.seconds}", "-max_len=4096", "-print_final_stats=1"]
        options += [*limits, str(corpus)]
    return fuzz(folder, options)


if __name__ == "__main__":
    sys.exit(main())
