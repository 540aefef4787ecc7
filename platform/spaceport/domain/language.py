"""The languages of pages, and which of them a reader gets. Pure."""

from enum import StrEnum


class Language(StrEnum):
    """By the tags that HTML and browsers use. Source: RFC 5646."""

    ENGLISH = "en"
    CHINESE = "zh-CN"

    @property
    def own_name(self) -> str:
        """As those who read it call it."""
        return {Language.ENGLISH: "English", Language.CHINESE: "简体中文"}[self]

    @property
    def catalogue(self) -> str:
        """The folder of its texts. Source: GNU gettext manual, "Locale Names"."""
        return self.value.replace("-", "_")


#: What of ``Accept-Language`` each language answers to. Traditional Chinese is none of ours: browsers that ask for it
#: say with ``zh`` or ``en`` behind it what their reader takes instead.
_RANGES = {
    "en": Language.ENGLISH,
    "zh": Language.CHINESE,
    "zh-cn": Language.CHINESE,
    "zh-sg": Language.CHINESE,
    "zh-my": Language.CHINESE,
    "zh-hans": Language.CHINESE,
    "cmn": Language.CHINESE,
    "cmn-hans": Language.CHINESE,
    "*": Language.ENGLISH,
}
_MAX_LENGTH = 1000


def language_of(accepted: str | None, chosen: str | None = None) -> Language:
    """
    The one ``chosen`` before, else the first that the header ``accepted`` asks for, else English.

    Source: RFC 9110 section 12.5.4 (quality values, ``*``, 0 for what is not wanted).
    """
    if chosen in set(Language):
        return Language(chosen)
    wishes = [_wish(part) for part in (accepted or "")[:_MAX_LENGTH].split(",")]
    refused = {language for language, quality in wishes if quality == 0}
    wanted = [(quality, language) for language, quality in wishes if language and language not in refused]
    return max(wanted, key=lambda wish: wish[0])[1] if wanted else Language.ENGLISH


def _wish(part: str) -> tuple[Language | None, float]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    try:
        quality = min(max(float(value), 0.0), 1.0) if name.strip().lower() == "q" else 1.0
    except ValueError:
        quality = 0.0
    return _language(tag.strip().lower()), quality


def _language(tag: str) -> Language | None:
    """``en-gb`` and ``zh-hans-cn`` by what they begin with; ``zh-tw`` and ``zh-hant`` are nobody's."""
    if tag in _RANGES:
        return _RANGES[tag]
    if tag.startswith("en-"):
        return Language.ENGLISH
    return Language.CHINESE if tag.startswith(("zh-hans-", "cmn-hans-")) else None
