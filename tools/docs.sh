#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/env.sh tools/docs.sh
# Builds the documentation site into .build/docs/html: a page for every module, role and filter, and the guides of docs/docsite/rst.
# A warning of Sphinx, such as a reference that leads nowhere, is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .build/docs/rst
mkdir -p .build/docs/rst
chmod 755 .build/docs/rst  # antsibull-docs refuses a folder that others may write to
antsibull-docs --config-file tools/docs/antsibull-docs.cfg collection --use-current --squash-hierarchy --fail-on-error \
  --dest-dir .build/docs/rst winfleet.rd_licensing
# The theme has its own list of sections on every page, and the side bar shows what stands in a toctree.
sed -i '/^\.\. contents::/,/^$/d' .build/docs/rst/*.rst
sed -i -E 's/^winfleet\.rd_licensing\.(\w+ (module|role|filter) -- )/\1/' .build/docs/rst/*.rst
sed -i 's/^Winfleet\.Rd_Licensing$/winfleet.rd_licensing/' .build/docs/rst/index.rst
for kind in module:Modules role:Roles filter:Filters; do
  printf '\n.. toctree::\n   :hidden:\n   :caption: %s\n\n' "${kind#*:}"
  for page in .build/docs/rst/*_"${kind%:*}".rst; do
    page=$(basename "$page" .rst)
    printf '   %s <%s>\n' "${page%_*}" "$page"
  done
done >> .build/docs/rst/index.rst
sphinx-build -M html .build/docs/rst .build/docs -c tools/docs -W --keep-going --jobs auto
echo "The pages are in $PWD/.build/docs/html, beginning with index.html."
