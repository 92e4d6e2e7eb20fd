"""How a setting is declared: its title, help and choices are the source of the form, the flags and the JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())


def setting(group: str, default: Any, title: str, description: str, *, advanced: bool, **more: Any) -> Any:
    """A setting with its title and help. `choices` maps each allowed value to its label; `more` holds the limits."""
    extra = {"group": group, "advanced": advanced, "choices": more.pop("choices", None)}
    return Field(default, title=title, description=description, json_schema_extra=extra, **more)
