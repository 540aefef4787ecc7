"""Custom domains over the API and by command, what the runtime says of them, and what a proxy asks."""

from pathlib import Path

import httpx
from click.testing import CliRunner, Result

from spaceport.cli import main
from spaceport.domain.custom_domain import DomainStatus

from .conftest import Hub, running_hub

NAME = "demo.example.org"


def run(hub: Hub, *arguments: str, who: str = "ada") -> Result:
    environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "", "SPACEPORT_TOKEN": hub.person(who).token}
    return CliRunner().invoke(main, ["domain", *arguments], env=environment)


def is_allowed(hub: Hub, domain: str) -> bool:
    return httpx.get(f"{hub.url}/api/tls-allowed", params={"domain": domain}).status_code == 200


def test_an_owner_adds_checks_and_removes_a_domain(hub: Hub) -> None:
    space = hub.space()
    hub.space(name="hidden", private=True)
    added = run(hub, "add", "demo", NAME)
    runtime = httpx.get(f"{hub.url}/api/spaces/ada/demo/runtime").json()

    assert added.output.splitlines()[0] == f"{NAME}: waiting"
    assert f"_spaceport.{NAME}. TXT" in added.output
    assert runtime["domains"][1] == {"domain": NAME, "isCustom": True, "stage": "PENDING"}
    assert not is_allowed(hub, NAME)

    with hub.services.database.begin() as tx:
        [domain] = tx.domains.of_space(space.id)
        tx.domains.update(domain.id, status=DomainStatus.ACTIVE)
    assert run(hub, "list", "demo").output == f"{NAME}: active\n"
    assert run(hub, "check", "demo", NAME).exit_code == 0
    asked = [NAME, "localhost", "ada-demo.localhost", "ada-hidden.localhost", "nobody.localhost", "x.org", "a.b.c"]
    assert [is_allowed(hub, name) for name in asked] == [True, True, True, False, False, False, False]

    assert run(hub, "remove", "demo", NAME).exit_code == 0
    assert not is_allowed(hub, NAME)
    assert run(hub, "list", "demo").output == ""


def test_records_are_for_those_who_may_write(hub: Hub) -> None:
    hub.space()
    run(hub, "add", "demo", NAME)
    token = hub.person("bob").token

    answer = httpx.get(f"{hub.url}/api/spaces/ada/demo/domains", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403
    assert "no right" in run(hub, "add", "ada/demo", "other.example.org", who="bob").output


def test_a_hub_without_custom_domains_says_so(tmp_path: Path) -> None:
    with running_hub(tmp_path, custom_domains="off") as hub:
        hub.space()
        assert "SPACEPORT_CUSTOM_DOMAINS" in run(hub, "add", "demo", NAME).output
