# A mail before there is a bill. It reports and stops nothing; what bounds the cost is the number of instances.
#
# It goes to those who administer the billing account, and to var.budget_mail if that is set. Both are free.

resource "google_billing_budget" "forum" {
  count = var.budget > 0 ? 1 : 0

  billing_account = var.billing_account
  display_name    = "Dela in ${var.project}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.budget) # in the currency of the billing account
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 1, 2]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  dynamic "all_updates_rule" {
    for_each = google_monitoring_notification_channel.mail

    content {
      monitoring_notification_channels = [all_updates_rule.value.id]
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_notification_channel" "mail" {
  count = var.budget_mail == "" ? 0 : 1

  display_name = "Dela's money and alerts"
  type         = "email"

  labels = {
    email_address = var.budget_mail
  }

  depends_on = [google_project_service.this]
}
