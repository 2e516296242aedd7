"""The stand-in knows the arguments of the very provider that versions.tf asks for."""

import json
import re

import pytest

from tests.infra.rules import DATA, RULES
from tests.infra.schema_from_wheel import DATA_SOURCES, RESOURCES, SCHEMA, block_of, written
from tests.infra.terraform import INFRA
from tests.support.process import ROOT

TOLD = json.loads(SCHEMA.read_text())
CODE = """
function boxLidToTerraform(struct) {
}
function boxLidToHclTerraform(struct) {
    const attrs = {
        colour: {
            value: cdktn.stringToHclTerraform(struct.colour),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
}
class BoxLidOutputReference extends cdktn.ComplexObject {
    // colour - computed: false, optional: true, required: false
    _colour;
    get colour() {
        return this.getStringAttribute('colour');
    }
}
class Box extends cdktn.TerraformResource {
    // content - computed: false, optional: true, required: false
    _content;
    // Write-only: the provider never returns it
    get content() {
        return this.getStringAttribute('content');
    }
    // labels - computed: false, optional: true, required: false
    _labels;
    get labels() {
        return this.getStringMapAttribute('labels');
    }
    // made_at - computed: true, optional: false, required: false
    get madeAt() {
        return this.getNumberAttribute('made_at');
    }
    // lid - computed: false, optional: false, required: true
    _lid = new BoxLidOutputReference(this, "lid");
    get lid() {
        return this._lid;
    }
    // =========
    // SYNTHESIS
    // =========
    synthesizeHclAttributes() {
        const attrs = {
            content: {
                value: cdktn.stringToHclTerraform(this._content),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            labels: {
                value: cdktn.hashMapperHcl(cdktn.stringToHclTerraform)(this._labels),
                isBlock: false,
                type: "map",
                storageClassType: "stringMap",
            },
            lid: {
                value: boxLidToHclTerraform(this._lid.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "BoxLidList",
            },
        };
    }
}
"""
INTERFACE = """
export interface BoxConfig extends cdktn.TerraformMetaArguments {
    /**
    * What is in it.
    *
    * Docs at Terraform Registry: {@link https://x/box#content Box#content}
    */
    readonly content?: string;
}
export interface BoxLid {
    /**
    * Its colour. Default value: "RED" Possible values: ["RED", "BLUE"]
    *
    * Docs at Terraform Registry: {@link https://x/box#colour Box#colour}
    */
    readonly colour?: string;
}
"""


def test_a_schema_is_read_from_generated_code():
    assert block_of(CODE, INTERFACE) == {
        "attributes": {
            "content": {"type": "string", "optional": True, "write_only": True},
            "labels": {"type": ["map", "string"], "optional": True},
            "made_at": {"type": "number", "computed": True},
        },
        "blocks": {
            "lid": {
                "nesting": "list",
                "min": 1,
                "max": 1,
                "attributes": {
                    "colour": {"type": "string", "optional": True, "enum": ["RED", "BLUE"], "default": "RED"},
                },
            }
        },
    }


def test_it_is_of_a_version_that_the_files_ask_for():
    (asked,) = re.findall(r'version = "~> (\d+)\.(\d+)"', (INFRA / "versions.tf").read_text())
    major, minor, _ = (int(part) for part in TOLD["version"].split("."))

    assert major == int(asked[0])
    assert minor >= int(asked[1])


def test_it_holds_the_types_that_the_files_use_and_no_other():
    text = "\n".join(path.read_text() for path in INFRA.glob("*.tf"))
    used = set(re.findall(r'^resource "(google_\w+)"', text, re.MULTILINE))
    read = set(re.findall(r'^data "(google_\w+)"', text, re.MULTILINE))

    assert set(TOLD["resources"]) == set(RESOURCES) == used
    assert set(TOLD["data"]) == set(DATA_SOURCES) == read


def test_it_is_written_the_same_each_time():
    parts = {part: TOLD[part] for part in ("resources", "data", "provider")}

    assert written(TOLD["version"], parts) == SCHEMA.read_text()


def test_the_wheel_that_it_is_made_from_is_locked():
    (line,) = re.findall(
        r"^(cdktn-provider-google==\S+)", (ROOT / "requirements" / "schema.txt").read_text(), re.MULTILINE
    )

    assert f"`{line}`" in (ROOT / "tests" / "infra" / "README.md").read_text()
    assert "--hash=sha256:" in (ROOT / "requirements" / "schema.txt").read_text()


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_is_about_arguments_that_there_are(name):
    rules, block = RULES[name], TOLD["resources"][name]
    paths = {*rules.replaced_by, *rules.shapes, *rules.ranges, *rules.filled, *rules.foreseen, *rules.sensitive}
    paths |= {
        ".".join(filter(None, (parent, each))) for parent, names in (*rules.one_of, *rules.together) for each in names
    }

    assert [path for path in sorted(paths) if not _is_in(block, path.split("."))] == []


def test_a_data_source_that_is_made_up_is_one():
    assert set(DATA) == set(DATA_SOURCES)


def _is_in(block: dict, steps: list[str]) -> bool:
    first, *rest = steps
    if rest:
        return first in block.get("blocks", {}) and _is_in(block["blocks"][first], rest)
    return first in block.get("attributes", {}) or first in block.get("blocks", {})
