# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for "make docs". Nothing is fetched: names of Ansible's own plugins are shown without a link."""

project = "winfleet.rd_licensing"
copyright = "2026, Winfleet contributors"
html_title = "RD Licensing for Ansible"
extensions = ["sphinx_antsibull_ext"]
antsibull_ext_color_scheme = "default-autodark"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_use_index = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
default_role = "any"
nitpicky = True
nitpick_ignore_regex = [
    (".*", r"ansible_collections\.(ansible|community|microsoft)\..*"),
    ("std:ref", "action_plugins|ansible_configuration_settings|common_return_values"),
]
