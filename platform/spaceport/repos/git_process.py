"""A git process whose input is a request and whose output is the answer, both streamed."""

import asyncio
import contextlib
import os
import resource
import signal
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

log = structlog.get_logger()
_CHUNK_BYTES = 64 * 1024
#: How long git may take to clean up its locks after SIGTERM.
_GRACE_SECONDS = 5.0


class BodyTooLarge(Exception):
    """The request is larger than allowed, once unpacked."""


class ClientGone(Exception):
    """Whoever asked has hung up."""


class GitFailed(Exception):
    """git ended with an error in the middle of an answer that must be whole."""


@dataclass(frozen=True)
class GitCommand:
    """
    ``max_input_bytes`` counts the unpacked request body; ``limit_seconds`` the whole life of the process;
    ``max_memory_bytes`` and ``max_cpu_seconds`` hold for each process that git starts. ``prefix`` goes out before what
    git writes. With ``must_succeed`` an answer that git did not finish is cut off, so that the reader notices; the git
    protocol has its own way to say so.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    max_input_bytes: int = 0
    limit_seconds: float = 3600.0
    max_memory_bytes: int | None = None
    max_cpu_seconds: int | None = None
    prefix: bytes = b""
    must_succeed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class GitResponse(Response):
    """
    Runs git while it answers.

    The status goes out with the first bytes of git, so that a git that fails at once becomes a 500. When the client
    goes, git is told to stop: SIGTERM, on which it removes its locks.
    """

    def __init__(self, command: GitCommand, media_type: str, is_gzipped: bool = False) -> None:
        super().__init__(media_type=media_type, headers=dict(command.headers))
        del self.headers["content-length"]
        self._command = command
        self._is_gzipped = is_gzipped
        self._is_answered = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command.arguments,
            stdin=asyncio.subprocess.PIPE if self._command.max_input_bytes else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(self._command.environment),
            start_new_session=True,
        )
        # Before it gets a byte: what it starts to unpack with inherits the limits.
        _confine(process.pid, self._command)
        feeder = asyncio.create_task(self._feed(receive, process.stdin))
        answer = asyncio.create_task(self._answer(process, send))
        try:
            async with asyncio.timeout(self._command.limit_seconds):
                await asyncio.wait((feeder, answer), return_when=asyncio.FIRST_COMPLETED)
                if not self._is_answered and feeder.done():
                    feeder.result()
                await answer
        except (ClientGone, GitFailed, BodyTooLarge, TimeoutError, OSError) as error:
            log.info("a git process was ended early", why=type(error).__name__)
        finally:
            for task in (feeder, answer):
                task.cancel()
            await asyncio.gather(feeder, answer, return_exceptions=True)
            await _end(process, has_finished=self._is_answered)

    async def _feed(self, receive: Receive, stdin: asyncio.StreamWriter | None) -> None:
        """Hand the body to git, then wait: the only way to notice that the client hung up."""
        async for chunk in _limited(_body(receive, self._is_gzipped), self._command.max_input_bytes):
            # A git that has seen enough closes its input; the rest of the body is read and dropped, because a client
            # that is still sending would never read the answer.
            if stdin is not None and chunk:
                try:
                    stdin.write(chunk)
                    await stdin.drain()
                except (OSError, RuntimeError):
                    # RuntimeError is how uvloop says that the pipe is closed already.
                    stdin = None
        if stdin is not None:
            stdin.close()
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ClientGone

    async def _answer(self, process: asyncio.subprocess.Process, send: Send) -> None:
        stdout = process.stdout
        assert stdout is not None
        chunk = await stdout.read(_CHUNK_BYTES)
        if not chunk and await process.wait() != 0:
            log.warning(
                "git failed before it answered", exit_code=process.returncode, command=self._command.arguments[-3:]
            )
            await Response("git could not read this repo\n", 500, media_type="text/plain")(
                {"type": "http"}, _never, send
            )
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        chunk = self._command.prefix + chunk
        while chunk:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await stdout.read(_CHUNK_BYTES)
        if self._command.must_succeed and await process.wait() != 0:
            raise GitFailed
        self._is_answered = True
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _confine(pid: int, command: GitCommand) -> None:
    """A few kilobytes of a pack may unpack to anything. Linux only: elsewhere nobody can be told from outside."""
    limits = {resource.RLIMIT_DATA: command.max_memory_bytes, resource.RLIMIT_CPU: command.max_cpu_seconds}
    for kind, value in limits.items():
        if value is not None and hasattr(resource, "prlimit"):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, kind, (value, value))


async def _never() -> dict[str, object]:
    raise ClientGone


async def _body(receive: Receive, is_gzipped: bool) -> AsyncIterator[bytes]:
    """The body in pieces, unpacked. Raises: ClientGone."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if is_gzipped else None
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        data = message.get("body", b"")
        if unpacker is None:
            yield data
        else:
            # In bounded pieces: a few kilobytes of gzip may hold gigabytes. A full piece may leave more behind in the
            # unpacker, also when it has taken in everything.
            is_full = True
            while data or is_full:
                try:
                    piece = unpacker.decompress(data, _CHUNK_BYTES)
                except zlib.error as error:
                    raise ClientGone from error
                yield piece
                data, is_full = unpacker.unconsumed_tail, len(piece) == _CHUNK_BYTES
        if not message.get("more_body", False):
            return


async def _limited(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    """Raises: BodyTooLarge."""
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise BodyTooLarge
        yield chunk


async def _end(process: asyncio.subprocess.Process, has_finished: bool) -> None:
    """Stop git and all it started, gently first; reaps it in any case."""
    if process.stdin is not None:
        process.stdin.close()
    if has_finished:
        # It has said all it had to say and is on its way out.
        await _wait(process)
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            await _wait(process)
    await process.wait()


async def _wait(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
