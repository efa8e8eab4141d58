-- Sets of loads in which a quarantined source has a part (R008).
CREATE OR REPLACE TEMP TABLE blocked_load_set AS
SELECT DISTINCT load_set.load_set AS id
FROM load_set JOIN load USING (load)
WHERE load.source IN (SELECT unnest($sources::VARCHAR[]))
