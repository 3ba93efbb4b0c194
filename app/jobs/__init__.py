"""The scheduler process: what runs when. Jobs are thin; what they do lives in control and services."""
