from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import ConfigError
from core.settings import Settings, load_settings


def test_later_sources_win_defaults_file_environment_overrides(tmp_path: Path) -> None:
    file = tmp_path / "rajaus.toml"
    file.write_text('home = "from-file"\nrow_cap = 10\nthreads = 3\n', encoding="utf-8")
    env = {"RAJAUS_CONFIG": str(file), "RAJAUS_ROW_CAP": "20", "RAJAUS_HOME": "from-env", "PATH": "/bin"}
    settings = load_settings(env=env, home=Path("from-line"), actor=None)
    assert (settings.home, settings.row_cap, settings.threads) == (Path("from-line"), 20, 3)
    assert settings.campaign_max_days == Settings().campaign_max_days
    assert load_settings(env=env).home == Path("from-env")


@pytest.mark.parametrize(
    ("env", "code", "setting"),
    [
        ({"RAJAUS_HOEM": "x"}, "setting_unknown", "hoem"),
        ({"RAJAUS_ROW_CAP": "many"}, "setting_invalid", "row_cap"),
        ({"RAJAUS_ROW_CAP": "0"}, "setting_invalid", "row_cap"),
        ({"RAJAUS_CONFIG": "/no/such.toml"}, "setting_invalid", "/no/such.toml"),
    ],
)
def test_what_is_unknown_or_does_not_fit_is_refused_by_name(env: dict[str, str], code: str, setting: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(env=env)
    assert (refused.value.code, refused.value.ids["setting"]) == (code, setting)


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("home = ", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_settings(file=tmp_path / "bad.toml", env={})
    assert refused.value.code == "setting_invalid"


def test_settings_do_not_change_once_made() -> None:
    settings = load_settings(env={})
    with pytest.raises(ValidationError):
        settings.row_cap = 1  # type: ignore[misc]


def test_the_key_directory_lies_in_the_home_unless_put_elsewhere() -> None:
    assert load_settings(env={"RAJAUS_HOME": "h"}).keys_dir == Path("h/keys")
    assert load_settings(env={"RAJAUS_HOME": "h", "RAJAUS_KEYS": "/k"}).keys_dir == Path("/k")
