# What the functions are told: every setting of docs/settings.md that is not a secret, as an environment variable.
#
# All functions get the same. Secrets are bound by functions.tf from secrets.tf. A test holds the names equal to those of
# functions/dela/settings.py, and the defaults of the forum's own to the defaults there.

locals {
  base_url = coalesce(var.base_url, "https://${var.region}-${var.project}.cloudfunctions.net")

  settings_all = {
    DELA_BASE_URL     = local.base_url
    DELA_STORE        = "firestore://${var.project}/${google_firestore_database.forum.name}"
    DELA_QUEUE        = "cloudtasks://${var.project}/${var.region}/${google_cloud_tasks_queue.mails.name}"
    DELA_DELIVERY_URL = local.run_app["delivery"]
    DELA_CALLER       = google_service_account.this["caller"].email
    DELA_PROXIES      = tostring(var.proxies)
    DELA_ORIGINS      = join(",", var.origins)

    DELA_MAIL_FROM         = var.mail_from
    DELA_MAIL_RATE         = tostring(var.mail_rate)
    DELA_UNPROVEN_HOUR     = tostring(var.unproven_hour)
    DELA_UNPROVEN_DAY      = tostring(var.unproven_day)
    DELA_COORDINATORS      = join(",", var.coordinators)
    DELA_COORDINATOR_NAME  = var.coordinator_name
    DELA_COORDINATOR_PHONE = var.coordinator_phone

    DELA_NAME                    = var.forum_name
    DELA_REGION                  = var.forum_region
    DELA_MUNICIPALITIES          = join(",", var.forum_municipalities)
    DELA_SUBJECT                 = var.forum_subject
    DELA_LANGUAGE                = var.forum_language
    DELA_TIME_ZONE               = var.forum_time_zone
    DELA_MINUTES                 = tostring(var.forum_minutes)
    DELA_SPEAKERS_MIN            = tostring(var.forum_speakers_min)
    DELA_SPEAKERS_MAX            = tostring(var.forum_speakers_max)
    DELA_REMINDERS               = join(",", var.forum_reminders)
    DELA_KEEP_CONTACTS_DAYS      = tostring(var.forum_keep_contacts_days)
    DELA_KEEP_REGISTRATIONS_DAYS = tostring(var.forum_keep_registrations_days)
  }

  # An empty variable counts as not set; leaving it out says the same and reads better in the console.
  settings = { for name, value in local.settings_all : name => value if value != "" }
}
