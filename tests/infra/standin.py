"""A stand-in for Google's Terraform provider: its real arguments, its rules, no cloud.

What Terraform plans and applies here, it keeps in its state as with the real one. Values that Google would make up are
made up the same way each time. It can't know permissions, quotas, or what Google answers.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.infra.protocol import UNKNOWN, Block, Steps, dumped, error, loaded, message, path, schema
from tests.infra.rules import DATA, PROJECT_NUMBER, RULES, Rules

SCHEMA = Path(__file__).with_name("schema.json")
NONE = Rules()

Each = Callable[[Steps, dict[str, Any], Any], Any]


class StandIn:
    """See the module. One may serve many runs of Terraform, one after the other."""

    def __init__(self) -> None:
        told = json.loads(SCHEMA.read_text())
        self.version: str = told["version"]
        self._resources: dict[str, Block] = told["resources"]
        self._data: dict[str, Block] = told["data"]
        self._provider: Block = told["provider"]["google"]
        self._settings: dict[str, Any] = {}
        self.written: dict[str, list[str]] = {}
        """By the id of a secret what was written into it, version by version."""
        self.fails = ""
        """A type of which nothing can be made now."""
        for name, rules in RULES.items():
            for argument in rules.sensitive:
                self._resources[name]["attributes"][argument]["sensitive"] = True

    def answer(self, call: str, request: Any) -> Any:
        """See protocol.Provider."""
        return getattr(self, f"_{re.sub(r'(?<!^)(?=[A-Z])', '_', call).lower()}")(request)

    # What there is.

    def _get_metadata(self, _: Any) -> Any:
        names = {"resources": self._resources, "data_sources": self._data}
        return message("Metadata", **{k: [message("TypeName", type_name=n) for n in v] for k, v in names.items()})

    def _get_provider_schema(self, _: Any) -> Any:
        return self._schemas

    @cached_property
    def _schemas(self) -> Any:
        return message(
            "Schemas",
            provider=schema(self._provider),
            resource_schemas=_entries(self._resources),
            data_source_schemas=_entries(self._data),
        )

    def _get_functions(self, _: Any) -> Any:
        return message("Functions")

    def _stop_provider(self, _: Any) -> Any:
        return message("Stopped")

    # What may be written.

    def _validate_provider_config(self, _: Any) -> Any:
        return message("CheckedProvider")

    def _validate_data_resource_config(self, _: Any) -> Any:
        return message("Checked")

    def _validate_resource_config(self, request: Any) -> Any:
        name, given = request.type_name, loaded(request.config)
        rules = RULES.get(name, NONE)
        found = [*_wrong_values(self._resources[name], given, rules), *_wrong_groups(given, rules)]
        return message("Checked", diagnostics=found)

    def _configure_provider(self, request: Any) -> Any:
        self._settings = loaded(request.config) or {}
        return message("Checked")

    # What becomes of it.

    def _upgrade_resource_state(self, request: Any) -> Any:
        state = walked(
            self._resources[request.type_name], json.loads(request.raw_state.json), lambda _, __, value: value
        )
        return message("Upgraded", upgraded_state=dumped(state))

    def _read_resource(self, request: Any) -> Any:
        return message("WasRead", new_state=request.current_state, private=request.private)

    def _plan_resource_change(self, request: Any) -> Any:
        block, rules = self._resources[request.type_name], RULES.get(request.type_name, NONE)
        before, after = loaded(request.prior_state), loaded(request.proposed_new_state)
        if after is None:
            return message("Planned", planned_state=request.proposed_new_state)
        planned = walked(block, after, _planned)
        if before is None:
            known = self._known(planned)
            planned |= {name: rules.filled[name].format(**known) for name in rules.foreseen}
        changed = (
            [] if before is None else [name for name in rules.replaced_by if before.get(name) != planned.get(name)]
        )
        if changed:
            planned = walked(block, planned, _forgotten)
        return message(
            "Planned",
            planned_state=dumped(planned),
            requires_replace=[path((name,)) for name in changed],
            legacy_type_system=True,
        )

    def _apply_resource_change(self, request: Any) -> Any:
        name, planned = request.type_name, loaded(request.planned_state)
        if planned is None:
            return message(
                "Applied", new_state=request.planned_state, diagnostics=list(_kept(loaded(request.prior_state)))
            )
        if name == self.fails:
            away = error("Error 503", "Google is away")
            return message("Applied", new_state=request.prior_state, diagnostics=[away])
        if loaded(request.prior_state) is None and (secret := loaded(request.config).get("secret_data_wo")):
            self.written.setdefault(planned["secret"], []).append(secret)
        known = self._known(planned)
        known["count"] = len(self.written.get(planned.get("secret"), ()))
        rules = RULES.get(name, NONE)

        def fill(steps: Steps, attribute: dict[str, Any], value: Any) -> Any:
            if value is not UNKNOWN:
                return value
            where = _dotted(steps)
            if where in rules.filled:
                return rules.filled[where].format(**known)
            if where in ("project", "region"):
                return known[where]
            if where == "id":
                return "/".join([name, *(str(planned.get(argument)) for argument in rules.replaced_by)])
            return _nothing(attribute["type"])

        state = walked(self._resources[name], planned, fill)
        return message("Applied", new_state=dumped(state), legacy_type_system=True)

    def _known(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the provider makes names of."""
        settings = {key: self._settings.get(key) for key in ("project", "region")}
        return settings | {key: value for key, value in values.items() if isinstance(value, str)}

    def _read_data_source(self, request: Any) -> Any:
        given, made = loaded(request.config), DATA[request.type_name]
        known = {"number": PROJECT_NUMBER} | {key: value for key, value in given.items() if isinstance(value, str)}

        def fill(steps: Steps, attribute: dict[str, Any], value: Any) -> Any:
            if value is not None:
                return value
            return made[_dotted(steps)].format(**known) if _dotted(steps) in made else _nothing(attribute["type"])

        return message("DataRead", state=dumped(walked(self._data[request.type_name], given, fill)))


def walked(block: Block, value: Any, each: Each, steps: Steps = ()) -> Any:
    """A copy of a block's value, each attribute passed through `each`(where, its schema, its value)."""
    if value is None or value is UNKNOWN:
        return value
    copy = {
        name: each((*steps, name), attribute, value.get(name))
        for name, attribute in block.get("attributes", {}).items()
    }
    for name, inner in block.get("blocks", {}).items():
        nested = value.get(name)
        if isinstance(nested, list):
            copy[name] = [walked(inner, item, each, (*steps, name, i)) for i, item in enumerate(nested)]
        else:
            copy[name] = walked(inner, nested, each, (*steps, name))
    return copy


def _planned(_: Steps, attribute: dict[str, Any], value: Any) -> Any:
    """A value as it will be: nothing of write-only ones, defaults, and what the provider makes is unknown."""
    if attribute.get("write_only"):
        return None
    if value is None and "default" in attribute:
        return attribute["default"]
    return UNKNOWN if value is None and attribute.get("computed") else value


def _forgotten(_: Steps, attribute: dict[str, Any], value: Any) -> Any:
    """A value of what is made anew: what the provider makes is unknown again."""
    return UNKNOWN if attribute.get("computed") and not attribute.get("optional") else value


def _wrong_values(block: Block, given: Any, rules: Rules) -> list[Any]:
    found = []

    def look(steps: Steps, attribute: dict[str, Any], value: Any) -> Any:
        if value is None or value is UNKNOWN:
            return value
        if attribute.get("computed") and not attribute.get("optional"):
            found.append(
                error("Value for unconfigurable attribute", f"{steps[-1]} is the provider's to decide.", steps)
            )
        known = [item for item in (value if isinstance(value, list) else [value]) if item is not UNKNOWN]
        wrong = filter(None, (_wrong(_dotted(steps), attribute, item, rules) for item in known))
        found.extend(error(f"invalid value for {steps[-1]}", each, steps) for each in wrong)
        return value

    walked(block, given, look)
    return found


def _wrong(where: str, attribute: dict[str, Any], value: Any, rules: Rules) -> str:
    """What is wrong with one value, or nothing."""
    if value not in attribute.get("enum", [value]):
        return f"expected one of {', '.join(attribute['enum'])}, got {value}"
    pattern, told = rules.shapes.get(where, ("", ""))
    if pattern and not re.fullmatch(pattern, str(value)):
        return f"expected {told}, got {value}"
    least, most = rules.ranges.get(where, (value, value))
    return "" if least == value == most or least <= float(value) <= most else f"expected {least} to {most}, got {value}"


def _wrong_groups(given: Any, rules: Rules) -> Iterator[Any]:
    for groups, needs_one in ((rules.one_of, True), (rules.together, False)):
        for parent, names in groups:
            for steps, block in _blocks(given, parent):
                values = [block.get(name) for name in names]
                there = [name for name, value in zip(names, values, strict=True) if value not in (None, [])]
                if len(there) not in ((1,) if needs_one else (0, len(names))):
                    told = "exactly one of" if needs_one else "all or none of"
                    detail = f"{told} {', '.join(names)} has to be given; there is {', '.join(there) or 'none'}"
                    yield error("Invalid combination of arguments", detail, steps)


def _blocks(given: Any, parent: str) -> Iterator[tuple[Steps, dict[str, Any]]]:
    if not parent:
        yield (), given
        return
    nested = given.get(parent)
    for i, block in enumerate(nested if isinstance(nested, list) else []):
        if isinstance(block, dict):
            yield (parent, i), block


def _kept(state: dict[str, Any]) -> Iterator[Any]:
    """Why something is not deleted."""
    if state.get("deletion_policy") == "PREVENT" or state.get("deletion_protection"):
        yield error("cannot destroy", f"{state.get('id')} is protected against being deleted")
    elif (
        state.get("deletion_policy") == "DELETE" and state.get("delete_protection_state") == "DELETE_PROTECTION_ENABLED"
    ):
        yield error("cannot destroy", f"{state.get('id')}: delete protection is on")


def _dotted(steps: Steps) -> str:
    return ".".join(step for step in steps if isinstance(step, str))


def _nothing(kind: Any) -> Any:
    """The empty value of a type."""
    if isinstance(kind, str):
        return {"string": "", "number": 0, "bool": False}.get(kind)
    return {} if kind[0] == "map" else []


def _entries(blocks: dict[str, Block]) -> list[Any]:
    return [message("SchemaEntry", key=name, value=schema(block)) for name, block in blocks.items()]
