"""What Spaces are called elsewhere, and when they are started by the clock; the real stores are in ``adapters``."""

from typing import Any, Protocol

from spaceport.domain.custom_domain import CustomDomain


class Domains(Protocol):
    """Custom domains of Spaces."""

    def add(self, domain: CustomDomain, /) -> None:
        """Raises: AlreadyExists when this Space has it already."""
        ...

    def update(self, domain_id: str, /, **changes: Any) -> None: ...
    def get(self, space_id: str, domain: str) -> CustomDomain | None: ...
    def active(self, domain: str) -> CustomDomain | None:
        """The one that leads to a Space."""
        ...

    def of_space(self, space_id: str) -> list[CustomDomain]:
        """Oldest first."""
        ...

    def waiting(self) -> list[CustomDomain]:
        """Of all Spaces, oldest first."""
        ...

    def remove(self, domain_id: str) -> None: ...


class TextRecords(Protocol):
    """Looks up TXT records."""

    def texts(self, name: str) -> list[str]:
        """None of them where there is no such name. Raises: Unavailable when nobody can say."""
        ...
