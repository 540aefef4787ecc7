"""
One question about one split: read from standard input, answered in a file.

The question is ``{"do": ..., "answer": path, "memory_bytes": ..., "cpu_seconds": ..., "file_bytes": ...}`` and what the
thing to do needs; the answer is ``{"answer": ...}`` or ``{"problem": text, "kind": ...}``.
"""

import json
import sys
from pathlib import Path
from typing import Any

from spaceport.repos.viewer.worker.limits import be_poor, leave_the_network


def main() -> None:
    question: dict[str, Any] = json.load(sys.stdin)
    be_poor(question["memory_bytes"], question["cpu_seconds"], question["file_bytes"])
    leave_the_network()
    answer = json.dumps(_answer(question), allow_nan=False, ensure_ascii=False)
    Path(question["answer"]).write_text(answer, encoding="utf-8", errors="replace")


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    # Only now, under the limits: this loads the library that reads the files.
    from spaceport.repos.viewer.worker import tasks

    try:
        return {"answer": tasks.do(question)}
    except tasks.PROBLEMS as error:
        return tasks.problem_of(error, question["do"])


if __name__ == "__main__":
    main()
