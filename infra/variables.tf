# Where the forum runs, what it may use of what, and its secrets. The forum's own settings are in variables-forum.tf.

variable "project" {
  description = "The project on Google Cloud. It should hold nothing but this forum."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is a project's id, not its name or number: 6 to 30 small letters, digits and hyphens, such as dela-jamtland."
  }
}

variable "region" {
  description = "Where everything runs. europe-west1 has all that is needed at the lowest price; a change moves nothing, it starts anew."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is one of Google's regions, such as europe-west1, and no zone of it."
  }
}

variable "billing_account" {
  description = "The billing account that the project is linked to (`gcloud billing projects describe PROJECT`)."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account looks like 012345-567890-ABCDEF."
  }
}

variable "archive" {
  description = "The archive that the functions are built from: what `make package` has built."
  type        = string
  default     = "../dist/dela.zip"

  validation {
    condition     = fileexists(var.archive)
    error_message = "There is no archive at that path: run `make package` first."
  }
}

variable "runtime" {
  description = "The Python that Google builds the functions with."
  type        = string
  default     = "python313"

  validation {
    condition     = can(regex("^python31[1-9]$", var.runtime))
    error_message = "runtime is python311 or newer, such as python313."
  }
}

# What bounds cost and load.

variable "max_instances" {
  description = "How many instances of each public function there may be. Each answers eight requests at once; this is what bounds the cost of a flood."
  type        = number
  default     = 2

  validation {
    condition     = var.max_instances == floor(var.max_instances) && var.max_instances >= 1 && var.max_instances <= 10
    error_message = "max_instances is 1 to 10: nothing but this bounds what a flood of requests costs."
  }
}

variable "budget" {
  description = "When a month costs half of this, all of it, and twice as much, a mail tells so. In whole units of the billing account's currency; 0 for no budget."
  type        = number
  default     = 2

  validation {
    condition     = var.budget == floor(var.budget) && var.budget >= 0
    error_message = "budget is a whole amount in the billing account's currency, or 0 for none."
  }
}

variable "budget_mail" {
  description = "Who gets the budget's mails and alerts, besides those who administer the billing account."
  type        = string
  default     = ""

  validation {
    condition     = var.budget_mail == "" || can(regex("^[^@\\s]+@[^@\\s]+$", var.budget_mail))
    error_message = "budget_mail is one mail address, without a name."
  }
}

# What costs money and is therefore off.

variable "alerts" {
  description = "Google's alerts when the schedule stands still or delivery fails. They cost some 1.50 USD a month for each of two conditions."
  type        = bool
  default     = false
}

variable "point_in_time_recovery" {
  description = "Reading the data as they were at any minute of the last seven days. Paid for by what is stored."
  type        = bool
  default     = false
}

variable "backup_days" {
  description = "A backup by Google every day, kept so many days; 0 for none. Paid for by what is stored. `dela backup` is free."
  type        = number
  default     = 0

  validation {
    condition     = var.backup_days == floor(var.backup_days) && var.backup_days >= 0 && var.backup_days <= 98
    error_message = "backup_days is 0 (none) to 98: Google keeps backups for 14 weeks at most. Ask also how long the erased may stay in them."
  }
}

# Names that have to be others in few cases.

variable "base_url" {
  description = "What all links begin with, where the forum has an address of its own, such as https://dela.example.org; empty for Google's."
  type        = string
  default     = ""

  validation {
    condition     = var.base_url == "" || can(regex("^https://[^/\\s]+(/[^\\s]*[^/\\s])?$", var.base_url))
    error_message = "base_url begins with https:// and does not end in a slash, such as https://dela.example.org."
  }
}

variable "proxies" {
  description = "How many proxies append to X-Forwarded-For: 1 is Google's own, 2 where one of yours stands before it."
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2, 3], var.proxies)
    error_message = "proxies is 1, or 2 or 3 where others stand in front of Google's; with 0 nobody's address would be known."
  }
}

variable "database" {
  description = "The Firestore database. Only the first of a project is free, and it is best called so."
  type        = string
  default     = "(default)"

  validation {
    condition     = var.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.database))
    error_message = "database is (default), or 4 to 63 small letters, digits and hyphens."
  }
}

variable "queue" {
  description = "The queue. A deleted queue's name is blocked for a week: to deploy again before that, take another name."
  type        = string
  default     = "mails"

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,100}$", var.queue))
    error_message = "queue is 1 to 100 letters, digits and hyphens."
  }
}

variable "delete_data" {
  description = "Whether a destroy may delete the documents and the keys. It has to be applied before the destroy."
  type        = bool
  default     = false
}

variable "settle_seconds" {
  description = "How long to wait for new rights to spread before the functions are built."
  type        = number
  default     = 60

  validation {
    condition     = var.settle_seconds == floor(var.settle_seconds) && var.settle_seconds >= 0 && var.settle_seconds <= 600
    error_message = "settle_seconds is 0 to 600."
  }
}

# The secrets. They are ephemeral: given anew with each run, best as TF_VAR_... in the environment, and kept nowhere.

variable "link_keys" {
  description = "The keys that links are signed with, newest first: the first signs, all are accepted. Written when link_keys_version changes."
  type        = list(string)
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.link_keys) > 0 && alltrue([for key in var.link_keys : can(regex("^[^\\s,]{32,}$", key))])
    error_message = "link_keys are one or more keys of at least 32 characters, without blanks and commas: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'."
  }

  validation {
    condition     = length(distinct(var.link_keys)) == length(var.link_keys)
    error_message = "link_keys names one key twice: put a new one in front and keep the old one."
  }
}

variable "link_keys_version" {
  description = "Raised by one whenever link_keys changed."
  type        = number
  default     = 1

  validation {
    condition     = var.link_keys_version == floor(var.link_keys_version) && var.link_keys_version >= 1
    error_message = "link_keys_version is a whole number, raised by one whenever link_keys changed."
  }
}

variable "identity_key" {
  description = "The key that ids of addresses are made with. Made once, never changed."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = can(regex("^[^\\s,]{32,}$", var.identity_key))
    error_message = "identity_key has at least 32 characters, no blanks and no commas. It is never changed: a forum that moves here brings its own."
  }
}

variable "mail_server" {
  description = "The mail server, without the account: smtp://mail.example.org:587 (STARTTLS) or smtps://mail.example.org:465."
  type        = string

  validation {
    condition     = can(regex("^smtps?://[^/@:\\s]+(:[0-9]+)?$", var.mail_server))
    error_message = "mail_server is smtp://HOST:587 or smtps://HOST:465; the account belongs into mail_user and mail_password."
  }

  validation {
    condition     = !can(regex(":25$", var.mail_server))
    error_message = "mail_server: Google lets nothing out at port 25; use 587 or 465."
  }
}

variable "mail_user" {
  description = "The account at the mail server, as it is; empty if it asks for none."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "mail_password" {
  description = "Its password, as it is."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = (var.mail_user == "") == (var.mail_password == "")
    error_message = "mail_user and mail_password are both given, or both empty."
  }
}

variable "mail_version" {
  description = "Raised by one whenever mail_user or mail_password changed."
  type        = number
  default     = 1

  validation {
    condition     = var.mail_version == floor(var.mail_version) && var.mail_version >= 1
    error_message = "mail_version is a whole number, raised by one whenever mail_user or mail_password changed."
  }
}
