"""A repo's own Dockerfile: its images, steps and command."""

from spaceport.domain.diagnosis.rule import rule

#: In the words of the docker engine, which looks at a Dockerfile before it builds it and starts what came of it.
CERTAIN = (
    rule(
        "base-image-missing",
        r"^the Dockerfile needs the image (?P<what>\S+), which is not on this machine and cannot be pulled",
        "the image {what} named in the Dockerfile is not on this machine and cannot be pulled",
        "write an image that this machine has after FROM in the Dockerfile, such as spaceport/base",
    ),
    rule(
        "no-from",
        r"^the Dockerfile has no FROM line",
        "the Dockerfile has no FROM line",
        "begin the Dockerfile with the image it starts from, such as FROM spaceport/base",
    ),
    rule(
        "no-command",
        r"^the container cannot be started: .*[Nn]o command specified|^the image says nothing of what to run",
        "the Dockerfile does not say what to start",
        'end the Dockerfile with a CMD, such as CMD ["python3", "app.py"]',
    ),
    rule(
        "command-not-found",
        r'^the container cannot be started: .*exec: "(?P<what>[^"]+)": (?:executable file not found|stat .*: no such)',
        "the Dockerfile starts {what}, which is not in its image",
        "install it with a RUN in the Dockerfile, or correct the CMD",
    ),
    rule(
        "command-not-executable",
        r'^the container cannot be started: .*exec: "(?P<what>[^"]+)": permission denied',
        "the Dockerfile starts {what}, which is not executable",
        "write RUN chmod +x {what} into the Dockerfile, or start it as an argument of sh or python3 in CMD",
    ),
)
#: In the words of the init that Docker puts before the command.
START = (
    rule(
        "command-not-found",
        r"^\[FATAL tini .*exec (?P<what>\S+) failed: No such file",
        "the Dockerfile starts {what}, which is not in its image",
        "install it with a RUN in the Dockerfile, or correct the CMD",
    ),
    rule(
        "command-not-executable",
        r"^\[FATAL tini .*exec (?P<what>\S+) failed: Permission denied",
        "the Dockerfile starts {what}, which is not executable",
        "write RUN chmod +x {what} into the Dockerfile, or start it as an argument of sh or python3 in CMD",
    ),
)
BUILD = (
    rule(
        "dockerfile-unreadable",
        # Without its number of the line: Spaceport puts lines of its own between.
        r"[Dd]ockerfile parse error(?: on)? line \d+: (?P<what>[^\n]+)",
        "the Dockerfile cannot be read: {what}",
        "correct that line of the Dockerfile",
    ),
    rule(
        "base-image-missing",
        r"pull access denied for (?P<what>[^,\s]+)|(?<!\S)(?P<what2>\S{1,200}): failed to resolve source metadata",
        "the image {what} named in the Dockerfile cannot be pulled",
        "write an image that this machine has after FROM in the Dockerfile, such as spaceport/base",
    ),
    rule(
        "copy-missing",
        r"COPY failed: .{0,200}?(?P<what>[\w./-]{1,200}): no such file"
        r"|failed to (?:compute cache key|calculate checksum[^:]*|solve): .{0,200}?[\"'/](?P<what2>[^\"'\s:]{1,200})"
        r"[\"']?:? ?(?:no such file or directory|not found)",
        "the Dockerfile copies {what}, which is not in the repo",
        "push {what}, or correct the path after COPY or ADD in the Dockerfile (.dockerignore leaves files out, too)",
    ),
    rule(
        "run-permission",
        r"(?:[‘'`\"](?P<what>/[^’'\"\n]{1,200})[’'\"]|(?P<what2>/[^\s:]{1,200})):? .{0,200}?[Pp]ermission denied",
        "a step of the Dockerfile writes to {what}, where its user may not",
        "move that RUN above the USER line of the Dockerfile, or give the folder to the user: RUN chown 1000:1000",
    ),
    rule(
        "run-command-missing",
        r"/bin/(?:ba)?sh: (?:\d+: |line \d+: )?(?P<what>[\w./+-]+): (?:command )?not found",
        "the Dockerfile runs {what}, which is not in its image",
        "install it first with a RUN in the Dockerfile, or start FROM an image that has it",
    ),
    rule(
        "run-failed",
        # The last step that began, unless it is one of a template's.
        r"^\[[^\]\n]*\d+/\d+\] RUN (?!set -e; export PY|if \[ -s /run/spaceport|if ! getent)(?P<what>[^\n]{1,200})\n"
        r"(?:(?!\[[^\]\n]*\d+/\d+\] )[^\n]*\n)*?\[Spaceport\] a step of the build ended with exit code (?P<code>\d+)"
        r"|The command '(?:/bin/sh -c )?(?P<what2>[^'\n]{1,200})' returned a non-zero code: (?P<code2>\d+)",
        "a step of the Dockerfile failed with exit code {code}: {what}",
        "correct that RUN in the Dockerfile; the lines of the log above it say what is wrong",
        more=lambda words: {"code": words["code"] or words["code2"]},
    ),
)
