# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed CIM operations on one server."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import MappingProxyType, TracebackType

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.elements import (
    UNTYPED,
    XML_FRAGMENT,
    decode_group,
    decode_instance,
    encode_instance,
    encode_selectors,
    encode_value,
    group_by_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance, MethodResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass, CimMethod
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import (
    CimValue,
    decode_text,
    encode_selector,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import NAMESPACE_SELECTOR
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanError,
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import (
    BYTES_PER_ITEM,
    MAX_EMPTY_BATCHES,
    MAX_ENUMERATION_BYTES,
    MAX_ENUMERATION_SECONDS,
    MAX_ITEMS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import is_nil, own_text
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.namespaces import (
    CLASS_DECLARATIONS,
    wmi_resource_uri,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Batch

_Selectors = Mapping[str, CimValue]


class CimSession:
    """A session with one server over one HTTP connection. A context manager; ``close`` may be called more than once.

    Every WsmanError that leaves it says in ``asked`` what was asked, and of which server.
    """

    def __init__(self, client: WsmanClient, server: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.server = server
        self._client = client
        self._clock = clock
        self._open_enumerations: list[_Enumeration] = []

    def __enter__(self) -> CimSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release enumerations that were left open, then close the connection."""
        for enumeration in list(self._open_enumerations):
            enumeration.release()
        self._open_enumerations.clear()
        self._client.close()

    def get(self, cim_class: CimClass, selectors: _Selectors | None = None) -> CimInstance:
        """Read one instance; a singleton needs no selectors. Raises WsmanError."""
        with self._asked(f"reading {cim_class.name}"):
            element = self._client.get(_uri(cim_class), _selector_texts(cim_class, selectors))
            with _response_to_a_read():
                if element.tag == XML_FRAGMENT:
                    raise WsmanProtocolError(f"the response holds a part of {cim_class.name} instead of the instance")
                return decode_instance(element, cim_class)

    def declaration(self, cim_class: CimClass) -> ET.Element:
        """How the server declares a class: the element CLASS of CIM-XML (DSP0203). Raises WsmanError."""
        with self._asked(f"reading the declaration of {cim_class.name}"):
            selectors = {NAMESPACE_SELECTOR: cim_class.namespace, "ClassName": cim_class.name}
            return self._client.get(CLASS_DECLARATIONS, selectors)

    def put(self, instance: CimInstance, selectors: _Selectors | None = None) -> CimInstance:
        """Write a whole instance back and return it as the server has it now.

        Without selectors the key properties of the instance select it. Raises WsmanError, ValueError for a projection.
        """
        cim_class = instance.cim_class
        if selectors is None:
            selectors = {name: instance.values[name] for name in cim_class.keys}
        with self._asked(f"writing {cim_class.name}"):
            element = encode_instance(instance)
            response = self._client.put(_uri(cim_class), element, _selector_texts(cim_class, selectors))
            # An empty response means that the instance was taken as it was sent (WS-Transfer 3.2).
            return instance if response is None else decode_instance(response, cim_class)

    def enumerate(
        self, cim_class: CimClass, query: str | None = None, *, most: int = MAX_ITEMS
    ) -> Iterator[CimInstance]:
        """Read all instances of a class, or those a WQL query selects. Nothing is sent before the first is asked for.

        Closing the iterator early, or the session, releases the enumeration on the server. Raises WsmanError, also
        when there are more than ``most`` instances or the server does not come to an end.
        """
        uri = _uri(cim_class) if query is None else wmi_resource_uri(cim_class.namespace, "*")
        with self._asked(f"enumerating {cim_class.name}"):
            enumeration = _Enumeration(self._client, uri, query, _Bounds(self._client, self._clock, most))
            self._open_enumerations.append(enumeration)
            try:
                for element in enumeration.elements():
                    with _response_to_a_read():
                        instance = decode_instance(element, cim_class)
                    yield instance
            finally:
                enumeration.release()
                if enumeration in self._open_enumerations:
                    self._open_enumerations.remove(enumeration)

    def invoke(
        self,
        cim_class: CimClass,
        method: str,
        arguments: Mapping[str, CimValue] | None = None,
        selectors: _Selectors | None = None,
    ) -> MethodResult:
        """Call a method, once (one that only reads may be sent again when its connection was closed meanwhile).

        None as an argument sends NULL; an argument that is not given is left out.

        Raises WsmanError, and ValueError when call and schema do not fit. ``outcome_unknown`` of the error says whether
        the method may have run. A return value other than 0 is not an error here.
        """
        signature = cim_class.methods.get(method)
        if signature is None:
            raise ValueError(f"{cim_class.name} has no method {method}")
        if not signature.static and not cim_class.singleton and not selectors:
            raise ValueError(f"{cim_class.name}.{method} is called on an instance: selectors are needed")
        uri = _uri(cim_class)
        element = _method_input(uri, cim_class, signature, arguments or {})
        with self._asked(f"calling {cim_class.name}.{method}"):
            effect = Effect.READ if signature.reads else Effect.CHANGE
            output = self._client.invoke(uri, method, element, _selector_texts(cim_class, selectors), effect)
            with _response_to_a_read() if signature.reads else nullcontext():
                return _method_result(output, cim_class, signature)

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except WsmanError as error:
            if not error.asked:
                error.asked = f"{what} on {self.server}"
                error.server = self.server
            raise


class _Bounds:
    """What an enumeration may bring: items, bytes, batches without items, time that the server takes."""

    def __init__(self, client: WsmanClient, clock: Callable[[], float], most: int) -> None:
        self._client = client
        self._clock = clock
        self._most = most
        self._most_bytes = client.received_bytes + max(MAX_ENUMERATION_BYTES, most * BYTES_PER_ITEM)
        self._waited = 0.0
        self._items = 0
        self._empty_batches = 0

    def timed(self, fetch: Callable[[], Batch]) -> Batch:
        """Fetch a batch. What the caller does with its items takes time of its own, which does not count."""
        started = self._clock()
        try:
            return fetch()
        finally:
            self._waited += self._clock() - started

    def count(self, batch: Batch) -> None:
        """Take a batch into account. Raises WsmanProtocolError past a limit."""
        self._items += len(batch.items)
        self._empty_batches = 0 if batch.items else self._empty_batches + 1
        trouble = self._trouble()
        if trouble:
            raise WsmanProtocolError(f"the enumeration does not end: {trouble}", outcome_unknown=False)

    def _trouble(self) -> str:
        if self._items > self._most:
            return f"the server sent more than {self._most} items"
        if self._client.received_bytes > self._most_bytes:
            return f"the server sent {self._client.received_bytes / 2**20:.0f} MiB"
        if self._empty_batches > MAX_EMPTY_BATCHES:
            return f"{self._empty_batches} responses in a row hold neither items nor the end of the sequence"
        if self._waited > MAX_ENUMERATION_SECONDS:
            return f"it has taken more than {MAX_ENUMERATION_SECONDS:g} s"
        return ""


class _Enumeration:
    """An enumeration on the server, from Enumerate to EndOfSequence or Release."""

    def __init__(self, client: WsmanClient, uri: str, query: str | None, bounds: _Bounds) -> None:
        self._client = client
        self._bounds = bounds
        self._uri = uri
        self._query = query
        self._context: ET.Element | None = None

    def elements(self) -> Iterator[ET.Element]:
        batch = self._bounds.timed(lambda: self._client.enumerate(self._uri, self._query))
        while True:
            # Only EndOfSequence ends an enumeration: a finished one may still show a context (empty or not).
            self._context = None if batch.ended else batch.context
            self._bounds.count(batch)
            yield from batch.items
            if batch.ended:
                return
            if self._context is None:
                raise WsmanProtocolError(
                    "the enumeration ended early: the response has neither an end of sequence nor an enumeration "
                    "context",
                    outcome_unknown=False,
                )
            batch = self._pull(self._context)

    def _pull(self, context: ET.Element) -> Batch:
        # While the Pull is under way it is unknown which context holds; after a fault it is still the old one.
        self._context = None
        try:
            return self._bounds.timed(lambda: self._client.pull(self._uri, context))
        except WsmanFault as fault:
            self._context = None if fault.subcode == "InvalidEnumerationContext" else context
            raise
        except WsmanTimeout as error:
            self._context = context if error.fault is not None else None
            raise

    def release(self) -> None:
        """Tell the server that the rest is not wanted. Best effort: the server forgets it by itself in the end."""
        context, self._context = self._context, None
        if context is not None:
            try:
                self._client.release(self._uri, context)
            except WsmanError:
                return


def _uri(cim_class: CimClass) -> str:
    return wmi_resource_uri(cim_class.namespace, cim_class.name)


def _selector_texts(cim_class: CimClass, selectors: _Selectors | None) -> Mapping[str, str] | None:
    if not selectors:
        return None
    return encode_selectors({name: encode_selector(value) for name, value in selectors.items()}, cim_class)


@contextmanager
def _response_to_a_read() -> Iterator[None]:
    """A value that cannot be read leaves nothing in doubt when all we did was reading."""
    try:
        yield
    except WsmanProtocolError as error:
        error.outcome_unknown = False
        raise


def _method_input(uri: str, cim_class: CimClass, method: CimMethod, arguments: Mapping[str, CimValue]) -> ET.Element:
    element = ET.Element(f"{{{uri}}}{method.name}_INPUT")
    unknown = arguments.keys() - {each.name for each in method.parameters if each.goes_in}
    if unknown:
        raise ValueError(f"{cim_class.name}.{method.name} takes no argument {', '.join(sorted(unknown))}")
    for parameter in method.parameters:
        if parameter.name in arguments:
            where = f"{cim_class.name}.{method.name}, {parameter.name}"
            tag = f"{{{uri}}}{parameter.name}"
            element.extend(encode_value(tag, arguments[parameter.name], parameter.type, where))
    return element


def _method_result(output: ET.Element, cim_class: CimClass, method: CimMethod) -> MethodResult:
    where = f"{cim_class.name}.{method.name}"
    groups = group_by_name(output)
    # CIM names have no case.
    returned = [each for name in list(groups) if name.lower() == "returnvalue" for each in groups.pop(name)]
    if len(returned) != 1 or is_nil(returned[0]):
        raise WsmanProtocolError(f"the response to {where} holds no return value")
    values: dict[str, CimValue] = {each.name: None for each in method.parameters if each.comes_out}
    for name, group in groups.items():
        known = method.parameter(name)
        key = known.name if known else name
        values[key] = decode_group(group, known.type if known else UNTYPED, f"{where}, {key}")
    return MethodResult(_return_value(own_text(returned[0]), where), MappingProxyType(values))


def _return_value(text: str, where: str) -> int:
    """Unsigned 32 bit, whether it was written as signed or not: an HRESULT may come as either."""
    try:
        number = decode_text(text, "sint64")
    except ValueError:
        number = None
    if not isinstance(number, int) or not -(2**31) <= number < 2**32:
        raise WsmanProtocolError(f"the response to {where} holds a return value that is not a 32-bit number")
    return number & 0xFFFFFFFF
