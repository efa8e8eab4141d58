CREATE TEMP TABLE organisation_fold AS SELECT org, fold FROM folded
