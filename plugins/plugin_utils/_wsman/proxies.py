# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which proxy the messages to an endpoint go through, for messages: a proxy's trouble reads like the server's own."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings

_FROM_ENVIRONMENT = "legacy_requests"
"""What pywinrm calls it when no proxy was set."""


def proxy_in_use(settings: ConnectionSettings) -> str:
    """The proxy without its credentials and where it comes from; empty where there is none."""
    given = settings.options.get("proxy", None if settings.library == "pypsrp" else _FROM_ENVIRONMENT)
    if given and given != _FROM_ENVIRONMENT:
        return f"{_without_credentials(str(given))} ({settings.names.proxy})"
    disabled = settings.options.get("no_proxy") if settings.library == "pypsrp" else given is None
    found = None if disabled else _of_environment(settings.endpoint)
    return f"{_without_credentials(found)} (from the environment)" if found else ""


def _of_environment(endpoint: str) -> str | None:
    utils: Any = importlib.import_module("requests.utils")
    found = utils.select_proxy(endpoint, utils.get_environ_proxies(endpoint))
    return str(found) if found else None


def _without_credentials(url: str) -> str:
    """Also for a URL that makes no sense: nothing before the last @ is shown."""
    scheme, separator, rest = url.rpartition("://")
    shown = rest.rpartition("@")[2]
    try:
        urlsplit(url)
    except ValueError:
        return "a proxy whose URL cannot be read"
    return f"{scheme}{separator}{shown}"
