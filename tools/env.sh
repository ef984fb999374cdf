#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/env.sh COMMAND [ARGUMENT...]
# Runs a command the way make does: with the tools of $VENV first on PATH, this checkout as the collection winfleet.rd_licensing, and
# nothing read from or written to the caller's own Ansible settings.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv=${VENV:-.venv}
case $venv in /*) ;; *) venv=$root/$venv ;; esac

# pyenv's shims answer to names such as python3.12 and then fail unless pyenv has been told to use that version; ansible-test takes them.
path=
IFS=: read -r -a directories <<< "$PATH"
for directory in "${directories[@]}"; do
  case $directory in */shims) ;; *) path=$path:$directory ;; esac
done

export PATH=$venv/bin$path
export VIRTUAL_ENV=$venv
export ANSIBLE_CONFIG=$root/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH=$root/.build/collections
export ANSIBLE_HOME=$root/.build/ansible-home
# Ansible refuses a locale that is not UTF-8.
export LC_ALL=C.UTF-8
# The simulated fleet is on loopback: never by way of a proxy.
export no_proxy=${no_proxy:+$no_proxy,}localhost,127.0.0.0/8,::1
export NO_PROXY=$no_proxy
# pywinrm takes certificates from here, and warns, where a setting of the host should decide.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
exec "$@"
