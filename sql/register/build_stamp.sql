-- The few ways in which loads combine behind a deliverable position and its organisation.
CREATE TEMP TABLE stamp AS
SELECT d.stamp, list_sort(list_distinct(list_concat(o.loads, d.loads))) AS loads
FROM (
    SELECT DISTINCT stamp, organisation_stamp,
        [name_load, title_load, responsibility_load, email_load, mobile_load, postal_load] AS loads
    FROM deliverable
) AS d
JOIN organisation_stamp AS o ON o.stamp = d.organisation_stamp
