"""The control routes, one subject per file; each offers its `blueprint`."""
