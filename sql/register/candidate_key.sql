-- By what the organisations of the available rows are recognised.
CREATE OR REPLACE TEMP TABLE candidate_key AS
SELECT * FROM organisation_key WHERE org IN (SELECT org FROM judged WHERE fate = 0)
