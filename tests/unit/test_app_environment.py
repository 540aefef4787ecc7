"""What a running Space finds in its environment, and what its build is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.builds.requests import configuration_of
from spaceport.domain.account import User
from spaceport.domain.config import Secret, Variable
from spaceport.domain.oauth import OAuthApp
from spaceport.domain.oauth_rules import may_redirect
from spaceport.oauth.apps import origins_of
from spaceport.rollout.environment import environment_of
from spaceport.rollout.specs import instance_spec
from spaceport.settings import Settings
from spaceport_runner.template import load_templates
from tests.databases import make_database
from tests.unit.factories import NOW, make_instance, make_release, make_space

TEMPLATES = load_templates(Path(__file__).parents[2] / "templates")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    database = make_database(f"sqlite:///{tmp_path}/test.sqlite3")
    with database.begin() as tx:
        tx.accounts.add_user(User("user", "Ada", "hash", False, NOW))
        tx.spaces.add(make_space())
    yield database
    database.close()


def environment(
    card: dict[str, object] | None = None, settings: Settings | None = None, **variables: str
) -> dict[str, str]:
    release = make_release(card=card or {}, variables=variables)
    return environment_of(make_space(card={"title": "A Title"}), release, settings or Settings())


def test_an_app_learns_which_space_it_is_whatever_its_variables_say() -> None:
    found = environment(SPACE_TITLE="mine", MODEL="a/b")

    assert (found["SPACE_ID"], found["SPACE_AUTHOR_NAME"], found["SPACE_REPO_NAME"]) == ("ada/demo", "ada", "demo")
    assert (found["SPACE_TITLE"], found["SPACE_CREATOR_USER_ID"]) == ("A Title", "user")
    assert (found["CPU_CORES"], found["ACCELERATOR"], found["MODEL"]) == ("2", "none", "a/b")
    assert found["MEMORY"].endswith("Gi")


def test_gradio_is_told_of_spaces_only_where_it_signs_people_in() -> None:
    assert "SYSTEM" not in environment(OAUTH_CLIENT_ID="client")
    assert "SYSTEM" not in environment({"hf_oauth": True})
    assert environment({"hf_oauth": True}, OAUTH_CLIENT_ID="client")["SYSTEM"] == "spaces"
    assert environment(SYSTEM="spaces")["SYSTEM"] == "spaces"


APP = OAuthApp("client", "ada/demo", NOW, "space", "sealed")
SIGNS_IN = {"hf_oauth": True, "hf_oauth_scopes": ["jobs", "read-repos", "email"]}


def test_a_space_that_signs_people_in_gets_an_app_of_its_own() -> None:
    found = environment_of(make_space(), make_release(card=SIGNS_IN), Settings(), APP)

    assert (found["OAUTH_CLIENT_ID"], found["OPENID_PROVIDER_URL"]) == ("client", "http://localhost:7700")
    assert (found["OAUTH_SCOPES"], found["SYSTEM"]) == ("openid profile email read-repos", "spaces")
    assert "OAUTH_CLIENT_SECRET" not in found
    inside = environment_of(make_space(), make_release(card=SIGNS_IN), Settings(apps_hub_url="http://hub:7700/"), APP)
    assert inside["OPENID_PROVIDER_URL"] == "http://hub:7700"


def test_the_secret_of_the_app_goes_the_way_of_secrets() -> None:
    def sealed_secrets(**release: object) -> dict[str, str]:
        made = make_release(**release)
        return instance_spec(make_space(), made, make_instance(), Settings(), "secret", app=APP).sealed_secrets

    assert sealed_secrets(card=SIGNS_IN) == {"OAUTH_CLIENT_SECRET": "sealed"}
    assert sealed_secrets(card={}) == {}


def test_who_brings_the_app_of_another_provider_gets_nothing_of_ours() -> None:
    release = make_release(card=SIGNS_IN, variables={"OAUTH_CLIENT_ID": "theirs"})
    spec = instance_spec(make_space(), release, make_instance(), Settings(), "secret", app=APP)

    assert spec.environment["OAUTH_CLIENT_ID"] == "theirs"
    assert "OPENID_PROVIDER_URL" not in spec.environment
    assert spec.sealed_secrets == {}


def test_the_host_that_gradio_sends_people_back_to_has_a_port_where_it_needs_one() -> None:
    behind_proxy = Settings(apps_scheme="https", apps_domain="apps.test", apps_public_port=443)

    assert environment(settings=behind_proxy)["SPACE_HOST"] == "ada-demo.apps.test"
    assert environment(settings=Settings(apps_scheme="https"))["SPACE_HOST"] == "ada-demo.localhost:7701"
    assert "SPACE_HOST" not in environment()
    for settings in (behind_proxy, Settings(apps_scheme="https")):
        forced = f"https://{environment(settings=settings)['SPACE_HOST']}/login/callback?_target_url=%2F"
        assert may_redirect(forced, origins_of(make_space(), settings))


def test_apps_are_pointed_at_a_hub_of_the_operators_choice_unless_their_owner_chose_another() -> None:
    settings = Settings(apps_hf_endpoint="https://hub.example.org")

    assert "HF_ENDPOINT" not in environment()
    assert environment(settings=settings)["HF_ENDPOINT"] == "https://hub.example.org"
    assert environment(settings=settings, HF_ENDPOINT="https://mirror")["HF_ENDPOINT"] == "https://mirror"


def test_a_users_dockerfile_gets_variables_and_the_newest_secrets_and_no_other_template_does(
    database: SqlDatabase,
) -> None:
    with database.begin() as tx:
        tx.configs.put_variable(Variable("v", "space", "MODEL", "a/b", "", NOW, "ada"))
        for version, key in ((1, "KEY"), (2, "KEY"), (1, "GONE")):
            tx.configs.add_secret(Secret(f"{key}{version}", "space", key, version, f"sealed{version}", "", NOW, "ada"))
        tx.configs.remove_secret("space", "GONE", NOW)
        docker = configuration_of(tx, make_space(), TEMPLATES["docker"], None)
        gradio = configuration_of(tx, make_space(), TEMPLATES["gradio"], "six==1.17.0\n")

    assert (docker.variables, docker.sealed_secrets, docker.lock) == ({"MODEL": "a/b"}, {"KEY": "sealed2"}, None)
    assert (gradio.variables, gradio.sealed_secrets, gradio.lock) == ({}, {}, "six==1.17.0\n")


def test_the_creator_is_the_person_who_made_the_space_whoever_owns_it() -> None:
    made_by_ada = make_space(owner_id="acme", creator_id="ada")
    of_old = make_space(owner_id="acme")

    assert environment_of(made_by_ada, make_release(), Settings())["SPACE_CREATOR_USER_ID"] == "ada"
    assert environment_of(of_old, make_release(), Settings())["SPACE_CREATOR_USER_ID"] == "acme"
