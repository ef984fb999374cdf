#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/kerberos.sh [ARGUMENT...]
# Runs tests/kerberos in an environment of its own, $VENV-kerberos: its packages are compiled against MIT Kerberos. A machine without
# MIT Kerberos skips it, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=''
for program in krb5kdc kdb5_util kadmin.local kinit krb5-config gcc; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$program" > /dev/null || missing="$missing $program"
done
headers='import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
"${PYTHON:-python3}" -c "$headers" || missing="$missing Python.h"
if [ -n "$missing" ]; then
  echo "!!!!! SKIPPED: the tests with a real KDC were NOT run. Missing here:$missing" >&2
  echo "!!!!! Debian, Ubuntu: apt-get install krb5-kdc krb5-admin-server krb5-user libkrb5-dev gcc python3-dev" >&2
  exit 0
fi

export VENV=${VENV:-.venv}-kerberos
tools/venv.sh run kerberos
exec tools/env.sh python -m tests.kerberos "$@"
