# The services of Google Cloud that the forum uses: none costs anything by being switched on.
#
# They stay on after a destroy: something else in the project may use them by then.

locals {
  services = toset([
    "artifactregistry",
    "billingbudgets",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "cloudscheduler",
    "cloudtasks",
    "firestore",
    "iam",
    "logging",
    "monitoring",
    "run",
    "secretmanager",
    "storage",
  ])
}

resource "google_project_service" "this" {
  for_each = local.services

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}
