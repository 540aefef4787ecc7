"""What gateways and runners are told of all Spaces: their routes and their wanted instances."""

from collections.abc import Iterable
from dataclasses import dataclass

from spaceport.addresses import custom_hosts
from spaceport.domain.access import opens
from spaceport.domain.app_access import sign_key
from spaceport.domain.oauth import OAuthApp
from spaceport.domain.route import Route
from spaceport.interfaces import Fleet, RouteTable, Transaction
from spaceport.rollout.routes import Doors, route_of
from spaceport.rollout.specs import instance_spec
from spaceport.rollout.view import View, should_be_frozen
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceSpec


@dataclass(frozen=True)
class _Wanted:
    runner_id: str
    spec: InstanceSpec


class Outlook:
    """Kept from pass to pass, so that a pass over one Space can publish the whole."""

    def __init__(self, settings: Settings, internal_secret: str) -> None:
        self._settings = settings
        self._internal_secret = internal_secret
        self._routes: dict[str, Route] = {}
        self._wanted: dict[str, list[_Wanted]] = {}
        self._spared: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Nothing is known of any Space: no pass has been over all of them, or there are none."""
        return not self._routes

    def space_ids(self) -> set[str]:
        return set(self._routes) | set(self._wanted)

    def runners_of(self, space_id: str) -> list[str]:
        """One for each wanted instance."""
        return [wanted.runner_id for wanted in self._wanted.get(space_id, ())]

    def remember(self, tx: Transaction, view: View) -> None:
        doors = self._doors(tx, view) if view.space.is_app_private else None
        # An old host that another Space has by now is that one's alone.
        redirects = [
            each for each in tx.redirects.of_space(view.space.id) if not tx.spaces.subdomain_taken(each.subdomain)
        ]
        app = tx.sign_ins.app_of_space(view.space.id)
        domains = custom_hosts(tx.domains.of_space(view.space.id), self._settings)
        self._routes[view.space.id] = route_of(view.space, view, self._settings, doors, redirects, app, domains)
        self._wanted[view.space.id] = self._wanted_of(tx, view, app, domains)
        self._spared.discard(view.space.id)

    def forget(self, space_id: str) -> None:
        self._routes.pop(space_id, None)
        self._wanted.pop(space_id, None)
        self._spared.discard(space_id)

    def spare(self, space_id: str) -> None:
        """Nobody knows what to tell of it: what was told before stays."""
        if space_id not in self._wanted:
            self._spared.add(space_id)

    def publish(self, route_table: RouteTable, fleet: Fleet, alive: Iterable[str]) -> None:
        """Hand all of it over; a runner that is alive hears it, too, when it is to run nothing. Raises: Unavailable."""
        route_table.publish(self._routes, self._spared)
        by_runner: dict[str, list[InstanceSpec]] = {runner_id: [] for runner_id in alive}
        for several in self._wanted.values():
            for wanted in several:
                by_runner.setdefault(wanted.runner_id, []).append(wanted.spec)
        for runner_id, specs in by_runner.items():
            fleet.want(runner_id, specs, self._spared)

    def _wanted_of(self, tx: Transaction, view: View, app: OAuthApp | None, domains: tuple[str, ...]) -> list[_Wanted]:
        wanted = []
        for instance in view.instances:
            release = tx.releases.get(instance.release_id)
            if release is not None:
                secrets = tx.configs.secrets(view.space.id) if release.secret_versions else ()
                frozen = should_be_frozen(view, instance)
                spec = instance_spec(
                    view.space, release, instance, self._settings, self._internal_secret, secrets, frozen, app, domains
                )
                wanted.append(_Wanted(instance.runner_id, spec))
        return wanted

    def _doors(self, tx: Transaction, view: View) -> Doors:
        space = view.space
        tokens = tx.accounts.readers_tokens(space.owner_id)
        if space.is_app_gated:
            tokens += tx.accounts.admitted_tokens(space.id)
        return Doors(
            frozenset(token.token_hash for token in tokens if opens(token, space, view.now)),
            sign_key(self._internal_secret, space.id, space.links_version),
        )
