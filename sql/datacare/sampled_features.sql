-- The sampled rows' features in a fixed order, and which pair is the right one, of rows whose right one is known.
CREATE OR REPLACE TABLE sampled_feature AS
SELECT feature.*, sampled.labelled, sampled.rid IS NOT NULL AS known,
    coalesce(sampled.rid = feature.rid, false) AS right_one
FROM feature INNER JOIN sampled ON feature.pid = sampled.pid
ORDER BY feature.pid, feature.rid
