-- Blocked ids of this job; NULL never enters (R024).
CREATE OR REPLACE TEMP TABLE blocked_organisation AS
SELECT DISTINCT unnest($ids::INTEGER[]) AS id
