"""Which function of an app a call of Gradio's queue is for: its address is the same for all, the body says it."""

import re

from spaceport.gateway.wire import RequestHead

#: A quoted word behind a backslash is inside of a text that somebody typed.
_FUNCTION = re.compile(rb'(?<!\\)"fn_index"\s*:\s*(\d{1,4})\s*[,}]')
#: Of a body that are looked at while they pass; who sends more before it is counted without.
_MAX_BYTES = 64 * 1024
#: Longer than what is looked for, which may come in two pieces.
_OVERLAP = 64


class QueuedCall:
    """
    Reads along; nothing is held up.

    Source: Gradio ``routes.py`` (``/queue/join``) and the bodies of its clients.
    """

    def __init__(self, head: RequestHead) -> None:
        self.function: int | None = None
        self._left = _MAX_BYTES if head.method == b"POST" and head.path.endswith(b"/queue/join") else 0
        self._tail = b""

    def body(self, data: bytes) -> None:
        if self._left <= 0 or self.function is not None:
            return
        seen = self._tail + data[: self._left]
        self._left -= len(data)
        found = _FUNCTION.search(seen)
        if found is not None:
            self.function = int(found[1])
        self._tail = seen[-_OVERLAP:]
