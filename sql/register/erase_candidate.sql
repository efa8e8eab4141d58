-- Stored rows that share a name, number or source id with them and are not found yet.
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT r.*
FROM stored_row AS r
ANTI JOIN gone_row AS g ON g.path = r.path AND g.file = r.file AND g.row = r.row
WHERE r.sid IN (SELECT text FROM gone_key WHERE kind = 'sid')
   OR r.name_fold IN (SELECT text FROM gone_key WHERE kind = 'name')
   OR r.mobile IN (SELECT text FROM gone_key WHERE kind = 'mobile')
