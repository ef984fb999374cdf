# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, codes, IDs and passwords appear nowhere: output at any verbosity, results, diffs, files, the record.

They stand in a variables file, as a vault would hold them, and are planted wherever a user may put them, also in wrong
places. Then everything is searched for them, with and without the hyphens and blanks of print.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.playbook import Run, Settings, task
from tests.integration.vault import encrypted, vault_arguments

# What is planted: as printed, mostly. None of it looks like anything that Ansible would say by itself.
PLANTED = {
    "code": "PLANT-RETA1-LC0DE-5ECRE-T0001",
    "number": "8675 3091",
    "authorization": "PLANT-AUTH0-5EC02",
    "agreement": "7531597",
    "other": "PLANT-OTHER-03",
    "spla": "86420975",
    "key_pack": "PLANT-KEYPA-CK1D0-5ECRE-T0004-ABCDE-FGHJK",
    "confirmation": "PLANT-C0NF1-RM05X",
}
PASSWORD = "Planted-Passw0rd-06"
WRONG_PASSWORD = "Planted-Wr0ng-07"
# Of a server that is no more. It is no secret.
LOST_ID = "LOSTS-ERVER-LOSTS-ERVER-LOSTS-ERVER-LOSTS"
# A part of every name in the fleet's domain.
LOOKALIKE = "winfleet"


def bare(text: str) -> str:
    return re.sub(r"[\s\-]", "", text).upper()


SECRETS = {name: bare(text) for name, text in {**PLANTED, "password": PASSWORD, "wrong": WRONG_PASSWORD}.items()}

FLEET = f"""
  planted: {{password: {PASSWORD}}}
  lookalike: {{password: {LOOKALIKE}}}
servers:
  rdls01:
    windows_release: "2025"
    activated: true
    contact: {{FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}}
    key_packs:
      - {{purchase: enterprise, quantity: 20}}
      - {{purchase: retail, quantity: 5}}
  rdls02: {{windows_release: "2025", activated: true}}
  rdsh01:
    windows_release: "2025"
    session_host: {{licensing_type: 4, license_servers: [rdls01.winfleet.example, WINFLEET09]}}
clearinghouse:
  purchases:
    retail: {{program: retail, license_code: {SECRETS["code"]}, {{cals}}, quantity: 5}}
    open:
      program: open
      license_number: "{SECRETS["number"]}"
      authorization_number: {SECRETS["authorization"]}
      product_version: windows_server_2022
      cal_type: per_user
      quantity: 6
    enterprise: {{program: enterprise, agreement_number: "{SECRETS["agreement"]}", {{cals}}, quantity: 27}}
    spla: {{program: service_provider, agreement_number: "{SECRETS["spla"]}", {{cals}}, quantity: 8}}
    other: {{program: other_agreement, agreement_number: {SECRETS["other"]}, {{cals}}, quantity: 9}}
""".replace("{cals}", "product_version: windows_server_2022, cal_type: per_user")  # fmt: skip

CALS = {"product_version": "windows_server_2022", "cal_type": "per_user"}


def planted(name: str) -> str:
    """A reference to what is planted."""
    return f"{{{{ planted.{name} }}}}"


RETAIL = {"license_program": "retail", "license_code": planted("code")}
OPEN = {
    "license_program": "open",
    "license_number": planted("number"),
    "authorization_number": planted("authorization"),
    **CALS,
    "quantity": 6,
}
ENTERPRISE = {"license_program": "enterprise", "agreement_number": planted("agreement"), **CALS, "quantity": 7}
SPLA = {"license_program": "service_provider", "agreement_number": planted("spla"), **CALS, "quantity": 8}
OTHER = {"license_program": "other_agreement", "agreement_number": planted("other"), **CALS, "quantity": 9}
OFFLINE = {"connection_method": "web_browser"}


def search(fleet: Fleet, run: Run) -> Iterator[str]:
    """Where something planted was found: all that was printed, returned, written, or kept on the servers."""
    places = {"the output": run.output}
    for outcome in run.outcomes:
        places[f"the result of {outcome.task!r}"] = str(outcome.result)
    for name, server in fleet.state()["servers"].items():
        places[f"the registry of {name}"] = str(server["registry"])
    # The user's own files may hold it.
    own = {"playbook.yml", "inventory.yml", "variables.yml"}
    for path in sorted(run.directory.rglob("*")):
        if path.is_file() and path.name not in own:
            places[str(path.relative_to(run.directory))] = path.read_bytes().decode("utf-8", "replace")
    for place, text in places.items():
        stripped = bare(text)
        for name, secret in SECRETS.items():
            if secret in stripped:
                around = stripped[max(stripped.index(secret) - 150, 0) : stripped.index(secret) + 60]
                yield f"{name} in {place}: ...{around}"


class Processes:
    """Looks at the arguments and environments of all processes, as any user of the controller can, while one runs."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Processes:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for path in [*Path("/proc").glob("[0-9]*/cmdline"), *Path("/proc").glob("[0-9]*/environ")]:
                with contextlib.suppress(OSError):
                    stripped = bare(path.read_bytes().decode("utf-8", "replace"))
                    self.found |= {f"{name} in {path.name}" for name, secret in SECRETS.items() if secret in stripped}


LOUD = ["-vvvvv", "--diff"]
# Relative to where ansible-playbook is started, which is a directory that is searched.
LOGGED = {"ANSIBLE_LOG_PATH": "ansible.log"}


def run_and_search(fleet: Fleet, playbook: str | list[dict[str, Any]], settings: Settings) -> Run:
    """Run a playbook and search everything that it left, and every process meanwhile."""
    with Processes() as processes:
        run = fleet.run(playbook, settings)
    found = [*search(fleet, run), *processes.found]
    assert not found, "\n".join(found)
    assert (run.directory / "ansible.log").stat().st_size > 0
    return run


def play(fleet: Fleet, *tasks: dict[str, Any], hosts: str = "rdls02", **settings: Any) -> Run:
    """Run tasks as talkative as Ansible can be, and search."""
    given = {"variables": {"planted": PLANTED}, "arguments": LOUD, "user": "planted", "environment": LOGGED, **settings}
    plays = [{"hosts": hosts, "gather_facts": False, "tasks": list(tasks)}]
    return run_and_search(fleet, plays, Settings(**given))


def test_the_search_finds_what_is_there(fleet: Fleet, tmp_path: Path) -> None:
    """Proof that it would: as printed, bare, and in a file."""
    (tmp_path / "left.txt").write_text("code plant reta1 lc0de 5ecre t0001", encoding="utf-8")
    run = Run(0, f"got {PLANTED['key_pack']} and {SECRETS['agreement']}", [], tmp_path)
    assert {found.split(" in ")[0] for found in search(fleet, run)} == {"key_pack", "agreement", "code"}
    with Processes() as processes:
        command = [sys.executable, "-c", "import time; time.sleep(1)", PLANTED["key_pack"]]
        subprocess.run(command, env={"PASSWORD": PASSWORD}, check=True)
    assert processes.found >= {"key_pack in cmdline", "password in environ"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_successes(fleet: Fleet, scheme: str) -> None:
    """Everything that takes a number or code, dry and for real, and what is read back afterwards."""
    purchases = [OPEN, ENTERPRISE, SPLA, OTHER]
    migration = {"source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "purchases": [RETAIL]}
    run = play(
        fleet,
        task("dry run", "key_pack", {"purchases": purchases}, check_mode=True),
        task("install", "key_pack", {"purchases": purchases}, register="installed"),
        task("again", "key_pack", {"purchases": purchases}),
        task("show", "ansible.builtin.debug", {"var": "installed"}),
        task("migrate", "cal_migration", migration),
        task("rebuild", "database_rebuild", {
            "change_id": "CHG-1", "reason": "Trying it", "confirm_deletion": True, "purchases": [*purchases, RETAIL],
        }),
        task("await", "key_pack", {"purchases": [{**ENTERPRISE, "quantity": 1}], **OFFLINE}),
        task("read", "license_server_info", {"gather": ["server", "key_packs", "operations", "obligations"]}),
        scheme=scheme,
    ).succeeded()  # fmt: skip
    assert run["install"].changed
    assert run["rebuild"].changed
    assert run["migrate"].changed
    # What is shown is the last four characters.
    assert "****1597" in str(run["install"].result)
    assert "****0001" in str(run["migrate"].result)


def test_refusals_by_the_server(fleet: Fleet) -> None:
    """Each number is sent, and refused."""
    too_many = [{**purchase, "quantity": 100} for purchase in (OPEN, ENTERPRISE, SPLA, OTHER)]
    tasks = [task(f"too many {number}", "key_pack", {"purchases": [each]}) for number, each in enumerate(too_many)]
    with_id = {"purchases": [{**ENTERPRISE, "license_key_pack_id": planted("key_pack")}]}
    run = play(
        fleet,
        *({**each, "ignore_errors": True} for each in tasks),
        task("unknown ID", "key_pack", {**with_id, **OFFLINE}, ignore_errors=True),
        task("ID and automatic", "key_pack", with_id, ignore_errors=True),
        task(
            "wrong code",
            "license_server",
            {"state": "deactivated", "confirmation_code": planted("confirmation"), "connection_method": "telephone"},
            ignore_errors=True,
        ),
        task("retail", "key_pack", {"purchases": [RETAIL]}, ignore_errors=True),
    )
    assert {outcome.status for outcome in run.outcomes} == {"failed"}


SECRET_OPTIONS = {
    "license_code": "code",
    "license_number": "number",
    "authorization_number": "authorization",
    "agreement_number": "agreement",
    "license_key_pack_id": "key_pack",
}
MISTAKES: dict[str, Any] = {
    "text for purchases": {"purchases": planted("code")},
    "two texts": {"purchases": [planted("code"), planted("agreement")]},
    "text with commas": {"purchases": f"enterprise,{planted('agreement')},{planted('key_pack')}"},
    "text that is nearly a mapping": {
        "purchases": f"license_program=enterprise agreement_number={planted('agreement')}"
    },
    "text that is nearly JSON": {"purchases": f"[{{agreement_number: '{planted('agreement')}'"},
    "lists": {"purchases": [["enterprise", planted("agreement")]]},
    "a mapping": {"purchases": ENTERPRISE},
    "a mapping of mappings": {"purchases": {"enterprise": {"number": planted("agreement")}}},
    "a mapping with numbers for names": {"purchases": {planted("agreement"): "enterprise"}},
    "a list for a code": {"purchases": [{"license_program": "retail", "license_code": [planted("code")]}]},
    "a mapping for a code": {"purchases": [{"license_program": "retail", "license_code": {"a": planted("code")}}]},
    "a number for a program": {"purchases": [{**ENTERPRISE, "license_program": planted("agreement")}]},
    "a code for a program": {"purchases": [{"license_program": planted("code")}]},
    "a code for a version": {"purchases": [{**ENTERPRISE, "product_version": planted("code")}]},
    "a code for a type": {"purchases": [{**ENTERPRISE, "cal_type": planted("code")}]},
    "a code for a quantity": {"purchases": [{**ENTERPRISE, "quantity": planted("code")}]},
    "a code for a boolean": {"purchases": [ENTERPRISE], "adopt": [planted("code")]},
    "a code for a number": {"purchases": [{**ENTERPRISE, "agreement_number": planted("code")}]},
    "a number for a code": {"purchases": [{**RETAIL, "license_code": planted("agreement")}]},
    "a character short": {"purchases": [{**RETAIL, "license_code": "{{ planted.code[:-1] }}{{ '' }}"}]},
    "beside the purchase": {"purchases": [ENTERPRISE], "agreement_number": planted("agreement")},
    "beside the purchase, misspelt": {"purchases": [ENTERPRISE], "agreementnumber": planted("agreement")},
    "a name that is a number": {"purchases": [{**ENTERPRISE, planted("agreement"): True}]},
    "a code for a method": {"purchases": [ENTERPRISE], "connection_method": planted("code")},
    "a code for adopt": {"purchases": [ENTERPRISE], "adopt": planted("code")},
    "a code for the state": {"state": planted("key_pack"), "purchases": [ENTERPRISE]},
    "text for the answers": {"purchases": [ENTERPRISE], "license_key_pack_ids": planted("key_pack")},
    "a list of answers": {"purchases": [ENTERPRISE], "license_key_pack_ids": [planted("key_pack")]},
    "a code for a pack": {"state": "absent", "key_pack_id": planted("key_pack")},
    **{
        f"{option}, misspelt": {"purchases": [{"license_program": "enterprise", f"{option}s": planted(name)}]}
        for option, name in SECRET_OPTIONS.items()
    },
    **{f"{option} of nothing": {"purchases": [{option: planted(name)}]} for option, name in SECRET_OPTIONS.items()},
}


# Those that a role's own check of its variables may stumble over, and some that it lets pass.
IN_A_ROLE = (
    "text for purchases",
    "two texts",
    "text with commas",
    "text that is nearly a mapping",
    "lists",
    "a mapping",
    "a mapping with numbers for names",
    "a list for a code",
    "a code for a program",
    "a code for a quantity",
    "agreement_number, misspelt",
)


def test_a_server_that_repeats_what_it_was_sent(fleet: Fleet) -> None:
    text = (
        f"Bad code {SECRETS['code']}, as in {PLANTED['code']} or {PLANTED['code'].lower()}; got {SECRETS['agreement']}"
    )
    fleet.misbehave(
        "fault", "rdls02", match={"class": "Win32_TSLicenseKeyPack", "action": "invoke"}, text=text, times=-1
    )
    run = play(
        fleet,
        task("install both", "key_pack", {"purchases": [RETAIL, ENTERPRISE]}, ignore_errors=True),
    )
    assert run.last.status == "failed"
    assert "Bad code" in run.last.message


def test_mistakes_in_a_task(fleet: Fleet) -> None:
    """Wrong types, misspelt names, the right number in the wrong place."""
    run = play(
        fleet,
        *(task(name, "key_pack", options, ignore_errors=True) for name, options in MISTAKES.items()),
        task("source", "cal_migration", {
            "source": planted("key_pack"), "reason": planted("code"), "purchases": planted("agreement"),
        }, ignore_errors=True),
        task("code for the server ID", "license_server", {
            "state": "activated", "license_server_id": planted("confirmation"),
        }, ignore_errors=True),
        task("code for the state", "license_server", {"state": planted("confirmation")}, ignore_errors=True),
        task("list of codes", "license_server", {
            "state": "deactivated", "confirmation_code": [planted("confirmation")],
        }, ignore_errors=True),
        task("misspelt", "license_server", {
            "state": "deactivated", "confirm_code": planted("confirmation"),
        }, ignore_errors=True),
        task("method", "connection_method", {"connection_method": planted("code")}, ignore_errors=True),
    )  # fmt: skip
    assert {outcome.status for outcome in run.outcomes} == {"failed"}


def test_answers_to_other_requests(fleet: Fleet) -> None:
    """The file of answers may hold more than a task asks for."""
    ids = {"0123456789ab": planted("code"), planted("agreement"): planted("key_pack")}
    options = {"purchases": [ENTERPRISE], "license_key_pack_ids": ids, **OFFLINE}
    run = play(fleet, task("install", "key_pack", options)).succeeded()
    assert len(run.last.result["awaiting"]) == 1


def test_mistakes_in_the_variables_of_the_role(fleet: Fleet) -> None:
    """Ansible checks a role's variables before any task of it runs, and words the complaint itself."""
    plays = []
    for name in IN_A_ROLE:
        options = MISTAKES[name]
        variables = {
            "replace_source_server_source_host": "rdls01",
            "replace_source_server_purchases": options["purchases"],
        }
        role = {"name": "winfleet.rd_licensing.replace_source_server"}
        attempt = {
            "block": [{"ansible.builtin.include_role": role, "vars": variables}],
            "rescue": [{"name": name, "ansible.builtin.debug": {"msg": "{{ ansible_failed_result }}"}}],
        }
        plays.append({"hosts": "rdls02", "gather_facts": False, "tasks": [attempt]})
    settings = Settings(variables={"planted": PLANTED}, arguments=LOUD, user="planted", watch=False, environment=LOGGED)
    assert run_and_search(fleet, plays, settings).code == 0


def test_the_role(fleet: Fleet) -> None:
    """The main job, by web browser and then automatically, with the sheet that it writes."""
    variables = {
        "planted": PLANTED,
        "replace_source_server_target_host": "rdls02",
        "replace_source_server_source_host": "rdls01",
        "replace_source_server_require_full_coverage": False,
        "replace_source_server_purchases": [RETAIL, ENTERPRISE],
    }
    for method in ("web_browser", "automatic"):
        chosen = {**variables, "replace_source_server_connection_method": method}
        settings = Settings(variables=chosen, arguments=LOUD, user="planted", environment=LOGGED)
        run_and_search(fleet, "winfleet.rd_licensing.replace_source_server", settings).succeeded()
    assert fleet.cals("rdls02") == [("retail", 5), ("enterprise", 7)]


# Everything at once that Ansible can be told to say, beside what it says by default.
TALKATIVE = {
    "ANSIBLE_DEBUG": "1",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    "ANSIBLE_CALLBACKS_ENABLED": "recorder,tree,junit",
    "ANSIBLE_CALLBACK_TREE_DIR": "tree",
    "JUNIT_OUTPUT_DIR": "junit",
    "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true",
    "ANSIBLE_KEEP_REMOTE_FILES": "1",
}
ANSWERS = {"rdls02": {"license_key_pack_ids": {"0123456789ab": planted("key_pack")}, "note": planted("confirmation")}}


def test_every_module_in_success_and_failure(fleet: Fleet) -> None:
    """The second round is against servers that answer with the password."""
    waiting = {"server": "rdls02", "awaiting": "{{ waits.awaiting | default([]) }}", "purchases": [ENTERPRISE]}
    tour = [
        task("method", "connection_method", {"connection_method": "automatic"}),
        task("info", "license_server_info", {"gather": ["server", "activation", "key_packs", "operations"]}),
        task("usage", "cal_usage_info", {}),
        task("server", "license_server", {"contact": {"company": "Winfleet Example"}}),
        task("install", "key_pack", {"purchases": [ENTERPRISE]}),
        task("migrate", "cal_migration", {
            "source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "purchases": [RETAIL],
        }),
        task("rebuild", "database_rebuild", {
            "change_id": "CHG-1", "reason": "Trying it", "purchases": [ENTERPRISE, RETAIL],
        }),
        task("sessions", "session_host_info", delegate_to="rdsh01"),
        task("session host", "session_host", {"licensing_mode": "per_user"}, delegate_to="rdsh01"),
        task("waits", "key_pack", {"purchases": [{**ENTERPRISE, "quantity": 1}], **OFFLINE}, register="waits"),
        task("sheet", "clearinghouse_request", {"directory": "sheet", "requests": [waiting]}),
        task("answers", "clearinghouse_request", {
            "directory": "sheet", "requests": [{**waiting, "awaiting": []}], "check_answers": ANSWERS,
        }),
    ]  # fmt: skip
    tasks = [{**each, "ignore_errors": True, "ignore_unreachable": True} for each in tour]
    environment = {**LOGGED, **TALKATIVE}
    run = play(fleet, *tasks, environment=environment)
    assert [each.task for each in run.outcomes if each.status != "ok"] == ["rebuild", "answers"]
    for server in ("rdls01", "rdls02", "rdsh01"):
        fleet.misbehave("fault", server, match={}, text=f"Bad password {PASSWORD}", times=-1)
    run = play(fleet, *tasks, environment=environment)
    assert {each.task for each in run.outcomes if each.status == "ok"} <= {"sheet"}
    assert "Bad password ********" in run["info"].message


def test_every_role(fleet: Fleet) -> None:
    """Each until it waits for an ID, and once with an answer that fits nothing."""
    purchases = [RETAIL, ENTERPRISE]
    roles: dict[str, dict[str, Any]] = {
        "rebuild_database": {
            "purchases": purchases, "reason": "Trying it", "change_id": "CHG-1", "confirm_deletion": True,
            "connection_method": "web_browser", "waive_coverage": True,
        },
        "retire_dead_server": {
            "purchases": purchases, "source_license_server_id": LOST_ID,
            "source_operating_system": "windows_server_2016", "acknowledge_manual_removal": True,
            "connection_method": "telephone",
        },
        "license_server": {"connection_method": "telephone", "state": "deactivated"},
    }  # fmt: skip
    plays = []
    for role, options in roles.items():
        variables = {f"{role}_{name}": value for name, value in options.items()}
        attempt = {
            "block": [{"ansible.builtin.include_role": {"name": f"winfleet.rd_licensing.{role}"}, "vars": variables}],
            "rescue": [{"name": role, "ansible.builtin.debug": {"msg": "{{ ansible_failed_result }}"}}],
        }
        plays.append({"hosts": "rdls02", "gather_facts": False, "tasks": [attempt]})
    variables = {"planted": PLANTED, "rd_licensing_answers": ANSWERS}
    settings = Settings(variables=variables, arguments=LOUD, user="planted", environment=LOGGED, watch=False)
    assert run_and_search(fleet, plays, settings).code == 0


def test_vaulted_numbers_beside_readable_purchases(fleet: Fleet, tmp_path: Path) -> None:
    """As documented: ansible-core 2.22 masks every value of an encrypted file, so only numbers are in one."""
    (tmp_path / "vault.yml").write_text(
        encrypted(f'vault_agreement_number: "{PLANTED["agreement"]}"\n'), encoding="utf-8"
    )
    purchases = [{**ENTERPRISE, "agreement_number": "{{ vault_agreement_number }}"}]
    vault = [*vault_arguments(tmp_path), "-e", f"@{tmp_path / 'vault.yml'}"]
    install = task("install", "key_pack", {"purchases": purchases})
    run = play(fleet, install, arguments=[*LOUD, *vault]).succeeded()
    assert fleet.cals("rdls02") == [("enterprise", 7)]
    assert "7 Windows Server 2022 per user CALs (Enterprise Agreement ****1597)" in run.output
    assert "REDACTED" not in run.output


def test_a_password_that_is_part_of_names_changes_no_data(fleet: Fleet) -> None:
    """What a task reads, a later one writes: a masked name would become the license server of a session host."""
    run = fleet.play(
        task(
            "name", "license_server_info", {"gather": ["server", "network_name"]}, delegate_to="rdls02", register="new"
        ),
        task("before", "session_host_info", register="old"),
        task(
            "write",
            "session_host",
            {"license_servers": "{{ old.session_host.license_servers + [new.license_server.dns_name] }}"},
        ),
        hosts="rdsh01",
        user="lookalike",
        arguments=["--diff"],
    ).succeeded()
    # On the server, for ansible-core 2.22 masks what it prints and what callbacks see.
    names = fleet.server("rdsh01")["session_host"]["license_servers"]
    assert [name.lower() for name in names] == ["rdls01.winfleet.example", "winfleet09", "rdls02.winfleet.example"]
    assert run["write"].changed
    fleet.misbehave("fault", "rdsh01", match={"action": "enumerate"}, text=f"Bad password {LOOKALIKE}!", times=-1)
    run = fleet.play(
        task("read", "session_host_info", ignore_errors=True), hosts="rdsh01", user="lookalike", arguments=["-vvv"]
    )
    assert f"password {LOOKALIKE}" not in run.output
    assert "Bad password ********!" in run.last.message


@pytest.mark.parametrize(("connection", "scheme"), [("winrm", "http"), ("winrm", "https"), ("psrp", "http")])
def test_passwords(fleet: Fleet, connection: str, scheme: str) -> None:
    """Right and wrong ones, of the host and of the source, and one that a server repeats."""
    fleet.misbehave("http", "rdls01", status=500, text=f"Bad password {PASSWORD}", match={"method": "EnumValues"})
    wrong = {"rdls01": {"ansible_password": WRONG_PASSWORD}}
    migration = {"source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "purchases": [ENTERPRISE]}
    run = play(
        fleet,
        task("read", "license_server_info"),
        task("wrong password of the source", "cal_migration", migration, ignore_errors=True),
        task("wrong password", "license_server_info", delegate_to="rdls01", ignore_errors=True),
        hostvars=wrong,
        connection=connection,
        scheme=scheme,
    )
    assert [outcome.status for outcome in run.outcomes] == ["ok", "failed", "failed"]
    run = play(
        fleet,
        task("repeated", "license_server_info", {"gather": ["operations"]}, ignore_errors=True),
        hosts="rdls01",
        connection=connection,
        scheme=scheme,
    )
    assert run.last.status == "failed"
