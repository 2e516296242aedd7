"""Terraform's plugin protocol 6 over gRPC, as far as a provider needs it: messages, values, a server.

The tables are this project's own; the numbers are those of the public protocol (hashicorp/terraform,
docs/plugin-protocol). A provider that is already running is attached by TF_REATTACH_PROVIDERS, so Terraform fetches
none.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import grpc
import msgpack
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ADDRESS = "registry.terraform.io/hashicorp/google"
_MESSAGES = """
Value          msgpack:1:bytes json:2:bytes
Step           attribute_name:1:string element_key_string:2:string element_key_int:3:int64
Path           steps:1:*Step
Diagnostic     severity:1:int64 summary:2:string detail:3:string attribute:4:Path
RawState       json:1:bytes
Attribute      name:1:string type:2:bytes required:4:bool optional:5:bool computed:6:bool sensitive:7:bool
               write_only:11:bool
Block          version:1:int64 attributes:2:*Attribute block_types:3:*NestedBlock
NestedBlock    type_name:1:string block:2:Block nesting:3:int64 min_items:4:int64 max_items:5:int64
Schema         version:1:int64 block:2:Block
SchemaEntry    key:1:string value:2:Schema
Empty
TypeName       type_name:1:string
Metadata       diagnostics:2:*Diagnostic data_sources:3:*TypeName resources:4:*TypeName
Schemas        provider:1:Schema resource_schemas:2:*SchemaEntry data_source_schemas:3:*SchemaEntry
               diagnostics:4:*Diagnostic
CheckProvider  config:1:Value
CheckedProvider  diagnostics:2:*Diagnostic
Configuration  type_name:1:string config:2:Value
Checked        diagnostics:1:*Diagnostic
Upgrade        type_name:1:string version:2:int64 raw_state:3:RawState
Upgraded       upgraded_state:1:Value diagnostics:2:*Diagnostic
Configure      terraform_version:1:string config:2:Value
Read           type_name:1:string current_state:2:Value private:3:bytes
WasRead        new_state:1:Value diagnostics:2:*Diagnostic private:3:bytes
Plan           type_name:1:string prior_state:2:Value proposed_new_state:3:Value config:4:Value prior_private:5:bytes
Planned        planned_state:1:Value requires_replace:2:*Path planned_private:3:bytes diagnostics:4:*Diagnostic
               legacy_type_system:5:bool
Apply          type_name:1:string prior_state:2:Value planned_state:3:Value config:4:Value planned_private:5:bytes
Applied        new_state:1:Value private:2:bytes diagnostics:3:*Diagnostic legacy_type_system:4:bool
DataRead       state:1:Value diagnostics:2:*Diagnostic
Functions      diagnostics:2:*Diagnostic
Stopped        error:1:string
"""
_CALLS = """
GetMetadata Empty Metadata
GetProviderSchema Empty Schemas
ValidateProviderConfig CheckProvider CheckedProvider
ValidateResourceConfig Configuration Checked
ValidateDataResourceConfig Configuration Checked
UpgradeResourceState Upgrade Upgraded
ConfigureProvider Configure Checked
ReadResource Read WasRead
PlanResourceChange Plan Planned
ApplyResourceChange Apply Applied
ReadDataSource Configuration DataRead
GetFunctions Empty Functions
StopProvider Empty Stopped
"""
_NESTING = {"single": 1, "list": 2, "set": 3}
_ERROR = 1
_FIELD = descriptor_pb2.FieldDescriptorProto
_KINDS = {
    "string": _FIELD.TYPE_STRING,
    "bytes": _FIELD.TYPE_BYTES,
    "bool": _FIELD.TYPE_BOOL,
    "int64": _FIELD.TYPE_INT64,
}

Block = dict[str, Any]
Steps = tuple[str | int, ...]


class Provider(Protocol):
    """What answers: one method for each call of the protocol that it takes part in."""

    def answer(self, call: str, request: Any) -> Any:
        """The answer to a call, as a message."""


class _Unknown:
    """A value that is known only after the apply."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


def _message_types() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="standin.proto", package="standin", syntax="proto3")
    for line in _MESSAGES.replace("\n ", " ").strip().splitlines():
        name, *fields = line.split()
        message = file.message_type.add(name=name)
        if name == "Step":
            message.oneof_decl.add(name="selector")
        for field in fields:
            _add_field(message, *field.split(":"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"standin.{message.name}"))
        for message in file.message_type
    }


def _add_field(message: Any, name: str, number: str, kind: str) -> None:
    label = _FIELD.LABEL_REPEATED if kind.startswith("*") else _FIELD.LABEL_OPTIONAL
    field = message.field.add(name=name, number=int(number), label=label)
    kind = kind.removeprefix("*")
    if kind in _KINDS:
        field.type = _KINDS[kind]
    else:
        field.type, field.type_name = _FIELD.TYPE_MESSAGE, f".standin.{kind}"
    if message.name == "Step":
        field.oneof_index = 0


MESSAGES = _message_types()


def message(kind: str, **fields: Any) -> Any:
    """A message of that kind."""
    return MESSAGES[kind](**fields)


def loaded(value: Any) -> Any:
    """What a Value holds, with UNKNOWN where it is not known yet."""
    if value.msgpack:
        return msgpack.unpackb(value.msgpack, ext_hook=lambda *_: UNKNOWN, strict_map_key=False)
    return json.loads(value.json) if value.json else None


def dumped(value: Any) -> Any:
    """A Value that holds `value`."""
    return message("Value", msgpack=msgpack.packb(value, default=lambda _: msgpack.ExtType(0, b"\0")))


def path(steps: Steps) -> Any:
    """Where in a block something is."""
    return message(
        "Path",
        steps=[
            message("Step", **({"attribute_name": step} if isinstance(step, str) else {"element_key_int": step}))
            for step in steps
        ],
    )


def error(summary: str, detail: str, steps: Steps = ()) -> Any:
    """A diagnostic that refuses."""
    where = {"attribute": path(steps)} if steps else {}
    return message("Diagnostic", severity=_ERROR, summary=summary, detail=detail, **where)


def schema(block: Block) -> Any:
    """A Schema of a block of schema.json."""
    return message("Schema", block=_block(block))


def _block(block: Block) -> Any:
    flags = ("required", "optional", "computed", "sensitive", "write_only")
    return message(
        "Block",
        attributes=[
            message(
                "Attribute",
                name=name,
                type=json.dumps(attribute["type"]).encode(),
                **{flag: True for flag in flags if attribute.get(flag)},
            )
            for name, attribute in block.get("attributes", {}).items()
        ],
        block_types=[
            message(
                "NestedBlock",
                type_name=name,
                nesting=_NESTING[inner["nesting"]],
                min_items=inner.get("min", 0),
                max_items=inner.get("max", 0),
                block=_block(inner),
            )
            for name, inner in block.get("blocks", {}).items()
        ],
    )


@contextmanager
def serving(provider: Provider) -> Iterator[dict[str, str]]:
    """Serve `provider` on a socket; gives the environment that makes Terraform use it."""
    server = grpc.server(ThreadPoolExecutor(4))
    handlers = {}
    for line in _CALLS.strip().splitlines():
        call, takes, gives = line.split()
        handlers[call] = grpc.unary_unary_rpc_method_handler(
            _answering(provider, call),
            request_deserializer=MESSAGES[takes].FromString,
            response_serializer=MESSAGES[gives].SerializeToString,
        )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tfplugin6.Provider", handlers),))
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "socket"
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        where = {"Network": "unix", "String": str(socket)}
        attached = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": where}
        try:
            yield {"TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: attached})}
        finally:
            server.stop(None).wait()


def _answering(provider: Provider, call: str) -> Callable[[Any, Any], Any]:
    return lambda request, _: provider.answer(call, request)
