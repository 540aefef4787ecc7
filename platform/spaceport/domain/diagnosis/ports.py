"""Whether the app can be reached: ports, addresses, and how it answers."""

from spaceport.domain.diagnosis.rule import rule

#: In the words of the runner's ``reasons.never_ready``.
CERTAIN = (
    rule(
        "loopback-only",
        r"^did not answer on port (?P<port>\d+) .*; it listens on (?P<what>\S+) only",
        "the app listens on {what} only, where visitors cannot reach it",
        'listen on all addresses in the app file: launch(server_name="0.0.0.0"), or host="0.0.0.0", or --host 0.0.0.0',
    ),
    rule(
        "wrong-port",
        r"^did not answer on port (?P<port>\d+) .*; it listens on port (?P<what>\d+)(?P<also>[\d, ]*) instead",
        "the app listens on port {what}, expected {port}",
        "write port {port} where the app file (or the CMD of the Dockerfile) starts the server; with sdk: docker, "
        "app_port: {what} in README.md does as well",
    ),
    rule(
        "answers-with-error",
        r"^did not answer on port \d+ within [\w ]+: it answered with status (?P<what>5\d\d)",
        "the app answers its first page with an error: status {what}",
        "make the page / of the app answer without an error; the log below says what failed",
    ),
    rule(
        "not-http",
        r"^did not answer on port (?P<port>\d+) within [\w ]+: it answered with something that is not HTTP",
        "what listens on port {port} does not speak HTTP",
        "serve plain HTTP on port {port} in the app file (no TLS: leave ssl_certfile out), other protocols elsewhere",
    ),
)
START = (
    rule(
        "port-in-use",
        r"Cannot find empty port in range: (?P<what>[\d-]+)|[Aa]ddress already in use",
        "the app could not listen on its port: something in the app listens on it already",
        "start one server only in {file}: call launch() once, with server_port=7860 or without it",
    ),
    rule(
        "privileged-port",
        r"^PermissionError: \[Errno 13\] (?:Permission denied|error while attempting to bind)",
        "the app may not listen on the port it asks for",
        "write port 7860 where {file} starts the server: ports below 1024 are for the system",
        beside=r"\.bind\(|in server_bind",
    ),
)
SEEN_FROM_OUTSIDE = (
    rule(
        "start-deadline",
        r"^did not answer on port (?P<port>\d+) within ",
        "",
        "start the server on port {port} earlier in the app file and load models after it, or write "
        "startup_duration_timeout: 1h into README.md",
    ),
)
