# The document store: one database, because one is free, its indexes, and who reads and writes it.
#
# Inside one database rights can't be told apart by collection: whoever may read a registration may read all documents.
# What separates the functions is what else they may do (accounts.tf). Nobody but these accounts and the project's own
# people gets in: there are no rules that would let a browser or a telephone in.
#
# Point-in-time recovery and backups cost money and are off; `dela backup` is free. A time to live on fields is not offered
# at all: it would be paid for by the document, works on timestamps only, which Dela does not store, and `retention` erases
# what is over, with its figures counted first.

locals {
  # One source for indexes: `make indexes` writes the file from what the documents declare.
  indexes = {
    for index in jsondecode(file("${path.module}/firestore.indexes.json")).indexes :
    join("/", concat([index.collectionGroup], [for field in index.fields : field.fieldPath])) => index
  }
}

resource "google_firestore_database" "forum" {
  name                              = var.database
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = var.point_in_time_recovery ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"

  # Both have to be said for a destroy to delete the data, and the first has to be applied beforehand.
  delete_protection_state = var.delete_data ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  deletion_policy         = var.delete_data ? "DELETE" : "PREVENT"

  depends_on = [google_project_service.this]
}

resource "google_firestore_index" "this" {
  for_each = local.indexes

  database    = google_firestore_database.forum.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields

    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.backup_days > 0 ? 1 : 0

  database  = google_firestore_database.forum.name
  retention = "${var.backup_days * 86400}s"
  daily_recurrence {}
}

resource "google_project_iam_member" "documents" {
  for_each = local.runtime

  project = var.project
  role    = "roles/datastore.user"
  member  = google_service_account.this[each.key].member
}

# A destroy stops here, before it has deleted anything, unless delete_data was applied beforehand: Terraform takes things
# apart in the opposite order of their dependencies, so what depends on all the others is first.
resource "terraform_data" "guard" {
  input = var.delete_data

  provisioner "local-exec" {
    when    = destroy
    command = self.output ? "true" : "echo 'There are documents and keys. To delete them too, apply with delete_data = true first.' >&2; false"
  }

  depends_on = [
    google_billing_budget.forum,
    google_cloud_run_service_iam_member.anyone,
    google_cloud_scheduler_job.this,
    google_cloud_tasks_queue_iam_member.enqueuer,
    google_firestore_backup_schedule.daily,
    google_firestore_index.this,
    google_logging_project_exclusion.links,
    google_monitoring_alert_policy.workers,
    google_project_iam_member.documents,
    google_service_account_iam_member.acts_as_caller,
  ]
}
