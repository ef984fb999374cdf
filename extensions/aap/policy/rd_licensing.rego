# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Policy for Automation Platform: a job that can change license servers runs only as the application of a plan, as part of a
# workflow. Enter "rd_licensing/change_control" as policy of the job templates, the inventory or the organization.
package rd_licensing

import rego.v1

# Jobs of these playbooks change servers when their type is "run".
changing := {
	"license_server.yml",
	"rebuild_database.yml",
	"replace_source_server.yml",
	"retire_dead_server.yml",
}

default change_control := {"allowed": true, "violations": []}

change_control := {"allowed": false, "violations": sort(violations)} if count(violations) > 0

playbook := element if {
	parts := split(object.get(input, "playbook", ""), "/")
	element := parts[count(parts) - 1]
}

changes_servers if {
	object.get(input, "job_type", "run") != "check"
	playbook in changing
}

extra_vars := object.get(input, "extra_vars", {})

violations contains message if {
	changes_servers
	object.get(extra_vars, "rd_licensing_plan", "") != "apply"
	message := sprintf("%v changes license servers: launch it with rd_licensing_plan set to apply.", [playbook])
}

violations contains message if {
	changes_servers
	trim_space(object.get(extra_vars, "rd_licensing_plan_file", "")) == ""
	message := sprintf("%v changes license servers: name the approved plan as rd_licensing_plan_file.", [playbook])
}

violations contains message if {
	changes_servers
	not input.workflow_job.id
	message := sprintf("%v changes license servers: launch the workflow that has the plan approved.", [playbook])
}

# Variables given at launch win over everything else, so a key in them would replace the one of the credential.
violations contains message if {
	"rd_licensing_plan_key" in object.keys(extra_vars)
	message := "rd_licensing_plan_key belongs in a credential, not in the extra variables."
}
