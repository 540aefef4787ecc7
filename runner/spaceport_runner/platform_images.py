"""
Makes the images of Spaceport's own processes for ``compose.yaml``: ``python -m spaceport_runner.platform_images``.

``docker compose build`` does the same on a machine that trusts its package index by itself; here the machine's
certificates are handed to the build as a secret, which leaves nothing behind.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from spaceport_runner.engines.docker_cli import build_cli, docker_environment
from spaceport_runner.engines.engine import EngineUnavailable

ROOT = Path(__file__).resolve().parents[2]
#: Target of platform/Dockerfile -> name of the image, as compose.yaml names it.
IMAGES = {"spaceport": "spaceport/spaceport", "runner": "spaceport/runner"}
_CA_BUNDLE = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
_TIMEOUT_SECONDS = 1800


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-image", default=os.environ.get("SPACEPORT_BASE_IMAGE") or "spaceport/base")
    arguments = parser.parse_args()
    try:
        for target, image in IMAGES.items():
            subprocess.run(
                build_command(build_cli(), target, image, arguments.base_image),
                cwd=ROOT,
                env=docker_environment(),
                check=True,
                timeout=_TIMEOUT_SECONDS,
            )
            print(f"made {image}")
    except (EngineUnavailable, subprocess.SubprocessError) as error:
        print(f"images not made: {error}", file=sys.stderr)
        return 1
    return 0


def build_command(cli: str, target: str, image: str, base_image: str) -> list[str]:
    """The call of the docker program for one image."""
    secret = ["--secret", f"id=ca,src={_CA_BUNDLE}"] if _CA_BUNDLE.is_file() else []
    return [
        cli,
        "build",
        "--file",
        "platform/Dockerfile",
        "--target",
        target,
        "--tag",
        image,
        "--build-arg",
        f"BASE_IMAGE={base_image}",
        *secret,
        ".",
    ]


if __name__ == "__main__":
    sys.exit(main())
