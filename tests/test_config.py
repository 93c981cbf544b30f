"""Settings: what wins over what, and what is said of a value that cannot be used."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.config import PACKAGED_MODEL, Settings, read_settings
from rag.errors import BadRequest


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no setting but those of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCIER_INDEX", raising=False)
    monkeypatch.delenv("SOURCIER_CACHE", raising=False)
    return tmp_path


def test_without_any_setting_the_index_is_here_and_the_model_the_packaged_one() -> None:
    settings = read_settings()
    assert (settings.index, settings.embedding_model) == (".sourcier", PACKAGED_MODEL)
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert settings.cache.is_absolute()


def test_what_is_given_wins_over_the_environment_and_that_over_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "sourcier.toml").write_text('index = "file"\nport = 1\n')
    assert read_settings().index == "file"
    monkeypatch.setenv("SOURCIER_INDEX", "environment")
    assert read_settings().index == "environment"
    assert read_settings(index="given").index == "given"
    assert read_settings(index="given").port == 1


@pytest.mark.parametrize("value", ["abc", "-1", "65536", "7.5"])
def test_a_bad_value_is_named_with_where_it_may_stand(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCIER_PORT", value)
    with pytest.raises(BadRequest, match=r"'port'.*SOURCIER_PORT.*sourcier\.toml") as raised:
        read_settings()
    assert "\n" not in str(raised.value)


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_INDEX", "")
    assert read_settings().index == ".sourcier"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        pytest.param(b"indx = 'typo'", "indx", id="unknown name"),
        pytest.param(b"port = 'many'", "port", id="wrong type"),
        pytest.param(b"port = = 1", "sourcier.toml", id="no TOML"),
        pytest.param(b"\xff\xfe\x00", "sourcier.toml", id="no text"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(here: Path, content: bytes, named: str) -> None:
    (here / "sourcier.toml").write_bytes(content)
    with pytest.raises(BadRequest, match=named) as raised:
        read_settings()
    assert "\n" not in str(raised.value)


def test_settings_do_not_change_once_they_are_read() -> None:
    settings = read_settings()
    with pytest.raises(ValidationError):
        settings.index = "elsewhere"


def test_every_setting_says_what_it_is_for_and_they_are_few() -> None:
    fields = Settings.model_fields
    assert all(field.description for field in fields.values())
    assert len(fields) <= 12
