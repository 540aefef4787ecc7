"""The settings of a Space and its duplication, as a browser without scripts uses them."""

import re
from typing import Any

import httpx
import pytest

from spaceport.domain.account import User
from spaceport.domain.config import Secret, Variable
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import Stage
from spaceport_runner.contract import copies_size_path, snapshot_path

from .conftest import Hub, csrf_of

SECRET = "s3cr3t-value-of-ada"
EVIL = '"><script>alert(1)</script>'


class Owner:
    """Ada at the settings of her Space."""

    def __init__(self, hub: Hub, user: User, space: Space) -> None:
        self.hub, self.user, self.space = hub, user, space
        self.browser = hub.browser(user)
        self._csrf = csrf_of(self.browser)

    def page(self, path: str = "/settings") -> str:
        return self.browser.get(f"/spaces/{self.space.full_name}{path}").text

    def send(self, form: str, **fields: str) -> httpx.Response:
        return self.browser.post(f"/spaces/{self.space.full_name}{form}", data={"csrf": self._csrf, **fields})

    def variables(self) -> dict[str, Variable]:
        with self.hub.services.database.read() as tx:
            return {variable.key: variable for variable in tx.configs.variables(self.space.id)}

    def secrets(self) -> list[Secret]:
        with self.hub.services.database.read() as tx:
            return tx.configs.secrets(self.space.id)

    def now(self) -> Space:
        with self.hub.services.database.read() as tx:
            found = tx.spaces.get(self.space.id)
        assert found is not None
        return found


@pytest.fixture
def owner(hub: Hub) -> Owner:
    user = hub.user("ada")
    return Owner(hub, user, hub.space(user, "hello"))


def test_variables_are_added_changed_and_removed(owner: Owner) -> None:
    added = owner.send("/settings/variables", key="MODEL", value="small\r\nlarge", about="Which one")
    assert added.headers["location"] == "/spaces/ada/hello/settings?done=saved#variables"
    assert owner.variables()["MODEL"].value == "small\nlarge"
    assert "Which one" in owner.page()

    owner.send("/settings/variables", key="MODEL", value="tiny")
    assert owner.variables()["MODEL"].value == "tiny"
    owner.send("/settings/variables/remove", key="MODEL")
    assert owner.variables() == {}


@pytest.mark.parametrize("section", ["variables", "secrets"])
def test_a_bad_name_is_told_beside_the_form_and_what_was_typed_stays(owner: Owner, section: str) -> None:
    answer = owner.send(f"/settings/{section}", key="1 BAD", value=SECRET, about="My words")

    assert answer.status_code == 400
    assert "is not a name for a variable or secret" in answer.text
    assert 'value="1 BAD"' in answer.text
    assert "My words" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert (SECRET in answer.text) is (section == "variables")


def test_the_value_of_a_secret_is_on_no_page(owner: Owner) -> None:
    owner.send("/settings/secrets", key="KEY", value=SECRET, about="For the model")
    owner.send("/settings/secrets", key="KEY", value=f"{SECRET}-2")
    page = owner.page()
    others = [owner.page(path) for path in ("", "/deployments", "/logs", "/duplicate")]

    assert [secret.version for secret in owner.secrets()] == [2, 1]
    assert "KEY" in page
    assert "version 2" in page
    assert SECRET not in page + "".join(others)
    owner.send("/settings/secrets/remove", key="KEY")
    assert all(secret.removed_at for secret in owner.secrets())
    assert "version 2" not in owner.page()


def test_missing_secrets_are_asked_for_by_name_until_set_or_not_needed(hub: Hub, owner: Owner) -> None:
    hub.change(owner.space, missing_secrets=["API_KEY", "OTHER"], stage=Stage.CONFIG_ERROR, stage_reason="missing")
    page = owner.page()
    assert "2 secrets to be set before it starts" in page
    assert "Set the secrets" in owner.page("")

    owner.send("/settings/secrets", key="API_KEY", value=SECRET)
    assert "1 secret to be set" in owner.page()
    owner.send("/settings/secrets/remove", key="OTHER")
    assert owner.now().missing_secrets == []


def test_hardware_shows_what_was_asked_for_against_what_runs(hub: Hub, owner: Owner) -> None:
    hub.instance(owner.space, hub.build(owner.space))
    hub.change(owner.space, stage=Stage.RUNNING)
    owner.send("/settings/hardware", flavor="cpu-upgrade")
    page = owner.page()

    assert owner.now().hardware == "cpu-upgrade"
    assert re.search(r'value="cpu-upgrade" checked.*asked for', page)
    assert re.search(r'value="cpu-basic" >.*runs now', page)
    assert owner.send("/settings/hardware", flavor="t4-small").status_code == 400


@pytest.mark.parametrize(("sent", "kept"), [("3600", 3600), ("-1", -1), ("", None)])
def test_sleep_time_is_chosen(owner: Owner, sent: str, kept: int | None) -> None:
    owner.send("/settings/sleep", seconds=sent)

    assert owner.now().sleep_seconds == kept
    assert re.search(rf'<option value="{sent}" selected>', owner.page())


def test_a_sleep_time_that_makes_no_sense_is_refused(owner: Owner) -> None:
    for sent in ("soon", "0", "-5", "99999999999"):
        assert owner.send("/settings/sleep", seconds=sent).status_code == 400, sent
        assert owner.now().sleep_seconds is None, sent


def test_a_size_of_data_that_makes_no_sense_is_refused(owner: Owner) -> None:
    for sent in ("much", "-1", "nan", "inf", "1e30"):
        answer = owner.send("/settings/storage", gib=sent)

        assert answer.status_code == 400, sent
        assert f'value="{sent}"' in answer.text


def test_storage_shows_use_and_copies_to_restore(hub: Hub, owner: Owner) -> None:
    owner.send("/settings/storage", gib="1.5")
    assert owner.now().volume_bytes == 1.5 * 1024**3
    hub.instance(owner.space, hub.build(owner.space))
    hub.change(owner.space, volume_used_bytes=512 * 1024**2)
    snapshot_path(hub.services.settings.data_dir, owner.space.id, "before-release-1").mkdir(parents=True)
    copies_size_path(hub.services.settings.data_dir, owner.space.id).write_text(str(2 * 1024**3))

    assert "512 MiB of 1.5 GiB used" in owner.page()
    assert re.search(r"Its copies take 2(\.0)? GiB beside that", owner.page())
    assert "before <a" in owner.page()
    owner.send("/settings/storage/restore", copy_name="before-release-1")
    with hub.services.database.read() as tx:
        assert tx.releases.of_space(owner.space.id)[0].restore_from == "before-release-1"
    assert owner.send("/settings/storage/restore", copy_name="../../..").status_code == 404


def test_repos_are_mounted_listed_and_taken_away(hub: Hub, owner: Owner, eve: Owner) -> None:
    other = hub.space(owner.user, "other", private=True)
    refused = owner.send("/settings/volumes", kind="dataset", source="ada/nothing", mount_path="/mnt/x")
    away = owner.send("/settings/volumes", kind="space", source=other.full_name, mount_path="/etc/x")
    owner.send("/settings/volumes", kind="space", source=other.full_name, mount_path="/mnt/x/")
    page = owner.page()
    of_the_copy = [each.page("/duplicate") for each in (owner, eve)]
    left = owner.send("/settings/volumes/remove", mount_path="/mnt/x")

    assert (refused.status_code, away.status_code) == (400, 400)
    assert "there is no dataset ada/nothing" in refused.text
    assert 'value="/mnt/x"' in refused.text
    assert "such as /models" in away.text
    assert f'href="/spaces/{other.full_name}"' in page
    assert ["without what it mounts at /mnt/x" in each for each in of_the_copy] == [False, True]
    assert other.full_name not in of_the_copy[1]
    assert 'Remove<span class="sr"> /mnt/x</span>' in page
    assert left.headers["location"].endswith("#volumes")
    assert not owner.now().mounts
    assert owner.send("/settings/volumes/remove", mount_path="/mnt/x").status_code == 404


def test_visibility_is_changed(owner: Owner) -> None:
    owner.send("/settings/visibility", visibility="private")
    assert owner.now().private
    assert 'id="links"' in owner.page()
    owner.send("/settings/visibility", visibility="protected")
    assert owner.now().visibility == "protected"
    assert 'id="links"' not in owner.page()
    assert owner.send("/settings/visibility", visibility="").status_code == 400
    assert owner.now().private


def test_a_space_is_renamed_and_leads_to_its_new_page(owner: Owner) -> None:
    refused = owner.send("/settings/name", to_owner="ada", to_name="-bad-")
    moved = owner.send("/settings/name", to_owner="ada", to_name="better")

    assert refused.status_code == 400
    assert 'value="-bad-"' in refused.text
    assert moved.headers["location"] == "/spaces/ada/better?done=moved"
    assert owner.now().full_name == "ada/better"


def test_an_admin_stops_with_a_reason_that_the_owner_reads(hub: Hub, owner: Owner) -> None:
    admin = Owner(hub, hub.user("root", is_admin=True), owner.space)
    assert "Reason, shown to its owner" in admin.page()
    admin.send("/stop", reason="uses too much")

    assert owner.now().desired is Desired.STOPPED
    assert "uses too much" in owner.page()
    assert "Ask for a review" in owner.page()
    assert "/spaces/ada/hello/start" not in owner.page()


def test_a_static_space_has_no_hardware_and_no_secrets(hub: Hub, owner: Owner) -> None:
    static = Owner(hub, owner.user, hub.space(owner.user, "pages", sdk="static"))
    page = static.page()

    assert 'id="hardware"' not in page
    assert 'id="secrets"' not in page
    assert static.send("/settings/secrets", key="KEY", value="x").status_code == 400


def test_hostile_values_stay_text(owner: Owner) -> None:
    for _ in range(2):
        owner.send("/settings/variables", key="X", value=f"</textarea>{EVIL}", about=EVIL)
        owner.send("/settings/secrets", key="Y", value="x", about=EVIL)
    refused = owner.send("/settings/variables", key=EVIL, value=f"</textarea>{EVIL}", about=EVIL)

    for page in (owner.page(), owner.page("/duplicate"), refused.text):
        assert "<script>alert" not in page


FORMS = (
    "/settings/variables",
    "/settings/variables/remove",
    "/settings/secrets",
    "/settings/secrets/remove",
    "/settings/hardware",
    "/settings/sleep",
    "/settings/storage",
    "/settings/storage/restore",
    "/settings/volumes",
    "/settings/volumes/remove",
    "/settings/visibility",
    "/settings/links",
    "/settings/links/revoke",
    "/settings/name",
    "/review",
    "/duplicate",
    "/deployments/1/rollback",
)


def test_forms_are_refused_without_the_sessions_token_and_to_others(hub: Hub, owner: Owner) -> None:
    eve, own, stranger = hub.browser(hub.user("eve")), owner.browser, hub.browser()
    token_of_eve = csrf_of(eve)
    for form in FORMS:
        path = f"/spaces/ada/hello{form}"

        assert own.post(path, data={"csrf": "guess"}).status_code == 403, form
        assert own.post(path, data={"csrf": "x"}, headers={"Origin": "http://evil.example"}).status_code == 403, form
        if form != "/duplicate":
            assert eve.post(path, data={"csrf": token_of_eve, "key": "X", "gib": "1"}).status_code == 403, form
        assert stranger.post(path, data={"csrf": ""}).status_code == 401, form


def duplicate(visitor: Owner, **fields: Any) -> httpx.Response:
    defaults = {"to_owner": visitor.user.name, "to_name": "copy", "visibility": "private", "hardware": "cpu-basic"}
    return visitor.send("/duplicate", **defaults | fields)


@pytest.fixture
def eve(hub: Hub, owner: Owner) -> Owner:
    """A visitor of ada's Space, which has a variable and two secrets."""
    owner.send("/settings/variables", key="MODEL", value="small", about="Which one")
    for key in ("API_KEY", "OTHER"):
        owner.send("/settings/secrets", key=key, value=SECRET, about="From the provider")
    return Owner(hub, hub.user("eve"), owner.space)


def test_the_form_of_a_copy_is_filled_in_and_asks_for_secrets_by_name(eve: Owner) -> None:
    page = eve.page("/duplicate")

    assert re.search(r'value="private" checked', page)
    assert 'value="eve"' in page
    assert "small</textarea>" in page
    assert "API_KEY" in page
    assert "From the provider" in page
    assert SECRET not in page


def test_a_copy_gets_variables_and_waits_for_the_secrets_left_out(hub: Hub, eve: Owner) -> None:
    answer = duplicate(eve, **{"variable:MODEL": "large", "without:OTHER": "on"})
    with hub.services.database.read() as tx:
        copy = tx.spaces.by_name("eve", "copy")
        assert copy is not None
        variables = {variable.key: variable.value for variable in tx.configs.variables(copy.id)}

    assert answer.headers["location"] == "/spaces/eve/copy/settings?done=duplicated#missing"
    assert (copy.private, variables, copy.missing_secrets) == (True, {"MODEL": "large"}, ["API_KEY"])


def test_a_copy_may_be_protected(hub: Hub, eve: Owner) -> None:
    duplicate(eve, visibility="protected")
    with hub.services.database.read() as tx:
        copy = tx.spaces.by_name("eve", "copy")

    assert copy is not None
    assert copy.visibility == "protected"
    assert re.search(r'value="protected" checked', duplicate(eve, visibility="protected").text)


def test_a_copy_with_all_secrets_leads_to_its_page(eve: Owner) -> None:
    fields = {"secret:API_KEY": "mine", "secret:OTHER": "mine", "secret:INJECTED": "x", "visibility": "public"}

    assert duplicate(eve, **fields).headers["location"] == "/spaces/eve/copy?done=duplicated"


def test_a_copy_that_cannot_be_made_says_why_and_keeps_what_was_typed_but_for_secrets(eve: Owner) -> None:
    typed = {"to_name": "-bad-", "variable:MODEL": "my own", "secret:API_KEY": "my-secret-words"}
    answer = duplicate(eve, **typed)

    assert answer.status_code == 400
    assert 'value="-bad-"' in answer.text
    assert "my own</textarea>" in answer.text
    assert "my-secret-words" not in answer.text


def test_nobody_duplicates_what_they_may_not_see_or_without_signing_in(hub: Hub, owner: Owner, eve: Owner) -> None:
    assert hub.browser().get("/spaces/ada/hello/duplicate").headers["location"].startswith("/login")
    hub.change(owner.space, private=True)

    assert eve.browser.get("/spaces/ada/hello/duplicate").status_code == 404
    assert duplicate(eve).status_code == 404
    assert hub.browser().get("/spaces/ada/hello/duplicate").status_code == 404


def test_links_into_a_private_app_are_made_shown_once_and_revoked(hub: Hub, owner: Owner) -> None:
    assert 'id="links"' not in owner.page()
    hub.change(owner.space, private=True)
    made = owner.send("/settings/links", seconds="3600")
    link = re.search(r"<code>(http://ada-hello[^<]+__sign=[^<]+)</code>", made.text)

    assert made.status_code == 200
    assert link is not None
    assert "__sign=" not in owner.page()
    assert owner.send("/settings/links", seconds="5").status_code == 400
    owner.send("/settings/links/revoke")
    assert owner.now().links_version == 1


def test_discussions_of_a_space_are_switched_off_and_on(owner: Owner) -> None:
    answer = owner.send("/settings/discussions")
    assert answer.headers["location"] == "/spaces/ada/hello/settings?done=repo-saved#discussions"
    assert not owner.now().has_discussions
    assert "/spaces/ada/hello/discussions" not in owner.page("/deployments")

    owner.send("/settings/discussions", on="true")
    assert owner.now().has_discussions
