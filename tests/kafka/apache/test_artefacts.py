"""What a node runs on: found or fetched, checked, and each thing that can be amiss said clearly. No Java, no Maven."""

import hashlib
import re
import xml.etree.ElementTree as ElementTree

import pytest

from fastpaths.kafka import BrokerError
from fastpaths.kafka.apache import artefacts

JARS = {"a.jar": b"first", "b.jar": b"second"}


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with an empty cache and an empty PATH; `machine(name, script)` puts a program on it."""
    bin = tmp_path / "bin"
    bin.mkdir()
    sums = tmp_path / "jars.sha256"
    sums.write_text("# of two\n" + "".join(f"{hashlib.sha256(j).hexdigest()}  {n}\n" for n, j in JARS.items()))
    monkeypatch.setattr(artefacts, "SUMS", sums)
    monkeypatch.setenv("PATH", str(bin))
    monkeypatch.setenv("FASTPATHS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def install(name, script):
        (bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin / name).chmod(0o755)
        return str(bin / name)

    return install


def maven(jars):
    """A script that fetches these, and notes that it was called."""
    files = "".join(f'printf %s "{content.decode()}" > "$folder/{name}"; ' for name, content in jars.items())
    find = 'for a; do case "$a" in -DoutputDirectory=*) folder="${a#*=}";; esac; done; '
    return f'echo >> "$0.calls"; {find} /bin/mkdir "$folder"; {files}'


def java(line):
    return f"echo '{line}' >&2"


class TestJava:
    def test_is_found_on_path(self, machine):
        found = machine("java", java('openjdk version "17.0.15" 2025-04-15'))
        assert artefacts.java() == found

    def test_is_that_of_java_home_first(self, machine, tmp_path, monkeypatch):
        machine("java", java('java version "21"'))
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
        with pytest.raises(BrokerError, match=r"no java in \$JAVA_HOME \(.*nowhere\)"):
            artefacts.java()

    def test_none(self, machine):
        with pytest.raises(BrokerError, match=r"needs Java 17 or newer, and there is no java on PATH"):
            artefacts.java()

    @pytest.mark.parametrize("line", ['openjdk version "11.0.2" 2019', 'java version "1.8.0_401"', "a riddle"])
    def test_too_old(self, machine, line):
        machine("java", java(line))
        with pytest.raises(BrokerError, match=f"needs Java 17 or newer, and .*java says: {re.escape(line)}"):
            artefacts.java()


class TestJars:
    def test_are_fetched_once(self, machine, tmp_path, capsys):
        mvn = machine("mvn", maven(JARS))
        folder = artefacts.jars()
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == JARS
        assert folder.is_relative_to(tmp_path / "cache" / "apache")
        assert "fetching Apache Kafka" in capsys.readouterr().err
        assert artefacts.jars() == folder
        assert len((tmp_path / "bin" / f"{mvn}.calls").read_text()) == 1
        assert capsys.readouterr().err == ""

    def test_no_maven(self, machine):
        with pytest.raises(BrokerError, match=r"fetched by Maven, and there is no mvn on PATH"):
            artefacts.jars()

    def test_maven_fails(self, machine, tmp_path):
        machine("mvn", "echo '[ERROR] Could not transfer artifact'; exit 1")
        with pytest.raises(BrokerError, match=r"Maven could not fetch .*status 1\): \[ERROR\] Could not transfer"):
            artefacts.jars()

    @pytest.mark.parametrize(
        ("jars", "found"),
        [
            ({**JARS, "b.jar": b"other"}, "b.jar: expected SHA-256 16367aac.*, found d9298a10"),
            ({"a.jar": b"first"}, "b.jar: expected SHA-256 16367aac.*, found no such file"),
            ({**JARS, "c.jar": b""}, "c.jar: expected SHA-256 of no such file, found e3b0c442"),
        ],
        ids=["changed", "missing", "surplus"],
    )
    def test_nothing_that_is_not_pinned_is_kept(self, machine, tmp_path, jars, found):
        machine("mvn", maven(jars))
        with pytest.raises(BrokerError, match=found):
            artefacts.jars()
        assert [path.name for path in (tmp_path / "cache" / "apache").iterdir()] == [".lock"]

    def test_a_cache_that_cannot_be_used(self, machine, tmp_path):
        (tmp_path / "cache").write_text("a file")
        with pytest.raises(BrokerError, match=r"cannot keep Apache Kafka in .*FASTPATHS_CACHE"):
            artefacts.jars()


def test_the_pom_and_the_sums_are_of_the_version_that_is_named():
    pom = ElementTree.parse(artefacts.POM).getroot()
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    versions = {
        d.find("m:artifactId", space).text: d.find("m:version", space).text
        for d in pom.iter(f"{{{space['m']}}}dependency")
    }
    assert versions["kafka_2.13"] == artefacts.VERSION
    assert {f"{name}-{version}.jar" for name, version in versions.items()} <= artefacts._pinned().keys()
