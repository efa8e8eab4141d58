-- The long lists of a selection, one row per code.
CREATE OR REPLACE TEMP TABLE asked_code AS
SELECT unnest($lists::VARCHAR[]) AS list, unnest($codes::INTEGER[]) AS code
