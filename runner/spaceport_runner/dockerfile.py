"""
What an image build runs: a Dockerfile's text and the secrets mounted into its steps. Pure.

Operators behind a proxy or with a package index of their own need a certificate bundle, a pip.conf, a uv.toml or a
folder of wheels in every RUN, and nothing of it in the image. So each RUN gets mounts, and each stage ARGs that point
the usual programs at them: an ARG is in the environment of RUN only. What stays behind are empty files under the mount
points. This is done to the templates' Dockerfiles and to users' alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spaceport_runner.instructions import Instruction, arguments_declared, directives, images_named, read_instructions
from spaceport_runner.settings import PackageSources

#: The name that a Dockerfile may use for the base image that the operator has set.
BASE_IMAGE_ALIAS = "spaceport/base"
#: Images of Spaceport itself: another Space's code may be in them.
OWN_IMAGES = "spaceport/"
CA_PATH = "/run/secrets/spaceport_ca"
WHEELS_PATH = "/run/spaceport/wheels"
#: Environment variables by which OpenSSL, pip, requests, curl, node, git and cargo find a certificate bundle.
CA_VARIABLES = (
    "SSL_CERT_FILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
)
BUILDER_PREFIX = "BUILDKIT_"
#: The only frontends that ``# syntax=`` may ask for: a frontend is a program that runs in the builder.
TRUSTED_FRONTEND = re.compile(r"^(docker\.io/)?docker/dockerfile(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$")


class UnusableDockerfile(ValueError):
    """A Dockerfile that must not or cannot be built here; the message says why."""


@dataclass(frozen=True)
class BuildSecret:
    """A file mounted into RUN steps: either ``content`` or the file at ``path``. ``target`` is where steps see it."""

    id: str
    target: str
    content: str | None = None
    path: Path | None = None


@dataclass(frozen=True)
class StepMounts:
    """What every RUN of a build gets: the secrets, and the image that holds the operator's wheels."""

    secrets: tuple[BuildSecret, ...] = ()
    wheels_image: str | None = None
    has_ca: bool = False

    @property
    def flags(self) -> str:
        """As flags of RUN. Mode 0444 because a Dockerfile may have switched to another user than root."""
        flags = [f"--mount=type=secret,id={secret.id},target={secret.target},mode=0444" for secret in self.secrets]
        if self.wheels_image is not None:
            flags.append(f"--mount=type=bind,from={self.wheels_image},target={WHEELS_PATH}")
        return " ".join(flags)

    @property
    def arguments(self) -> str:
        """As the ARG lines of one stage."""
        if not self.has_ca:
            return ""
        return "".join(f"ARG {name}={CA_PATH}\n" for name in CA_VARIABLES)


def step_mounts(packages: PackageSources, wheels_image: str | None) -> StepMounts:
    """What the operator's package sources mean for the steps of a build."""
    secrets: list[BuildSecret] = []
    if packages.ca_bundle is not None:
        secrets.append(BuildSecret("spaceport_ca", CA_PATH, path=packages.ca_bundle))
    if pip_conf := _pip_conf(packages, wheels_image):
        secrets.append(BuildSecret("spaceport_pip", "/etc/pip.conf", content=pip_conf))
    if uv_toml := _uv_toml(packages, wheels_image):
        secrets.append(BuildSecret("spaceport_uv", "/etc/uv/uv.toml", content=uv_toml))
    return StepMounts(tuple(secrets), wheels_image, has_ca=packages.ca_bundle is not None)


def template_dockerfile(text: str, mounts: StepMounts) -> str:
    """A template's Dockerfile as it is built."""
    return "".join(_rewritten(instruction, mounts, cache_scope=None) for instruction in read_instructions(text))


def user_dockerfile(text: str, mounts: StepMounts, base_image: str, cache_scope: str, keep_syntax: bool) -> str:
    """
    A user's Dockerfile as it is built.

    ``spaceport/base`` becomes the operator's base image; caches of ``--mount=type=cache`` are kept apart by
    ``cache_scope``, because one that two Spaces share lets one of them plant files in the other's build. A
    ``# syntax=`` line is dropped unless its frontend can be had (``keep_syntax``): without it the engine's own
    frontend builds, and a missing one would fail every build on a machine that reaches no registry. ONBUILD lines stay
    as they are: they run in other people's builds.
    """
    instructions = read_instructions(text)
    lines = [_rewritten(_with_base(each, base_image), mounts, cache_scope) for each in instructions]
    if not keep_syntax and instructions and "syntax" in directives(text):
        lines = _without_syntax(lines)
    return "".join(lines)


def build_arguments(text: str, variables: Mapping[str, str]) -> dict[str, str]:
    """
    The variables of a Space that its Dockerfile asks for with ARG; the builder would warn of the others.

    Those by which a builder takes orders (``BUILDKIT_SYNTAX`` names a program to run in it) are none of a Space's.
    """
    declared = arguments_declared(read_instructions(text))
    return {
        name: value
        for name, value in sorted(variables.items())
        if name in declared and not name.startswith(BUILDER_PREFIX)
    }


def required_images(text: str, base_image: str, arguments: Mapping[str, str]) -> list[str]:
    """
    The images a user's Dockerfile needs on this machine or from a registry, built with these arguments.

    Raises: UnusableDockerfile when there is no FROM, or when it names an image it may not use.
    """
    instructions = read_instructions(text)
    if not any(instruction.keyword == "FROM" for instruction in instructions):
        raise UnusableDockerfile("the Dockerfile has no FROM line: it must begin with the image it starts from")
    images = [base_image if _is_base(image) else image for image in images_named(instructions, arguments)]
    for image in images:
        if image != base_image and _canonical(image).startswith(OWN_IMAGES):
            raise UnusableDockerfile(
                f"the Dockerfile uses {image}, which belongs to Spaceport: only {BASE_IMAGE_ALIAS} may be used"
            )
    return images


def wanted_frontend(text: str) -> str | None:
    """The frontend that ``# syntax=`` asks for, where it is one that may be used."""
    frontend = directives(text).get("syntax", "")
    return frontend if TRUSTED_FRONTEND.match(frontend) else None


def refers_to_other_files(requirements: str) -> bool:
    """
    Whether a requirements file needs more of the commit than itself: ``-r other.txt``, ``./package``, ``-e .``.

    Unsure means yes: the price is sending the whole commit to the builder.
    """
    for line in requirements.splitlines():
        requirement = line.split(" #")[0].strip()
        if not requirement or requirement.startswith("#"):
            continue
        if re.match(r"^(-r|-c|-e|-f|--requirement|--constraint|--editable|--find-links)\b", requirement):
            return True
        if (
            re.match(r"^[./~]", requirement)
            or "file:" in requirement
            or requirement.endswith((".whl", ".tar.gz", ".zip"))
        ):
            return True
        if re.match(r"^[\w.-]+/", requirement):
            return True
    return False


def _rewritten(instruction: Instruction, mounts: StepMounts, cache_scope: str | None) -> str:
    match instruction.keyword:
        case "FROM":
            separator = "" if instruction.text.endswith("\n") else "\n"
            return instruction.text + (separator + mounts.arguments if mounts.arguments else "")
        case "RUN":
            text = instruction.text if cache_scope is None else _with_own_caches(instruction.text, cache_scope)
            return (
                re.sub(r"^(\s*RUN)(?=\s)", rf"\1 {mounts.flags}", text, count=1, flags=re.IGNORECASE)
                if mounts.flags
                else text
            )
    return instruction.text


def _with_own_caches(text: str, scope: str) -> str:
    """Give each cache mount of a RUN an id of the Space's own; only among the flags, never in the command itself."""
    flags = re.match(r"^\s*RUN(?:\s+|[\\`]\s*\n)(?:--\S+(?:\s+|\\\s*\n)*)*", text, flags=re.IGNORECASE)
    if flags is None:
        return text

    def own(match: re.Match[str]) -> str:
        fields = match[1].split(",")
        if "type=cache" not in fields:
            return match[0]
        values = dict(field.partition("=")[::2] for field in fields)
        name = values.get("id") or values.get("target") or values.get("dst") or values.get("destination") or ""
        kept = [field for field in fields if not field.startswith("id=")]
        return "--mount=" + ",".join([*kept, f"id={scope}:{name}"])

    return re.sub(r"--mount=(\S+)", own, flags[0]) + text[flags.end() :]


def _with_base(instruction: Instruction, base_image: str) -> Instruction:
    if instruction.keyword != "FROM":
        return instruction
    alias = rf"(?<=\s){re.escape(BASE_IMAGE_ALIAS)}(:latest)?(?=\s|$)"
    return Instruction("FROM", re.sub(alias, lambda _: base_image, instruction.text, count=1))


def _without_syntax(lines: list[str]) -> list[str]:
    """An ordinary comment takes the line's place, so that line numbers in messages stay right."""
    pattern = re.compile(r"^\s*#\s*syntax\s*=", re.IGNORECASE)
    index = next(index for index, line in enumerate(lines) if pattern.match(line))
    kept = [line for number, line in enumerate(lines) if number != index]
    return [*kept[:index], "# (built with the engine's own frontend)\n", *kept[index:]]


def _is_base(image: str) -> bool:
    return _canonical(image).removesuffix(":latest") == BASE_IMAGE_ALIAS


def _canonical(image: str) -> str:
    return image.removeprefix("docker.io/").removeprefix("index.docker.io/")


def _pip_conf(packages: PackageSources, wheels_image: str | None) -> str:
    lines = []
    if packages.index_url:
        lines.append(f"index-url = {packages.index_url}")
    if wheels_image:
        lines.append(f"find-links = {WHEELS_PATH}")
    if packages.ca_bundle:
        lines.append(f"cert = {CA_PATH}")
    return "\n".join(["[global]", *lines, ""]) if lines else ""


def _uv_toml(packages: PackageSources, wheels_image: str | None) -> str:
    lines = []
    if wheels_image:
        lines.append(f'find-links = ["{WHEELS_PATH}"]')
    if packages.index_url:
        lines += ["[[index]]", f'url = "{packages.index_url}"', "default = true"]
    return "\n".join([*lines, ""]) if lines else ""
