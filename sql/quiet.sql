-- DuckDB draws no progress bar of its own: long work is shown by the command line, or not at all.
SET enable_progress_bar = false
