"""A PostgreSQL server of the tests' own, on a socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from spaceport.adapters.database import SqlDatabase

_TIMEOUT_SECONDS = 60


def postgresql_programs() -> Path | None:
    """The folder with initdb and pg_ctl; Debian keeps it off PATH."""
    on_path = shutil.which("initdb")
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates += [Path(on_path).parent] if on_path else []
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


class PostgresqlServer:
    """Makes databases in one running server."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._numbers = count(1)
        self._migrated: str | None = None

    def new_database(self, like: str = "template1") -> str:
        """The URL of a new database, empty or with the tables of another one, which nobody may have open."""
        name = f"test{next(self._numbers)}"
        self.run("createdb", "-h", str(self._folder), "-U", "postgres", "--template", like, name)
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def new_migrated_database(self) -> str:
        """The same with all tables."""
        if self._migrated is None:
            url = self.new_database()
            database = SqlDatabase(url)
            database.migrate()
            database.close()
            self._migrated = url.partition("@/")[2].partition("?")[0]
        return self.new_database(self._migrated)

    def run(self, program: str, *arguments: str) -> None:
        """PostgreSQL refuses to run as root, so root steps down to the user of Debian's package."""
        step_down = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*step_down, str(self._programs / program), *arguments]
        log = self._folder / "server.log"
        with open(log, "ab") as output:
            done = subprocess.run(
                command, timeout=_TIMEOUT_SECONDS, stdout=output, stderr=output, cwd=self._folder, check=False
            )
        assert done.returncode == 0, f"{program}: {log.read_text()[-2000:]}"


@contextmanager
def running_postgresql(programs: Path) -> Iterator[PostgresqlServer]:
    folder = Path(tempfile.mkdtemp(prefix="spaceport-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    server = PostgresqlServer(programs, folder)
    data = str(folder / "data")
    server.run("initdb", "-D", data, "-U", "postgres", "--auth", "trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    server.run("pg_ctl", "-D", data, "-w", "-o", options, "start")
    try:
        yield server
    finally:
        server.run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
