# Who gets in, with Google's provider mocked: `terraform test` needs no account, but the provider itself.

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
  mail_user       = "account@mail.example.org"
  mail_password   = "password"
  mail_from       = "Dela <dela@example.org>"
  coordinators    = ["karin@example.org"]
}

run "each_function_has_one_kind_of_door" {
  command = plan

  assert {
    condition = alltrue([
      for name, function in google_cloudfunctions2_function.this :
      function.service_config[0].ingress_settings == (contains(local.public, name) ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY")
    ])
    error_message = "A worker can be reached from outside, or a public function can't."
  }

  assert {
    condition     = join(",", keys(google_cloud_run_service_iam_member.anyone)) == join(",", sort(local.public))
    error_message = "Strangers may call something else than the public functions."
  }

  assert {
    condition     = alltrue([for each in google_cloud_run_service_iam_member.caller : each.role == "roles/run.invoker"])
    error_message = "The caller may do more than call."
  }

  assert {
    condition     = length(setintersection(keys(google_cloud_run_service_iam_member.caller), local.public)) == 0
    error_message = "Tasks and schedule may call public functions."
  }
}

run "the_schedule_calls_workers" {
  command = plan

  assert {
    condition     = length(setsubtract(keys(local.schedule), local.workers)) == 0
    error_message = "A job calls a function that is no worker."
  }

  assert {
    condition = alltrue([
      for job in google_cloud_scheduler_job.this : job.http_target[0].oidc_token[0].audience == job.http_target[0].uri
    ])
    error_message = "A job's token is for another address than it calls."
  }
}

run "the_mail_account_is_for_the_sender_only" {
  command = plan

  assert {
    condition     = local.secrets.mail.readers == ["sender"]
    error_message = "Somebody else may read the mail account."
  }

  assert {
    condition = alltrue([
      for name, function in google_cloudfunctions2_function.this :
      contains(function.service_config[0].secret_environment_variables[*].key, "DELA_MAIL") == (name == "delivery")
    ])
    error_message = "Another function is told the mail account."
  }
}
