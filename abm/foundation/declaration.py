"""How a parameter is declared, and what its declaration gives: default, unit, bounds, range, grade, source."""

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

GRADES = ("measured", "reported", "estimate", "derived", "assumed")


@dataclass(frozen=True)
class Declaration:
    """What is known of one parameter beside its value."""

    name: str
    default: float | int | str
    unit: str
    low: float | None
    high: float | None
    range: tuple[float, float] | None
    grade: str
    source: str
    help: str
    kind: Literal["float", "int", "choice"]
    choices: tuple[str, ...] = ()


def number(
    default: float,
    unit: str,
    bounds: tuple[float, float],
    help: str,
    range: tuple[float, float] | None = None,
    grade: str = "assumed",
    source: str = "first-trial",
) -> Any:
    """A numeric parameter; an int default makes it a whole number."""
    extra: dict[str, Any] = {"unit": unit, "range": range, "grade": grade, "source": source}
    return Field(default, ge=bounds[0], le=bounds[1], description=help, json_schema_extra=extra)


def choice(default: str, help: str, grade: str = "assumed", source: str = "first-trial") -> Any:
    """A named form of behaviour that a sweep can switch; its options are the field's Literal."""
    return Field(default, description=help, json_schema_extra={"unit": "", "grade": grade, "source": source})


class Group(BaseModel):
    """A frozen group of parameters that belong to one subject."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


def declared(name: str, info: FieldInfo) -> Declaration:
    """The declaration of a field made by `number` or `choice`."""
    extra: dict[str, Any] = dict(info.json_schema_extra)  # type: ignore[arg-type]
    literal = get_origin(info.annotation) is Literal
    limits = {type(one).__name__: one for one in info.metadata}
    return Declaration(
        name=name,
        default=info.default,
        unit=extra["unit"],
        low=None if literal else limits["Ge"].ge,
        high=None if literal else limits["Le"].le,
        range=extra.get("range"),
        grade=extra["grade"],
        source=extra["source"],
        help=info.description or "",
        kind="choice" if literal else "int" if info.annotation is int else "float",
        choices=get_args(info.annotation) if literal else (),
    )
