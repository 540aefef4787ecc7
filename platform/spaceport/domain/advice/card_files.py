"""What a card says that its repo or any Spaceport cannot keep."""

from spaceport.domain.advice.finding import Finding, quoted
from spaceport.domain.card import Card
from spaceport.domain.thumbnail import picture_file

README = "README.md"
#: Minor versions of Python 3 that there are, with the next one.
_PYTHON_MINORS = range(7, 16)


def card_findings(card: Card, paths: frozenset[str]) -> list[Finding]:
    """Of a card that was read without problems."""
    findings = []
    thumbnail = picture_file(card.raw)
    if thumbnail is not None and thumbnail not in paths:
        text = f'"thumbnail" names {quoted(thumbnail)}, which is not in the repo: give an address, or push the file'
        findings.append(Finding(README, None, text))
    notebooks = sorted(path for path in paths if path.endswith(".ipynb"))
    if card.sdk == "gradio" and notebooks and (card.app_file or "app.py") not in paths:
        text = "a notebook is not started: write its code into app.py (jupyter nbconvert --to script makes a start)"
        findings.append(Finding(quoted(notebooks[0]), None, text))
    if card.python_version and int(card.python_version.split(".")[1]) not in _PYTHON_MINORS:
        text = f'"python_version" names a Python that does not exist; given: {card.python_version}, such as 3.11'
        findings.append(Finding(README, None, text))
    return findings
