"""What somebody wants of a new Space, and the making of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from spaceport.domain.account import Caller
from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility
from spaceport.errors import BadRequest
from spaceport.hardware_room import check_hardware
from spaceport.owner_usage import check_hardware_quota
from spaceport.removal import removed_if_refused
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.creation import create_space, namespace_of
from spaceport.repos.duplication import duplicate
from spaceport.repos.paths import MAIN
from spaceport.rollout import hardware_commands
from spaceport.rollout.visit_commands import set_visibility
from spaceport.services import Services
from spaceport.translating import gettext
from spaceport.web.first_app import first_app_of

#: What ``begin`` is for nothing but a README, and for the smallest app of its kind; else it names a sample.
EMPTY, FIRST_APP = "", "app"
FIRST_APP_MESSAGE = "Add a first app"


@dataclass(frozen=True)
class SpaceWish:
    """What was typed. ``begin`` is empty, ``app``, or the full name of a sample, whose kind and card the copy has."""

    owner: str = ""
    name: str = ""
    description: str = ""
    license: str = ""
    sdk: str = "gradio"
    begin: str = EMPTY
    hardware: str = ""
    visibility: Visibility = Visibility.PUBLIC

    @property
    def facts(self) -> dict[str, str]:
        """Keys of the card."""
        facts = {"short_description": " ".join(self.description.split()), "license": self.license}
        return {key: value for key, value in facts.items() if value}


def make_space(services: Services, caller: Caller, wish: SpaceWish, samples: Mapping[str, Space]) -> Space:
    """
    The Space as wished for, or none at all.

    Raises: BadRequest, InvalidName, InvalidCard, AccessDenied, UserNotFound, AlreadyExists, Unavailable.
    """
    owner = namespace_of(services, caller, wish.owner or None)
    sample = samples.get(wish.begin)
    if sample is None and wish.begin not in (EMPTY, FIRST_APP):
        raise BadRequest(gettext("There is no sample of that name: choose what to begin with."))
    runs = (sample.sdk if sample else wish.sdk) != "static"
    # The first is what a Space has that asks for none: one that is empty takes nothing of it.
    chooses = runs and wish.hardware not in ("", services.settings.flavors.default.name)
    if chooses:
        check_hardware(services, wish.hardware)
        with services.database.read() as tx:
            check_hardware_quota(tx, services.settings, owner.id, wish.hardware)
    private = wish.visibility.is_private
    if sample is not None:
        space = duplicate(services, sample, caller, owner.name, wish.name, private)
    else:
        space = create_space(services, caller, wish.name, owner.name, wish.sdk, private, facts=wish.facts)
    with removed_if_refused(services, space, caller):
        if wish.visibility is Visibility.PROTECTED:
            set_visibility(services, space, caller, wish.visibility)
        if chooses:
            hardware_commands.set_hardware(services, space, caller, wish.hardware)
        if wish.begin == FIRST_APP:
            _add_first_app(services, space, caller)
    return space


def _add_first_app(services: Services, space: Space, caller: Caller) -> None:
    first = first_app_of(space.sdk, services.settings.base_image)
    write_commit(services, space, caller, MAIN, [AddFile(first.path, first.content.encode())], FIRST_APP_MESSAGE)
