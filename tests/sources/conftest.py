"""A PostgreSQL and a server that speaks S3, one of each for the session."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from fastpaths.kafka.apache.cluster import free_ports


class Postgres:
    """A cluster of its own in a temporary folder, that trusts nobody: user `reader`, password `p@ss/word`."""

    PASSWORD = "p@ss/word"

    def __init__(self, programs):
        # The server refuses to run as root: then it is the system's user of that name, and the folder is that one's.
        self._as_user = {"user": "postgres"} if os.getuid() == 0 else {}
        self._programs, self.port = programs, free_ports(1)[0]
        self._folder = Path(tempfile.mkdtemp(prefix="fastpaths-postgres-"))
        self.quoted = f"postgresql://reader:p%40ss%2Fword@127.0.0.1:{self.port}/postgres"

    def start(self):
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres")
        password = self._folder / "password"
        password.write_text(self.PASSWORD)
        password.chmod(0o644)
        self._run("initdb", "-D", self._data, "-U", "reader", "--pwfile", password, "-A", "scram-sha-256", "-N")
        self.restart("start")

    @property
    def _data(self):
        return self._folder / "data"

    def restart(self, action="restart"):
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(
            "pg_ctl", action, "-D", self._data, "-w", "-m", "immediate", "-o", options, "-l", self._folder / "log"
        )

    def stop(self):
        self._run("pg_ctl", "stop", "-D", self._data, "-m", "immediate")
        shutil.rmtree(self._folder)

    def _run(self, program, *arguments):
        command = [self._programs / program, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=60, **self._as_user)

    def execute(self, *statements):
        import adbc_driver_postgresql.dbapi

        with adbc_driver_postgresql.dbapi.connect(self.quoted, autocommit=True) as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)


@pytest.fixture(scope="session")
def postgres():
    initdb = shutil.which("initdb") or next(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    server = Postgres(Path(initdb).parent)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def s3():
    """The endpoint, HOST:PORT, of moto's server; any key and secret will do."""
    import sys
    from urllib.error import URLError
    from urllib.request import urlopen

    port = free_ports(1)[0]
    command = [sys.executable, "-m", "moto.server", "-p", str(port), "-H", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 30
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/moto-api/data.json").close()
                break
            except URLError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
