"""What Python code says about where its server listens, read without running it."""

import ast
import re
import warnings
from collections.abc import Iterator

from spaceport.domain.advice.finding import Finding, quoted

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: Without one of these words a file starts no server, and is not parsed.
_STARTS_A_SERVER = re.compile(rb"\b(?:launch|run|run_app|run_simple|serve|HTTPServer|TCPServer|bind)\s*\(")
#: Function -> names of the arguments for host and port, and what goes without them.
#: Sources: the documentation of uvicorn, Flask, aiohttp and waitress.
_SERVERS = {
    "uvicorn.run": ("host", "port", "127.0.0.1", 8000),
    "app.run": ("host", "port", "127.0.0.1", 5000),
    "web.run_app": ("host", "port", "0.0.0.0", 8080),
    "serve": ("host", "port", "0.0.0.0", 8080),
}
_SOCKET_SERVERS = ("HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "bind")
_HOST_HINT = "visitors cannot reach it there: listen on 0.0.0.0, or leave it out"


def app_code_findings(path: str, content: bytes, port: int, is_app: bool) -> list[Finding]:
    """``is_app`` is the file that starts the Space: mistakes of syntax are told of it only."""
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Finding(path, None, "it is not UTF-8 text: save it as UTF-8")] if is_app else []
    if not is_app and not _STARTS_A_SERVER.search(content):
        return []
    try:
        tree = _parse(source)
    except SyntaxError as error:
        return [_syntax_finding(path, source, error)] if is_app else []
    except (ValueError, RecursionError, MemoryError):
        # Bytes or depths that nobody writes by hand: nothing is known of them.
        return []
    imports_flask = "flask" in source.lower()
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [finding for call in calls for finding in _call_findings(path, call, port, imports_flask)]


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        # A wrong escape in a string is the app's own business.
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _syntax_finding(path: str, source: str, error: SyntaxError) -> Finding:
    lines = source.splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    if line.lstrip().startswith(("!", "%")):
        return Finding(
            path, error.lineno, "a line for notebooks (! or %): take it out, and write packages into requirements.txt"
        )
    return Finding(path, error.lineno, f"it is not valid Python: {quoted(error.msg)}")


def _call_findings(path: str, call: ast.Call, port: int, imports_flask: bool) -> Iterator[Finding]:
    name = _name_of(call.func)
    arguments = {each.arg: each.value for each in call.keywords if each.arg}
    # **options may hold anything.
    is_open = any(each.arg is None for each in call.keywords)
    if name.endswith(".launch"):
        yield from _address(path, call, "launch", arguments.get("server_name"), arguments.get("server_port"), port)
        if _constant(arguments.get("share")) is True:
            yield Finding(
                path, call.lineno, "launch(share=True) does nothing here: the Space has an address of its own"
            )
    elif name in _SERVERS and (name != "app.run" or imports_flask) and not is_open:
        host_name, port_name, host, default_port = _SERVERS[name]
        yield from _address(
            path,
            call,
            name,
            arguments.get(host_name, ast.Constant(host)),
            arguments.get(port_name, ast.Constant(default_port)),
            port,
        )
    elif name.rpartition(".")[2] in _SOCKET_SERVERS and call.args and isinstance(call.args[0], ast.Tuple):
        parts = call.args[0].elts
        if len(parts) == 2:
            yield from _address(path, call, name.rpartition(".")[2], parts[0], None, port)


def _address(
    path: str, call: ast.Call, what: str, host: ast.expr | None, own_port: ast.expr | None, port: int
) -> Iterator[Finding]:
    said_host, said_port = _constant(host), _constant(own_port)
    if said_host in _LOOPBACK:
        yield Finding(path, call.lineno, f"{what} listens on {said_host}: {_HOST_HINT}")
    if type(said_port) is int and said_port != port:
        yield Finding(path, call.lineno, f"{what} listens on port {quoted(said_port)}: visitors come to port {port}")


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _name_of(node: ast.expr) -> str:
    """``uvicorn.run`` of the expression ``uvicorn.run``; of longer chains the last two names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{node.value.id if isinstance(node.value, ast.Name) else ''}.{node.attr}"
    return ""
