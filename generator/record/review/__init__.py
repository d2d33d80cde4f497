"""Questions reviewed by observers before anybody is asked: machine scores, warnings, and a page of both."""
