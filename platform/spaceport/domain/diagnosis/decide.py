"""Which rule a failure falls under."""

import re
from collections.abc import Sequence

from spaceport.domain.diagnosis import code, dependencies, dockerfile, models, ports, resources, system_packages
from spaceport.domain.diagnosis.rule import Diagnosis, Rule, first_match

#: What the runner says for certain, in its own words.
CERTAIN: tuple[Rule, ...] = (
    *resources.CERTAIN,
    *ports.CERTAIN,
    *dockerfile.CERTAIN,
    *dependencies.CERTAIN,
    *models.CERTAIN,
    *code.CERTAIN,
)
#: Over the whole log of a build, the special before the general.
BUILD: tuple[Rule, ...] = (
    *resources.BUILD,
    *system_packages.BUILD,
    *dependencies.RESOLVING,
    *models.BUILD,
    *dependencies.BUILDING,
    *dockerfile.BUILD,
)
#: Over single lines of an app's log, the last line first.
START: tuple[Rule, ...] = (
    *resources.START,
    *ports.START,
    *models.START,
    *system_packages.START,
    *dockerfile.START,
    *code.START,
)
#: What the runner saw from outside, where the log says nothing better.
SEEN_FROM_OUTSIDE: tuple[Rule, ...] = (*ports.SEEN_FROM_OUTSIDE, *code.SEEN_FROM_OUTSIDE)

#: Characters of a line, and of all lines, that are looked at: a hostile log must not keep the controller busy.
_MAX_LINE, _MAX_TEXT = 600, 24_000
#: A line of a traceback in the app's own files, wherever an engine puts them.
_OWN_FRAME = re.compile(r'File "(?:/home/user/app|/app|\S*/home/app)/(?P<file>[^"]+)", line (?P<line>\d+)')
#: An exception whose message begins with a line break, as those of transformers and nltk.
_WITHOUT_WORDS = re.compile(r"^[A-Za-z_][\w.]*Error:\s*$")
#: Packages are installed below the app's folder by nobody but apps themselves.
_NOT_OWN = ("site-packages/", ".venv/", "venv/")


#: What to try where an app ended and no rule knows why.
_UNKNOWN_END = (
    "look at what the log ends with; Run with Docker on the page of the Space starts the same app on a machine of yours"
)


def diagnose_build(tail: Sequence[str], exit_code: int | None, reason: str | None) -> Diagnosis:
    """The cause of a failed build; ``reason`` is what the runner knows for certain and wins."""
    if reason:
        return first_match(CERTAIN, reason) or Diagnosis(reason)
    text = "\n".join(line[:_MAX_LINE] for line in tail)[-_MAX_TEXT:]
    # Installers wrap their explanations; joined with single spaces a pattern need not know where.
    flat = re.sub(r" *\n\s+", " ", text)
    return first_match(BUILD, flat, text, log=text) or Diagnosis(
        f"a step of the build failed with exit code {exit_code}, see the log"
        if exit_code is not None
        else "the build failed, see the log"
    )


def diagnose_start(tail: Sequence[str], exit_code: int | None, reason: str | None) -> Diagnosis:
    """The cause of an app that did not come up or ended; ``reason`` as above."""
    if reason and (certain := first_match(CERTAIN, reason)):
        return certain
    found = _last_error(tail)
    if found and (not reason or exit_code not in (None, 0)):
        return found
    cause = reason or (f"the app ended with exit code {exit_code}" if exit_code is not None else "the app ended")
    seen = first_match(SEEN_FROM_OUTSIDE, cause)
    if seen is None or found is None:
        unknown = _UNKNOWN_END if exit_code is not None else None
        return seen or Diagnosis(cause, found.suggestion if found else unknown, found.rule if found else None)
    return Diagnosis(seen.cause, found.suggestion or seen.suggestion, found.rule)


def _last_error(tail: Sequence[str]) -> Diagnosis | None:
    """What the last line says that a rule knows: of a chain of exceptions the last one ended the app."""
    tail = _with_words_behind([line[:_MAX_LINE] for line in tail])
    text = "\n".join(tail)[-_MAX_TEXT:]
    known = _place(text)
    for line in reversed(tail):
        if found := first_match(START, line, log=text, known=known):
            return found
    return None


def _with_words_behind(lines: list[str]) -> list[str]:
    """The same lines; an exception whose message begins on a line of its own has the first words of it behind it."""
    joined = list(lines)
    for number, line in enumerate(lines):
        if _WITHOUT_WORDS.match(line):
            words = next((after.strip(" *") for after in lines[number + 1 :] if after.strip(" *")), "")
            joined[number] = f"{line.rstrip()} {words}"[:_MAX_LINE] if words else line.rstrip(": ")
    return joined


def _place(text: str) -> dict[str, str]:
    """``file`` and ``place`` of the app's own line that was the last to be reached."""
    frames = [found for found in _OWN_FRAME.finditer(text) if not any(part in found["file"] for part in _NOT_OWN)]
    if not frames:
        return {"file": "the app file", "place": "the app"}
    last = frames[-1]
    return {"file": last["file"], "place": f"{last['file']}, line {last['line']},"}
