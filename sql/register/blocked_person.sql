-- Blocked ids of this job; NULL never enters (R024).
CREATE OR REPLACE TEMP TABLE blocked_person AS
SELECT DISTINCT unnest($ids::INTEGER[]) AS id
