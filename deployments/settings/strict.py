"""What all settings are made of."""

from pydantic import BaseModel, ConfigDict


class StrictSettings(BaseModel):
    """Serve ignores unknown keys; here they are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
