"""What the participants' pages say, ask and do."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from .section import Section


class SiteSettings(Section):
    """Section [site] of a study file."""

    title: str = Field("", max_length=80, description="heading of every page; empty: the language's own")
    lang: Literal["en", "ko"] = Field("en", description="language of the pages")
    contact: str = Field("", max_length=200, description="whom participants can ask; shown on the first and last page")
    ask_name: bool = Field(True, description="ask for a name or pseudonym")
    ask_age: bool = Field(True, description="ask for the age in years")
    ask_gender: bool = Field(True, description="ask for the gender")
    ask_major: bool = Field(True, description="ask for the field of study or work")
    ask_background: bool = Field(True, description="ask for experience with deep learning")
    ask_concept: bool = Field(True, description="ask in each question for the concept that was seen")
    ask_confidence: bool = Field(True, description="ask in each question for the confidence, 1 to 3")
    practice: int = Field(1, ge=0, le=5, description="practice questions with feedback, not scored; true is 1")
    catch_questions: int = Field(
        0, ge=0, le=10, description="questions in which an option repeats a shown picture; exported apart, never scored"
    )
    layout: Literal["paged", "scroll"] = Field(
        "paged", description="one question at a time, or all on one page as the paper showed them"
    )
    shuffle: bool = Field(True, description="show questions and options in an order drawn for each participant")
    picture_format: Literal["webp", "png"] = Field("webp", description="how pictures are stored")
    picture_quality: int = Field(88, ge=1, le=100, description="WebP quality; 100 stores pictures without loss")
    keep_days: int = Field(
        7, ge=1, le=365, description="days an unfinished session is kept in the participant's browser"
    )
    upload_url: str = Field(
        "", max_length=500, description="https address answers are sent to (DataPipe's contract); empty: a file only"
    )
    upload_experiment: str = Field("", max_length=100, description="experimentID that the endpoint expects")
    upload_partial: bool = Field(
        False,
        description="also send what was answered so far, after every question; only to an endpoint that replaces it, "
        "such as `python -m collector`: others would keep a file for each question",
    )
    assign_url: str = Field(
        "", max_length=500,
        description="https address that tells how many sessions each condition and set has (a collector's /health): "
        "the front page sends visitors to the least filled; empty: to each with even chance",
    )  # fmt: skip
    completion_code: str = Field("", max_length=100, description="shown once the answers are safe")
    completion_url: str = Field(
        "", max_length=500, description="https address to return to, once the answers are safe; {id}: who took part"
    )

    @field_validator("upload_url", "assign_url", "completion_url")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if not value:
            return value
        try:
            parts = urlsplit(value)
            local = parts.hostname in ("localhost", "127.0.0.1")
            good = (parts.scheme == "https" or (local and parts.scheme == "http")) and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            good = False
        # The origin stands in the content security policy, where these characters would begin something else.
        if not good or any(c in value for c in " ;,'\"<>\\") or not value.isascii() or not value.isprintable():
            raise ValueError(f"{value!r} is not allowed: it should be a web address that begins with https://")
        return value

    @model_validator(mode="after")
    def _endpoint_has_an_experiment(self) -> SiteSettings:
        if self.upload_url and not self.upload_experiment:
            raise ValueError("upload_url needs upload_experiment, the experimentID that the endpoint expects")
        if self.upload_partial and not self.upload_url:
            raise ValueError("upload_partial needs upload_url, the collector that the answers so far are sent to")
        return self
