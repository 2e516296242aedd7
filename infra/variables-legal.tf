# Who answers for the forum, and what its pages behind the footer say of that.
#
# The defaults are those of functions/dela/settings.py (a test compares). A forum without a controller says so at its
# start: its page "Your data" would lack what GDPR art. 13 asks for.

variable "organisation" {
  description = "Who is behind the forum, such as Region Jämtland Härjedalen."
  type        = string
  default     = ""
  nullable    = false
}

variable "forum_subject_translations" {
  description = "The subject in other languages than the forum's, as LANGUAGE=WORD, such as en=digitalisation."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "forum_meeting_language" {
  description = "The language in which the meetings are held."
  type        = string
  default     = "sv"
  nullable    = false
}

variable "controller" {
  description = "The controller of personal data; in a Swedish region a board (nämnd)."
  type        = string
  default     = ""
  nullable    = false
}

variable "data_protection_officer" {
  description = "The data protection officer and how to reach them."
  type        = string
  default     = ""
  nullable    = false
}

variable "recipients" {
  description = "Who receives personal data beside the controller, such as the provider of the mail server."
  type        = string
  default     = ""
  nullable    = false
}

variable "public_records" {
  description = "Whether what people write may become a public record, as with an authority in Sweden."
  type        = bool
  default     = true
  nullable    = false
}

variable "privacy_supervisor" {
  description = "The supervisory authority for personal data, with its address on the web."
  type        = string
  default     = "Integritetsskyddsmyndigheten, https://www.imy.se"
  nullable    = false
}

variable "accessibility_supervisor" {
  description = "The supervisory authority for accessibility, with its address on the web."
  type        = string
  default     = "Myndigheten för digital förvaltning, https://www.digg.se/tdosanmalan"
  nullable    = false
}

variable "accessibility_checked" {
  description = "The day on which the accessibility of the pages was last checked, such as 2026-11-25."
  type        = string
  default     = "2026-11-25"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", var.accessibility_checked))
    error_message = "accessibility_checked is a day, such as 2026-11-25."
  }
}
