"""What every section of a study file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Settings that do not change once they are checked; a name that is no setting is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
