# The functions, and who may call them.
#
# A new function is one line in local.functions: its name in functions/main.py and what kind it is. The kind is the
# account that it runs as (accounts.tf), who gets at it, and how much of it there may be at once. The number of instances
# is the only brake on what a flood of requests can cost: a budget warns and stops nothing.

locals {
  functions = {
    signup    = "public"
    join      = "public"
    reminders = "duty"
    delivery  = "sender"
    retention = "duty"
  }

  kinds = {
    public = {
      ingress     = "ALLOW_ALL"
      instances   = var.max_instances
      concurrency = 8
      timeout     = 60
    }
    duty = {
      ingress     = "ALLOW_INTERNAL_ONLY"
      instances   = 1
      concurrency = 1
      timeout     = 540
    }
    sender = {
      ingress     = "ALLOW_INTERNAL_ONLY"
      instances   = 2
      concurrency = 4
      timeout     = 600 # so long a task waits for its answer (functions/dela: DISPATCH_SECONDS)
    }
  }

  public  = toset([for name, kind in local.functions : name if kind == "public"])
  workers = toset([for name, kind in local.functions : name if kind != "public"])

  # The address that each function has beside its own one and that is known before it exists, so that no function has
  # to be made before its settings can name it. Ingress from inside comes by this address.
  run_app = { for name in keys(local.functions) :
    name => "https://${name}-${data.google_project.this.number}.${var.region}.run.app"
  }
}

resource "google_cloudfunctions2_function" "this" {
  for_each = local.functions

  name        = each.key
  location    = var.region
  description = "Dela: ${each.key}"

  build_config {
    runtime           = var.runtime
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.this["build"].id

    environment_variables = {
      GOOGLE_FUNCTION_SOURCE = "functions/main.py"
    }

    source {
      storage_source {
        bucket = google_storage_bucket.archive.name
        object = google_storage_bucket_object.archive.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.this[each.value].email
    ingress_settings                 = local.kinds[each.value].ingress
    available_cpu                    = "1"
    available_memory                 = "256M"
    timeout_seconds                  = local.kinds[each.value].timeout
    min_instance_count               = 0
    max_instance_count               = local.kinds[each.value].instances
    max_instance_request_concurrency = local.kinds[each.value].concurrency

    environment_variables = merge(
      local.settings,
      # Only the sender knows the account; the others refuse to start without a mail server, so they are told its name.
      contains(local.secrets.mail.readers, each.value) ? {} : { DELA_MAIL = var.mail_server },
      {
        THREADS          = tostring(local.kinds[each.value].concurrency)
        LOG_EXECUTION_ID = "false" # Google sets it where nothing is said, and then the framework rewrites all logs
      },
    )

    dynamic "secret_environment_variables" {
      for_each = { for name, secret in local.secrets : secret.setting => name if contains(secret.readers, each.value) }

      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = google_secret_manager_secret.this[secret_environment_variables.value].secret_id
        version    = google_secret_manager_secret_version.this[secret_environment_variables.value].version
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length(each.key) + length(data.google_project.this.number) + 1 <= 63
      error_message = "The name ${each.key} is too long: the function would not get the run.app address that its callers use."
    }
  }

  depends_on = [terraform_data.rights]
}

# Anyone. Where an organisation's policy forbids allUsers (domain-restricted sharing), it has to except this project.
resource "google_cloud_run_service_iam_member" "anyone" {
  for_each = local.public

  location = var.region
  service  = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_service_iam_member" "caller" {
  for_each = local.workers

  location = var.region
  service  = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.this["caller"].member
}

# Rights take up to a minute to spread, and a function that is made before it may read its secrets fails. Terraform's own
# resource and a pause do what a second provider (hashicorp/time) would have to be fetched for.
resource "terraform_data" "rights" {
  triggers_replace = concat(
    [for member in google_project_iam_member.build : member.id],
    [for member in google_secret_manager_secret_iam_member.reader : member.id],
    [google_artifact_registry_repository_iam_member.build.id],
  )

  provisioner "local-exec" {
    command = "sleep ${var.settle_seconds}"
  }
}
