"""The functions that are deployed, by the names under which they are."""

from dela.wiring import target

signup = target("signup")
invitation = target("invitation")
join = target("join")
reminders = target("reminders")
delivery = target("delivery")
retention = target("retention")
