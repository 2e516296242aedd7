# Who acts: one service account per level of trust, and no function with the project's default account.
#
#   public   answers strangers: documents and the keys of links, no mail account
#   duty     what the schedule runs: the same, but nobody from outside gets at it
#   sender   sends the mails: the only one that may read the mail account
#   caller   nobody's code runs as it: tasks and schedule bear its token, and it may call the workers, nothing else
#   build    turns the archive into images, and sees no document and no secret
#
# What each may do stands with what it may do it to: firestore.tf, secrets.tf, queue.tf, functions.tf, images.tf.

locals {
  accounts = {
    public = "Dela: functions that anyone may call"
    duty   = "Dela: functions that the schedule calls"
    sender = "Dela: the function that sends mails"
    caller = "Dela: as whom tasks and schedule call"
    build  = "Dela: builds the functions' images"
  }

  # The accounts that functions run as. All of them read and write documents and enqueue wake-ups.
  runtime = toset(values(local.functions))
}

resource "google_service_account" "this" {
  for_each = local.accounts

  account_id   = "dela-${each.key}"
  display_name = each.value

  depends_on = [google_project_service.this]
}
