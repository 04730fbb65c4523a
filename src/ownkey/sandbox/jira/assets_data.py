"""What is in the pretend Assets workspace: schemas, object types, attributes and objects."""

from __future__ import annotations

from dataclasses import dataclass, field

WORKSPACE_ID = "a55e7500-0000-4000-8000-000000000001"


@dataclass(slots=True)
class Schema:
    """An object schema."""

    id: str
    name: str
    key: str


@dataclass(slots=True)
class ObjectType:
    """A type of object in a schema."""

    id: str
    schema_id: str
    name: str


@dataclass(slots=True)
class Attribute:
    """An attribute that a type's objects have."""

    id: str
    type_id: str
    name: str


@dataclass(slots=True)
class AssetObject:
    """An object, with its attributes' values by attribute id."""

    id: str
    type_id: str
    label: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Assets:
    """The workspace."""

    schemas: dict[str, Schema] = field(default_factory=dict)
    types: dict[str, ObjectType] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    objects: dict[str, AssetObject] = field(default_factory=dict)


def first_assets() -> Assets:
    """Return the workspace as it is at the start: laptops of the organisation."""
    name, owner = "101", "102"
    return Assets(
        schemas={"1": Schema("1", "Equipment", "EQP")},
        types={"11": ObjectType("11", "1", "Laptop"), "12": ObjectType("12", "1", "Monitor")},
        attributes={
            name: Attribute(name, "11", "Name"),
            owner: Attribute(owner, "11", "Owner"),
            "103": Attribute("103", "12", "Name"),
        },
        objects={
            "1001": AssetObject("1001", "11", "Laptop 1", {name: "Laptop 1", owner: "Ada Lovelace"}),
            "1002": AssetObject("1002", "11", "Laptop 2", {name: "Laptop 2", owner: "Bo Diddley"}),
        },
    )
