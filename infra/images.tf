# The images that Google builds from the archive, and the account that builds them.
#
# Without a repository of its own Google makes one that nobody cleans up. Of each function one image is kept; half a
# gigabyte is free, and what is above costs cents (`make cost`).

resource "google_artifact_registry_repository" "images" {
  location      = var.region
  repository_id = "dela"
  description   = "Images of Dela's functions"
  format        = "DOCKER"

  cleanup_policy_dry_run = false

  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 1
    }
  }

  cleanup_policies {
    id     = "delete-the-others"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "86400s"
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_artifact_registry_repository_iam_member" "build" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.this["build"].member
}

# Google copies the archive into a bucket of its own, whose name it does not promise, and builds from there; so the right to
# read is one for the project. It holds archives and the state, and none of them a secret.
resource "google_project_iam_member" "build" {
  for_each = toset(["roles/logging.logWriter", "roles/storage.objectViewer"])

  project = var.project
  role    = each.key
  member  = google_service_account.this["build"].member
}
