# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about an authentication that failed, by what the Kerberos, NTLM and CredSSP libraries say."""

from __future__ import annotations

import re
from typing import Final

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanAuthenticationError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings

# Words of MIT Kerberos, Heimdal and ours (in lower case), and what to do; {override} and {authentication} are settings.
_ADVICE: Final[tuple[tuple[str, str], ...]] = (
    (
        r"\bserver (\S+ )?not found in kerberos database",
        "the domain has no such service principal name: set ansible_host or {override} to one that it has (setspn -L)",
    ),
    (
        "clock skew|time skew",
        "the clocks of this controller and the domain controller differ by more than 5 minutes: synchronize them",
    ),
    (
        "cannot contact any kdc|unable to reach any kdc|cannot resolve network address for kdc",
        "check that this controller reaches a domain controller on port 88 (TCP and UDP), and the realm in krb5.conf",
    ),
    (
        "cannot find kdc for realm|unable to find realm",
        "write the realm after the @ of ansible_user in capital letters, and define it in krb5.conf or DNS",
    ),
    ("ticket expired|credentials have expired", "get a new ticket with kinit, or set ansible_password"),
    (
        "password has expired|password expired|must change it now|cannot read password",
        "the password has expired or must be changed: change it, then update ansible_password",
    ),
    ("revoked|locked out", "the account is disabled, locked or expired: have it checked in Active Directory"),
    (
        "not found in kerberos database|client unknown",
        "check the user: it must be name@REALM with the realm in capital letters",
    ),
    (
        "no credentials cache|find client principal|no kerberos credentials|no credentials were supplied",
        "get a ticket with kinit for the user of this process, or set ansible_user and ansible_password",
    ),
    ("is not installed|cannot be run", "install it on the controller, or choose another {authentication}"),
)


def authentication_advice(text: str, settings: ConnectionSettings) -> str:
    """What to do, by the words of the library; for an unknown text the settings that authentication depends on."""
    names, lowered = settings.names, text.lower()
    # A name can be "not found" as the server and as the client.
    for words, advice in _ADVICE:
        if re.search(words, lowered):
            return advice.format(override=names.hostname_override, authentication=names.authentication)
    if set(settings.auth_methods) == {"certificate"}:
        return (
            f"check that the server trusts the CA of {names.certificate} and maps the certificate to an account (winrm"
            " enumerate winrm/config/service/certmapping)"
        )
    return f"check user, password and {names.authentication}"


def check_characters(settings: ConnectionSettings, method: str) -> None:
    """Raise WsmanAuthenticationError where Basic cannot carry the credentials, before anything is sent."""
    if method not in ("basic", "plaintext", "ssl"):
        return
    for what, text in (("user", settings.username), ("password", settings.password)):
        try:
            (text or "").encode("latin-1")
        except UnicodeEncodeError:
            raise WsmanAuthenticationError(
                f"the {what} has characters outside Latin-1, which Basic authentication cannot carry; nothing was sent."
                f" Set {settings.names.authentication} to kerberos, ntlm or credssp"
            ) from None


def lost_credssp_session(error: BaseException) -> bool:
    """Whether requests-credssp found no token in a response: it hides the status that came with it."""
    return type(error).__module__.startswith("requests_credssp.") and "CredSSP token" in str(error)
