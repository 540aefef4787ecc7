"""An admin drains a machine or one of its builders over the API and by command; nobody else does."""

import httpx
from click.testing import CliRunner
from tests.integration.hub.conftest import Hub

from spaceport.cli import main
from spaceport.domain.audit import AuditQuery


def run(hub: Hub, *command: str) -> str:
    environment = {"HF_ENDPOINT": hub.url, "SPACEPORT_TOKEN": hub.person("root", is_admin=True).token}
    done = CliRunner().invoke(main, command, env=environment)
    assert done.exit_code == 0, done.output
    return done.output


def test_an_admin_drains_and_everybody_else_may_not_even_look(hub: Hub) -> None:
    root, ada = hub.person("root", is_admin=True), hub.person("ada")
    path = "/api/admin/machines"

    def ask(token: str, method: str, path: str, **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{hub.url}{path}", headers=headers, json=body or None)

    assert ask(ada.token, "GET", path).status_code == 403
    assert ask(ada.token, "POST", f"{path}/local/drain").status_code == 403
    assert ask(root.read_token, "POST", f"{path}/local/drain").status_code == 403
    assert ask(root.token, "POST", f"{path}/elsewhere/drain").status_code == 404
    assert ask(root.token, "POST", f"{path}/local/drain", builder=7).status_code == 404
    assert ask(root.token, "POST", f"{path}/local/drain", reason="new memory", moveSpaces=True).status_code == 200

    [machine] = ask(root.token, "GET", path).json()
    drain = machine["drain"]
    assert (machine["name"], drain["by"], drain["reason"], drain["moveSpaces"]) == ("local", "root", "new memory", True)
    assert hub.fleet.drained == {"local"}
    assert ask(root.token, "POST", f"{path}/local/undrain").json() == {"drained": False}
    assert ask(root.token, "GET", path).json()[0]["drain"] is None
    with hub.services.database.read() as tx:
        kept = [(each.action, each.outcome, each.summary) for each in tx.audit.find(AuditQuery(action="machine"), 10)]
    assert kept[:2] == [
        ("machine.undrain", "done", "local takes builds and Spaces again"),
        ("machine.drain", "done", "drained local, and its Spaces move: new memory"),
    ]
    assert [each[:2] for each in kept[2:]] == [("machine.drain", "refused")] * 2


def test_commands_drain_a_builder_and_list_what_is_drained(hub: Hub) -> None:
    assert run(hub, "machines") == "local  Spaces: 0, builds: 0\n"
    assert run(hub, "drain", "local", "--builder", "1", "--reason", "too warm") == "builder 1 of local is drained\n"
    assert "builder 1; drained by root since" in run(hub, "machines")
    assert hub.fleet.drained == {"local/1"}
    assert run(hub, "undrain", "local", "--builder", "1") == "builder 1 of local takes new work again\n"
    assert hub.fleet.drained == set()
