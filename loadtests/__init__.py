"""Measurements: the benchmark (`make bench`), the locust file, single costs. See README.md."""
