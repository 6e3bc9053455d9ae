"""The pages for people: login and advertisers' reports."""
