-- Blocked ids of this job; NULL never enters (R024).
CREATE OR REPLACE TEMP TABLE blocked_position AS
SELECT DISTINCT unnest($ids::INTEGER[]) AS id
