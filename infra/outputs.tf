# What an operator and the scripts need to know after an apply.

output "first_page" {
  description = "The page to show to people."
  value       = "${local.base_url}/signup"
}

output "meetings" {
  description = "The open meetings as JSON; answers as soon as the functions run."
  value       = "${local.base_url}/signup/meetings.json"
}

output "base_url" {
  description = "What all links in pages and mails begin with."
  value       = local.base_url
}

output "public" {
  description = "The public functions and their addresses."
  value       = { for name in local.public : name => "${local.base_url}/${name}" }
}

output "workers" {
  description = "The functions that only tasks and schedule call, and the addresses that these use."
  value       = { for name in local.workers : name => local.run_app[name] }
}

output "caller" {
  description = "The service account that tasks and schedule call as."
  value       = google_service_account.this["caller"].email
}

output "secrets" {
  description = "The version of each secret that the functions read, by the setting that it fills."
  value       = { for name, secret in local.secrets : secret.setting => google_secret_manager_secret_version.this[name].name }
}

output "settings" {
  description = "What all functions are told; secrets are not in it."
  value       = local.settings
}

output "archive" {
  description = "The archive that the functions are built from."
  value       = "gs://${google_storage_bucket.archive.name}/${google_storage_bucket_object.archive.name}"
}
