# What is not logged: Google's own log of requests, for functions whose paths are links.
#
# Whoever reads a personal link in a log can answer for the person it was mailed to. The functions' own logs, which hold no
# path, no address and no name, stay; they are kept for 30 days, which is free.

resource "google_logging_project_exclusion" "links" {
  name        = "dela-links"
  description = "Requests to Dela's public functions: their paths are personal links"

  filter = join(" AND ", [
    "log_id(\"run.googleapis.com/requests\")",
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.service_name=(${join(" OR ", [for name in sort(local.public) : "\"${name}\""])})",
  ])

  depends_on = [google_project_service.this]
}
