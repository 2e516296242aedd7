# The secrets, and who may read each. They are write-only: neither the state nor a saved plan holds them.
#
# A function reads a numbered version when an instance starts, so a new value means a new version and a new revision. A
# value is written when its version's number in the variables changes, and only then. Six live versions are free for each
# billing account: three secrets, and three more while they are being replaced.
#
# To change the keys of links, with those in people's mailboxes valid all the while:
#   1. put a new key in front (link_keys = [new, old]), raise link_keys_version, apply: new links are signed with the new
#      key, the old ones still work;
#   2. a year later take the old one away (link_keys = [new]), raise link_keys_version, apply.
# The identity key is never changed: people would be registered twice. So it has no version to raise.

locals {
  secrets = {
    link-keys = {
      setting = "DELA_SECRET_KEYS"
      readers = ["public", "duty", "sender"]
      version = tostring(var.link_keys_version)
    }
    identity-key = {
      setting = "DELA_IDENTITY_KEY"
      readers = ["public", "duty", "sender"]
      version = "1"
    }
    mail = {
      setting = "DELA_MAIL"
      readers = ["sender"]
      version = "${var.mail_version} ${var.mail_server}" # the server's name is part of what is written
    }
  }

  # In an address, signs such as @ : / are written as %40 %3A %2F; a blank as %20, which urlencode makes a plus.
  mail_login = join(":", [for part in [var.mail_user, var.mail_password] : replace(urlencode(part), "+", "%20")])

  secret_values = {
    link-keys    = join(",", var.link_keys)
    identity-key = var.identity_key
    mail         = var.mail_user == "" ? var.mail_server : replace(var.mail_server, "://", "://${local.mail_login}@")
  }

  secret_readers = merge([
    for name, secret in local.secrets : {
      for reader in secret.readers : "${name}/${reader}" => { secret = name, reader = reader }
    }
  ]...)
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  secret_id           = "dela-${each.key}"
  deletion_protection = !var.delete_data

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_version" "this" {
  for_each = local.secrets

  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo         = local.secret_values[each.key]
  secret_data_wo_version = each.value.version

  # Without the identity key the people in the store are strangers to it: it outlives a mistake.
  deletion_policy = each.key == "identity-key" && !var.delete_data ? "ABANDON" : "DELETE"

  # The functions go over to the new version before the old one is destroyed.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secret_readers

  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this[each.value.reader].member
}
