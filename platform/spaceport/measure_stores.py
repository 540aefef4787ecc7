"""The stores of what is measured over time; the real ones are in ``adapters``."""

from typing import Protocol

from spaceport.domain.sample import MachineSample


class Samples(Protocol):
    """How busy machines were."""

    def put(self, sample: MachineSample, /) -> None:
        """Nothing, when there is one of that minute."""
        ...

    def since(self, minute: int) -> list[MachineSample]:
        """Of all machines, oldest first."""
        ...

    def thin(self, now_minute: int) -> None:
        """Forget what is older than the constants of ``domain.sample`` say."""
        ...
