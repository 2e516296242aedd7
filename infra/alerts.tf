# Google's alerts, for those who want to pay for them (some 1.50 USD a month for each condition): off by default.
#
# What is free, and does not depend on what may stand still, is `dela status` and a look at the forum from outside.

locals {
  answers = { for name, kind in { reminders = "2xx", delivery = "5xx" } : name => join(" AND ", [
    "resource.type = \"cloud_run_revision\"",
    "resource.labels.service_name = \"${name}\"",
    "metric.type = \"run.googleapis.com/request_count\"",
    "metric.labels.response_code_class = \"${kind}\"",
  ]) }
}

resource "google_monitoring_alert_policy" "workers" {
  count = var.alerts ? 1 : 0

  display_name = "Dela does not work off what is due"
  combiner     = "OR"

  notification_channels = google_monitoring_notification_channel.mail[*].id

  conditions {
    display_name = "the schedule stands still: reminders did not succeed for two hours"
    condition_absent {
      filter   = local.answers.reminders
      duration = "7200s"
      aggregations {
        alignment_period   = "900s"
        per_series_aligner = "ALIGN_SUM"
      }
    }
  }

  conditions {
    display_name = "delivery fails"
    condition_threshold {
      filter          = local.answers.delivery
      comparison      = "COMPARISON_GT"
      threshold_value = 3
      duration        = "0s"
      aggregations {
        alignment_period   = "3600s"
        per_series_aligner = "ALIGN_SUM"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.budget_mail != ""
      error_message = "alerts need somebody to tell: set budget_mail."
    }
  }
}
