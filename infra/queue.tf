# The queue that wakes `delivery`, and who may put something into it.
#
# It decides nothing: what is due stands in the store, and a task that is lost or doubled changes nothing. So tasks are
# given up after a while, and the next planning run makes up for them. Its rates bound how many conversations with the mail
# server there are at once; how many mails leave in a minute is DELA_MAIL_RATE's to say.
#
# Google blocks the name of a deleted queue for up to a week: after a destroy deploy with another var.queue.

resource "google_cloud_tasks_queue" "mails" {
  name     = var.queue
  location = var.region

  rate_limits {
    max_dispatches_per_second = 10
    max_concurrent_dispatches = local.kinds.sender.instances * local.kinds.sender.concurrency
  }

  retry_config {
    max_attempts  = 10
    min_backoff   = "10s"
    max_backoff   = "600s"
    max_doublings = 5
  }

  depends_on = [google_project_service.this]
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.runtime

  location = google_cloud_tasks_queue.mails.location
  name     = google_cloud_tasks_queue.mails.name
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.this[each.key].member
}

# Who creates a task that bears the caller's token has to be allowed to act as the caller.
resource "google_service_account_iam_member" "acts_as_caller" {
  for_each = local.runtime

  service_account_id = google_service_account.this["caller"].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.this[each.key].member
}
