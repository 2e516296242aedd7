"""Doors in front of the document store and the queue: each function has its own, so that it is known who calls.

A door passes every call on as it is, unless the plan gives the caller no right to it or, in the store, no index for it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.cloud.firestore_v1.types import StructuredQuery
from google.cloud.firestore_v1.types import firestore as protocol
from google.cloud.tasks_v2 import CreateTaskRequest

from tests.infra.rehearsal.planned import Planned

Verdict = tuple[grpc.StatusCode, str]
Check = Callable[[str, bytes], Verdict | None]

PASSING = {grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.ABORTED, grpc.StatusCode.UNAVAILABLE}
"""Answers that are part of a healthy program's day."""
OURS = ("user-agent", "grpc-accept-encoding", "accept-encoding", "te", "content-type")
"""What the connection behind the door says by itself."""


class Door(grpc.GenericRpcHandler):
    """Answers at `address` for the server at `target`, and adds to `troubles` what was refused here or there."""

    def __init__(self, target: str, check: Check, troubles: list[str]) -> None:
        self._check, self._troubles = check, troubles
        self._channel = grpc.insecure_channel(target)
        self._server = grpc.server(ThreadPoolExecutor(8, "door"))
        self._server.add_generic_rpc_handlers((self,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """On the wire a call with one answer is one with a stream of one."""
        method = handler_call_details.method
        return grpc.unary_stream_rpc_method_handler(
            lambda request, context: self._answers(method, request, context), None, None
        )

    def _answers(self, method: str, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        if verdict := self._check(method.rsplit("/", 1)[-1], request):
            self._refuse(method, *verdict, context)
        metadata = [(k, v) for k, v in context.invocation_metadata() if k not in OURS and not k.startswith(":")]
        call = self._channel.unary_stream(method)(request, metadata=metadata, timeout=context.time_remaining())
        try:
            yield from call
        except grpc.RpcError as error:
            context.set_trailing_metadata(tuple(error.trailing_metadata() or ()))
            self._refuse(method, error.code(), error.details() or "", context)

    def _refuse(self, method: str, code: grpc.StatusCode, why: str, context: grpc.ServicerContext) -> None:
        if code not in PASSING:
            self._troubles.append(f"{method.rsplit('/', 1)[-1]}: {code.name}: {why}")
        context.abort(code, why)

    def close(self) -> None:
        self._server.stop(None)
        self._channel.close()


def store_check(planned: Planned, account: str) -> Check:
    """What Firestore refuses an account: every call without the right, and a query without its index."""
    may = any(who == account and role == "roles/datastore.user" for who, role, _ in planned.rights)
    database, indexes = planned.database, planned.indexes

    def check(method: str, data: bytes) -> Verdict | None:
        request = getattr(protocol, f"{method}Request").deserialize(data)
        asked = getattr(request, "database", "") or request.parent.removesuffix("/documents")
        if not may:
            return grpc.StatusCode.PERMISSION_DENIED, f"{account} may not read documents"
        if asked != database:
            return grpc.StatusCode.NOT_FOUND, f"there is no database {asked}"
        needed = _index(getattr(request, "structured_aggregation_query", request))
        if needed and not any(_serves(each, needed) for each in indexes):
            return grpc.StatusCode.FAILED_PRECONDITION, f"the query requires an index: {needed}"
        return None

    return check


def queue_check(planned: Planned, account: str) -> Check:
    """What Cloud Tasks refuses an account: tasks without the right to the queue, or to act as whom they call as."""

    def check(method: str, data: bytes) -> Verdict | None:
        request = CreateTaskRequest.deserialize(data)
        queue, caller = request.parent, request.task.http_request.oidc_token.service_account_email
        needs = {("roles/cloudtasks.enqueuer", queue.rsplit("/", 1)[-1]), ("roles/iam.serviceAccountUser", caller)}
        lacks = needs - {(role, on) for who, role, on in planned.rights if who == account}
        if lacks:
            return grpc.StatusCode.PERMISSION_DENIED, f"{account} lacks {sorted(lacks)}"
        return None

    return check


def _index(request: Any) -> tuple[str, frozenset[str], str] | None:
    """The combined index that a query needs: collection, fields of equality, field of order. None if it needs none."""
    query = getattr(request, "structured_query", None)
    if not query:
        return None
    equal, ranged = set(), {o.field.field_path for o in query.order_by} - {"__name__"}
    for each in query.where.composite_filter.filters:
        field, unary = each.field_filter, each.unary_filter
        if field.field.field_path:
            is_equal = field.op == StructuredQuery.FieldFilter.Operator.EQUAL
            (equal if is_equal else ranged).add(field.field.field_path)
        else:
            is_null = unary.op == StructuredQuery.UnaryFilter.Operator.IS_NULL
            (equal if is_null else ranged).add(unary.field.field_path)
    if not equal or not ranged:
        return None
    (last,) = ranged
    return query.from_[0].collection_id, frozenset(equal), last


def _serves(index: tuple[str, tuple[str, ...]], needed: tuple[str, frozenset[str], str]) -> bool:
    """Firestore may also join several indexes: this is stricter."""
    collection, fields = index
    return (collection, frozenset(fields[:-1]), fields[-1]) == needed
