# The forum itself: its people and its settings (docs/settings.md), with the defaults of functions/dela/settings.py. A test
# compares them. Changing these is enough to run another forum.

# Who runs it.

variable "mail_from" {
  description = "The sender of all mails."
  type        = string

  validation {
    condition     = can(regex("^([^<>@]*<[^<>@\\s]+@[^<>@\\s]+>|[^<>@\\s]+@[^<>@\\s]+)$", var.mail_from))
    error_message = "mail_from is an address such as Dela <dela@example.org>."
  }
}

variable "mail_rate" {
  description = "How many mails a minute the mail server takes; 0: no limit."
  type        = number
  default     = 0

  validation {
    condition     = var.mail_rate == floor(var.mail_rate) && var.mail_rate >= 0
    error_message = "mail_rate is a whole number of mails a minute, or 0 for no limit."
  }
}

variable "unproven_hour" {
  description = "How many mails an hour may leave to addresses that nobody has proven yet; above it they wait."
  type        = number
  default     = 200
  nullable    = false

  validation {
    condition     = var.unproven_hour == floor(var.unproven_hour) && var.unproven_hour >= 1
    error_message = "unproven_hour is a whole number of mails, at least 1."
  }
}

variable "unproven_day" {
  description = "How many mails may leave to addresses that nobody has proven yet within 24 hours."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.unproven_day == floor(var.unproven_day) && var.unproven_day >= 1
    error_message = "unproven_day is a whole number of mails, at least 1."
  }
}

variable "coordinators" {
  description = "Addresses of those who run the forum; answers to mails go to the first."
  type        = list(string)

  validation {
    condition     = length(var.coordinators) > 0 && alltrue([for each in var.coordinators : can(regex("^[^@,\\s]+@[^@,\\s]+$", each))])
    error_message = "coordinators are one or more mail addresses, without names: [\"karin@example.org\"]."
  }
}

variable "coordinator_name" {
  description = "Stands in every mail and on every page."
  type        = string
  default     = "Dela"

  validation {
    condition     = trimspace(var.coordinator_name) != ""
    error_message = "coordinator_name stands in every mail: whom do people reach?"
  }
}

variable "coordinator_phone" {
  description = "Stands there, too."
  type        = string
  default     = ""
}

variable "origins" {
  description = "Sites whose pages may sign people up by JSON, such as https://www.example.org."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.origins : can(regex("^https?://[^/,\\s]+$", origin))])
    error_message = "origins are scheme and host and nothing after them, such as https://www.example.org."
  }
}

# What it is.

variable "forum_name" {
  description = "The name of the forum."
  type        = string
  default     = "Dela"

  validation {
    condition     = trimspace(var.forum_name) != ""
    error_message = "forum_name stands on every page: what is the forum called?"
  }
}

variable "forum_region" {
  description = "The region, as it is said in a sentence."
  type        = string
  default     = "Jämtland Härjedalen"

  validation {
    condition     = trimspace(var.forum_region) != ""
    error_message = "forum_region stands on every page: which region is the forum for?"
  }
}

variable "forum_municipalities" {
  description = "What people choose their place from; \"somewhere else\" is always there."
  type        = list(string)
  default     = ["Berg", "Bräcke", "Härjedalen", "Krokom", "Ragunda", "Strömsund", "Åre", "Östersund"]

  validation {
    condition     = length(var.forum_municipalities) > 0 && alltrue([for each in var.forum_municipalities : trimspace(each) != "" && !strcontains(each, ",")])
    error_message = "forum_municipalities are one or more names, none empty and none with a comma."
  }
}

variable "forum_subject" {
  description = "What the forum is about; told from a meeting's start on."
  type        = string
  default     = "digitalisering"
}

variable "forum_language" {
  description = "The language where the reader's is not known."
  type        = string
  default     = "sv"

  validation {
    condition     = contains(["sv", "en"], var.forum_language)
    error_message = "forum_language is sv or en."
  }
}

variable "forum_time_zone" {
  description = "Whose clocks the forum goes by."
  type        = string
  default     = "Europe/Stockholm"

  validation {
    condition     = can(regex("^[A-Z][A-Za-z_]+(/[A-Za-z_+-]+)+$", var.forum_time_zone))
    error_message = "forum_time_zone is a name of the IANA list, such as Europe/Stockholm, and no abbreviation."
  }
}

variable "forum_minutes" {
  description = "How long a meeting is; meetings that are planned keep theirs."
  type        = number
  default     = 50

  validation {
    condition     = var.forum_minutes == floor(var.forum_minutes) && var.forum_minutes >= 5 && var.forum_minutes <= 480
    error_message = "forum_minutes is 5 to 480."
  }
}

variable "forum_speakers_min" {
  description = "Fewer speakers than this are too few."
  type        = number
  default     = 3

  validation {
    condition     = var.forum_speakers_min == floor(var.forum_speakers_min) && var.forum_speakers_min >= 1
    error_message = "forum_speakers_min is a whole number of people, at least 1."
  }
}

variable "forum_speakers_max" {
  description = "More than this do not fit."
  type        = number
  default     = 4

  validation {
    condition     = var.forum_speakers_max == floor(var.forum_speakers_max) && var.forum_speakers_max >= var.forum_speakers_min
    error_message = "forum_speakers_max is a whole number of people, not below forum_speakers_min."
  }
}

variable "forum_reminders" {
  description = "How long before the start reminders leave: days (P7D) by the calendar, hours and minutes (PT1H, PT30M) by the clock."
  type        = list(string)
  default     = ["P7D", "P1D", "PT1H"]

  validation {
    condition = length(distinct(var.forum_reminders)) == length(var.forum_reminders) && alltrue([
      for each in var.forum_reminders : can(regex("^P([1-9][0-9]*D|T([1-9][0-9]*H)?([1-9][0-9]*M)?)$", each)) && each != "PT"
    ])
    error_message = "forum_reminders are different times before the start, such as P7D, P1D, PT1H or PT30M."
  }
}

variable "forum_keep_registrations_days" {
  description = "So long after a meeting its registrations and mails are erased; its figures stay."
  type        = number
  default     = 60

  validation {
    condition     = var.forum_keep_registrations_days == floor(var.forum_keep_registrations_days) && var.forum_keep_registrations_days >= 1
    error_message = "forum_keep_registrations_days is a whole number of days, at least 1."
  }
}

variable "forum_keep_contacts_days" {
  description = "The same for those who want to hear of the next meeting."
  type        = number
  default     = 365

  validation {
    condition     = var.forum_keep_contacts_days == floor(var.forum_keep_contacts_days) && var.forum_keep_contacts_days >= 1
    error_message = "forum_keep_contacts_days is a whole number of days, at least 1."
  }
}
