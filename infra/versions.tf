# Terraform, the provider and where the state lies.
#
# The state is in a bucket, so that a colleague can go on where one stopped and two can't apply at once. Terraform can't
# make the bucket that holds its own state, so it is made by hand, once, with versions kept (README.md):
#
#   terraform init -backend-config=bucket=PROJECT-dela-state
#
# No secret is in the state: they are write-only (secrets.tf). What is in it are names, addresses and settings.

terraform {
  required_version = ">= 1.11" # write-only arguments

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }

  backend "gcs" {
    prefix = "dela"
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # The budget's interface asks which project its calls are counted for, where a person is signed in.
  billing_project       = var.project
  user_project_override = true

  default_labels = {
    app = "dela"
  }
}

data "google_project" "this" {
  project_id = var.project
}
