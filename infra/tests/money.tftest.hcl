# What is on by default costs nothing by being there; what costs is one variable each.

mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
}

variables {
  project         = "dela-tests"
  billing_account = "012345-567890-ABCDEF"
  archive         = "firestore.indexes.json" # any file
  settle_seconds  = 0
  link_keys       = ["kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"]
  identity_key    = "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"
  mail_server     = "smtp://mail.example.org:587"
  mail_user       = ""
  mail_password   = ""
  mail_from       = "Dela <dela@example.org>"
  coordinators    = ["karin@example.org"]
}

run "by_default" {
  command = plan

  assert {
    condition     = length(google_cloud_scheduler_job.this) <= 3
    error_message = "Three jobs are free."
  }

  assert {
    condition     = length(google_secret_manager_secret_version.this) <= 3
    error_message = "Six versions are free: three, and three while they are replaced."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.this : each.service_config[0].min_instance_count == 0])
    error_message = "An instance that waits is paid for."
  }

  assert {
    condition     = length(google_firestore_backup_schedule.daily) + length(google_monitoring_alert_policy.workers) == 0
    error_message = "Backups and alerts are paid for."
  }

  assert {
    condition     = google_firestore_database.forum.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_DISABLED"
    error_message = "Point-in-time recovery is paid for."
  }
}

run "all_that_costs" {
  command = plan

  variables {
    alerts                 = true
    budget_mail            = "karin@example.org"
    backup_days            = 14
    point_in_time_recovery = true
  }

  assert {
    condition     = length(google_monitoring_alert_policy.workers) == 1
    error_message = "alerts makes no alert."
  }

  assert {
    condition     = google_firestore_backup_schedule.daily[0].retention == "1209600s"
    error_message = "backup_days keeps backups for another time."
  }

  assert {
    condition     = google_firestore_database.forum.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "point_in_time_recovery switches nothing on."
  }
}

run "alerts_for_nobody" {
  command = plan

  variables {
    alerts = true
  }

  expect_failures = [google_monitoring_alert_policy.workers]
}
