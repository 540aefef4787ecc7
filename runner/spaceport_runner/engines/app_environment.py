"""Where an app finds things and what its environment holds, inside walls and without. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spaceport_runner.contract import InstanceSpec
from spaceport_runner.engines.bubblewrap import HOME
from spaceport_runner.engines.instance_folder import InstanceFolder
from spaceport_runner.engines.volume_mounts import VOLUME_INSIDE, VOLUME_VARIABLE
from spaceport_runner.template import Template

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
#: All that an app inherits from the runner: which certificates this machine trusts.
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Paths:
    """Places as the app sees them; ``data`` where it has a volume."""

    app: Path
    home: Path
    tmp: Path
    environment: Path
    seat: Path
    inside: Path
    data: Path | None = None

    def command(self, template: Template, spec: InstanceSpec) -> list[str]:
        """The template's command: Python is the environment's, and starts the app through the seat."""
        program, *arguments = template.command_for(spec.app_file, spec.app_port)
        if program != "python":
            return [str(self.environment / "bin" / program), *arguments]
        return [str(self.environment / "bin" / "python"), str(self.seat), *arguments]


def outside_paths(folder: InstanceFolder, environment: Path, package: Path, volume: Path | None = None) -> Paths:
    return Paths(folder.app, folder.home, folder.tmp, environment, package / "seat.py", package / "inside", volume)


def inside_paths(has_volume: bool = False) -> Paths:
    """The same places as in a container of the docker engine."""
    tools = Path("/opt/spaceport")
    home = Path(HOME)
    data = Path(VOLUME_INSIDE) if has_volume else None
    return Paths(home / "app", home, Path("/tmp"), Path("/opt/venv"), tools / "seat.py", tools / "inside", data)


def instance_environment(
    spec: InstanceSpec, template: Template, paths: Paths, port: int, machine: Mapping[str, str]
) -> dict[str, str]:
    """
    The whole environment of an app: the Space's own variables go before the template's and ours, except for those that
    say where it runs.
    """
    environment = {
        **{name: machine[name] for name in CERTIFICATE_VARIABLES if name in machine},
        "PATH": f"{paths.environment / 'bin'}:{SYSTEM_PATH}",
        "HOME": str(paths.home),
        "USER": "user",
        "LOGNAME": "user",
        "TMPDIR": str(paths.tmp),
        "LANG": "C.UTF-8",
        **template.environment,
        **spec.environment,
        "VIRTUAL_ENV": str(paths.environment),
    }
    if paths.data is not None:
        environment[VOLUME_VARIABLE] = str(paths.data)
    python_path = [str(paths.inside), *filter(None, [environment.get("PYTHONPATH")])]
    return environment | port_variables(spec.app_port, port) | {"PYTHONPATH": ":".join(python_path)}


def port_variables(app_port: int, port: int) -> dict[str, str]:
    """Where the app listens, for those who ask; ``inside/sitecustomize.py`` maps it for those who do not."""
    return {
        "PORT": str(port),
        "GRADIO_SERVER_PORT": str(port),
        "SPACEPORT_PORT_MAP": f"{app_port}:{port}",
    }
