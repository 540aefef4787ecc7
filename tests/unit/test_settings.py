"""Settings are read once, checked, and known to the README."""

from dataclasses import fields
from pathlib import Path

import pytest

from spaceport.errors import SettingsError
from spaceport.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[2]


def test_defaults_need_no_environment() -> None:
    assert load_settings({}).hub == "http://localhost:7700"


def test_every_wrong_variable_is_named_at_once() -> None:
    environment = {"SPACEPORT_HUB_PORT": "many", "SPACEPORT_NO_SUCH_THING": "1"}

    with pytest.raises(SettingsError) as error:
        load_settings(environment)

    assert "SPACEPORT_HUB_PORT" in str(error.value)
    assert "SPACEPORT_NO_SUCH_THING" in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"), [("ENGINE", "kubernetes"), ("HUB_PORT", "70000"), ("BUILDERS", "0"), ("HUB_PORT", "7701")]
)
def test_nonsense_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}{name}"):
        load_settings({f"{PREFIX}{name}": value})


def test_the_readme_lists_every_setting_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = [line for line in readme.splitlines() if line.startswith("| `SPACEPORT_")]
    listed = {row.split("`")[1] for row in rows}

    assert listed == {f"{PREFIX}{item.name.upper()}" for item in fields(Settings)}
