"""`make schema`: which arguments the provider's types take, from a package that was generated from the provider itself.

The provider's binary comes from a registry that not every machine reaches, and tests need no cloud. The wheel
`cdktn-provider-google` (requirements/schema.txt locks it by its hash) holds TypeScript classes that were generated from
the schema of hashicorp/google; what they say is read here as text, and nothing of them is run.

    python -m tests.infra.schema_from_wheel WHEEL

writes schema.json. Both the package and the provider are under MPL-2.0 (tests/infra/README.md).
"""

import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.json")
RESOURCES = (
    "google_artifact_registry_repository",
    "google_artifact_registry_repository_iam_member",
    "google_billing_budget",
    "google_cloud_run_service_iam_member",
    "google_cloud_scheduler_job",
    "google_cloud_tasks_queue",
    "google_cloud_tasks_queue_iam_member",
    "google_cloudfunctions2_function",
    "google_firestore_backup_schedule",
    "google_firestore_database",
    "google_firestore_index",
    "google_logging_project_exclusion",
    "google_monitoring_alert_policy",
    "google_monitoring_notification_channel",
    "google_project_iam_member",
    "google_project_service",
    "google_secret_manager_secret",
    "google_secret_manager_secret_iam_member",
    "google_secret_manager_secret_version",
    "google_service_account",
    "google_service_account_iam_member",
    "google_storage_bucket",
    "google_storage_bucket_object",
)
DATA_SOURCES = ("google_project",)
PROVIDER = "provider"

CLASS = re.compile(r"^class (\w+) extends cdktn\.\w+ \{$", re.MULTILINE)
FIELD = re.compile(
    r"^    // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$"
    r"(.*?)(?=^    // \w+ - computed: |^    // =====|\Z)",
    re.MULTILINE | re.DOTALL,
)
GIVEN = re.compile(
    r'^\s+(\w+): \{\n\s+value: [^\n]*\n\s+isBlock: (\w+),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",',
    re.MULTILINE,
)
"""How a field is written in a configuration: its name, whether it is a block, and its type."""
GIVEN_IN = re.compile(r"^function (\w+)ToHclTerraform\(|^    synthesizeHclAttributes\(\)", re.MULTILINE)
NESTED = re.compile(r'= new (?:cdktn\.)?(\w+)\(this, "\w+"(?:, (true|false))?\)')
GETTER = re.compile(r"this\.get(\w*)Attribute\(")
NOTE = re.compile(r"/\*\*(.*?)\*/\s*readonly \w+", re.DOTALL)
NOTED_FOR = re.compile(r" \w+#(\w+)\}")
INTERFACE = re.compile(r"^export interface (\w+?)(?:Config extends [\w.]+)? \{$", re.MULTILINE)
SCALARS = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
GETTERS = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "": ["list", "string"],
    "List": ["list", "string"],
}

Schema = dict[str, Any]


def main(wheel: str) -> None:
    """Write schema.json, one line for each type."""
    version, sources = read(Path(wheel))
    parts: dict[str, dict[str, Schema]] = {"resources": {}, "data": {}, "provider": {}}
    for name in RESOURCES:
        parts["resources"][name] = block_of(*sources[folder(name)])
    for name in DATA_SOURCES:
        parts["data"][name] = block_of(*sources[folder(name, data=True)])
    settings = block_of(*sources[PROVIDER])["attributes"]
    needed = {
        name: told for name, told in settings.items() if not name.endswith("_custom_endpoint") and name != "alias"
    }
    parts["provider"]["google"] = {"attributes": needed}
    SCHEMA.write_text(written(version, parts))
    print(f"{SCHEMA.name}: hashicorp/google {version}, {len(RESOURCES)} types of resources")


def folder(name: str, *, data: bool = False) -> str:
    """The folder of a type in the package."""
    return ("data-google-" if data else "") + name.removeprefix("google_").replace("_", "-")


def read(wheel: Path) -> tuple[str, dict[str, tuple[str, str]]]:
    """The provider's version, and of each wanted type the code and the documented interface."""
    wanted = {folder(name) for name in RESOURCES} | {folder(name, data=True) for name in DATA_SOURCES} | {PROVIDER}
    found: dict[str, dict[str, str]] = {name: {} for name in wanted}
    with zipfile.ZipFile(wheel) as outer:
        (package,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        (metadata,) = [name for name in outer.namelist() if name.endswith("/METADATA")]
        version = re.search(r"hashicorp/google provider version ([\d.]+)", outer.read(metadata).decode())
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
            for member in inner:
                match = re.fullmatch(r"package/lib/([\w-]+)/index\.(js|d\.ts)", member.name)
                file = inner.extractfile(member) if match and match[1] in wanted else None
                if match and file:
                    found[match[1]][match[2]] = file.read().decode()
    if version is None:
        raise SystemExit("the wheel does not say which provider it was made from")
    return version[1], {name: (files["js"], files["d.ts"]) for name, files in found.items()}


def block_of(code: str, interface: str) -> Schema:
    """The schema of the type that a file defines."""
    return _File(code, interface).top()


def written(version: str, parts: dict[str, dict[str, Schema]]) -> str:
    """The schema as JSON with a line for each type, so that a new version shows what changed."""
    lines = [
        f'"{part}": {{\n'
        + ",\n".join(f'"{name}": {json.dumps(block, separators=(",", ":"))}' for name, block in sorted(types.items()))
        + "\n}"
        for part, types in parts.items()
    ]
    return f'{{\n"version": "{version}",\n' + ",\n".join(lines) + "\n}\n"


class _File:
    """One type's generated code, cut into classes and into functions that say how a configuration is written."""

    def __init__(self, code: str, interface: str) -> None:
        code = code.split("\n//# sourceMapping", 1)[0]
        pieces = CLASS.split(code)
        self._classes = dict(zip(pieces[1::2], pieces[2::2], strict=True))
        self._last = pieces[-2]
        self._given = dict(_given(code))
        self._notes = dict(_notes(interface))

    def top(self) -> Schema:
        """The type itself: the last class of the file."""
        return self._block(self._last, self._given.get("", {}), self._last)

    def _block(self, class_name: str, given: dict[str, tuple[str, str, str]], struct: str) -> Schema:
        attributes, blocks = {}, {}
        for name, computed, optional, required, text in FIELD.findall(self._classes[class_name]):
            is_block, kind, storage = given.get(name, ("false", "", ""))
            if name == "timeouts" or (is_block == "true" and not NESTED.search(text)):
                continue  # how long to wait; and what only the provider's own settings have
            if is_block == "true":
                blocks[name] = self._nested(text, kind, needed=required == "true")
                continue
            attribute: Schema = {"type": self._type(text, kind, storage)}
            told = {"required": required, "optional": optional, "computed": computed}
            if "true" not in told.values():
                told["computed"] = "true"  # the generator says nothing of lists of objects that are computed
            attribute |= {key: True for key, value in told.items() if value == "true"}
            if "Write-only: " in text:
                attribute["write_only"] = True
            attributes[name] = attribute | self._noted(struct, name, attribute)
        return {key: value for key, value in (("attributes", attributes), ("blocks", blocks)) if value}

    def _nested(self, text: str, kind: str, *, needed: bool) -> Schema:
        reference = NESTED.search(text)
        assert reference is not None
        struct = re.sub(r"(OutputReference|List)$", "", reference[1])
        single = reference[1].endswith("OutputReference")
        inner = self._block(struct + "OutputReference", self._given.get(struct, {}), struct)
        limits = {"min": 1} if needed else {}
        return {"nesting": kind, **limits, **({"max": 1} if single else {}), **inner}

    def _type(self, text: str, kind: str, storage: str) -> Any:
        """The type of an attribute, as Terraform writes types in JSON."""
        if kind == "simple":
            return SCALARS[storage]
        if kind:
            return [kind, SCALARS[re.sub(r"(List|Map)$", "", storage)]]
        if reference := NESTED.search(text):
            return self._computed(reference[1])
        getter = GETTER.search(text)
        if getter is None:
            raise ValueError(f"no type is told: {text[:80]}")
        if "tolist(" in text:
            return ["set", "string"]
        return GETTERS.get(getter[1]) or ["list", "number"]

    def _computed(self, reference: str) -> Any:
        """The type of what the provider alone fills in: a map, or a list of objects."""
        if reference.endswith("Map") and reference not in self._classes:
            return [
                "map",
                {"StringMap": "string", "BooleanMap": "bool", "NumberMap": "number"}.get(reference, "dynamic"),
            ]
        if reference not in self._classes:
            return ["list", ["map", "string"]]
        fields = FIELD.findall(self._classes[re.sub(r"List$", "", reference) + "OutputReference"])
        return ["list", ["object", {name: self._type(text, "", "") for name, *_, text in fields}]]

    def _noted(self, struct: str, name: str, attribute: Schema) -> Schema:
        note = dict(self._notes.get((struct, name), {}))
        default = note.pop("default", None)
        if default is not None and not attribute.get("computed") and not attribute.get("required"):
            note["default"] = default if attribute["type"] == "string" else json.loads(default)
        return note


def _given(code: str) -> Iterator[tuple[str, dict[str, tuple[str, str, str]]]]:
    """By struct ("" for the type itself): how its fields are written in a configuration."""
    starts = list(GIVEN_IN.finditer(code))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        text = code[start.end() : following.start() if following else None]
        text = text.split("\n}\n" if start[1] else "\n    }\n", 1)[0]
        struct = start[1][0].upper() + start[1][1:] if start[1] else ""
        yield struct, {name: (is_block, kind, storage) for name, is_block, kind, storage in GIVEN.findall(text)}


def _notes(interface: str) -> Iterator[tuple[tuple[str, str], Schema]]:
    """By struct and field: the values and the default that the documentation names."""
    pieces = INTERFACE.split(interface)
    for struct, body in zip(pieces[1::2], pieces[2::2], strict=True):
        for match in NOTE.finditer(body):
            text = re.sub(r"\s*\n\s*\*\s*", " ", match[1])
            field = NOTED_FOR.search(text)
            values = re.search(r"Possible values: (\[[^\]]*\])", text)
            default = re.search(r'Default value: "?([\w.]+)"?', text)
            note = ({"enum": json.loads(values[1])} if values else {}) | ({"default": default[1]} if default else {})
            if field and note:
                yield (struct, field[1]), note


if __name__ == "__main__":
    main(*sys.argv[1:])
