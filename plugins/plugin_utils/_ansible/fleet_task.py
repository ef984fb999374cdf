# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules share that read many machines in one task: the option C(concurrency), and the reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ansible.utils.display import Display
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import Machine, Row, read_fleet
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption


def check_concurrency(context: ModuleContext) -> None:
    """Check the option C(concurrency).

    Raises:
        InvalidOption: it is not from 1 to 100.
    """
    if not 1 <= context.params["concurrency"] <= 100:
        raise InvalidOption("concurrency: must be from 1 to 100.")


def read_machines(
    context: ModuleContext, module: str, machines: Sequence[Machine], read: Callable[[Machine, CimSession], Row]
) -> Iterator[Row]:
    """The rows of the machines, as C(read_fleet) gives them, with the progress on the screen."""
    return read_fleet(
        machines,
        context.connect_to_read,
        read,
        workers=context.params["concurrency"],
        progress=lambda done: Display().display(f"{module}: {done} of {len(machines)} hosts read"),
    )
