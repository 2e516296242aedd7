# The archive that all functions are built from (`make package`), and the bucket that it lies in.
#
# Its name holds the hash of its content: an archive that changed is another object, and only that makes Google build the
# functions anew. The new one is there before the old one goes. Nothing else is kept: soft delete and versions are paid for.

resource "google_storage_bucket" "archive" {
  name                        = "${var.project}-dela-archive"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # what is in it can be built again

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # An upload that broke off.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_object" "archive" {
  bucket = google_storage_bucket.archive.name
  name   = "dela-${filesha256(var.archive)}.zip"
  source = var.archive

  lifecycle {
    create_before_destroy = true
  }
}
