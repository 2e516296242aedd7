# What runs by the clock. Three jobs are free for each billing account; the forum uses two.
#
# The times are UTC, because jobs misbehave around clock changes; the functions compute local time by themselves. Each run
# does what is due by then, so one that is missed is made up for by the next.

locals {
  schedule = {
    reminders = { cron = "*/15 * * * *", retries = 2 }
    retention = { cron = "20 2 * * *", retries = 5 }
  }
}

resource "google_cloud_scheduler_job" "this" {
  for_each = local.schedule

  name             = "dela-${each.key}"
  region           = var.region
  description      = "Dela: calls ${each.key}"
  schedule         = each.value.cron
  time_zone        = "Etc/UTC"
  attempt_deadline = "${local.kinds[local.functions[each.key]].timeout}s"

  retry_config {
    retry_count          = each.value.retries
    min_backoff_duration = "30s"
    max_backoff_duration = "600s"
    max_doublings        = 4
  }

  http_target {
    http_method = "POST"
    uri         = local.run_app[each.key]

    oidc_token {
      service_account_email = google_service_account.this["caller"].email
      audience              = local.run_app[each.key]
    }
  }

  depends_on = [google_cloud_run_service_iam_member.caller]
}
