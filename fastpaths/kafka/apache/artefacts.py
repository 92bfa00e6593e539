"""The files that a node runs on: fetched by Maven once, as the user's own Maven settings say, checked and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fastpaths.kafka.broker import BrokerError

VERSION = "4.1.1"  # pom.xml's
OLDEST_JAVA = 17
POM = Path(__file__).with_name("pom.xml")
SUMS = Path(__file__).with_name("jars.sha256")
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


def java() -> str:
    """The `java` to run: $JAVA_HOME's, else PATH's. BrokerError if there is none, or it is too old."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=os.path.join(home, "bin")) if home else shutil.which("java")
    if found is None:
        where = f"in $JAVA_HOME ({home})" if home else "on PATH"
        raise BrokerError(
            f"Apache Kafka needs Java {OLDEST_JAVA} or newer, and there is no java {where} "
            f"(Debian: apt-get install openjdk-17-jre-headless)"
        )
    run = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', run.stderr)
    if version is None or int(version[1]) < OLDEST_JAVA:
        said = run.stderr.partition("\n")[0] or f"status {run.returncode}"
        raise BrokerError(f"Apache Kafka needs Java {OLDEST_JAVA} or newer, and {found} says: {said}")
    return found


def tool(name: str) -> list[str]:
    """The command of one of Kafka's own tools, by its class: "ConsumerPerformance". BrokerError as for a node."""
    return [java(), "-cp", f"{jars()}/*", f"org.apache.kafka.tools.{name}"]


def jars() -> Path:
    """The folder of the jars, all of them as pinned. The first call fetches them; other processes wait for that."""
    pinned = _pinned()
    kept = _cache() / "apache" / hashlib.sha256(POM.read_bytes() + SUMS.read_bytes()).hexdigest()[:24]
    if not kept.is_dir():
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with (kept.parent / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not kept.is_dir():
                    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".unfinished-") as folder:
                        fetched = Path(folder, "jars")
                        _fetch(fetched)
                        _check(fetched, pinned)
                        fetched.rename(kept)
        except OSError as error:
            raise BrokerError(
                f"cannot keep Apache Kafka in {kept.parent} ($FASTPATHS_CACHE: elsewhere): {error}"
            ) from error
    return kept


def _cache() -> Path:
    """The folder that fastpaths.bench keeps its builds in, too."""
    if chosen := os.environ.get("FASTPATHS_CACHE"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "fastpaths"


def _pinned() -> dict[str, str]:
    """File name -> SHA-256."""
    lines = [line for line in SUMS.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    return {name: digest for digest, name in map(str.split, lines)}


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(
            f"Apache Kafka {VERSION} is fetched by Maven, and there is no mvn on PATH (Debian: apt-get install maven)"
        )
    print(f"fetching Apache Kafka {VERSION} with Maven, this once (43 MB)", file=sys.stderr)
    arguments = ["--batch-mode", "--quiet", f"--file={POM}", f"{PLUGIN}:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    run = subprocess.run(
        [maven, *arguments, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if run.returncode != 0:
        said = "\n".join(run.stdout.splitlines()[:10])
        raise BrokerError(f"Maven could not fetch Apache Kafka {VERSION} (status {run.returncode}): {said}")


def _check(folder: Path, pinned: dict[str, str]) -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*")}
    if found == pinned:
        return
    wrong = [
        f"{name}: expected SHA-256 {pinned.get(name, 'of no such file')}, found {found.get(name, 'no such file')}"
        for name in sorted(pinned.keys() | found.keys())
        if pinned.get(name) != found.get(name)
    ]
    raise BrokerError(f"what Maven fetched is not what {SUMS.name} pins; nothing is kept or run. " + "; ".join(wrong))
