"""What Fyr says to a Flower SuperLink, and the only place that imports Flower (flwr 1.42).

Fyr speaks Flower's own HTTP interfaces: Control (register nodes, begin a run) and Runtime (put questions, take answers)
as the coordinator, Fleet as a site. So a site is one resident process where Flower would start one for every message;
and nothing that a SuperLink sends is ever run. One message is one Flower object, a config record with one value.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import time
import zipfile
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

__all__ = ["Asking", "Node", "Question", "RunEnded", "require_flower"]

_Result = TypeVar("_Result")

HEARTBEAT_S: Final = 10.0
_TTL_S: Final = 12 * 3600.0
_VALUE: Final = "envelope"
_TASK: Final = "flwr-serverapp"
_MESSAGE: Final = "query"
_MANIFEST: Final = b"""[project]
name = "fyr-envelopes"
version = "1.0.0"
description = "Nothing to run: Fyr is installed at every hospital."
license = {text = "Apache-2.0"}
dependencies = []

[tool.flwr.app]
publisher = "fyr"

[tool.flwr.app.components]
serverapp = "fyr_envelopes:nothing"
clientapp = "fyr_envelopes:nothing"

[tool.flwr.app.config]
"""


class RunEnded(Exception):
    """The SuperLink knows the run no longer: it was restarted, or the run was stopped."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a node was asked.

    Parameters
    ----------
    run : int
    message : str
        Its id.
    created_at : float
    ttl : float
    body : bytes
    """

    run: int
    message: str
    created_at: float
    ttl: float
    body: bytes


def require_flower() -> None:
    """Refuse where Flower is not installed.

    Raises
    ------
    ServiceUnavailable
    """
    # Neither is wanted of a hospital: usage reports to Flower's makers, a question for newer versions.
    os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
    os.environ["FLWR_DISABLE_UPDATE_CHECK"] = "1"
    try:
        import flwr  # noqa: F401
    except ImportError:
        raise ServiceUnavailable(
            "Flower is not installed here",
            mend="give it an environment of its own (python3 -m venv flower; flower/bin/pip install 'fyr[federate]'), "
            "or use the carrier tls, which needs nothing more",
        ) from None


class Asking:
    """The coordinator's side of a SuperLink.

    Parameters
    ----------
    address : str
        ``host:port``.
    authority : bytes
        PEM that its certificate is held against.
    secret : bytes
        What it hands the run's work out for (``--superexec-auth-secret-file``).
    """

    def __init__(self, address: str, authority: bytes, secret: bytes) -> None:
        require_flower()
        from flwr.supercore.control import ControlHttpClient
        from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor, SuperExecAuthHttpInterceptor
        from flwr.supercore.runtime import RuntimeHttpClient

        self._place = (address, False, authority)
        self._control = ControlHttpClient.from_server_address(
            *self._place, [RuntimeVersionHttpInterceptor(component_name="flwr-cli")]
        )
        signing = SuperExecAuthHttpInterceptor(
            master_secret=secret, protected_methods=frozenset({"/flwr.proto.Runtime/AcquireTask"})
        )
        self._dealing = RuntimeHttpClient.from_server_address(
            *self._place, [RuntimeVersionHttpInterceptor(component_name="SuperExec"), signing]
        )
        self._runtime: Any = None
        self._run = 0
        self._had: deque[tuple[int, str]] = deque()

    def nodes(self, keys: dict[str, EllipticCurvePublicKey]) -> dict[str, int]:
        """Register every site's key that is not registered yet; return the nodes' ids by site."""
        from flwr.proto.control_pb2 import ListNodesRequest, RegisterNodeRequest
        from flwr.supercore.primitives.asymmetric import public_key_to_bytes

        known = {
            bytes(n.public_key): int(n.node_id) for n in _of(self._control.ListNodes, ListNodesRequest()).nodes_info
        }
        found = {}
        for site, key in keys.items():
            raw = public_key_to_bytes(key)
            if raw not in known:
                asked = RegisterNodeRequest(public_key=raw, name=site)
                known[raw] = int(_of(self._control.RegisterNode, asked).node_id)
            found[site] = known[raw]
        return found

    def begin(self) -> None:
        """Begin a run, and take on its server's work.

        Raises
        ------
        ServiceUnavailable
            If another process took it: a SuperLink of subprocesses, or a second coordinator.
        """
        from flwr.proto.control_pb2 import StartRunRequest
        from flwr.proto.fab_pb2 import Fab
        from flwr.proto.runtime_pb2 import AcquireTaskRequest, PullTaskInputRequest
        from flwr.supercore.interceptors import RuntimeTokenHttpInterceptor, RuntimeVersionHttpInterceptor
        from flwr.supercore.runtime import RuntimeHttpClient

        bundle = _bundle()
        fab = Fab(hash_str=hashlib.sha256(bundle).hexdigest(), content=bundle)
        run = int(_of(self._control.StartRun, StartRunRequest(fab=fab)).run_id)
        until = time.monotonic() + 10
        while True:
            got = _of(self._dealing.AcquireTask, AcquireTaskRequest(supported_task_types=[_TASK]))
            if got.HasField("task") and int(got.task.run_id) == run:
                break
            if time.monotonic() > until:
                raise ServiceUnavailable(
                    "the SuperLink gave the run's work to another process",
                    where=self._place[0],
                    mend="start it with --isolation process, and no flower-superexec beside it",
                )
            time.sleep(0.1)
        runtime = RuntimeHttpClient.from_server_address(
            *self._place,
            [RuntimeVersionHttpInterceptor(component_name="flwr-serverapp"), RuntimeTokenHttpInterceptor(got.token)],
        )
        _of(runtime.PullTaskInput, PullTaskInputRequest())
        self._runtime, self._run = runtime, run

    def ask(self, bodies: dict[int, bytes]) -> dict[int, str]:
        """Put questions to nodes; return the messages' ids by node: of those alone that were there at least once."""
        from flwr.proto.message_pb2 import ObjectTree, PushObjectRequest
        from flwr.proto.node_pb2 import Node as ProtoNode
        from flwr.proto.runtime_pb2 import PushAppMessagesRequest

        messages, trees, objects = [], [], {}
        for node, body in bodies.items():
            name, content = _object(body)
            messages.append(_message(self._run, name, 1, node, "", time.time(), _TTL_S))
            trees.append(ObjectTree(object_id=name))
            objects[name] = content
        pushed = _of(
            self._runtime.PushMessages, PushAppMessagesRequest(messages_list=messages, message_object_trees=trees)
        )
        for name in pushed.objects_to_push:
            _of(
                self._runtime.PushObject,
                PushObjectRequest(
                    node=ProtoNode(node_id=1),
                    run_id=self._run,
                    object_id=name,
                    object_content=objects[name],
                    session_id=pushed.session_id,
                ),
            )
        return {node: str(name) for node, name in zip(bodies, pushed.message_ids, strict=True) if name}

    def answers(self, asked: list[str]) -> list[tuple[str, bytes]]:
        """Return what has come: the id of the question, and the answer; of nothing that could not be read."""
        from flwr.proto.runtime_pb2 import PullAppMessagesRequest

        got = _of(self._runtime.PullMessages, PullAppMessagesRequest(message_ids=asked))
        found = []
        for message in got.messages_list:
            body = _pulled(self._runtime, 1, self._run, message.metadata.message_id)
            found.append((str(message.metadata.reply_to_message_id), body))
            self._had.append((self._run, str(message.metadata.message_id)))
        return found

    def beat(self) -> None:
        """Say that the run's server is still there, and let the SuperLink forget what was taken."""
        from flwr.proto.runtime_pb2 import SendTaskHeartbeatRequest

        if not _of(self._runtime.SendTaskHeartbeat, SendTaskHeartbeatRequest()).success:
            raise RunEnded
        _forget(self._runtime, 1, self._had)

    def close(self, *, finished: bool) -> None:
        """Say how the run ended, and hang up."""
        from flwr.proto.runtime_pb2 import PushTaskOutputRequest

        if self._runtime is not None:
            status = "completed" if finished else "failed"
            with contextlib.suppress(httpx.HTTPError):  # it may be gone already: then there is nobody to tell
                self._runtime.PushTaskOutput(PushTaskOutputRequest(sub_status=status, details=""))
            self._runtime.close()
        self._control.close()
        self._dealing.close()


class Node:
    """A site's side of a SuperLink.

    Parameters
    ----------
    address : str
        ``host:port``.
    authority : bytes
    key : private key
        Of the node: the site's TLS key, which the coordinator registered.
    """

    def __init__(self, address: str, authority: bytes, key: EllipticCurvePrivateKey) -> None:
        require_flower()
        from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor
        from flwr.supernode.fleet_http_client import FleetHttpClient
        from flwr.supernode.node_auth_http_interceptor import NodeAuthHttpInterceptor

        self._key = key.public_key()
        self._fleet = FleetHttpClient.from_server_address(
            address,
            False,
            authority,
            interceptors=[
                RuntimeVersionHttpInterceptor(component_name="SuperNode"),
                NodeAuthHttpInterceptor(key, self._key),
            ],
        )
        self._node: Any = None
        self._had: deque[tuple[int, str]] = deque()

    def activate(self) -> None:
        """Say that this node is there."""
        from flwr.proto.fleet_pb2 import ActivateNodeRequest
        from flwr.proto.node_pb2 import Node as ProtoNode
        from flwr.supercore.primitives.asymmetric import public_key_to_bytes

        asked = ActivateNodeRequest(public_key=public_key_to_bytes(self._key), heartbeat_interval=HEARTBEAT_S)
        self._node = ProtoNode(node_id=_of(self._fleet.ActivateNode, asked).node_id)

    def beat(self) -> None:
        """Say that this node is still there, and let the SuperLink forget what it has answered."""
        from flwr.proto.heartbeat_pb2 import SendNodeHeartbeatRequest

        asked = SendNodeHeartbeatRequest(node=self._node, heartbeat_interval=HEARTBEAT_S)
        if not _of(self._fleet.SendNodeHeartbeat, asked).success:
            raise RunEnded
        _forget(self._fleet, self._node.node_id, self._had)

    def question(self) -> Question | None:
        """Return a question, if there is one."""
        from flwr.proto.fleet_pb2 import PullMessagesRequest

        got = _of(self._fleet.PullMessages, PullMessagesRequest(node=self._node))
        if not got.messages_list:
            return None
        about = got.messages_list[0].metadata
        body = _pulled(self._fleet, self._node.node_id, about.run_id, about.message_id)
        return Question(int(about.run_id), str(about.message_id), float(about.created_at), float(about.ttl), body)

    def answer(self, question: Question, body: bytes) -> None:
        """Answer a question."""
        from flwr.proto.fleet_pb2 import PushMessagesRequest
        from flwr.proto.message_pb2 import ObjectTree, PushObjectRequest

        name, content = _object(body)
        now = time.time()
        left = question.created_at + question.ttl - now
        message = _message(question.run, name, self._node.node_id, 1, question.message, now, left)
        pushed = _of(
            self._fleet.PushMessages,
            PushMessagesRequest(
                node=self._node,
                messages_list=[message],
                message_object_trees=[ObjectTree(object_id=name)],
                clientapp_runtime_list=[0.0],
            ),
        )
        if name in pushed.objects_to_push:
            _of(
                self._fleet.PushObject,
                PushObjectRequest(
                    node=self._node,
                    run_id=question.run,
                    object_id=name,
                    object_content=content,
                    session_id=pushed.session_id,
                ),
            )
        self._had.append((question.run, question.message))

    def close(self) -> None:
        """Say that this node goes, and hang up."""
        from flwr.proto.fleet_pb2 import DeactivateNodeRequest

        if self._node is not None:
            with contextlib.suppress(httpx.HTTPError):  # it may be gone already
                self._fleet.DeactivateNode(DeactivateNodeRequest(node_id=self._node.node_id))
        self._fleet.close()


def _forget(client: Any, node: int, had: deque[tuple[int, str]]) -> None:
    """Confirm messages, so that the SuperLink drops them: beside the rounds, for each is a request that costs time."""
    from flwr.proto.message_pb2 import ConfirmMessageReceivedRequest
    from flwr.proto.node_pb2 import Node as ProtoNode

    while had:
        run, message = had.popleft()
        with contextlib.suppress(RunEnded, BadInput):  # what is gone already needs no confirming
            _of(
                client.ConfirmMessageReceived,
                ConfirmMessageReceivedRequest(node=ProtoNode(node_id=node), run_id=run, message_object_id=message),
            )


def _object(body: bytes) -> tuple[str, bytes]:
    """Return a Flower object of bytes, and its id; a salt makes two of the same bytes two objects."""
    from flwr.app import ConfigRecord

    record = ConfigRecord({_VALUE: body, "salt": secrets.token_bytes(8)})
    content: bytes = record.deflate()
    return hashlib.sha256(content).hexdigest(), content


def _pulled(client: Any, node: int, run: int, name: str) -> bytes:
    from flwr.app import ConfigRecord
    from flwr.proto.message_pb2 import PullObjectRequest
    from flwr.proto.node_pb2 import Node as ProtoNode

    asked = PullObjectRequest(node=ProtoNode(node_id=node), run_id=run, object_id=name)
    until = time.monotonic() + 30
    while True:
        got = _of(client.PullObject, asked)
        if got.object_available:
            if not got.object_content.startswith(b"ConfigRecord "):
                return b""  # the SuperLink's own word that the question is gone
            value = ConfigRecord.inflate(got.object_content).get(_VALUE)
            return value if isinstance(value, bytes) else b""
        if not got.object_found or time.monotonic() > until:
            return b""  # its sender was cut off: the coordinator asks again
        time.sleep(0.02)


def _message(run: int, name: str, source: int, target: int, reply_to: str, created: float, ttl: float) -> Any:
    from flwr.proto.message_pb2 import Message, Metadata
    from flwr.proto.recorddict_pb2 import RecordDict

    about = Metadata(
        run_id=run,
        message_id=name,
        src_node_id=source,
        dst_node_id=target,
        reply_to_message_id=reply_to,
        group_id="",
        ttl=ttl,
        message_type=_MESSAGE,
        created_at=created,
    )
    return Message(metadata=about, content=RecordDict())


def _bundle() -> bytes:
    """Return a Flower app with nothing in it: a run must have one."""
    lines = f"pyproject.toml,{hashlib.sha256(_MANIFEST).hexdigest()},{len(_MANIFEST) * 8}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (("pyproject.toml", _MANIFEST), (".info/CONTENT", lines.encode())):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


def _of(call: Callable[[Any], _Result], asked: Any) -> _Result:
    """Call, and say in Fyr's words what Flower refused; a broken line stays httpx's own error."""
    try:
        return call(asked)
    except httpx.HTTPStatusError as problem:
        status = problem.response.status_code
        words = _words(problem.response)
        if status in (502, 503, 504):
            raise
        if status == 401:
            raise NotPermitted(f"the SuperLink does not accept this key ({words})", where="Flower") from None
        if status in (403, 404, 409, 412):
            raise RunEnded(words) from None
        raise BadInput(f"the SuperLink refused with status {status}: {words}", where="Flower") from None


def _words(response: httpx.Response) -> str:
    try:
        found = response.json()
        return str(found.get("message") or found.get("detail") or response.reason_phrase)
    except (ValueError, AttributeError):
        return response.reason_phrase
