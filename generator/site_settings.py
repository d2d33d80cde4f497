"""What the participants' pages say, ask and do."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SiteSettings(BaseModel):
    """Section [site] of a study file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field("What does this neuron see?", min_length=1, max_length=80, description="heading of every page")
    contact: str = Field("", max_length=200, description="whom participants can ask; shown on the first and last page")
    ask_name: bool = Field(True, description="ask for a name or pseudonym")
    ask_age: bool = Field(True, description="ask for the age in years")
    ask_gender: bool = Field(True, description="ask for the gender")
    ask_major: bool = Field(True, description="ask for the field of study or work")
    ask_background: bool = Field(True, description="ask for experience with deep learning")
    ask_concept: bool = Field(True, description="ask in each question for the concept that was seen")
    ask_confidence: bool = Field(True, description="ask in each question for the confidence, 1 to 3")
    shuffle: bool = Field(True, description="show questions and options in an order drawn for each participant")
    picture_format: Literal["webp", "png"] = Field("webp", description="how pictures are stored")
    picture_quality: int = Field(88, ge=1, le=100, description="WebP quality; 100 stores pictures without loss")
    keep_days: int = Field(
        7, ge=1, le=365, description="days an unfinished session is kept in the participant's browser"
    )
